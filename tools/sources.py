"""What a tool's kept results depend on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def source_hash(sources: Iterable[str]) -> str:
    """A short hash of these modules, and of all modules in these folders: what was found with other ones counts for nothing.

    Args:
        sources: Paths below the project's root.
    """
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted((ROOT / source).rglob("*.py")) or [ROOT / source]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
