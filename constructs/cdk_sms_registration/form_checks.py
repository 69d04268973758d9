"""Checks of a form's arguments at synth. What the live definitions decide is checked when the form is deployed.

No message quotes a field's value: it may be somebody's telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.checks import text_problems
from cdk_sms_registration.field_value import FieldValue

# What the API's model of PutRegistrationFieldValue and CreateRegistrationAssociation fixes.
MAXIMUM_TEXT_LENGTH = 2048
MAXIMUM_CHOICE_LENGTH = 256
MAXIMUM_CHOICES = 100
MAXIMUM_REVISION_LENGTH = 200

_FIELD_PATH = re.compile(r"[A-Za-z0-9_.]{1,100}")
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
        problems += [f"fields[{path!r}]: {problem}" for problem in path_problems(path) + value_problems(value)]
    return problems


def path_problems(path: object) -> list[str]:
    """Problems of the path of a field."""
    if isinstance(path, str) and _FIELD_PATH.fullmatch(path):
        return []
    return ["expected a path of 1 to 100 letters, digits, underscores and dots, such as 'companyInfo.companyName'"]


def value_problems(value: object) -> list[str]:
    """Problems of the value of a field, without quoting it."""
    if isinstance(value, str):
        return _text_problems(value, MAXIMUM_TEXT_LENGTH)
    if isinstance(value, FieldValue | RegistrationAttachment):
        return []
    if not isinstance(value, Sequence) or isinstance(value, bytes | bytearray):
        return [f"got {_kind(value)}; {_remedy(value)}"]
    if len(value) > MAXIMUM_CHOICES:
        return [f"got {len(value)} choices, expected at most {MAXIMUM_CHOICES}"]
    problems: list[str] = []
    for position, choice in enumerate(value):
        if isinstance(choice, str):
            found = _text_problems(choice, MAXIMUM_CHOICE_LENGTH, "the service takes no empty choice")
        else:
            found = [f"got {_kind(choice)}; {_remedy(choice, 'a list holds choices, each a str')}"]
        problems += [f"choice {position + 1}: {problem}" for problem in found]
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
                "agent; a sender ID needs no association, the service makes it when its registration is approved"
            )
        if any(each is other or (isinstance(each, str) and each == other) for other in associations[:position]):
            problems.append(f"{argument}: is given twice")
    return problems


def form_problems(
    *, fields: object, associations: object, on_locked: object, revision: object, **flags: object
) -> list[str]:
    """Problems of everything that a form says.

    Args:
        fields: Values by field path; None for none.
        associations: What it is associated with; None for nothing.
        on_locked: What to do when a review locks the form.
        revision: The form's revision; None for none.
        flags: Arguments that are True or False.
    """
    problems = [] if fields is None else field_problems(fields)
    if associations is not None:
        problems += association_problems(associations)
    problems += [
        f"{name}: expected True or False, got {value!r}" for name, value in flags.items() if not isinstance(value, bool)
    ]
    if on_locked not in ("fail", "keep"):
        problems.append(f"on_locked: expected 'fail' or 'keep', got {on_locked!r}")
    return problems + ([] if revision is None else _revision_problems(revision))


def _revision_problems(revision: object) -> list[str]:
    problems = text_problems("revision", revision)
    if problems or not isinstance(revision, str) or 1 <= len(revision) <= MAXIMUM_REVISION_LENGTH:
        return problems
    if cdk.Token.is_unresolved(revision):
        return []
    return [f"revision: has {len(revision)} characters, expected 1 to {MAXIMUM_REVISION_LENGTH}"]


def _text_problems(text: str, maximum: int, if_empty: str | None = None) -> list[str]:
    if "{{resolve:" in text or _is_reference(text):
        return [f"dynamic references ('{{{{resolve:...}}}}') are not supported in forms; {_READ_WHEN_DEPLOYED}"]
    if not text and if_empty:
        return [if_empty]
    if len(text) > maximum and not cdk.Token.is_unresolved(text):
        return [f"has {len(text)} characters, the service takes at most {maximum}"]
    return []


def _is_reference(text: str) -> bool:
    """Whether a token in the text becomes a dynamic reference in the template."""
    # Tokens are looked at only where there are any: that is a call into the CDK.
    return "${Token[" in text and any(
        isinstance(token, cdk.CfnDynamicReference | cdk.SecretValue)
        for token in cdk.Tokenization.reverse_string(text).tokens
    )


def _kind(value: object) -> str:
    return "a number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _remedy(
    value: object, otherwise: str = "expected a str, a list of choices, a RegistrationAttachment or a FieldValue"
) -> str:
    if isinstance(value, bool):
        return "pass the form's own word as a str, such as 'Yes'"
    if isinstance(value, int | float):
        return "pass it as a str, just as the form shall show it: '01234' is not 1234"
    if value is None:
        return "leave the field out, or pass '' to say that it has no value"
    if isinstance(value, cdk.SecretValue) or hasattr(value, "secret_arn") or hasattr(value, "parameter_name"):
        return _READ_WHEN_DEPLOYED
    if hasattr(value, "__fspath__"):
        return "use RegistrationAttachment.from_asset(...) for a file"
    return otherwise


def _resource_problems(argument: str, value: str) -> list[str]:
    problems = text_problems(argument, value)
    if problems or _RESOURCE_ID.fullmatch(value) or cdk.Token.is_unresolved(value):
        return problems
    hint = "; a phone number has an ID of its own, such as 'phone-0123456789abcdef'" if value.startswith("+") else ""
    return [f"{argument}: got {value!r}, expected the ID or ARN of a phone number, registration or RCS agent{hint}"]
