"""What a form declares: the arguments that ``Registration`` and ``RegistrationForm`` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.form_checks import (
    association_problems,
    environment_problems,
    field_problems,
    revision_problems,
)
from cdk_sms_registration.registration_base import RegistrationBase
from constructs import Construct

Value = str | Sequence[str] | RegistrationAttachment | FieldValue
"""A value of a form: a text or a single choice, several choices, a file, or a secret or parameter."""

Association = (
    str | interfaces_smsvoice.IPhoneNumberRef | interfaces_smsvoice.IRegistrationRef | interfaces_smsvoice.IRcsAgentRef
)
"""What a form is associated with: an ID or ARN, or a phone number, a registration or an RCS agent of the app."""


@dataclass(frozen=True)
class FormProps:
    """What a form declares. ``Registration`` documents each argument."""

    fields: Mapping[str, Value] | None
    associations: Sequence[Association] | None
    submit: bool
    on_locked: Literal["fail", "keep"]
    revision: str | None
    delete_undeclared: bool
    take_over: bool
    allow_closing: bool

    @property
    def has_content(self) -> bool:
        """Whether there is anything to do: without content a registration has no form."""
        return bool(self.fields or self.associations or self.submit)

    @property
    def files(self) -> tuple[RegistrationAttachment, ...]:
        """The files among the values, each once."""
        values = (self.fields or {}).values()
        return tuple(dict.fromkeys(value for value in values if isinstance(value, RegistrationAttachment)))

    @property
    def references(self) -> tuple[FieldValue, ...]:
        """The secrets and parameters among the values, each once."""
        values = (self.fields or {}).values()
        return tuple(dict.fromkeys(value for value in values if isinstance(value, FieldValue)))

    @property
    def associated(self) -> tuple[cdk.CfnResource, ...]:
        """The resources of this app among the associations, without the registrations of this library."""
        resources = (_resource_of(each) for each in self.associations or ())
        return tuple(resource for resource in resources if resource is not None)

    def problems(self, scope: Construct) -> list[str]:
        """Problems of the arguments. None of them quotes a field's value.

        Args:
            scope: The stack of the form, or any construct in it.
        """
        problems = [] if self.fields is None else field_problems(self.fields)
        if self.associations is not None:
            of_associations = association_problems(self.associations)
            problems += of_associations or environment_problems(self.associations, scope)
        flags = {
            "submit": self.submit,
            "delete_undeclared": self.delete_undeclared,
            "take_over": self.take_over,
            "allow_closing": self.allow_closing,
        }
        problems += [
            f"{name}: expected True or False, got {value!r}"
            for name, value in flags.items()
            if not isinstance(value, bool)
        ]
        if self.on_locked not in ("fail", "keep"):
            problems.append(f"on_locked: expected 'fail' or 'keep', got {self.on_locked!r}")
        return problems + ([] if self.revision is None else revision_problems(self.revision))

    def properties(self) -> dict[str, Any]:
        """The custom resource's properties. Those with their default are None, which the CDK leaves out."""
        return {
            "Fields": {path: _property_of(value) for path, value in (self.fields or {}).items()},
            "Associations": [name_of(each) for each in self.associations] if self.associations else None,
            "Submit": self.submit or None,
            "OnLocked": self.on_locked if self.on_locked != "fail" else None,
            "Revision": self.revision,
            "KeepUndeclared": None if self.delete_undeclared else True,
            "TakeOver": self.take_over or None,
            "AllowClosing": self.allow_closing or None,
        }


def id_of(registration: interfaces_smsvoice.IRegistrationRef) -> str:
    """The ID of a registration: declared, imported, native, or of another library."""
    if isinstance(registration, RegistrationBase):
        return registration.registration_id
    if isinstance(registration, smsvoice.CfnRegistration):
        return registration.attr_registration_id
    return cdk.Fn.select(1, cdk.Fn.split("/", registration.registration_ref.registration_arn, 2))


def name_of(association: Association) -> str:
    """What names a resource to the service: its ID if it is known, otherwise its ARN."""
    if isinstance(association, str):
        return association
    if hasattr(association, "phone_number_ref"):
        return association.phone_number_ref.phone_number_id
    if hasattr(association, "rcs_agent_ref"):
        return association.rcs_agent_ref.rcs_agent_arn
    return id_of(association)


def _resource_of(association: Association) -> cdk.CfnResource | None:
    """The resource of this app behind an association; None for IDs, ARNs, imports and registrations of this library."""
    if isinstance(association, str | RegistrationBase):
        return None
    if isinstance(association, cdk.CfnResource):
        return association
    child = association.node.default_child if isinstance(association, Construct) else None
    return child if isinstance(child, cdk.CfnResource) else None


def _property_of(value: Value) -> Any:
    if isinstance(value, RegistrationAttachment):
        return {"AttachmentId": value.registration_attachment_id}
    if isinstance(value, FieldValue):
        return value._properties
    return value if isinstance(value, str) else list(value)
