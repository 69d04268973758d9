"""Contract tests of custom resources: CloudFormation and Lambda, simulated around the registration handler, in milliseconds.

For users: `pytest cdk.out/Sms.template.json` runs CloudFormation's resource contract tests on the registrations of a template,
and `ContractSuite` does so from a test file. See docs/contract.md. Both need `pip install "cdk-sms-registration[testing]"`.

The handler runs as shipped, between the faked service (`moto_sms_voice`), a response endpoint that records and checks its
responses, and a simulated CloudFormation that manages physical IDs, requests and statuses. Time passes only in `sleep`.

- `plugin`, `suite`: the contract tests; `declaration` reads a template, `deployment` deploys what it declares.
- `cloudformation`: a stack, its events, their delivery by Lambda, and the API calls that the function may make.
- `response_endpoint`: the receiving end of a ResponseURL.
- `virtual_time`: the clock.
- `function`: sets up the environment of the handler.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sms_registration_contract.suite import ContractSuite

__all__ = ["ContractSuite"]


def __getattr__(name: str) -> Any:
    # pytest loads the plugin, and so this package, in every run: moto and boto3 are imported with the suite only.
    if name != "ContractSuite":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from sms_registration_contract.suite import ContractSuite
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'{error}: the contract tests need pip install "cdk-sms-registration[testing]"', name=error.name
        ) from error
    return ContractSuite
