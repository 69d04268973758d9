"""CloudFormation and Lambda, simulated around the registration handler: the contract of custom resources, in milliseconds.

For users: `pytest cdk.out/Sms.template.json` runs CloudFormation's resource contract tests on the registrations of a template,
and `ContractSuite` does so from a test file. See docs/contract.md. Both need `pip install "cdk-sms-registration[testing]"`.

The handler runs as it ships, between the faked service (`moto_sms_voice`), a response endpoint that takes and checks what it
sends, and a CloudFormation that owns physical ids, requests and statuses. Time passes only when somebody sleeps.

- `plugin`, `suite`: the contract tests; `declaration` reads a template, `deployment` deploys what it declares.
- `cloudformation`: a stack, its events, how Lambda delivers them, and what the function may ask.
- `response_endpoint`: the HTTPS server behind a ResponseURL.
- `virtual_time`: the clock.
- `function`: puts the three around the handler.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sms_registration_contract.suite import ContractSuite

__all__ = ["ContractSuite"]


def __getattr__(name: str) -> Any:
    # pytest loads the plugin, and so this package, in every run: only who asks for the suite waits for moto and boto3.
    if name != "ContractSuite":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from sms_registration_contract.suite import ContractSuite
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'{error}: the contract tests need pip install "cdk-sms-registration[testing]"', name=error.name
        ) from error
    return ContractSuite
