"""Assembles the provider function's code at synth: no Docker, no network, no pip.

It becomes one archive rather than a folder, in which fifty small files would be written, hashed, copied and removed at every
synth.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

CRHELPER_VERSION = "2.0.12"
"""The only release of crhelper that the handler works with, because it overrides private names of it."""

CRHELPER_SHA256 = "37ded1fb101dc6b50ad58ef3f10c5ea5b839bc50cca3ec3a0b2741ac70122919"
"""SHA-256 of that release's Python files, concatenated in the order of their names, as they were reviewed."""

PACKAGES = ("crhelper", "sms_registration_handler", "sms_registration_rules")
"""What the function consists of. boto3 comes with the Lambda runtime."""

_REINSTALL = "pip install --force-reinstall cdk-sms-registration"
_INSTALL = {
    "crhelper": f"pip install crhelper=={CRHELPER_VERSION}",
    "sms_registration_handler": _REINSTALL,
    "sms_registration_rules": _REINSTALL,
}

_NOT_SHIPPED = (".pyc", ".pyi", "py.typed")

_DENIALS = "sms_registration_rules/denials"
_SHIPPED_OF_DENIALS = ("__init__.py", "explanations/", "fields.py", "final.py", "model.py", "texts.py")
_ONLY_BEFORE_DEPLOYMENT = tuple(f"sms_registration_rules/{name}.py" for name in ("fees", "regions", "snapshots"))
"""The functions know which denials are final, and the watch explains denials. What predicts them is for synth."""


@dataclass(frozen=True)
class HandlerAsset:
    """The function's code.

    Attributes:
        archive: The zip file to pass to ``Code.from_asset``.
        content_hash: SHA-256 of the files in it and their names. The archive's own bytes depend on the machine's zlib.
    """

    archive: Path
    content_hash: str


@functools.cache
def handler_asset() -> HandlerAsset:
    """The function's code, assembled once per process, in a file that is removed when the process ends.

    The CDK copies it into the cloud assembly as soon as the function is defined. Its content, and so its hash, is the same
    from a checkout and from an installed wheel.

    Raises:
        RuntimeError: A package of the asset is not installed, or crhelper is another release or was changed.
    """
    sources = {package: _package_folder(package) for package in PACKAGES}
    _check_crhelper(sources["crhelper"])
    with tempfile.NamedTemporaryFile(prefix="cdk-sms-registration-", suffix=".zip", delete=False) as file:
        archive = Path(file.name)
        atexit.register(archive.unlink, missing_ok=True)
        content_hash = hashlib.sha256()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            for package, source in sources.items():
                for path in _shipped(source):
                    name, content = f"{package}/{path.relative_to(source).as_posix()}", path.read_bytes()
                    content_hash.update(f"{name} {len(content)}\n".encode() + content)
                    # With a fixed date and fixed permissions, whatever the file has: Lambda must be able to read it.
                    entry = zipfile.ZipInfo(name)
                    entry.external_attr = 0o100644 << 16
                    target.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    # The cloud assembly keeps the permissions, and may be deployed by another user than the one who synthesized it.
    archive.chmod(0o644)
    return HandlerAsset(archive, content_hash.hexdigest())


def _shipped(folder: Path) -> list[Path]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in paths if not path.name.endswith(_NOT_SHIPPED) and is_shipped(path, folder))


def is_shipped(path: Path, package: Path) -> bool:
    """Whether the function needs this file of a package."""
    name = path.relative_to(package.parent).as_posix()
    directory, _, rest = name.partition(f"{_DENIALS}/")
    is_of_denials = not directory and bool(rest)
    return rest.startswith(_SHIPPED_OF_DENIALS) if is_of_denials else name not in _ONLY_BEFORE_DEPLOYMENT


def _check_crhelper(folder: Path) -> None:
    content = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))
    if hashlib.sha256(content).hexdigest() == CRHELPER_SHA256:
        return
    # Imported here because it takes as long as assembling the asset, and only an error needs it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("crhelper")
    except PackageNotFoundError:
        installed = CRHELPER_VERSION
    if installed != CRHELPER_VERSION:
        raise RuntimeError(
            f"crhelper {installed} is installed, but the provider function works with crhelper {CRHELPER_VERSION} only "
            f"(it overrides private names of that release); run: {_INSTALL['crhelper']}"
        )
    raise RuntimeError(
        f"the files of crhelper in {folder} are not those of release {CRHELPER_VERSION}, and they would become part of "
        f"the provider function; run: pip install --force-reinstall crhelper=={CRHELPER_VERSION}"
    )


def _package_folder(package: str) -> Path:
    # find_spec of a top-level package does not import it. Importing crhelper would create AWS clients.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations or spec.origin is None:
        raise RuntimeError(
            f"{package} is not installed, but it is part of the provider function's code; run: {_INSTALL[package]}"
        )
    return Path(spec.origin).parent
