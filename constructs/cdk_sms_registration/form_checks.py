"""Checks of a form's arguments at synth. What the live definitions decide is checked when the form is deployed.

No message quotes a field's value, because it may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.checks import text_problems
from cdk_sms_registration.field_value import FieldValue
from constructs import Construct
from sms_registration_forms.checks import (
    MAXIMUM_TEXT_CHARACTERS,
    choice_count_problems,
    choice_problems,
    length_problems,
    path_problems,
)

MAXIMUM_REVISION_CHARACTERS = 200

_RESOURCE_ID = re.compile(r"[A-Za-z0-9_:/-]{1,256}")

_READ_WHEN_DEPLOYED = (
    "use FieldValue.from_secret(...) or FieldValue.from_parameter(...), which is read when the form is deployed"
)


def field_problems(fields: object) -> list[str]:
    """Problems of a form's fields."""
    if not isinstance(fields, Mapping):
        return [f"fields: expected a mapping of field path to value, got {type(fields).__name__}"]
    problems: list[str] = []
    for path, value in fields.items():
        problems += [f"fields[{path!r}]: {problem}" for problem in path_problems(path) + _value_problems(value)]
    return problems


def association_problems(associations: object) -> list[str]:
    """Problems of what a registration is to be associated with."""
    if isinstance(associations, str) or not isinstance(associations, Sequence):
        return [f"associations: expected a list, got {type(associations).__name__}"]
    problems: list[str] = []
    for position, each in enumerate(associations):
        argument = f"associations[{position}]"
        if isinstance(each, str):
            problems += _resource_problems(argument, each)
        elif not any(hasattr(each, name) for name in ("phone_number_ref", "registration_ref", "rcs_agent_ref")):
            problems.append(
                f"{argument}: got {type(each).__name__}, expected an ID or ARN, a phone number, a registration or an RCS "
                "agent; a sender ID needs no association, the service creates it when its registration is approved"
            )
        if any(each is other or (isinstance(each, str) and each == other) for other in associations[:position]):
            problems.append(f"{argument}: is given twice")
    return problems


def environment_problems(associations: Sequence[object], scope: Construct) -> list[str]:
    """Problems of what is in another account or Region: between stacks, the CDK passes its ID on, and the service refuses it.

    Args:
        associations: What a registration is to be associated with.
        scope: The stack of its form, or any construct in it.
    """
    constructs = {position: each for position, each in enumerate(associations) if not isinstance(each, str)}
    if not constructs:
        return []
    # Two calls into the CDK, and another one for each construct if the stack has an environment of its own.
    account, _, region = cdk.Stack.of(scope).environment.removeprefix("aws://").partition("/")
    if not (_is_known(account) or _is_known(region)):
        return []
    problems: list[str] = []
    for position, each in constructs.items():
        env = getattr(each, "env", None)
        pairs = [(env.region, region), (env.account, account)] if env is not None else []
        problems += [
            f"associations[{position}]: is in {there}, and the registration in {here}; a registration is associated only with "
            "what is in its own account and Region, so declare both there"
            for there, here in pairs
            if there != here and _is_known(there) and _is_known(here)
        ]
    return problems


def _is_known(account_or_region: str) -> bool:
    """Whether it is not left open until the deployment."""
    return not account_or_region.startswith("unknown-") and "${" not in account_or_region


def revision_problems(revision: object) -> list[str]:
    """Problems of a form's revision."""
    problems = text_problems("revision", revision)
    if problems or not isinstance(revision, str) or 1 <= len(revision) <= MAXIMUM_REVISION_CHARACTERS:
        return problems
    if cdk.Token.is_unresolved(revision):
        return []
    return [f"revision: has {len(revision)} characters, expected 1 to {MAXIMUM_REVISION_CHARACTERS}"]


def _value_problems(value: object) -> list[str]:
    """Problems of the value of a field, without quoting it."""
    if isinstance(value, str):
        return _reference_problems(value) or _only_of_literals(value, length_problems(value, MAXIMUM_TEXT_CHARACTERS))
    if isinstance(value, FieldValue | RegistrationAttachment):
        return []
    if not isinstance(value, Sequence) or isinstance(value, bytes | bytearray):
        return [f"got {_kind(value)}; {_advice(value)}"]
    problems = choice_count_problems(len(value))
    if problems:
        return problems
    for position, choice in enumerate(value):
        if isinstance(choice, str):
            references = [f"choice {position + 1}: {problem}" for problem in _reference_problems(choice)]
            problems += references or _only_of_literals(choice, choice_problems(position, choice))
        else:
            advice = _advice(choice, "a list holds choices, each a str")
            problems.append(f"choice {position + 1}: got {_kind(choice)}; {advice}")
    return problems


def _only_of_literals(text: str, problems: list[str]) -> list[str]:
    """The problems of a text, except when it is a token, whose characters are not those of the value."""
    return [] if problems and cdk.Token.is_unresolved(text) else problems


def _reference_problems(text: str) -> list[str]:
    if "{{resolve:" in text or _holds_reference(text):
        return [f"dynamic references ('{{{{resolve:...}}}}') are not supported in forms; {_READ_WHEN_DEPLOYED}"]
    return []


def _holds_reference(text: str) -> bool:
    """Whether a token in the text becomes a dynamic reference in the template."""
    # Looked at only where there is a token, because that is a call into the CDK.
    return "${Token[" in text and any(
        isinstance(token, cdk.CfnDynamicReference | cdk.SecretValue)
        for token in cdk.Tokenization.reverse_string(text).tokens
    )


def _kind(value: object) -> str:
    return "a number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _advice(
    value: object, otherwise: str = "expected a str, a list of choices, a RegistrationAttachment or a FieldValue"
) -> str:
    if isinstance(value, bool):
        return "pass the form's own word as a str, such as 'Yes'"
    if isinstance(value, int | float):
        return "pass it as a str, exactly as the form should show it: '01234' is not 1234"
    if value is None:
        return "leave the field out, or pass '' to say that it has no value"
    if isinstance(value, cdk.SecretValue) or hasattr(value, "secret_arn") or hasattr(value, "parameter_name"):
        return _READ_WHEN_DEPLOYED
    if hasattr(value, "__fspath__"):
        return "use RegistrationAttachment(..., source=AttachmentSource.from_asset(...)) for a file"
    return otherwise


def _resource_problems(argument: str, value: str) -> list[str]:
    problems = text_problems(argument, value)
    if problems or _RESOURCE_ID.fullmatch(value) or cdk.Token.is_unresolved(value):
        return problems
    hint = "; a phone number has an ID of its own, such as 'phone-0123456789abcdef'" if value.startswith("+") else ""
    return [f"{argument}: got {value!r}, expected the ID or ARN of a phone number, registration or RCS agent{hint}"]
