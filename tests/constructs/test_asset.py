import ast
import importlib.metadata
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import RegistrationProvider, asset
from cdk_sms_registration.compact_code import compact


@pytest.fixture(autouse=True)
def fresh_cache():
    asset.handler_asset.cache_clear()
    yield
    asset.handler_asset.cache_clear()


def names():
    return zipfile.ZipFile(asset.handler_asset().archive).namelist()


@pytest.fixture
def handler_copy(tmp_path, monkeypatch):
    """A copy of the handler's source that a test can change."""
    find = asset._package_folder
    copy = tmp_path / "sms_registration_handler"
    shutil.copytree(find("sms_registration_handler"), copy)
    monkeypatch.setattr(
        asset, "_package_folder", lambda name: copy if name == "sms_registration_handler" else find(name)
    )
    return copy


def test_holds_the_handler_and_crhelper_and_nothing_else():
    assert {name.partition("/")[0] for name in names()} == {
        "crhelper",
        "sms_registration_handler",
        "sms_registration_rules",
    }
    assert set(names()) >= {
        "crhelper/__init__.py",
        "crhelper/resource_helper.py",
        "sms_registration_handler/__init__.py",
        "sms_registration_handler/index.py",
        "sms_registration_rules/planning/planner.py",
    }
    # Code and data; no bytecode, which differs between machines, and no files for type checkers.
    assert {Path(name).suffix for name in names()} <= {".py", ".json"}


def _is_only_a_docstring(path):
    tree = ast.parse(path.read_text())
    return len(tree.body) == 1 and ast.get_docstring(tree) is not None


def test_holds_the_whole_handler():
    packages = ("sms_registration_handler", "sms_registration_rules")
    sources = [Path(importlib.util.find_spec(package).origin).parent for package in packages]
    expected = {
        path.relative_to(source.parent).as_posix(): path
        for source in sources
        for path in source.rglob("*")
        if path.is_file() and path.suffix in (".py", ".json") and asset.is_shipped(path, source)
        # Folders within a package need no file that only says what they are for.
        if path.name != "__init__.py" or path.parent == source or not _is_only_a_docstring(path)
    }
    archive = zipfile.ZipFile(asset.handler_asset().archive)

    assert {name for name in names() if not name.startswith("crhelper/")} == set(expected)
    for name, path in expected.items():
        shipped = archive.read(name).decode()
        if path.suffix == ".py":
            assert shipped == compact(path.read_text(), name.rpartition("/")[0].replace("/", "."))
        else:
            assert json.loads(shipped) == json.loads(path.read_text())


def test_crhelper_is_shipped_as_released():
    released = Path(importlib.util.find_spec("crhelper").origin).parent
    archive = zipfile.ZipFile(asset.handler_asset().archive)
    shipped = [name for name in names() if name.startswith("crhelper/")]

    assert shipped
    for name in shipped:
        assert archive.read(name) == (released.parent / name).read_bytes()


def test_the_function_knows_final_denials_without_the_rules(tmp_path):
    zipfile.ZipFile(asset.handler_asset().archive).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from sms_registration_rules.denials.final import final_codes;"
        "print(final_codes([{'Reason': 'BRAND_URL_HIGH_RISK_DOMAIN'}, {'Reason': 'BRAND_ADDRESS_INVALID'}]))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "['BRAND_URL_HIGH_RISK_DOMAIN']"
    assert not [name for name in names() if name.startswith("sms_registration_rules/denials/content")]


def test_the_provider_function_does_not_import_what_only_the_watch_needs(tmp_path):
    zipfile.ZipFile(asset.handler_asset().archive).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import sms_registration_handler.index, sms_registration_handler.form.handler;"
        "print([name for name in sys.modules if 'explanations' in name or '.watch' in name or 'durations' in name])"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_the_watch_explains_denials_from_the_asset(tmp_path):
    zipfile.ZipFile(asset.handler_asset().archive).extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import sms_registration_handler.watch_index;"
        "from sms_registration_rules.denials.explanations import explain;"
        "from sms_registration_rules.durations import review_duration;"
        "print(explain('BRAND_ADDRESS_INVALID').submit_again, review_duration('US_TOLL_FREE_REGISTRATION').days)"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "yes 15"


def test_is_assembled_once_per_process():
    assert asset.handler_asset() is asset.handler_asset()


def test_same_hash_every_time():
    first = asset.handler_asset()
    asset.handler_asset.cache_clear()
    second = asset.handler_asset()

    assert second.archive != first.archive
    assert second.archive.read_bytes() == first.archive.read_bytes()
    assert second.content_hash == first.content_hash


def test_hash_ignores_what_python_leaves_behind(handler_copy):
    before = asset.handler_asset().content_hash
    (handler_copy / "__pycache__").mkdir(exist_ok=True)
    (handler_copy / "__pycache__" / "index.cpython-314.pyc").write_bytes(b"compiled")
    (handler_copy / "__pycache__" / "index.cpython-314.pyc.140234").write_bytes(b"being compiled")
    (handler_copy / "py.typed").touch()
    (handler_copy / "index.py").chmod(0o600)
    os.utime(handler_copy / "index.py", (0, 0))
    asset.handler_asset.cache_clear()

    assert asset.handler_asset().content_hash == before


@pytest.mark.parametrize("change", ["content", "name"])
def test_hash_changes_with_content_and_names(handler_copy, change):
    before = asset.handler_asset().content_hash
    if change == "content":
        (handler_copy / "dispatch.py").write_text("# another\n")
    else:
        (handler_copy / "dispatch.py").rename(handler_copy / "dispatcher.py")
    asset.handler_asset.cache_clear()

    assert asset.handler_asset().content_hash != before


def test_asset_key_depends_on_content_not_on_archive_bytes(stack, monkeypatch):
    def key(stack):
        RegistrationProvider.get_or_create(stack)
        (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
        return function["Properties"]["Code"]["S3Key"]

    before, archive = key(stack), asset.handler_asset().archive.read_bytes()
    asset.handler_asset.cache_clear()
    monkeypatch.setattr(asset.zipfile, "ZIP_DEFLATED", zipfile.ZIP_STORED)
    again = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")

    assert key(again) == before
    assert asset.handler_asset().archive.read_bytes() != archive


def test_lambda_can_read_it_whatever_the_umask(handler_copy):
    (handler_copy / "index.py").chmod(0o600)
    former = os.umask(0o077)
    try:
        archive = asset.handler_asset().archive
    finally:
        os.umask(former)

    assert stat.S_IMODE(archive.stat().st_mode) == 0o644
    for entry in zipfile.ZipFile(archive).infolist():
        assert entry.external_attr >> 16 == stat.S_IFREG | 0o644, entry.filename


def test_is_removed_when_the_process_ends():
    code = "from cdk_sms_registration.asset import handler_asset; print(handler_asset().archive)"
    archive = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert archive.endswith(".zip")
    assert not Path(archive).exists()


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
def crhelper_copy(tmp_path, monkeypatch):
    """A copy of crhelper that a test can change."""
    find = asset._package_folder
    copy = tmp_path / "crhelper"
    shutil.copytree(find("crhelper"), copy)
    monkeypatch.setattr(asset, "_package_folder", lambda name: copy if name == "crhelper" else find(name))
    return copy


@pytest.fixture
def changed_crhelper(crhelper_copy):
    with (crhelper_copy / "utils.py").open("a") as file:
        file.write("\n# changed\n")


PLANTED = [
    "utils.cpython-314-aarch64-linux-gnu.so",
    "utils.abi3.so",
    "utils.pyc",
    "utils/__init__.py",
    "planted.py",
    "planted.json",
    "__pycache__/utils.cpython-314.pyc",
]


@pytest.mark.parametrize("planted", PLANTED)
def test_only_the_files_of_crhelper_are_shipped(crhelper_copy, planted):
    """Python prefers an extension module, and a package, to a module of the same name."""
    before = asset.handler_asset().content_hash
    asset.handler_asset.cache_clear()
    (crhelper_copy / planted).parent.mkdir(exist_ok=True)
    (crhelper_copy / planted).write_bytes(b"planted")

    assert [name for name in names() if name.startswith("crhelper/")] == [
        "crhelper/__init__.py",
        "crhelper/log_helper.py",
        "crhelper/resource_helper.py",
        "crhelper/utils.py",
    ]
    assert asset.handler_asset().content_hash == before


@pytest.mark.parametrize("planted", ["dispatch.cpython-314-aarch64-linux-gnu.so", "dispatch.pyc", "form/planted"])
def test_only_code_and_data_of_the_handler_are_shipped(handler_copy, planted):
    before = asset.handler_asset().content_hash
    asset.handler_asset.cache_clear()
    (handler_copy / planted).write_bytes(b"planted")

    assert asset.handler_asset().content_hash == before


def test_code_that_moves_between_the_files_of_crhelper_is_refused(crhelper_copy):
    """The files read one after another are the same as before."""
    first, second = crhelper_copy / "log_helper.py", crhelper_copy / "resource_helper.py"
    lines = first.read_text().splitlines(keepends=True)
    first.write_text("".join(lines[:-1]))
    second.write_text(lines[-1] + second.read_text())

    with pytest.raises(RuntimeError, match=r"not those of release 2\.0\.12"):
        asset.handler_asset()


@pytest.mark.parametrize("name", asset.CRHELPER_FILES)
def test_a_missing_file_of_crhelper_is_refused(crhelper_copy, name):
    (crhelper_copy / name).unlink()

    with pytest.raises(RuntimeError, match=r"not those of release 2\.0\.12"):
        asset.handler_asset()


@pytest.mark.usefixtures("changed_crhelper")
def test_another_release_of_crhelper_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.1.0")

    with pytest.raises(RuntimeError) as refusal:
        asset.handler_asset()

    assert str(refusal.value) == (
        "crhelper 2.1.0 is installed, but the provider function works with crhelper 2.0.12 only "
        "(it overrides private names of that release); run: pip install crhelper==2.0.12"
    )


@pytest.mark.usefixtures("changed_crhelper")
def test_changed_crhelper_is_refused():
    with pytest.raises(RuntimeError, match=r"not those of release 2\.0\.12.*pip install --force-reinstall crhelper"):
        asset.handler_asset()


@pytest.mark.usefixtures("changed_crhelper")
def test_changed_crhelper_of_unknown_release_is_refused(monkeypatch):
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


def test_is_small():
    """boto3 is not included; it alone has 17 MB."""
    assert asset.handler_asset().archive.stat().st_size <= 130_000
