"""IAM's decision on each request of the function, at the time of the request.

It supports only what the functions' policies use: Allow, wildcards in resources, and the operators of `_OPERATORS`. Anything else
is an error, so that no statement is evaluated by a missing rule. (moto's own evaluation treats a condition that does not match as
a denial by all statements, and a condition whose key is missing as a match.)
"""

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import botocore.exceptions

from sms_registration_contract import cloudformation

ARN = f"arn:aws:{{}}:{cloudformation.REGION}:{cloudformation.ACCOUNT}:{{}}"
LOG_GROUP = ARN.format("logs", "log-group:OurLogGroup:*")
WATCH_LOG_GROUP = ARN.format("logs", "log-group:WatchLogGroup:*")
_SERVICES = {"pinpoint-sms-voice-v2": "sms-voice"}
_KINDS = {
    "RegistrationId": "registration/",
    "RegistrationIds": "registration/",
    "RegistrationAttachmentIds": "registration-attachment/",
    "PhoneNumberIds": "phone-number/",
}
TAG_KEYS = "aws:TagKeys"
_KEY_USES = {"sns": ("kms:Decrypt", "kms:GenerateDataKey")}
"""What a service does with a key to fulfill a request, if it does more than read."""
_KIND_OF_ID = {"phone": "phone-number/", "registration": "registration/", "rcs": "rcs-agent/", "sender": "sender-id/"}


@dataclass(frozen=True)
class Request:
    """A request to IAM: one action on one resource; "*" for an action without a resource."""

    action: str
    resource: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Condition keys with their values; only aws:TagKeys has several."""

    def change_of_tags(
        self, *, resource: Mapping[str, str], request: Mapping[str, str] | None = None, keys: tuple[str, ...] = ()
    ) -> "Request":
        """The same request on a resource with these tags, and setting these tags or, without any, naming these keys."""
        context: dict[str, str | tuple[str, ...]] = {f"aws:ResourceTag/{key}": tag for key, tag in resource.items()}
        context |= {f"aws:RequestTag/{key}": tag for key, tag in (request or {}).items()}
        named = (*(request or {}), *keys)
        return replace(self, context={**context, TAG_KEYS: named} if named else context)


@dataclass(frozen=True)
class Condition:
    """One operator on one key of the request's context."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, request: Request) -> bool:
        found = request.context.get(self.key)
        return _OPERATORS[self.operator](() if found is None else _several(found), self.values)


_OPERATORS: dict[str, Callable[[tuple[str, ...], tuple[str, ...]], bool]] = {
    "StringEquals": lambda found, wanted: len(found) == 1 and found[0] in wanted,
    "StringEqualsIfExists": lambda found, wanted: not found or found[0] in wanted,
    # With ForAllValues, a key that the request does not have is a match.
    "ForAllValues:StringEquals": lambda found, wanted: set(found) <= set(wanted),
    "ForAllValues:StringLike": lambda found, wanted: all(
        any(_matches(each, like) for like in wanted) for each in found
    ),
    "ForAllValues:StringNotEqualsIgnoreCase": lambda found, refused: (
        not ({each.lower() for each in found} & {each.lower() for each in refused})
    ),
}


@dataclass(frozen=True)
class Statement:
    """One Allow statement."""

    name: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    def allows(self, request: Request) -> bool:
        return (
            any(_matches(request.action, action) for action in self.actions)
            and any(_matches(request.resource, pattern) for pattern in self.resources)
            and all(condition.holds(request) for condition in self.conditions)
        )


@dataclass
class Policy:
    """All statements of the function's role."""

    statements: list[Statement]

    def allows(self, request: Request) -> bool:
        return any(statement.allows(request) for statement in self.statements)

    def permissions(self) -> dict[str, "Permission"]:
        """Every permission, by a readable name: an action of a statement, or one of its resources."""
        return {
            f"{statement.name}: {each}": Permission(position, kind, index)
            for position, statement in enumerate(self.statements)
            for kind in ("actions", "resources")
            for index, each in enumerate(getattr(statement, kind))
        }

    def without(self, permission: "Permission") -> "Policy":
        statement = self.statements[permission.statement]
        kept = getattr(statement, permission.kind)
        kept = (*kept[: permission.index], *kept[permission.index + 1 :])
        statements = [*self.statements]
        statements[permission.statement] = replace(statement, **{permission.kind: kept})
        return Policy(statements)

    def naming(self, ids: Mapping[str, Sequence[str]], keys: Mapping[str, Sequence[str]]) -> "Policy":
        """The policy of a template that names other registrations, and declares other tags, than these statements do.

        Args:
            ids: The IDs to name in the place of each one.
            keys: The tag keys in the place of each one.
        """
        return Policy([_naming(statement, ids, keys) for statement in self.statements])


@dataclass(frozen=True)
class Permission:
    """The position of a permission in a policy; the same in every stack."""

    statement: int
    kind: str
    index: int


def _naming(statement: Statement, ids: Mapping[str, Sequence[str]], keys: Mapping[str, Sequence[str]]) -> Statement:
    for known, others in ids.items():
        if others and any(known in each for each in statement.resources):
            resources = tuple(each.replace(known, other) for each in statement.resources for other in others)
            conditions = tuple(
                replace(each, values=tuple(new for value in each.values for new in keys.get(value, (value,))))
                for each in statement.conditions
            )
            return replace(statement, resources=resources, conditions=conditions)
    return statement


def _matches(resource: str, pattern: str) -> bool:
    assert not set(pattern) & set("[]"), pattern
    return fnmatch.fnmatchcase(resource, pattern)


# --- from a template ---


def resolve(value: Any, references: Mapping[str, Any]) -> Any:
    """Resolve a part of a template as CloudFormation does; references are by logical ID, or logical ID and attribute."""
    if isinstance(value, list):
        return [resolve(each, references) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return references[value["Ref"]]
    if set(value) == {"Fn::GetAtt"}:
        return references[".".join(value["Fn::GetAtt"])]
    if set(value) == {"Fn::Join"}:
        separator, parts = value["Fn::Join"]
        return separator.join(resolve(parts, references))
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda found: references[found[1]], value["Fn::Sub"])
    assert not any(name.startswith("Fn::") for name in value), value
    return {name: resolve(each, references) for name, each in value.items()}


PROVIDER_ROLE, WATCH_ROLE = "SmsRegistrationProviderRoleDE6FB4DE", "WatchRoleDDF31036"


def pseudo_parameters(stack_id: str) -> dict[str, str]:
    return {
        "AWS::StackId": stack_id,
        "AWS::Partition": "aws",
        "AWS::Region": cloudformation.REGION,
        "AWS::AccountId": cloudformation.ACCOUNT,
        "SmsRegistrationProviderLogGroup7B459195.Arn": LOG_GROUP,
        "WatchLogGroupBC7916DF.Arn": WATCH_LOG_GROUP,
        PROVIDER_ROLE: "Role",
        WATCH_ROLE: "WatchRole",
        "SmsRegistrationProviderFunctionF386247D.Arn": cloudformation.FUNCTION_ARN,
    }


def policy_of(resources: Mapping[str, Any], stack_id: str, role: str = PROVIDER_ROLE) -> Policy:
    """The policy of a function in a stack, from the template: all that its role has."""
    statements = []
    for logical_id, resource in resources.items():
        if resource["Type"] != "AWS::IAM::Policy" or {"Ref": role} not in resource["Properties"]["Roles"]:
            continue
        document = resolve(resource["Properties"]["PolicyDocument"], pseudo_parameters(stack_id))
        for position, statement in enumerate(document["Statement"]):
            # What a topic grants has no name.
            name = statement.get("Sid") or f"{logical_id}[{position}]"
            statements.append(_statement(name, statement))
    return Policy(statements)


def _statement(name: str, statement: dict[str, Any]) -> Statement:
    assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}, statement
    assert statement["Effect"] == "Allow"
    conditions = tuple(
        Condition(operator, key, _several(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )
    assert {each.operator for each in conditions} <= _OPERATORS.keys(), conditions
    return Statement(name, _several(statement["Action"]), _several(statement["Resource"]), conditions)


def _several(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


# --- from a call ---


def requests_of(
    service: str, operation: str, parameters: Mapping[str, Any], tags: Callable[[str], Mapping[str, str]]
) -> list[Request]:
    """The requests to IAM for one API call.

    Args:
        service: botocore's name of the service.
        operation: The API's name.
        parameters: The request.
        tags: Returns the current tags of a resource by its ARN.
    """
    prefix = _SERVICES.get(service, service)
    action = f"{prefix}:{operation}"
    if prefix == "cloudformation":
        return [Request(action, parameters["StackName"])]
    if prefix == "s3":
        return [Request(action, f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}")]
    if prefix == "secretsmanager":
        arn = parameters["SecretId"]
        return [Request(action, arn if re.search(r"-\w{6}$", arn) else f"{arn}-AbCdEf")]
    if prefix == "ssm":
        return [Request(action, ARN.format("ssm", f"parameter{parameters['Name']}"))]
    if prefix == "sns":
        return [Request(action, parameters["TopicArn"])]
    if prefix == "events":
        bus = ARN.format("events", "event-bus/default")
        return [Request(action, bus, {"events:source": each["Source"]}) for each in parameters["Entries"]]
    assert prefix == "sms-voice", prefix
    given: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in parameters.get("Tags", [])}
    keys = (*(tag["Key"] for tag in parameters.get("Tags", [])), *parameters.get("TagKeys", []))
    given |= {TAG_KEYS: keys} if keys else {}
    requests = [
        Request(action, arn, {**given, **{f"aws:ResourceTag/{key}": value for key, value in tags(arn).items()}})
        for arn in _arns(operation, parameters)
    ]
    if operation.startswith("Create") and given:
        # The service authorization reference: tagging at creation needs permission to tag.
        kind = "registration-attachment" if operation.endswith("Attachment") else "registration"
        requests.append(Request("sms-voice:TagResource", ARN.format("sms-voice", f"{kind}/new"), given))
    return requests


def _arns(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    ids: list[tuple[str, str]] = []
    for name, kind in _KINDS.items():
        value = parameters.get(name, [])
        ids += [(kind, each) for each in ([value] if isinstance(value, str) else value)]
    if operation == "DeleteRegistrationAttachment":
        ids.append(("registration-attachment/", parameters["RegistrationAttachmentId"]))
    if operation == "CreateRegistrationAssociation":
        other = parameters["ResourceId"]
        ids.append((_KIND_OF_ID.get(other.partition("-")[0], "?"), other))
    if "ResourceArn" in parameters:
        ids.append(("", parameters["ResourceArn"]))
    return [each if each.startswith("arn:") else ARN.format("sms-voice", kind + each) for kind, each in ids] or ["*"]


# --- during a run ---


@dataclass
class Authorization:
    """The requests, and those that were denied although their resource exists: IAM sees no tags of deleted resources."""

    requests: list[tuple[Policy, Request]] = field(default_factory=list)
    denied: list[Request] = field(default_factory=list)


@contextmanager
def enforced(
    clients: list[Any],
    policy: Callable[[], Policy],
    tags: Callable[[str], Mapping[str, str]],
    keys: Mapping[str, str] = {},
) -> Iterator[Authorization]:
    """Let IAM decide on every call of these clients.

    Args:
        clients: The clients of the function.
        policy: Returns the policy of the running function.
        tags: Returns the current tags of a resource by its ARN.
        keys: The KMS keys that services decrypt resources with, by the resource's ARN.
    """
    found = Authorization()

    def decide(params: dict[str, Any], model: Any, **_: Any) -> None:
        service = model.service_model.service_name
        asked = requests_of(service, model.name, params, tags)
        via = {"kms:ViaService": f"{service}.{cloudformation.REGION}.amazonaws.com"}
        asked += [
            Request(use, keys[each.resource], via)
            for each in asked
            if each.resource in keys
            for use in _KEY_USES.get(service, ("kms:Decrypt",))
        ]
        current = policy()
        found.requests += [(current, each) for each in asked]
        denied = [each for each in asked if not current.allows(each)]
        found.denied += [each for each in denied if each.resource == "*" or tags(each.resource)]
        if denied:
            message = (
                f"not authorized to perform {denied[0].action} on {denied[0].resource}: {json.dumps(denied[0].context)}"
            )
            raise botocore.exceptions.ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": message}}, model.name
            )

    for client in clients:
        client.meta.events.register("before-parameter-build", decide)
    try:
        yield found
    finally:
        for client in clients:
            client.meta.events.unregister("before-parameter-build", decide)
