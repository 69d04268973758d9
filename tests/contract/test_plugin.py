"""The plugin as users see it: a template on the command line, a class in a test file, and the messages."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTING = Path(__file__).parents[2] / "testing"
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Brand": {
            "Type": "Custom::SmsRegistration",
            "Properties": {"RegistrationType": "US_TEN_DLC_BRAND_REGISTRATION"},
        }
    }
}


def with_form(**fields: Any) -> dict[str, Any]:
    form = {"RegistrationId": {"Ref": "Brand"}, "Fields": fields}
    return {
        "Resources": {
            **TEMPLATE["Resources"],
            "Form": {"Type": "Custom::SmsRegistrationForm", "Properties": form},
        }
    }


class Users:
    """A user's folder, and pytest in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, template: Any, name: str = "Sms.template.json") -> None:
        (self.folder / name).write_text(json.dumps(template))

    def pytest(self, *arguments: str) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AWS_"))}
        # Use the checkout's plugin, whatever is installed.
        environment = {**kept, "PYTHONPATH": str(TESTING), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [sys.executable, "-m", "pytest", "-p", "sms_registration_contract.plugin", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path)


def test_template_on_the_command_line_is_tested(users: Users) -> None:
    users.write(TEMPLATE)
    code, output = users.pytest("Sms.template.json", "-v", "-k", "test_delete")
    assert code == 0, output
    assert "Sms.template.json::TestContract::test_delete_delete[Brand] PASSED" in output
    assert "5 passed" in output


def test_template_in_a_folder_is_not_collected(users: Users) -> None:
    users.write(TEMPLATE)
    code, output = users.pytest()
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED, output


def test_invalid_form_fails_with_the_handlers_message(users: Users) -> None:
    users.write(with_form(**{"companyInfo.taxId": "12-3456789", "companyInfo.cityy": "Seattle"}))
    code, output = users.pytest("Sms.template.json", "-k", "test_create_delete")
    assert code == 1
    assert "companyInfo.cityy" in output
    assert "companyInfo.taxId (Tax Id)" in output
    assert "12-3456789" not in output, "a value must not be printed, not even an invalid one"


def test_template_without_registrations_says_so(users: Users) -> None:
    users.write({"Resources": {}})
    code, output = users.pytest("Sms.template.json")
    assert code == pytest.ExitCode.INTERRUPTED
    assert "no Custom::SmsRegistration and no Custom::SmsRegistrationForm" in output


def test_class_in_a_test_file_with_the_accounts_form(users: Users) -> None:
    users.write(with_form(**{"newInfo.color": "red"}))
    color = {
        "SectionPath": "newInfo",
        "FieldPath": "newInfo.color",
        "FieldType": "TEXT",
        "FieldRequirement": "REQUIRED",
        "TextValidation": {"MinLength": 1, "MaxLength": 9, "Pattern": ".+"},
        "DisplayHints": {"Title": "Color"},
    }
    definition = {"RegistrationType": "US_TEN_DLC_BRAND_REGISTRATION", "RegistrationFieldDefinitions": [color]}
    users.write(definition, "brand.json")
    (users.folder / "test_it.py").write_text(
        "from sms_registration_contract import ContractSuite\n"
        "class TestSms(ContractSuite):\n"
        "    definitions = ['brand.json']\n"
        "    def template(self):\n"
        "        return 'Sms.template.json'\n"
    )
    code, output = users.pytest("test_it.py", "-k", "create_delete or update_read")
    assert code == 0, output
    assert "2 passed" in output
    code, output = users.pytest(
        "Sms.template.json", "-k", "create_delete", "--sms-registration-definitions", "brand.json"
    )
    assert code == 0, output
    code, output = users.pytest("Sms.template.json", "-k", "create_delete")
    assert code == 1, "the fake's own form has no such field"


def test_plugin_imports_nothing_until_it_is_used() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import sms_registration_contract.plugin as plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('sms_registration_contract')));"
        "print({name.partition('.')[0] for name in sys.modules} & {'boto3', 'botocore', 'moto', 'trustme', 'crhelper'})"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "set()"]


def test_missing_extra_is_named(users: Users) -> None:
    program = (
        "import sys; sys.modules['moto'] = None\n"
        "try:\n    from sms_registration_contract import ContractSuite\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(TESTING)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert 'pip install "cdk-sms-registration[testing]"' in done.stdout
