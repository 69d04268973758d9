"""Guards the two traps of the layout, and the walls between the rooms."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import constructs

ROOT = Path(__file__).parents[1]
SOURCE_ROOTS = {
    "cli": {"sms_registration_cli"},
    "constructs": {"cdk_sms_registration", "sms_registration_forms"},
    "lambda": {"sms_registration_handler", "sms_registration_rules"},
    "testing": {"moto_sms_voice", "local_cloud", "sms_registration_contract"},
}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imports(module):
    """The top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("root", SOURCE_ROOTS)
def test_source_roots_are_not_packages(root):
    """An __init__.py in constructs/ would shadow the package of that name, on which the CDK itself stands."""
    assert not (ROOT / root / "__init__.py").exists()


@pytest.mark.parametrize(("root", "packages"), SOURCE_ROOTS.items())
def test_source_roots_hold_packages_only(root, packages):
    """A loose module in a source root would become a top-level module of everybody's Python."""
    entries = {path for path in (ROOT / root).iterdir() if path.name != "__pycache__"}

    assert {path.name for path in entries} == packages
    for package in entries:
        assert (package / "__init__.py").is_file()
        assert (package / "py.typed").is_file()


def test_the_package_constructs_is_the_one_of_the_index():
    assert not Path(constructs.__file__).is_relative_to(ROOT / "constructs")
    assert hasattr(constructs, "Construct")


@pytest.mark.parametrize("options", [["-c"], ["-I", "-c"]])
def test_constructs_is_not_shadowed_from_the_repository(options):
    """Python puts the current folder, and with it the source root, first on its path."""
    command = [sys.executable, *options, "import constructs; print(constructs.__file__)"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert Path(run.stdout.strip()).parent != ROOT / "constructs"


@pytest.mark.parametrize("folder", ["tests", *(f"tests/{name}" for name in ("constructs", "lambda"))])
def test_test_folders_are_not_packages(folder):
    assert not (ROOT / folder / "__init__.py").exists()


FORBIDDEN = {
    # Reading a form file is pure, so that a command line tool does not pay for the CDK.
    "constructs/sms_registration_forms": {
        "aws_cdk",
        "boto3",
        "botocore",
        "cdk_sms_registration",
        "constructs",
        "jsii",
        "sms_registration_handler",
    },
    # The constructs describe; they never call AWS.
    "constructs/cdk_sms_registration": {"boto3", "botocore", "crhelper", "moto", "sms_registration_handler"},
    # The handler runs in Lambda, where there is nothing but the runtime and the asset.
    "lambda/sms_registration_handler": {"aws_cdk", "constructs", "jsii", "moto", "cdk_sms_registration"},
    # The fake stands in for the service, which knows neither.
    "testing/moto_sms_voice": {"aws_cdk", "constructs", "jsii", "cdk_sms_registration", "sms_registration_handler"},
    # The contract is the handler's: it starts from events, not from constructs.
    "testing/sms_registration_contract": {"aws_cdk", "constructs", "jsii", "cdk_sms_registration"},
    # The command line reads forms, templates and the service; it starts neither the CDK nor the function.
    "cli/sms_registration_cli": {
        "aws_cdk",
        "constructs",
        "jsii",
        "moto",
        "moto_sms_voice",
        "cdk_sms_registration",
        "sms_registration_handler",
    },
}


@pytest.mark.parametrize(("package", "forbidden"), FORBIDDEN.items())
def test_rooms_do_not_import_each_other(package, forbidden):
    assert modules(package)
    for module in modules(package):
        assert not imports(module) & forbidden, module.relative_to(ROOT)


def test_the_handler_needs_nothing_that_lambda_lacks():
    available = {
        "boto3",
        "botocore",
        "crhelper",
        "sms_registration_handler",
        "sms_registration_rules",
    } | sys.stdlib_module_names
    for module in modules("lambda/sms_registration_handler"):
        assert imports(module) <= available, module.relative_to(ROOT)


HANDLER = ROOT / "lambda" / "sms_registration_handler"
FLOORS = {
    "errors": 0,
    "aws": 1,
    "cloudformation": 2,
    "resource": 3,
    "registration": 4,
    "attachment": 4,
    "form": 5,
    "watch": 6,
    "dispatch": 7,
    "index": 8,
    "watch_index": 8,
}
"""The rooms of the handler: a room imports itself and what lies below it. `dispatch` may import every resource type."""


def handler_imports(module):
    """The rooms of the handler that a module imports."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == HANDLER.name:
            _, _, inside = node.module.partition(".")
            yield from [inside] if inside else [alias.name for alias in node.names]


@pytest.mark.parametrize("module", modules(HANDLER), ids=lambda path: path.relative_to(HANDLER).as_posix())
def test_no_room_imports_one_above_it(module):
    own = module.relative_to(HANDLER).with_suffix("").parts[0]
    if own == "__init__":
        assert list(handler_imports(module)) == []
        return
    for inside in handler_imports(module):
        room = inside.partition(".")[0]
        assert room == own or FLOORS[room] < FLOORS[own], f"{own} imports {room}"


def test_each_room_says_in_one_line_what_it_is_for():
    for package in (path.parent for path in HANDLER.rglob("__init__.py")):
        if package != HANDLER:
            (docstring,) = ast.parse((package / "__init__.py").read_text()).body
            assert "\n" not in docstring.value.value


def test_rules_import_the_standard_library_only():
    for module in modules("lambda/sms_registration_rules"):
        assert imports(module) <= {"sms_registration_rules"} | sys.stdlib_module_names, module.relative_to(ROOT)


@pytest.mark.parametrize("name", ["cloudformation.event", "cloudformation.response"])
def test_the_import_guard_needs_the_standard_library_only(name):
    """index.py imports these outside of its guard, to respond even when nothing else can be imported."""
    program = (
        f"import sys; sys.path.insert(0, {str(HANDLER.parent)!r}); before = set(sys.modules);"
        f"import {HANDLER.name}.{name}; print(*{{each.partition('.')[0] for each in set(sys.modules) - before}})"
    )
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {HANDLER.name} | sys.stdlib_module_names


def test_only_the_deadline_sleeps():
    for module in modules("lambda"):
        sleeps = [
            node
            for node in ast.walk(ast.parse(module.read_text()))
            if isinstance(node, ast.Attribute) and node.attr == "sleep" and ast.unparse(node.value) == "time"
        ]
        assert not sleeps or module == HANDLER / "aws" / "deadline.py"


def test_the_app_needs_no_aws_sdk_and_no_environment():
    assert imports(ROOT / "app.py") == {"aws_cdk", "constructs", "cdk_sms_registration"}
    # The environment that `make` creates, without activating it; any other Python where there is none.
    assert json.loads((ROOT / "cdk.json").read_text())["app"] == "PATH=.venv/bin:$PATH python3 app.py"
