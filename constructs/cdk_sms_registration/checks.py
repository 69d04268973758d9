"""Checks of arguments at synth. Each returns the problems it found, so that all of them can be reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import aws_cdk as cdk

from constructs import Construct
from sms_registration_rules.regions import REGIONS_OF_TYPE

RESERVED_TAG_PREFIX = "cdk-sms-registration:"
"""Tag keys with this prefix belong to the provider function, which recognizes its own registrations by them."""

MAXIMUM_OWN_TAGS = 22
"""Tags of the provider function on one registration (`owner_tags.MAX_OWN_TAGS`). An attachment carries fewer."""
MAXIMUM_TAGS = 50 - MAXIMUM_OWN_TAGS
"""Tags that an app can give to a registration or attachment: the service allows 50 on a resource in all."""

# The API's own limits, from the model of TagResource.
MAXIMUM_TAG_KEY_CHARACTERS = 128
MAXIMUM_TAG_VALUE_CHARACTERS = 256

_REGISTRATION_TYPE = re.compile(r"[A-Za-z0-9_]{1,64}")
_REGISTRATION_ID = re.compile(r"registration-[a-z0-9]{1,200}")
_REGISTRATION_ARN = re.compile(
    r"arn:[a-z0-9-]+:sms-voice:[a-z0-9-]+:[0-9]{12}:registration/(registration-[a-z0-9]{1,200})"
)


def refuse(subject: str, problems: Iterable[str]) -> None:
    """Raises one error that lists all problems. Does nothing when there are none.

    Args:
        subject: What the problems belong to, such as ``Registration 'Sms/TollFree'``.
        problems: One line each: what was got, what was expected, what to do.

    Raises:
        ValueError: There is at least one problem.
    """
    found = list(problems)
    if len(found) == 1:
        raise ValueError(f"{subject}: {found[0]}")
    if found:
        raise ValueError(f"{subject}: {len(found)} problems" + "".join(f"\n  - {problem}" for problem in found))


def refuse_new(kind: str, scope: Construct, construct_id: str, problems: Sequence[str]) -> None:
    """Raises one error that lists all problems of a construct's arguments. Does nothing when there are none.

    Its path tells constructs apart that have the same ID in different scopes, such as those of the tenants of a fleet.

    Args:
        kind: The class of the construct.
        scope: The construct that it is to belong to.
        construct_id: Its ID in the scope.
        problems: One line each.

    Raises:
        ValueError: There is at least one problem.
    """
    if problems:
        refuse(f"{kind} {f'{scope.node.path}/{construct_id}'.lstrip('/')!r}", problems)


def text_problems(argument: str, value: object) -> list[str]:
    """Problems of a value that must be a str without a dynamic reference."""
    if not isinstance(value, str):
        return [f"{argument}: expected a str, got {type(value).__name__}"]
    # CloudFormation does not resolve secure references in custom resources: the literal would reach the service.
    if "{{resolve:" in value:
        return [
            f"{argument}: dynamic references ('{{{{resolve:...}}}}') are not supported in custom resources; "
            "pass the value itself, or a token such as StringParameter.value_for_string_parameter(...)"
        ]
    return []


# The checks below look for a token last: that is a call into the CDK, which a plain value does not need.


def registration_type_problems(value: object, argument: str = "registration_type") -> list[str]:
    """Problems of the name of a registration type. A token has none before deployment."""
    problems = text_problems(argument, value)
    if problems or not isinstance(value, str) or _REGISTRATION_TYPE.fullmatch(value) or cdk.Token.is_unresolved(value):
        return problems
    return [
        f"{argument}: got {value!r}, expected 1 to 64 letters, digits and underscores, "
        "such as 'US_TOLL_FREE_REGISTRATION'"
    ]


def region_problems(registration_type: object, scope: Construct) -> list[str]:
    """Problems of a registration type in the Region of a stack. None if one of them is a token.

    Args:
        registration_type: The name of the type.
        scope: The stack, or any construct in it.
    """
    if registration_type not in REGIONS_OF_TYPE:
        return []
    regions, region = REGIONS_OF_TYPE[registration_type], cdk.Stack.of(scope).region
    if region in regions or cdk.Token.is_unresolved(region):
        return []
    return [
        f"registration_type: {registration_type} can be registered in {' and '.join(regions)} only, but the stack is in "
        f"{region}, where the service denies it; declare it in a stack there"
    ]


def names_problems(names: object) -> list[str]:
    """Problems of the names of a brand."""
    if isinstance(names, str) or not isinstance(names, Sequence):
        return [f"names: expected a list of str, got {type(names).__name__}"]
    return [problem for position, each in enumerate(names) for problem in text_problems(f"names[{position}]", each)]


def registration_id_problems(value: object, argument: str = "registration_id") -> list[str]:
    """Problems of a registration's ID. A token has none before deployment."""
    problems = text_problems(argument, value)
    if problems or not isinstance(value, str) or _REGISTRATION_ID.fullmatch(value) or cdk.Token.is_unresolved(value):
        return problems
    expected = "expected 'registration-' and lowercase letters and digits, such as 'registration-0123456789abcdef'"
    if value.startswith("arn:"):
        arn = _REGISTRATION_ARN.fullmatch(value)
        hint = f"pass only its last part, {arn[1]!r}" if arn else "and it is not the ARN of a registration"
        return [f"{argument}: got the ARN {value!r}, {expected}; {hint}"]
    return [f"{argument}: got {value!r}, {expected}"]


def registration_arn_problems(value: object, argument: str = "registration_arn") -> list[str]:
    """Problems of a registration's ARN. A token has none before deployment."""
    problems = text_problems(argument, value)
    if problems or not isinstance(value, str) or _REGISTRATION_ARN.fullmatch(value) or cdk.Token.is_unresolved(value):
        return problems
    expected = "expected 'arn:PARTITION:sms-voice:REGION:ACCOUNT:registration/registration-...'"
    if _REGISTRATION_ID.fullmatch(value):
        return [f"{argument}: got the ID {value!r}, {expected}; use from_registration_id for an ID"]
    return [f"{argument}: got {value!r}, {expected}"]


def removal_policy_problems(policy: cdk.RemovalPolicy | None, subject: str = "a registration") -> list[str]:
    """Problems of a removal policy."""
    if policy is cdk.RemovalPolicy.SNAPSHOT:
        return [f"removal_policy: got SNAPSHOT, but {subject} has no snapshots; use DESTROY or RETAIN"]
    return []


def tag_problems(tags: object, argument: str = "tags") -> list[str]:
    """Problems of the tags that a user gives to a registration or attachment."""
    if not isinstance(tags, Mapping):
        return [f"{argument}: expected a mapping of str to str, got {type(tags).__name__}"]
    problems: list[str] = []
    if len(tags) > MAXIMUM_TAGS:
        problems.append(
            f"{argument}: got {len(tags)} tags, expected at most {MAXIMUM_TAGS}: a resource can have 50, and the provider "
            f"function needs {MAXIMUM_OWN_TAGS}"
        )
    for key, value in tags.items():
        found = text_problems(f"{argument}: key {key!r}", key) + text_problems(f"{argument}[{key!r}]", value)
        problems.extend(found)
        if not found:
            problems.extend(_tag_problems(argument, key, value))
    return problems


def _tag_problems(argument: str, key: str, value: str) -> list[str]:
    problems: list[str] = []
    if key.lower().startswith("aws:"):
        problems.append(f"{argument}: key {key!r} begins with 'aws:', which AWS reserves; choose another key")
    if key.lower().startswith(RESERVED_TAG_PREFIX):
        problems.append(
            f"{argument}: key {key!r} begins with {RESERVED_TAG_PREFIX!r}, which the provider function "
            "reserves for its owner tags; choose another key"
        )
    if not 1 <= len(key) <= MAXIMUM_TAG_KEY_CHARACTERS and not cdk.Token.is_unresolved(key):
        problems.append(
            f"{argument}: key {key!r} has {len(key)} characters, expected 1 to {MAXIMUM_TAG_KEY_CHARACTERS}"
        )
    if len(value) > MAXIMUM_TAG_VALUE_CHARACTERS and not cdk.Token.is_unresolved(value):
        problems.append(
            f"{argument}[{key!r}]: has {len(value)} characters, expected at most {MAXIMUM_TAG_VALUE_CHARACTERS}"
        )
    return problems
