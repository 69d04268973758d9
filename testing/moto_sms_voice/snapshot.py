"""Saves the state of every backend in a JSON file and loads it again."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import TypeAdapter

from .models import SmsVoiceBackend, pinpointsmsvoicev2_backends
from .store import Store

#: Stores by account ID, then Region.
_Stores = TypeAdapter(dict[str, dict[str, Store]])


def dump() -> bytes:
    """Return the state of every account and Region as JSON."""
    with SmsVoiceBackend.lock:
        stores = {
            account_id: {region: backend.store for region, backend in backends.items()}
            for account_id, backends in pinpointsmsvoicev2_backends.items()
        }
        return _Stores.dump_json(stores, indent=1)


def load(text: bytes) -> None:
    """Load a state.

    Raises:
        ValueError: This version cannot read it.
    """
    for account_id, regions in _Stores.validate_json(text).items():
        for region, store in regions.items():
            pinpointsmsvoicev2_backends[account_id][region].store = store


def save(path: Path, former: bytes | None = None) -> bytes:
    """Write the state atomically.

    Args:
        path: The file.
        former: The current content of the file, which is not written again if it is unchanged. Omitted: always write.

    Returns:
        The new content of the file.
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
