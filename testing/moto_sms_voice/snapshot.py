"""The state of every backend as a JSON file, so that a later process meets the same registrations."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter

from .models import SmsVoiceBackend, pinpointsmsvoicev2_backends
from .store import Store

#: Stores by account id, then Region.
_Stores = TypeAdapter(dict[str, dict[str, Store]])


def dump() -> bytes:
    """The state of every account and Region."""
    with SmsVoiceBackend.lock:
        stores = {
            account_id: {region: backend.store for region, backend in backends.items()}
            for account_id, backends in pinpointsmsvoicev2_backends.items()
        }
        return _Stores.dump_json(stores, indent=1)


def load(text: bytes) -> None:
    """Take a state over.

    Raises:
        ValueError: It is not a state that this version can read.
    """
    for account_id, regions in _Stores.validate_json(text).items():
        for region, store in regions.items():
            pinpointsmsvoicev2_backends[account_id][region].store = store


def save(path: Path, former: bytes | None = None) -> bytes:
    """Write the state so that a reader finds the old file or the whole new one.

    Args:
        path: The file.
        former: What the file holds; the same is not written again. Omitted, it is written.

    Returns:
        What the file holds now.
    """
    content = dump()
    if content == former:
        return content
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    return content
