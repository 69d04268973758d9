"""The wheel, as somebody else gets it: built, installed into a fresh environment, used from another folder."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "sms_registration_cli",
    "cdk_sms_registration",
    "sms_registration_forms",
    "sms_registration_handler",
    "sms_registration_rules",
    "local_cloud",
    "moto_sms_voice",
    "sms_registration_contract",
}
FOREIGN_APP = """
import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

from cdk_sms_registration import Registration, RegistrationType

app = cdk.App(builtin_cloud_formation_validation=False)
stack = cdk.Stack(app, "Foreign")
registration = Registration(stack, "TollFree", registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)
ssm.StringParameter(stack, "Id", string_value=registration.registration_id)
app.synth()
"""


def run(*command, cwd, **environment):
    # Nothing of the checkout may help: no PYTHONPATH, and never its folder as the current one. Options of this run stay here.
    left_out = {"PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    completed = subprocess.run(command, cwd=cwd, env={**kept, **environment}, capture_output=True, text=True)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Source distribution, and the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A Python of its own with the wheel; its dependencies are those of the running one, to save their installation."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel), cwd=folder)
    # A path in a .pth file does not bring along the .pth files of that folder, and so not the editable installation.
    own = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return str(python)


def test_installs_our_packages_only(wheel):
    """Without a list of packages the build would install files into the package `constructs` of the CDK."""
    names = zipfile.ZipFile(wheel).namelist()

    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert len(tops) == len(PACKAGES) + 1
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.parametrize(
    "root",
    [
        "cli/sms_registration_cli",
        "constructs/cdk_sms_registration",
        "constructs/sms_registration_forms",
        "lambda/sms_registration_handler",
        "testing/local_cloud",
        "testing/sms_registration_contract",
    ],
)
def test_holds_every_file_of_the_checkout(wheel, root):
    folder = ROOT / root
    expected = {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(folder.name + "/")} == expected


def test_carries_its_licence(wheel, dist):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(name.endswith("/licenses/NOTICE") for name in names)
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/LICENSE") for name in archive.getnames())


def test_pins_crhelper_as_the_asset_does(wheel):
    from cdk_sms_registration.asset import CRHELPER_VERSION

    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))

    assert f"Requires-Dist: crhelper=={CRHELPER_VERSION}" in archive.read(metadata).decode().splitlines()


def test_a_foreign_project_synthesises_with_the_same_asset(python, tmp_path):
    (tmp_path / "app.py").write_text(FOREIGN_APP)
    where = run(python, "-c", "import cdk_sms_registration as package; print(package.__file__)", cwd=tmp_path)
    assert Path(python).parents[1].resolve() in Path(where.strip()).resolve().parents

    def function(interpreter, outdir):
        run(interpreter, "app.py", cwd=tmp_path, CDK_OUTDIR=str(outdir))
        template = json.loads((outdir / "Foreign.template.json").read_text())
        (found,) = (
            resource for resource in template["Resources"].values() if resource["Type"] == "AWS::Lambda::Function"
        )
        return found

    assert function(python, tmp_path / "wheel") == function(sys.executable, tmp_path / "checkout")


def test_a_foreign_project_runs_the_contract_tests(python, tmp_path):
    """From nothing but the wheel: pytest finds the plugin, and the plugin everything else."""
    (tmp_path / "app.py").write_text(FOREIGN_APP)
    run(python, "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"))

    plugins = ("-p", "no:cacheprovider", "-p", "no:xdist")
    output = run(python, "-m", "pytest", *plugins, "cdk.out/Foreign.template.json", "-k", "create", cwd=tmp_path)

    assert "TestContract" not in output, "nothing failed"
    assert " passed" in output


def test_the_console_script_works_anywhere(python, tmp_path):
    """From nothing but the wheel, its extras and a folder; without AWS."""
    script = str(Path(python).with_name("sms-registration"))

    assert "scaffold" in run(script, "--help", cwd=tmp_path)
    run(script, "init", "project", cwd=tmp_path)
    assert "Cause" in run(script, "explain", "BRAND_DBA_NAME_MISMATCH", cwd=tmp_path)
    assert "usage: sms-registration local" in run(script, "local", "--help", cwd=tmp_path)
    (tmp_path / "project/sms-registration-definitions").mkdir()
    name = "US_TEN_DLC_BRAND_REGISTRATION.json"
    content = json.loads((ROOT / "testing/moto_sms_voice/definitions" / name).read_text())
    (tmp_path / "project/sms-registration-definitions" / name).write_text(json.dumps(content))
    assert "no errors" in run(script, "check", "forms/brand.yaml", cwd=tmp_path / "project")
