"""Puts the provider function's code together at synth, by copying: no Docker, no network, no pip."""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import shutil
import tempfile
from pathlib import Path

CRHELPER_VERSION = "2.0.12"
"""The only release of crhelper that the handler works with: it overrides private names of it."""

CRHELPER_SHA256 = "37ded1fb101dc6b50ad58ef3f10c5ea5b839bc50cca3ec3a0b2741ac70122919"
"""Of that release's Python files, one after the other by name, as they were reviewed."""

PACKAGES = ("crhelper", "sms_registration_handler")
"""What the function consists of. boto3 is the Lambda runtime's own."""

_INSTALL = {
    "crhelper": f"pip install crhelper=={CRHELPER_VERSION}",
    "sms_registration_handler": "pip install --force-reinstall cdk-sms-registration",
}

_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi", "py.typed")


@functools.cache
def handler_asset() -> Path:
    """A folder that holds the function's code; made once per process and removed when the process ends.

    CDK copies it into the cloud assembly as soon as the function is defined. Its content, and so its hash, is the same
    from a checkout and from an installed wheel.

    Returns:
        The folder to pass to ``Code.from_asset``.

    Raises:
        RuntimeError: A package that belongs into the asset is not installed, or crhelper is of another release, or not as
            it was released.
    """
    sources = {package: _package_folder(package) for package in PACKAGES}
    _check_crhelper(sources["crhelper"])
    folder = Path(tempfile.mkdtemp(prefix="cdk-sms-registration-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for package, source in sources.items():
        shutil.copytree(source, folder / package, ignore=_IGNORED, copy_function=shutil.copyfile)
    # A checkout under a strict umask would otherwise give files that Lambda cannot read.
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _check_crhelper(folder: Path) -> None:
    content = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))
    if hashlib.sha256(content).hexdigest() == CRHELPER_SHA256:
        return
    # Imported here because it takes as long as making the asset, and only a refusal needs it.
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
    # find_spec of a top-level package does not import it: crhelper makes AWS clients when it is imported.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations or spec.origin is None:
        raise RuntimeError(
            f"{package} is not installed, but it is part of the provider function's code; run: {_INSTALL[package]}"
        )
    return Path(spec.origin).parent
