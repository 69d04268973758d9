"""Deploys one declared registration to the simulated CloudFormation, against the faked service."""

import contextlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unittest import mock

from moto import mock_aws

import moto_sms_voice
from moto_sms_voice import SmsVoiceBackend, forms
from moto_sms_voice.definitions import TypeDefinition
from moto_sms_voice.store import FieldValue
from sms_registration_contract import containers, function, response_endpoint
from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_contract.declaration import (
    ATTACHMENT,
    FORM,
    PLACEHOLDER,
    REGISTRATION,
    Declaration,
    File,
    Secret,
    Value,
)
from sms_registration_contract.direct_client import DirectClient

Response = dict[str, Any]
Values = dict[str, frozenset[str]]
"""The values of a form by field path: the text, the choices or the attachment ID. Paths without a value are left out."""

_PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
OWNER_TAG = "cdk-sms-registration:"


@contextlib.contextmanager
def environment(declared: Declaration, definitions: Iterable[TypeDefinition] = ()) -> Iterator["Deployment"]:
    """Set up everything that a declared registration needs: the service, S3, secrets, CloudFormation, Lambda and the clock.

    Args:
        declared: The registration.
        definitions: Form definitions to add to those of the fake, or to replace them.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DNS_SUFFIX"))}
    with contextlib.ExitStack() as stack:
        # The user's own profile, Region and endpoint must not matter.
        stack.enter_context(mock.patch.dict(os.environ, clean, clear=True))
        stack.enter_context(mock_aws())
        function.prepare()
        clock = stack.enter_context(function.in_virtual_time())
        endpoint = response_endpoint.ResponseEndpoint()
        stack.enter_context(response_endpoint.without_network(endpoint, clock))
        stack.enter_context(function.calling_the_simulator())
        fake = moto_sms_voice.backend(account_id=containers.ACCOUNT, region=containers.REGION)
        stack.enter_context(
            mock.patch.object(function.module("dispatch"), "sms_voice_client", return_value=DirectClient(lambda: fake))
        )
        for definition in definitions:
            fake.definitions.add(definition)
        deployment = Deployment(
            declared, CloudFormation(endpoint, clock, function.module("index").handler, "Contract"), fake
        )
        stack.enter_context(
            mock.patch.object(function.module("aws.reads"), "client", return_value=_FakeServices(deployment))
        )
        yield deployment


class Deployment:
    """A stack with one registration, its form and its attachments.

    Attributes:
        declared: The registration that the template declares.
        stack: The simulated CloudFormation.
        fake: The faked service.
    """

    def __init__(self, declared: Declaration, stack: CloudFormation, fake: SmsVoiceBackend) -> None:
        self.declared, self.stack, self.fake = declared, stack, fake
        self.files = sorted({value.name for value in declared.fields.values() if isinstance(value, File)})
        self.registration_logical_id = (
            declared.name if declared.name != declared.form_name else f"{declared.name}Registration"
        )
        self.form_logical_id = declared.form_name or ""
        self.stack.types.update(
            {
                self.registration_logical_id: REGISTRATION,
                self.form_logical_id: FORM,
                **dict.fromkeys(self.files, ATTACHMENT),
            }
        )
        self._associations: list[str] | None = None

    # --- deployments ---

    def create(self) -> Response:
        """Create attachments, registration and form, in this order, and return the registration's response. All must succeed."""
        for name in self.files:
            self._must_succeed(self.stack.create(self.file_properties(name), name), name)
        registration = self._must_succeed(
            self.stack.create(self.registration_properties(), self.registration_logical_id),
            self.registration_logical_id,
        )
        if self.form_logical_id:
            self._must_succeed(self.stack.create(self.form_properties(), self.form_logical_id), self.form_logical_id)
        return registration

    def update_form(self, **changes: Any) -> Response:
        """Update the form and return its response, which must be a success."""
        return self._must_succeed(
            self.stack.update(self.form_properties(**changes), self.form_logical_id), self.form_logical_id
        )

    def update_registration(self, **changes: Any) -> Response:
        """Update the registration and return its response, which must be a success."""
        return self._must_succeed(
            self.stack.update(self.registration_properties(**changes), self.registration_logical_id),
            self.registration_logical_id,
        )

    def delete(self) -> list[Response]:
        """Delete form, registration and attachments, in this order. All must succeed."""
        names = [*([self.form_logical_id] if self.form_logical_id else []), self.registration_logical_id, *self.files]
        self._release_numbers()
        return [self._must_succeed(self.stack.delete(name), name) for name in names]

    def _release_numbers(self) -> None:
        """Release the phone numbers first: a registration cannot be deleted with them. The next deployment gets new ones."""
        self._associations = None
        registration = self.fake.store.registrations.get(self.registration_id)
        if registration:
            registration.associations = [
                each for each in registration.associations if not each.resource_id.startswith("phone-")
            ]

    def _must_succeed(self, response: Response | None, logical_id: str) -> Response:
        assert response is not None, f"{logical_id}: no response"
        assert response["Status"] == "SUCCESS", f"{logical_id}: {response['Reason']}"
        return response

    # --- properties, as CloudFormation sends them ---

    def registration_properties(self, **changes: Any) -> dict[str, Any]:
        """The registration's properties, with these changes."""
        tags = [{"Key": key, "Value": value} for key, value in self.declared.tags.items()]
        return {"RegistrationType": self.declared.registration_type, **({"Tags": tags} if tags else {}), **changes}

    def form_properties(self, **changes: Any) -> dict[str, Any]:
        """The form's properties, with these changes."""
        fields = {path: self._property(path, value) for path, value in self.declared.fields.items()}
        return {
            "RegistrationId": self.registration_id,
            "Fields": fields,
            "Associations": self.associations(),
            "Submit": self.declared.submit,
            **changes,
        }

    def file_properties(self, name: str) -> dict[str, Any]:
        """The properties of an attachment."""
        return {"Bucket": "assets", "Key": f"{name}.png"}

    def _property(self, path: str, value: Value) -> Any:
        if isinstance(value, File):
            return {"AttachmentId": self.physical_id(value.name)}
        if isinstance(value, Secret):
            if value.is_parameter:
                return {"ParameterName": path}
            return {"SecretId": path, **({"JsonField": value.json_field} if value.json_field else {})}
        if isinstance(value, tuple):
            return [self.example(path) if each is PLACEHOLDER else each for each in value]
        return self.example(path) if value is PLACEHOLDER else value

    def associations(self) -> list[str]:
        """The IDs to associate with the form: resources of the fake, each of the declared kind."""
        if self._associations is None:
            self._associations = [self._associable(kind) for kind in self.declared.associations]
        return self._associations

    def _associable(self, kind: str) -> str:
        rules = self.definition.associations
        names = [str(rule["ResourceType"]) for rule in rules]
        wanted = next((name for name in names if _kind(name) == kind), names[0] if names and not kind else kind)
        if _kind(wanted) == "registration":
            parent = str(self.fake.create_registration(registration_type=wanted)["RegistrationId"])
            self.fake.registration(parent).registration_status = "COMPLETE"
            return parent
        if _kind(wanted) == "rcs-agent":
            return str(self.fake.create_rcs_agent()["rcs_agent_id"])
        number = self.fake.request_phone_number(
            iso_country_code="US", message_type="TRANSACTIONAL", number_capabilities=["SMS"], number_type=wanted
        )
        return str(number["phone_number_id"])

    # --- the state of the service ---

    @property
    def definition(self) -> TypeDefinition:
        """The definition of the registration type."""
        return self.fake.definitions[self.declared.registration_type]

    def physical_id(self, logical_id: str) -> str:
        """The physical ID of a resource."""
        return self.stack.resources[logical_id].physical_id

    @property
    def registration_id(self) -> str:
        """The registration ID."""
        return self.physical_id(self.registration_logical_id)

    def owned(self) -> list[str]:
        """The live registrations that carry this stack's owner tags."""
        tag = {"Key": f"{OWNER_TAG}stack", "Value": self.stack.stack_id}
        live = self.fake.live_registrations()
        return [each.registration_id for each in live if tag in self.fake.tag_list(each.registration_arn)]

    def tags(self) -> dict[str, str]:
        """The registration's tags."""
        arn = self.fake.registration(self.registration_id).registration_arn
        return {tag["Key"]: tag["Value"] for tag in self.fake.tag_list(arn)}

    def held(self) -> Values:
        """The values of the current version."""
        values = self.fake.registration(self.registration_id).current_version.values
        return {path: frozenset(_content(value)) for path, value in values.items() if value.is_set}

    def expected(self, properties: Mapping[str, Any] | None = None) -> Values:
        """The values that form properties declare. Omitted: those of this form."""
        fields = (properties or self.form_properties())["Fields"]
        said = {path: self._said(path, value) for path, value in fields.items()}
        return {path: content for path, content in said.items() if content}

    def _said(self, path: str, value: Any) -> frozenset[str]:
        if isinstance(value, Mapping):
            return frozenset([value.get("AttachmentId") or self.example(path)])
        return frozenset(value if isinstance(value, list) else [value] if value else [])

    def example(self, path: str) -> str:
        """A valid value of a field, in place of one that only a deployment, a secret or a parameter knows."""
        known = {field["FieldPath"]: field for field in self.definition.fields}
        field = known.get(path, {})
        if field.get("FieldType") == "SELECT":
            return str(field["SelectValidation"]["Options"][0])
        hints = field.get("DisplayHints", {})
        return str(hints.get("ExampleTextValue") or hints.get("Title") or "Example")

    # --- changes that the form allows ---

    def changed_fields(self) -> dict[str, Any] | None:
        """The declared fields with one text changed and an optional value removed, if any; None if no text can change."""
        fields = dict(self.form_properties()["Fields"])
        removable = next((path for path in fields if self._is_valid({**fields, path: ""})), None)
        if removable:
            fields[removable] = ""
        for path, text in fields.items():
            if not isinstance(text, str) or not text:
                continue
            for other in (f"{text} 2", f"{text[:-2]} 2", f"{text[:-1]}7", f"{text}x"):
                if other != text and self._is_valid({**fields, path: other}):
                    changed = {**fields, path: other}
                    return {name: value for name, value in changed.items() if name != removable}
        return None

    def _is_valid(self, fields: Mapping[str, Any]) -> bool:
        values: dict[str, FieldValue] = {}
        for path, value in fields.items():
            said = sorted(self._said(path, value))
            kind = next((each["FieldType"] for each in self.definition.fields if each["FieldPath"] == path), "TEXT")
            if said and kind == "ATTACHMENT":
                values[path] = FieldValue(path, registration_attachment_id=said[0])
            elif said and kind == "SELECT":
                values[path] = FieldValue(path, select_choices=said)
            elif said:
                values[path] = FieldValue(path, text_value=said[0])
        return not forms.problems(self.definition, values, self.fake.behavior)


class _FakeServices:
    """S3, Secrets Manager and the Parameter Store: an image for each attachment, an example value for each secret."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(_PNG)}

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - as the API names it
        example = self._deployment.example(SecretId)
        value = self._deployment.declared.fields[SecretId]
        json_field = value.json_field if isinstance(value, Secret) else None
        return {"SecretString": json.dumps({json_field: example}) if json_field else example}

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: ARG002, N803 - as the API names them
        return {"Parameter": {"Value": self._deployment.example(Name)}}


def _kind(resource_type: str) -> str:
    """The kind of a ResourceType in SupportedAssociations."""
    if "REGISTRATION" in resource_type or resource_type == "registration":
        return "registration"
    return "rcs-agent" if "rcs" in resource_type.lower() else "phone-number"


def _content(value: FieldValue) -> list[str]:
    return (
        value.choices()
        if value.select_choices is not None
        else [value.text_value or str(value.registration_attachment_id)]
    )
