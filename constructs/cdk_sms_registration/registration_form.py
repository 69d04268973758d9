"""The content of a registration, declared in a stack: field values, files, associations, submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.checks import refuse_new, registration_id_problems
from cdk_sms_registration.form_lanes import let_share_quota
from cdk_sms_registration.form_props import Association, FormProps, Value, id_of
from cdk_sms_registration.named_registration import permit_tags
from cdk_sms_registration.permissions import FORM_TAG_KEYS
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.provider_resource import ProviderResource
from cdk_sms_registration.registration_base import FormLink, RegistrationBase
from cdk_sms_registration.retention import retains
from cdk_sms_registration.synth_checks import check_form
from constructs import Construct

RESOURCE_TYPE = "Custom::SmsRegistrationForm"
"""CloudFormation's name of the custom resource. It can never change."""


class RegistrationForm(Construct):
    """Fills in the form of a registration, associates it, and submits it if you say so.

    ``Registration(fields=...)`` creates one, as ``registration.form``. Declare one yourself for a registration that something
    else created: the native ``CfnRegistration``, the console, another stack. A registration has one form. The form claims
    its registration with a tag, and a second form is refused when it is deployed.

    All values are checked against the service's live definitions before anything is written. A review takes days or months,
    and no deployment waits for it. The attributes say what remains to be done: ``pending_submission``,
    ``pending_associations``, ``pending_changes`` and, of a draft, ``missing_fields``. Deleting the form removes its claim and
    changes nothing else: the content remains until the registration is deleted.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope.
        registration: The registration: ``CfnRegistration``, an imported one, or a declared one without a form. When omitted:
            ``registration_id`` names it.
        registration_id: The registration's ID, instead of ``registration``. May be a token.
        fields: Values of the form by field path, as in ``Registration``. When omitted: no values.
        associations: What the registration is associated with, as in ``Registration``. When omitted: nothing.
        submit: True submits the form, as in ``Registration``. When omitted: False, the form stays a draft.
        on_locked: ``"fail"`` or ``"keep"``: what a changed form does while a review locks the registration, as in
            ``Registration``. When omitted: ``"fail"``.
        revision: Any string up to 200 characters, as in ``Registration``. When omitted: only a changed form is submitted
            again.
        delete_undeclared: True deletes values that the registration has and that are not declared. When omitted: False.
        take_over: True takes the form over from the stack or logical ID that claims it, which must no longer manage it. When
            omitted: False, a claimed form is refused, naming the stack and logical ID that claim it.
        allow_closing: True allows a form to give up an association that its registration cannot live without, as in
            ``Registration``. When omitted: False, the deployment fails before anything is given up.

    Raises:
        ValueError: Arguments are refused. The message lists all problems and quotes no value.
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
        allow_closing: bool = False,
    ) -> None:
        props = FormProps(
            fields=fields,
            associations=associations,
            submit=submit,
            on_locked=on_locked,
            revision=revision,
            delete_undeclared=delete_undeclared,
            take_over=take_over,
            allow_closing=allow_closing,
        )
        problems = _registration_problems(registration, registration_id)
        refuse_new("RegistrationForm", scope, construct_id, problems + props.problems(scope))
        super().__init__(scope, construct_id)
        self._create(RegistrationProvider.get_or_create(scope), registration, registration_id, props)

    def _create(
        self,
        provider: RegistrationProvider,
        registration: interfaces_smsvoice.IRegistrationRef | None,
        registration_id: str | None,
        props: FormProps,
    ) -> None:
        """Creates the custom resource, of arguments that were checked.

        Args:
            provider: The provider of the form's stack.
            registration: The registration, or None.
            registration_id: Its ID, if there is no registration.
            props: What the form declares.
        """
        if registration is not None:
            registration_id = id_of(registration)
        self._resource = ProviderResource(
            self,
            "Resource",
            provider=provider,
            resource_type=RESOURCE_TYPE,
            properties={"RegistrationId": registration_id, **props.properties()},
        )
        form = check_form(self, provider, registration, str(registration_id), props)
        let_share_quota(provider, form, self._resource)
        if props.references:
            policy = provider._read_policy(self)
            for reference in props.references:
                reference._grant_read(policy)
            self._resource.node.add_dependency(policy)
        if not self._is_permitted(registration, props):
            permit_tags(self, provider, str(registration_id), lambda: FORM_TAG_KEYS, needed_by=self._resource)
        link = FormLink(self, self._resource, props.files, props.associated, props.submit)
        creating: object = registration
        if isinstance(registration, RegistrationBase):
            registration._link_form(link)
            creating = registration._creating_resource
        elif not isinstance(registration, smsvoice.CfnRegistration):
            link.share_retention(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        else:
            if props.submit:
                link.share_retention_with_files(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
            # A number that outlives a native registration would keep it from being deleted.
            if props.associated and retains(registration):
                link.share_retention_with_associated(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        others = [*props.files, *(props.associations or ())]
        if isinstance(creating, cdk.CfnResource) and others:
            _delete_before(creating, others)

    def _is_permitted(self, registration: object, props: FormProps) -> bool:
        """Whether the form needs no permissions of its own: its stack owns the registration, or nobody can.

        Args:
            registration: The registration, or None.
            props: What the form declares.
        """
        if not isinstance(registration, RegistrationBase):
            return isinstance(registration, smsvoice.CfnRegistration) and not props.take_over
        is_of_stack = registration._creating_resource is not None and cdk.Stack.of(registration) is cdk.Stack.of(self)
        return is_of_stack and (registration._has_named_permissions or not props.take_over)

    @property
    def resource(self) -> cdk.CfnResource:
        """The custom resource that fills in the form, to depend on or to override."""
        return self._resource

    @property
    def version_number(self) -> str:
        """The number of the form's current version when it was last deployed, a token."""
        return self._resource.attribute("VersionNumber")

    @property
    def version_status(self) -> str:
        """The status of that version, a token such as ``DRAFT``, ``SUBMITTED`` or ``DENIED``. It does not follow a review."""
        return self._resource.attribute("VersionStatus")

    @property
    def registration_status(self) -> str:
        """The registration's status after the form was last deployed, a token such as ``SUBMITTED``.

        It does not follow a review.
        """
        return self._resource.attribute("RegistrationStatus")

    @property
    def pending_submission(self) -> str:
        """``"true"`` if the form should be submitted and could not be yet, otherwise ``"false"``; a token."""
        return self._resource.attribute("PendingSubmission")

    @property
    def pending_associations(self) -> str:
        """``"true"`` if declared associations could not be created yet, otherwise ``"false"``; a token."""
        return self._resource.attribute("PendingAssociations")

    @property
    def pending_changes(self) -> str:
        """``"true"`` if a review locks the form, so that it differs from the declared one, otherwise ``"false"``; a token."""
        return self._resource.attribute("PendingChanges")

    @property
    def denied_reasons(self) -> str:
        """Why the latest denied version was denied, in the service's words, with its links; a token.

        It stays until a later version is approved, so that the deployment that submits a corrected form still shows it.
        Empty when no version was denied, or one after it was approved. A long text is shortened; the function's log has all
        of it. Values from secrets and parameters are removed.
        """
        return self._resource.attribute("DeniedReasons")

    @property
    def missing_fields(self) -> str:
        """The required fields that have no value yet, as paths with ``", "`` between them; a token.

        Only a draft (``submit=False``) can have any: it is deployed as it is, and must be complete to be submitted. Empty when
        nothing is missing. A long list is shortened; the function's log has all of it.
        """
        return self._resource.attribute("MissingFields")


class FormOfRegistration(RegistrationForm):
    """The form that a ``Registration`` creates. The registration has checked the arguments, together with its own.

    Args:
        registration: The registration.
        provider: The provider of its stack.
        props: What the form declares.
    """

    def __init__(self, registration: RegistrationBase, provider: RegistrationProvider, props: FormProps) -> None:
        Construct.__init__(self, registration, "Form")
        self._has_named_permissions = registration._has_named_permissions
        self._create(provider, registration, None, props)

    def _is_permitted(self, _registration: object, props: FormProps) -> bool:
        # As above, without calls into the CDK: the registration is of this stack.
        return self._has_named_permissions or not props.take_over


def _registration_problems(registration: object, registration_id: object) -> list[str]:
    if (registration is None) == (registration_id is None):
        return ["registration, registration_id: expected one of the two"]
    if registration is None:
        return registration_id_problems(registration_id)
    if isinstance(registration, RegistrationBase):
        link = registration._form_link
        if link is None:
            return []
        return [
            f"registration: already has a form, {link.form.node.path!r}; a registration has one form, so declare all of it "
            "there"
        ]
    if isinstance(registration, smsvoice.CfnRegistration):
        return []  # without a call into the CDK
    if not hasattr(registration, "registration_ref"):
        hint = "; use registration_id for an ID" if isinstance(registration, str) else ""
        return [f"registration: expected a registration, got {type(registration).__name__}{hint}"]
    return []


def _delete_before(creating: cdk.CfnResource, others: Sequence[object]) -> None:
    """Lets a registration be deleted before its files, and before the registrations and RCS agents it is associated with.

    The service refuses the other order. Phone numbers are left out: those must be released first.
    """
    stack = cdk.Stack.of(creating)
    for other in others:
        if isinstance(other, str) or hasattr(other, "phone_number_ref"):
            continue
        if isinstance(other, RegistrationAttachment):
            other = other.resource
        elif isinstance(other, RegistrationBase):
            other = other._creating_resource
        # Between stacks, the form's reference to it gives the same order.
        if not isinstance(other, Construct) or cdk.Stack.of(other) is not stack:
            continue
        if isinstance(other, cdk.CfnResource):
            creating.add_resource_dependency(other)
        else:
            creating.node.add_dependency(other)
