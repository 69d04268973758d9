"""The pytest plugin: `pytest cdk.out/Sms.template.json` runs the contract tests on a synthesized template.

Every pytest run loads this module where the library is installed, so it imports nothing before it is needed.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

pytest.register_assert_rewrite("sms_registration_contract.suite", "sms_registration_contract.deployment")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's option."""
    parser.getgroup("sms-registration", "contract tests of SMS registrations").addoption(
        "--sms-registration-definitions",
        action="append",
        metavar="FILE",
        help="the form of your account: the output of `aws pinpoint-sms-voice-v2 "
        "describe-registration-field-definitions --registration-type TYPE`; may be repeated",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TemplateFile | None:
    """Collect a template that is named on the command line, but none that is found in a folder."""
    if file_path.name.endswith(".template.json") and parent.session.isinitpath(file_path):
        return TemplateFile.from_parent(parent, path=file_path)
    return None


class TemplateFile(pytest.Module):
    """A synthesized template, collected as a module with one test class."""

    def _getobj(self) -> ModuleType:
        from sms_registration_contract import ContractSuite

        module = ModuleType(self.path.name)
        module.__file__ = str(self.path)
        module.TestContract = type("TestContract", (ContractSuite,), {"template": self.path})  # type: ignore[attr-defined]
        return module
