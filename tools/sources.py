"""The sources that a tool's saved results depend on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def source_hash(sources: Iterable[str]) -> str:
    """Return a short hash of these modules, and of all modules in these folders. Results for another hash are outdated.

    Args:
        sources: Paths relative to the project's root.
    """
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted((ROOT / source).rglob("*.py")) or [ROOT / source]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
