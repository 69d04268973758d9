"""The pytest plugin: `pytest cdk.out/Sms.template.json` runs the contract tests on a synthesized template.

Every pytest run of whoever has this library loads this module, so nothing is imported here before it is needed.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

pytest.register_assert_rewrite("sms_registration_contract.suite", "sms_registration_contract.deployment")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's option."""
    parser.getgroup("sms-registration", "contract tests of SMS registrations").addoption(
        "--sms-registration-definitions",
        action="append",
        metavar="FILE",
        help="a form as your account describes it: the output of `aws pinpoint-sms-voice-v2 "
        "describe-registration-field-definitions --registration-type TYPE`; may be repeated",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TemplateFile | None:
    """Collect a template that is named on the command line; never one that lies in a folder."""
    if file_path.name.endswith(".template.json") and parent.session.isinitpath(file_path):
        return TemplateFile.from_parent(parent, path=file_path)
    return None


class TemplateFile(pytest.Module):
    """A synthesized template, collected as a module with one class of tests."""

    def _getobj(self) -> ModuleType:
        from sms_registration_contract import ContractSuite

        module = ModuleType(self.path.name)
        module.__file__ = str(self.path)
        module.TestContract = type("TestContract", (ContractSuite,), {"template": self.path})  # type: ignore[attr-defined]
        return module
