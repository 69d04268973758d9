import importlib.metadata
import importlib.util
import os
import stat
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_sms_registration import asset


@pytest.fixture(autouse=True)
def fresh_cache():
    asset.handler_asset.cache_clear()
    yield
    asset.handler_asset.cache_clear()


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def fingerprint(folder):
    return cdk.FileSystem.fingerprint(str(folder))


def test_holds_the_handler_and_crhelper_and_nothing_else():
    folder = asset.handler_asset()

    assert {path.name for path in folder.iterdir()} == {"crhelper", "sms_registration_handler"}
    assert files(folder) >= {
        "crhelper/__init__.py",
        "crhelper/resource_helper.py",
        "sms_registration_handler/__init__.py",
        "sms_registration_handler/index.py",
    }
    # Code and data: no bytecode, whose bytes differ by machine, and no files for type checkers.
    assert {Path(name).suffix for name in files(folder)} <= {".py", ".json"}


def test_holds_the_handler_whole():
    source = Path(importlib.util.find_spec("sms_registration_handler").origin).parent
    expected = {
        name for name in files(source) if "__pycache__" not in name and not name.endswith((".pyc", ".pyi", "py.typed"))
    }

    assert files(asset.handler_asset() / "sms_registration_handler") == expected


def test_is_made_once_per_process():
    assert asset.handler_asset() is asset.handler_asset()


def test_same_hash_every_time():
    first = fingerprint(asset.handler_asset())
    asset.handler_asset.cache_clear()

    assert fingerprint(asset.handler_asset()) == first


def test_same_hash_whatever_python_left_in_the_folders(tmp_path, monkeypatch):
    before = fingerprint(asset.handler_asset())
    copy = tmp_path / "sms_registration_handler"
    asset.shutil.copytree(asset.handler_asset() / "sms_registration_handler", copy)
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "index.cpython-314.pyc").write_bytes(b"compiled")
    (copy / "py.typed").touch()
    (copy / "index.py").chmod(0o600)
    find = asset._package_folder
    monkeypatch.setattr(
        asset, "_package_folder", lambda name: copy if name == "sms_registration_handler" else find(name)
    )
    asset.handler_asset.cache_clear()

    assert fingerprint(asset.handler_asset()) == before


def test_lambda_can_read_it_whatever_the_umask():
    former = os.umask(0o077)
    try:
        folder = asset.handler_asset()
    finally:
        os.umask(former)

    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_is_removed_when_the_process_ends():
    code = "from cdk_sms_registration.asset import handler_asset; print(handler_asset())"
    folder = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert folder
    assert not Path(folder).exists()


def test_neither_package_is_imported():
    code = (
        "import sys; from cdk_sms_registration.asset import handler_asset; handler_asset();"
        "print(sorted({'boto3', 'crhelper', 'sms_registration_handler'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "[]"


def test_aws_lambda_is_not_loaded_by_the_import():
    code = "import sys, cdk_sms_registration; print('aws_cdk.aws_lambda' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "False"


@pytest.fixture
def changed_crhelper(tmp_path, monkeypatch):
    find = asset._package_folder
    copy = tmp_path / "crhelper"
    asset.shutil.copytree(find("crhelper"), copy)
    with (copy / "utils.py").open("a") as file:
        file.write("\n# changed\n")
    monkeypatch.setattr(asset, "_package_folder", lambda name: copy if name == "crhelper" else find(name))


@pytest.mark.usefixtures("changed_crhelper")
def test_another_crhelper_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.1.0")

    with pytest.raises(RuntimeError) as refusal:
        asset.handler_asset()

    assert str(refusal.value) == (
        "crhelper 2.1.0 is installed, but the provider function works with crhelper 2.0.12 only "
        "(it overrides private names of that release); run: pip install crhelper==2.0.12"
    )


@pytest.mark.usefixtures("changed_crhelper")
def test_a_crhelper_that_was_changed_is_refused():
    with pytest.raises(RuntimeError, match=r"not those of release 2\.0\.12.*pip install --force-reinstall crhelper"):
        asset.handler_asset()


@pytest.mark.usefixtures("changed_crhelper")
def test_a_crhelper_of_unknown_release_that_was_changed_is_refused(monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)

    with pytest.raises(RuntimeError, match=r"not those of release 2\.0\.12.*pip install --force-reinstall crhelper"):
        asset.handler_asset()


@pytest.mark.parametrize(
    ("package", "remedy"),
    [
        ("crhelper", "pip install crhelper==2.0.12"),
        ("sms_registration_handler", "pip install --force-reinstall cdk-sms-registration"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, package, remedy):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))

    with pytest.raises(RuntimeError) as refusal:
        asset.handler_asset()

    assert str(refusal.value) == (
        f"{package} is not installed, but it is part of the provider function's code; run: {remedy}"
    )


def test_is_small(tmp_path):
    """Nothing is vendored: boto3 alone would be 17 MB."""
    archive = asset.shutil.make_archive(str(tmp_path / "asset"), "zip", asset.handler_asset())

    assert Path(archive).stat().st_size <= 95_000
