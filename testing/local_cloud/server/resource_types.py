"""CloudFormation's native resource types of the service, which ministack lacks, on top of the fake service's API.

Settable, read-only and create-only properties are those of the schemas that AWS publishes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from local_cloud.server.ministack_names import CLOUDFORMATION

Properties = Mapping[str, Any]
#: Calls an operation of the service by the API's name.
Call = Callable[[str, dict[str, Any]], dict[str, Any]]

SETTINGS = ("DeletionProtectionEnabled", "OptOutListName", "SelfManagedOptOutsEnabled")
BOOLEANS = {"DeletionProtectionEnabled", "SelfManagedOptOutsEnabled", "TwoWayEnabled"}
#: Defaults of settings that are removed from a template; other settings keep their value.
DEFAULTS: dict[str, Any] = {**dict.fromkeys(BOOLEANS, False), "OptOutListName": "Default"}
HANDLER_ERROR_CODES = {
    "AccessDeniedException": "AccessDenied",
    "ConflictException": "ResourceConflict",
    "InternalServerException": "ServiceInternalError",
    "ResourceNotFoundException": "NotFound",
    "ServiceQuotaExceededException": "ServiceLimitExceeded",
    "ThrottlingException": "Throttling",
    "ValidationException": "InvalidRequest",
}


class ResourceError(Exception):
    """A resource could not be created, updated or deleted; the text is the status reason."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A resource type, as its schema describes it.

    Attributes:
        noun: The noun in the names of the type and its operations, such as `PhoneNumber`.
        create: The operation that creates a resource.
        delete: The operation that deletes it.
        ref: The attribute that `Ref` returns.
        attributes: The attributes of `Fn::GetAtt`, with their names in the API.
        required: Properties that a template must have.
        create_only: Properties whose change causes a replacement.
        settings: Properties that the operation named Update and the noun changes in place.
        ignored: Properties that are accepted but have no effect in the fake service.
        constants: Parameters of `create` that correspond to no property.
    """

    noun: str
    create: str
    delete: str
    ref: str
    attributes: Mapping[str, str]
    required: tuple[str, ...] = ()
    create_only: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The type's name in templates."""
        return f"AWS::SMSVOICE::{self.noun}"


RESOURCE_TYPES = (
    ResourceType(
        noun="PhoneNumber",
        create="RequestPhoneNumber",
        delete="ReleasePhoneNumber",
        ref="PhoneNumberId",
        attributes={"Arn": "PhoneNumberArn", "PhoneNumber": "PhoneNumber", "PhoneNumberId": "PhoneNumberId"},
        required=("IsoCountryCode", "MandatoryKeywords", "NumberCapabilities", "NumberType"),
        create_only=("IsoCountryCode", "NumberCapabilities", "NumberType"),
        settings=(*SETTINGS, "TwoWay"),
        ignored=("MandatoryKeywords", "OptionalKeywords"),
        # Required by the operation, but not a property of the type.
        constants={"MessageType": "TRANSACTIONAL"},
    ),
    ResourceType(
        noun="RcsAgent",
        create="CreateRcsAgent",
        delete="DeleteRcsAgent",
        ref="RcsAgentArn",
        attributes={
            **{name: name for name in ("CreatedTimestamp", "PoolId", "RcsAgentArn", "RcsAgentId", "Status")},
            "TestingAgent.RegistrationId": "TestingAgent.RegistrationId",
            "TestingAgent.TestingAgentId": "TestingAgent.TestingAgentId",
            "TestingAgent.TestingAgentStatus": "TestingAgent.Status",
        },
        settings=(
            *SETTINGS,
            "TwoWayChannelArn",
            "TwoWayChannelRole",
            "TwoWayEnabled",
            "TwoWayMediaS3BucketName",
            "TwoWayMediaS3KeyPrefix",
            "TwoWayMediaS3Role",
            "TwoWayRcsEventsEnabled",
        ),
    ),
    ResourceType(
        noun="Registration",
        create="CreateRegistration",
        delete="DeleteRegistration",
        ref="RegistrationArn",
        attributes={
            name: name
            for name in (
                "CreatedTimestamp",
                "CurrentVersionNumber",
                "RegistrationArn",
                "RegistrationId",
                "RegistrationStatus",
            )
        },
        required=("RegistrationType",),
        create_only=("RegistrationType",),
    ),
)


class ResourceHandlers:
    """Create, update and delete of one type, with the signatures that ministack calls.

    Args:
        resource_type: The type.
        call: Calls an operation of the service.
    """

    def __init__(self, resource_type: ResourceType, call: Call) -> None:
        self._type = resource_type
        self._call_service = call

    def create(self, logical_id: str, properties: Properties, _stack_name: str) -> tuple[str, dict[str, Any]]:
        """Create a resource; return its `Ref` and its attributes.

        Raises:
            ResourceError: The properties violate the schema, or the service refuses the request.
        """
        self._check(logical_id, properties)
        kind = self._type
        parameters = {name: properties[name] for name in kind.create_only if name in properties}
        tags = _tag_list(_tags(properties))
        response = self._call(kind.create, {**parameters, **kind.constants, **({"Tags": tags} if tags else {})})
        attributes = self._attributes(response)
        settings = self._settings(properties)
        if settings:
            try:
                self._call(f"Update{kind.noun}", {f"{kind.noun}Id": attributes[kind.ref], **settings})
            except ResourceError:
                self.delete(attributes[kind.ref], properties)
                raise
        return attributes[kind.ref], attributes

    def update(
        self, physical_id: str, old: Properties, new: Properties, _stack_name: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Change settings and tags. ministack itself replaces a resource whose create-only properties change.

        Raises:
            ResourceError: The properties violate the schema, or the service refuses the request.
        """
        self._check(logical_id or physical_id, new)
        noun = self._type.noun
        before, after = self._settings(old), self._settings(new)
        changes = {name: value for name, value in after.items() if value != before.get(name)}
        changes |= {name: DEFAULTS[name] for name in before.keys() - after.keys() if name in DEFAULTS}
        if changes:
            self._call(f"Update{noun}", {f"{noun}Id": physical_id, **changes})
        [described] = self._call(f"Describe{noun}s", {f"{noun}Ids": [physical_id]})[f"{noun}s"]
        self._retag(described[f"{noun}Arn"], _tags(old), _tags(new))
        return physical_id, self._attributes(described)

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Delete a resource. A resource that is already deleted is not an error.

        Raises:
            ResourceError: The service refuses the request.
        """
        try:
            self._call_service(self._type.delete, {f"{self._type.noun}Id": physical_id})
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise _handler_error(error) from error

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._call_service(operation, parameters)
        except ClientError as error:
            raise _handler_error(error) from error

    def _retag(self, arn: str, old: dict[str, str], new: dict[str, str]) -> None:
        removed = sorted(old.keys() - new.keys())
        if removed:
            self._call("UntagResource", {"ResourceArn": arn, "TagKeys": removed})
        changed = {key: value for key, value in new.items() if old.get(key) != value}
        if changed:
            self._call("TagResource", {"ResourceArn": arn, "Tags": _tag_list(changed)})

    def _check(self, logical_id: str, properties: Properties) -> None:
        kind = self._type
        known = {*kind.create_only, *kind.settings, *kind.ignored, *kind.required, "Tags"}
        problems = [f"#: extraneous key [{name}] is not permitted" for name in sorted(properties.keys() - known)]
        problems += [f"#: required key [{name}] not found" for name in kind.required if name not in properties]
        if problems:
            listed = ", ".join(problems)
            raise ResourceError(f"Properties validation failed for resource {logical_id} with message:\n[{listed}]")

    def _settings(self, properties: Properties) -> dict[str, Any]:
        given = {name: properties[name] for name in self._type.settings if name in properties}
        two_way = given.pop("TwoWay", {})
        given |= {f"TwoWay{name}": value for name, value in two_way.items()}
        return {name: str(value).lower() == "true" if name in BOOLEANS else value for name, value in given.items()}

    def _attributes(self, response: dict[str, Any]) -> dict[str, Any]:
        found = {name: _member(response, path) for name, path in self._type.attributes.items()}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if value is not None
        }


def install(fake_url: str) -> None:
    """Add the types to ministack. Call it once, before the server starts.

    Args:
        fake_url: The URL of the fake service.
    """
    provisioners = importlib.import_module(f"{CLOUDFORMATION}.provisioners")
    stacks: Any = importlib.import_module(f"{CLOUDFORMATION}.stacks")
    call = _caller(fake_url)
    names = {kind.name for kind in RESOURCE_TYPES}
    for kind in RESOURCE_TYPES:
        handlers = ResourceHandlers(kind, call)
        provisioners._RESOURCE_HANDLERS[kind.name] = {
            "create": handlers.create,
            "update": handlers.update,
            "update_with_logical_id": True,
            "delete": handlers.delete,
        }
        provisioners._REPLACING_PROPERTIES[kind.name] = kind.create_only
        provisioners._STACK_TAG_PROPERTY[kind.name] = ("Tags", "list")
    runs_on_worker_thread = stacks._runs_on_worker_thread
    # They wait for the service, and the functions call it through the main thread, which must not block.
    stacks._runs_on_worker_thread = lambda name: name in names or runs_on_worker_thread(name)


def _caller(fake_url: str) -> Call:
    responses = importlib.import_module("ministack.core.responses")

    @cache
    def client(account: str, region: str) -> Any:
        import boto3  # only for templates with such a resource: it takes as long as the rest of the start
        from botocore.config import Config

        # The functions share the quota of one request per second and may use it up for minutes.
        patient = Config(retries={"mode": "standard", "total_max_attempts": 100}, proxies={})
        credentials = {"aws_access_key_id": account, "aws_secret_access_key": "local"}
        return boto3.client(
            "pinpoint-sms-voice-v2", region_name=region, endpoint_url=fake_url, config=patient, **credentials
        )

    def call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = getattr(
            client(responses.get_account_id(), responses.get_region()), xform_name(operation)
        )(**parameters)
        return response

    return call


def _handler_error(error: ClientError) -> ResourceError:
    code = HANDLER_ERROR_CODES.get(error.response["Error"]["Code"], "GeneralServiceException")
    return ResourceError(f'Resource handler returned message: "{error}" (HandlerErrorCode: {code})')


def _member(response: Any, path: str) -> Any:
    for name in path.split("."):
        response = (response or {}).get(name)
    return response


def _tags(properties: Properties) -> dict[str, str]:
    """The tags without CloudFormation's own, which AWS does not set through the API."""
    tags = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])}
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
