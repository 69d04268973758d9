"""The content of a registration, declared in a stack: field values, files, associations, submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.checks import refuse, registration_id_problems
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.form_checks import form_problems
from cdk_sms_registration.provider import SERVICE_TIMEOUT_SECONDS, RegistrationProvider
from cdk_sms_registration.registration_base import RegistrationBase
from constructs import Construct

RESOURCE_TYPE = "Custom::SmsRegistrationForm"
"""CloudFormation's name of the custom resource; it can never change."""

Value = str | Sequence[str] | RegistrationAttachment | FieldValue
Association = (
    str | interfaces_smsvoice.IPhoneNumberRef | interfaces_smsvoice.IRegistrationRef | interfaces_smsvoice.IRcsAgentRef
)


class RegistrationForm(Construct):
    """Fills in the form of a registration, associates it, and submits it if asked to.

    ``Registration(fields=...)`` makes one by itself, as ``registration.form``. On its own it is for a registration that
    something else made: the native ``CfnRegistration``, the console, another stack. A registration has one form: this one
    claims it with a tag, and a second one is refused when it is deployed.

    All values are checked against the service's live definitions before anything is written. A review takes days or
    months; no deployment waits for it. What stays to be done then is in the attributes: ``pending_submission``,
    ``pending_associations`` and ``pending_changes``. Deleting the form changes nothing but the claim: content lives and dies
    with its registration.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope.
        registration: The registration: ``CfnRegistration``, an imported or a declared one that has no form yet. When
            omitted: ``registration_id`` says it.
        registration_id: The registration's ID, instead of ``registration``. May be a token.
        fields: Values by field path. A ``str`` is a text, or the one choice of a field with choices; a list holds choices;
            files are ``RegistrationAttachment``, and what must not be in the template is a ``FieldValue``. An empty ``str``
            or list says that the field has no value. When omitted: no values.
        associations: What the registration is associated with: IDs or ARNs, phone numbers, RCS agents, other registrations.
            It is done when the service allows it; nothing can be disassociated again. When omitted: nothing.
        submit: True submits the form, which may cost a fee and cannot always be taken back; a changed form is submitted
            again. When omitted: False, the form stays a draft.
        on_locked: What a changed form does while a review locks the registration: ``"fail"`` fails the deployment,
            ``"keep"`` leaves the form as it is and sets ``pending_changes``. When omitted: ``"fail"``.
        revision: A text of your own, of at most 200 characters. Another one reads secrets anew, undoes changes that others
            made, and submits again, even when the form is the same. When omitted: only a changed form does.
        delete_undeclared: True deletes values that the registration has and that are not declared. When omitted: False.
        take_over: True takes the form over from the stack or logical ID that claims it, which must no longer manage it.
            When omitted: False, a claimed form is refused, naming who claims it.

    Raises:
        ValueError: Arguments are refused; the message lists all of them, and quotes no value.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registration: interfaces_smsvoice.IRegistrationRef | None = None,
        registration_id: str | None = None,
        fields: Mapping[str, Value] | None = None,
        associations: Sequence[Association] | None = None,
        submit: bool = False,
        on_locked: Literal["fail", "keep"] = "fail",
        revision: str | None = None,
        delete_undeclared: bool = False,
        take_over: bool = False,
    ) -> None:
        problems = _which_problems(registration, registration_id)
        problems += form_problems(
            fields=fields,
            associations=associations,
            on_locked=on_locked,
            revision=revision,
            submit=submit,
            delete_undeclared=delete_undeclared,
            take_over=take_over,
        )
        refuse(f"RegistrationForm {construct_id!r}", problems)

        super().__init__(scope, construct_id)
        self._attributes: dict[str, str] = {}
        values = dict(fields or {})
        self._files = {value: None for value in values.values() if isinstance(value, RegistrationAttachment)}
        self._submits = submit
        provider = RegistrationProvider.get_or_create(scope)
        self._resource = cdk.CfnResource(
            self,
            "Resource",
            type=RESOURCE_TYPE,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                "RegistrationId": registration_id if registration is None else _id_of(registration),
                "Fields": {path: _property_of(value) for path, value in values.items()},
                "Associations": [_resource_of(each) for each in associations] if associations else None,
                "Submit": submit or None,
                "OnLocked": on_locked if on_locked != "fail" else None,
                "Revision": revision,
                "KeepUndeclared": None if delete_undeclared else True,
                "TakeOver": take_over or None,
            },
        )
        provider.serve(self._resource)
        references = {value: None for value in values.values() if isinstance(value, FieldValue)}
        if references:
            policy = provider.read_policy(self)
            for reference in references:
                reference.grant_read(policy)
            self._resource.node.add_dependency(policy)
        if isinstance(registration, RegistrationBase):
            registration.add_form(self)
        elif submit or not isinstance(registration, smsvoice.CfnRegistration):
            self.share_retention(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        shell = registration.shell if isinstance(registration, RegistrationBase) else registration
        if isinstance(shell, cdk.CfnResource) and (self._files or associations):
            _go_down_after(shell, [*self._files, *(associations or ())])

    @classmethod
    def from_file(cls, scope: Construct, path: str | Path) -> dict[str, Value]:
        """Reads the ``fields`` of a form from a YAML or JSON file: ``fields=RegistrationForm.from_file(self, "form.yaml")``.

        The file maps field paths to values. Sections may be nested: ``companyInfo: {companyName: Example Corp}`` is
        ``companyInfo.companyName``. A value is a text; a list of choices; ``{file: opt-in.png}``, a file whose path starts
        at the form's folder; ``{secret: name-or-arn, field: ein}``, where ``field`` may be left out; or
        ``{parameter: /name}``. Numbers, dates and yes/no must be in quotes, because ``01234`` is not 1234.

        Args:
            scope: What the files belong to, usually the stack. They are made below a construct with the form file's name.
            path: Path of the form file. A relative path starts at the working directory of the app.

        Returns:
            The fields, to be passed on. Add to them, or replace some, as you like: a secret with a KMS key of your own,
            for example.

        Raises:
            ValueError: Something in the file is wrong; the message lists all of it, with line numbers, and quotes no value.
        """
        from cdk_sms_registration.form_file import read_form_file

        return dict(read_form_file(scope, path))

    @property
    def resource(self) -> cdk.CfnResource:
        """The custom resource that fills in the form, to depend on or to override."""
        return self._resource

    @property
    def submits(self) -> bool:
        """Whether the form is submitted."""
        return self._submits

    @property
    def version_number(self) -> str:
        """The number of the form's current version when it was last deployed, a token."""
        return self._attribute("VersionNumber")

    @property
    def version_status(self) -> str:
        """The status of that version, a token such as ``DRAFT``, ``SUBMITTED`` or ``DENIED``. It follows no review."""
        return self._attribute("VersionStatus")

    @property
    def registration_status(self) -> str:
        """The registration's status after the form was last deployed, a token such as ``SUBMITTED``. It follows no review."""
        return self._attribute("RegistrationStatus")

    @property
    def pending_submission(self) -> str:
        """``"true"`` if a submission is asked for and could not be made yet, else ``"false"``; a token."""
        return self._attribute("PendingSubmission")

    @property
    def pending_associations(self) -> str:
        """``"true"`` if declared associations could not be made yet, else ``"false"``; a token."""
        return self._attribute("PendingAssociations")

    @property
    def pending_changes(self) -> str:
        """``"true"`` if the registration's form is not the declared one, because a review locks it; a token."""
        return self._attribute("PendingChanges")

    @property
    def denied_reasons(self) -> str:
        """Why the current version was denied, in the service's words; empty if it was not; a token."""
        return self._attribute("DeniedReasons")

    def share_retention(self, policy: cdk.RemovalPolicy) -> None:
        """Keeps the form's files at least as long as its registration, except those with a removal policy of their own.

        Args:
            policy: The registration's removal policy.
        """
        for file in self._files:
            file.share_retention(self, policy)

    def _attribute(self, name: str) -> str:
        if name not in self._attributes:
            self._attributes[name] = cdk.Token.as_string(self._resource.get_att(name))
        return self._attributes[name]


def _which_problems(registration: object, registration_id: object) -> list[str]:
    if (registration is None) == (registration_id is None):
        return ["registration, registration_id: expected one of the two"]
    if registration is None:
        return registration_id_problems(registration_id)
    if isinstance(registration, RegistrationBase):
        if registration.form is None:
            return []
        return [
            f"registration: has a form already, {registration.form.node.path!r}; a registration has one form: declare all "
            "of it there"
        ]
    if not hasattr(registration, "registration_ref"):
        hint = "; use registration_id for an ID" if isinstance(registration, str) else ""
        return [f"registration: expected a registration, got {type(registration).__name__}{hint}"]
    return []


def _id_of(registration: interfaces_smsvoice.IRegistrationRef) -> str:
    if isinstance(registration, RegistrationBase):
        return registration.registration_id
    if isinstance(registration, smsvoice.CfnRegistration):
        return registration.attr_registration_id
    return cdk.Fn.select(1, cdk.Fn.split("/", registration.registration_ref.registration_arn, 2))


def _resource_of(association: Association) -> str:
    """What names a resource to the service: an ID where it is known, else the ARN."""
    if isinstance(association, str):
        return association
    if hasattr(association, "phone_number_ref"):
        return association.phone_number_ref.phone_number_id
    if hasattr(association, "rcs_agent_ref"):
        return association.rcs_agent_ref.rcs_agent_arn
    return _id_of(association)


def _property_of(value: Value) -> Any:
    if isinstance(value, RegistrationAttachment):
        return {"AttachmentId": value.registration_attachment_id}
    if isinstance(value, FieldValue):
        return value.properties
    return value if isinstance(value, str) else list(value)


def _go_down_after(shell: cdk.CfnResource, others: Sequence[object]) -> None:
    """Lets a registration be deleted before its files, and before the registrations and RCS agents it is associated with.

    The service refuses the other order. Phone numbers are not among them: those must go first.
    """
    stack = cdk.Stack.of(shell)
    for other in others:
        if isinstance(other, str) or hasattr(other, "phone_number_ref"):
            continue
        if isinstance(other, RegistrationAttachment):
            other = other.resource
        elif isinstance(other, RegistrationBase):
            other = other.shell
        # Between stacks, the form's reference to it gives the same order.
        if not isinstance(other, Construct) or cdk.Stack.of(other) is not stack:
            continue
        if isinstance(other, cdk.CfnResource):
            shell.add_resource_dependency(other)
        else:
            shell.node.add_dependency(other)
