"""Assembles the provider function's code at synth: no Docker, no network, no pip.

It becomes one archive rather than a folder, in which fifty small files would be written, hashed, copied and removed at every
synth. Our modules go into it without most of their documentation, see `compact_code`; crhelper goes as it was released.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cdk_sms_registration.compact_code import compact

CRHELPER_VERSION = "2.0.12"
"""The only release of crhelper that the handler works with, because it overrides private names of it."""

CRHELPER_FILES = ("__init__.py", "log_helper.py", "resource_helper.py", "utils.py")
"""The files of that release. No other file in its folder becomes part of the function."""

CRHELPER_SHA256 = "563609e5954050f43a03b608b35941c73a1682df020235c10c0420f8d148d611"
"""SHA-256 of these files with their names, as they were reviewed."""

PACKAGES = ("crhelper", "sms_registration_handler", "sms_registration_rules")
"""What the function consists of. boto3 comes with the Lambda runtime."""

_REINSTALL = "pip install --force-reinstall cdk-sms-registration"
_INSTALL = {
    "crhelper": f"pip install crhelper=={CRHELPER_VERSION}",
    "sms_registration_handler": _REINSTALL,
    "sms_registration_rules": _REINSTALL,
}

_SHIPPED = (".py", ".json")
"""The kinds of files of our own packages. No extension module, bytecode or file for type checkers."""

_DENIALS = "sms_registration_rules/denials"
_SHIPPED_OF_DENIALS = ("__init__.py", "codes.py", "explanations/", "fields.py", "final.py")
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
    files: dict[str, bytes] = {}
    for package in PACKAGES:
        source = _package_folder(package)
        shipped = {f"{package}/{path.relative_to(source).as_posix()}": path.read_bytes() for path in _shipped(source)}
        if package == "crhelper":
            _check_crhelper(source, shipped)
            files |= shipped
        else:
            compacted = {name: _compacted(name, content) for name, content in shipped.items()}
            files |= {name: content for name, content in compacted.items() if not _is_only_documentation(name, content)}
    with tempfile.NamedTemporaryFile(prefix="cdk-sms-registration-", suffix=".zip", delete=False) as file:
        archive = Path(file.name)
        atexit.register(archive.unlink, missing_ok=True)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in files.items():
                # With a fixed date and fixed permissions, whatever the file has: Lambda must be able to read it.
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o100644 << 16
                target.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    # The cloud assembly keeps the permissions, and may be deployed by another user than the one who synthesized it.
    archive.chmod(0o644)
    return HandlerAsset(archive, _hash(files))


def _hash(files: Mapping[str, bytes]) -> str:
    content_hash = hashlib.sha256()
    for name, content in files.items():
        content_hash.update(f"{name} {len(content)}\n".encode() + content)
    return content_hash.hexdigest()


def _shipped(folder: Path) -> list[Path]:
    if folder.name == "crhelper":
        return [path for path in (folder / name for name in CRHELPER_FILES) if path.is_file()]
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in paths if path.suffix in _SHIPPED and is_shipped(path, folder))


def _compacted(name: str, content: bytes) -> bytes:
    if not name.endswith(".py"):
        return json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":")).encode()
    return compact(content.decode(), name.rpartition("/")[0].replace("/", ".")).encode()


def _is_only_documentation(name: str, compacted: bytes) -> bool:
    """Whether this is the `__init__.py` of a folder in a package, and says nothing but what the folder is for.

    Python imports the modules of such a folder without it (https://docs.python.org/3/reference/import.html#namespace-packages),
    and each file costs 160 bytes and a part of the cold start.
    """
    return name.count("/") > 1 and name.endswith("/__init__.py") and compacted.strip() in (b"", b'""')


def is_shipped(path: Path, package: Path) -> bool:
    """Whether the function needs this file of a package."""
    name = path.relative_to(package.parent).as_posix()
    directory, _, rest = name.partition(f"{_DENIALS}/")
    is_of_denials = not directory and bool(rest)
    return rest.startswith(_SHIPPED_OF_DENIALS) if is_of_denials else name not in _ONLY_BEFORE_DEPLOYMENT


def _check_crhelper(folder: Path, files: Mapping[str, bytes]) -> None:
    if _hash(files) == CRHELPER_SHA256:
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
