"""A form as the checks at synth see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice

from cdk_sms_registration import form_contents
from cdk_sms_registration.form_fields import FormFields
from cdk_sms_registration.form_props import FormProps, name_of
from cdk_sms_registration.registration_base import RegistrationBase
from constructs import Construct
from sms_registration_rules.regions import REGIONS_OF_TYPE

if TYPE_CHECKING:
    from sms_registration_rules.denials.model import Form


@dataclass(eq=False)
class CheckedForm:
    """A form of the app.

    Attributes:
        construct: The form, which warnings and errors are about.
        stack: Its stack.
        registration: The registration; None if only its ID is known.
        registration_id: The registration's ID, usually a token.
        fields: The fields as they were declared.
        associations: What it is associated with, as it was declared.
        association_ids: The same, as the template names it.
        submit: Whether it is submitted.
        keeps_undeclared: Whether the registration may hold values that are not declared.
        compared_with: The associated forms that it was compared with for its warnings; None before that.
        findings: The IDs of the rules that it was warned of.
    """

    construct: Construct
    stack: cdk.Stack
    registration: object
    registration_id: str
    fields: dict[str, Any]
    associations: tuple[Any, ...]
    association_ids: frozenset[str]
    submit: bool
    keeps_undeclared: bool
    compared_with: list[Form] | None = None
    findings: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, construct: Construct, stack: cdk.Stack, registration: object, registration_id: str, props: FormProps
    ) -> CheckedForm:
        """What a form declares.

        Args:
            construct: The form.
            stack: Its stack.
            registration: The registration; None if only its ID is known.
            registration_id: The registration's ID.
            props: What it declares.
        """
        associations = tuple(props.associations or ())
        return cls(
            construct,
            stack,
            registration,
            registration_id,
            props.fields.copy() if isinstance(props.fields, FormFields) else dict(props.fields or {}),
            associations,
            frozenset(map(name_of, associations)),
            props.submit,
            not props.delete_undeclared,
        )

    @cached_property
    def registration_type(self) -> str:
        """The registration's type; empty if it is not known."""
        name = None
        if isinstance(self.registration, RegistrationBase):
            name = self.registration._known_type
        elif isinstance(self.registration, smsvoice.CfnRegistration):
            name = self.registration.registration_type
        return name if name and form_contents.is_known(name) else ""

    @cached_property
    def denial_form(self) -> Form:
        """The form as the denial rules read it."""
        return form_contents.denial_form(
            self.registration_type,
            self.fields,
            keeps_undeclared=self.keeps_undeclared,
            region=self.stack.region if self.registration_type in REGIONS_OF_TYPE else "",
        )

    def problems(self, definitions: Sequence[Mapping[str, Any]]) -> list[str]:
        """What the definitions do not accept, one line a field. No line quotes a value.

        Args:
            definitions: The definitions of the fields of its type.
        """
        from sms_registration_rules.messages import lines
        from sms_registration_rules.validation import check

        declared, unknown = form_contents.declared_values(self.fields)
        checked = check(
            definitions,
            declared,
            unknown=unknown,
            keeps_undeclared=self.keeps_undeclared,
            complete=self.submit,
        )
        return [f"{self.place_of(path)}{line}" for path, line in lines(checked.problems).items()]

    def place_of(self, path: str) -> str:
        """Where a field is in a form file, as the beginning of a message; empty if it is not from a file.

        Args:
            path: The field's path.
        """
        place = self.fields._place_of(path) if isinstance(self.fields, FormFields) else None
        return f"{place}: " if place else ""
