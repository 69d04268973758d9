"""A registration, declared in a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import aws_cdk as cdk
import jsii

from cdk_sms_registration.checks import (
    RESERVED_TAG_PREFIX,
    names_problems,
    refuse,
    refuse_new,
    region_problems,
    registration_arn_problems,
    registration_id_problems,
    registration_type_problems,
    removal_policy_problems,
    tag_problems,
)
from cdk_sms_registration.form_props import Association, FormProps, Value
from cdk_sms_registration.named_registration import permit_tags
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.provider_resource import ProviderResource
from cdk_sms_registration.registration_base import FormLink, ImportedRegistration, IRegistration, RegistrationBase
from cdk_sms_registration.registration_form import FormOfRegistration, RegistrationForm
from cdk_sms_registration.registration_type import RegistrationType
from cdk_sms_registration.tagging import Tagging
from constructs import Construct

RESOURCE_TYPE = "Custom::SmsRegistration"
"""CloudFormation's name of the custom resource. It can never change."""


@jsii.implements(cdk.ITaggableV2)
class Registration(RegistrationBase):
    """A registration with AWS End User Messaging SMS: of a toll-free number, a 10DLC brand, a sender ID and so on.

    Deploying it calls ``CreateRegistration`` once. The registration then has the status ``CREATED``, and nothing is
    submitted. With ``fields``, ``associations`` or ``submit`` it also has a form, ``registration.form``, which is filled in
    afterwards: see ``RegistrationForm``. Its type cannot change: another ``registration_type`` creates a new registration and
    deletes the old one. Tags change in place. The service has a quota of 25 registrations per account and Region.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope. Another ID is another registration.
        registration_type: What is registered: ``RegistrationType.US_TOLL_FREE_REGISTRATION``,
            ``RegistrationType.of("...")`` or the service's own name as a ``str``. May be a token.
        fields: Values of the form by field path. A ``str`` is a text, or the one choice of a field with choices. A list holds
            choices. A file is a ``RegistrationAttachment``. A value that must not be in the template is a ``FieldValue``. An
            empty ``str`` or list says that the field has no value. ``FormFile`` reads them from a file. When omitted: no
            values.
        associations: What the registration is associated with: IDs or ARNs, phone numbers, RCS agents, other registrations.
            Each is associated as soon as the service allows it. The service cannot disassociate. Numbers and agents of this
            app share the registration's removal policy. When omitted: nothing.
        submit: True submits the form, which may cost a fee and cannot always be undone. A changed form is submitted again. An
            equal form that another registration of the account and Region was submitted with is refused. When omitted: False,
            the form stays a draft, which may be incomplete.
        on_locked: What a changed form does while a review locks the registration. ``"fail"`` fails the deployment.
            ``"keep"`` leaves the form as it is and sets ``form.pending_changes``. When omitted: ``"fail"``.
        revision: Any string up to 200 characters. Changing it re-reads secrets, reverts out-of-band changes, and resubmits an
            unchanged form. When omitted: only a changed form is submitted again.
        delete_undeclared: True deletes values that the registration has and that are not declared. False keeps them. When
            omitted: True, the declared form is the whole form; False if ``existing_registration_id`` is given.
        tags: The registration's tags. ``Tags.of(scope).add(...)`` also reaches it, and wins, as everywhere in the CDK. Keys
            that begin with ``aws:`` or ``cdk-sms-registration:``, and more than 28 tags, are refused, also those of
            ``Tags.of``. When omitted: no tags except those by which the provider function recognizes its registrations.
        removal_policy: What happens to the registration when it leaves the stack, is replaced, or the stack is deleted.
            ``DESTROY`` deletes it. ``RETAIN`` keeps it. ``RETAIN_ON_UPDATE_OR_DELETE`` keeps it except when its own creation
            is rolled back. What it cannot live without shares a policy that keeps it: the files of its form, and the phone
            numbers, RCS agents and native registrations of this app in ``associations``, in any stack, unless they have a
            policy of their own. When omitted: ``DESTROY``; ``RETAIN_ON_UPDATE_OR_DELETE`` if it is submitted, because a
            review takes weeks, or if ``existing_registration_id`` is given.
        existing_registration_id: The ID of an existing registration that the stack adopts instead of creating one. Its type
            must be ``registration_type``. It is never deleted, unless ``removal_policy=RemovalPolicy.DESTROY`` says so, and
            even then not in the rollback of the deployment that adopted it. A registration that belongs to another stack or
            logical ID is refused. Leaving the argument out later changes nothing. Another ID is a replacement. When omitted:
            a registration is created.
        take_over: True takes the registration, and its form, over from the stack or logical ID that owns it, which must no
            longer manage it; ``existing_registration_id`` must name it, because the function may tag nothing else of another
            stack. It also restores owner tags that someone removed. When omitted: False, an owned registration is refused,
            naming its owner.
        allow_closing: True allows the form to give up an association that the registration cannot live without: the service
            closes a submitted or approved registration for good when its last number is released. When omitted: False, a
            deployment that would replace or remove such a number fails first, and CloudFormation rolls it back.

    Raises:
        ValueError: Arguments are refused. The message lists all problems and quotes no field's value.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registration_type: RegistrationType | str,
        fields: Mapping[str, Value] | None = None,
        associations: Sequence[Association] | None = None,
        submit: bool = False,
        on_locked: Literal["fail", "keep"] = "fail",
        revision: str | None = None,
        delete_undeclared: bool | None = None,
        tags: Mapping[str, str] | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        existing_registration_id: str | None = None,
        take_over: bool = False,
        allow_closing: bool = False,
    ) -> None:
        type_name = registration_type.name if isinstance(registration_type, RegistrationType) else registration_type
        adopted = existing_registration_id is not None
        form = FormProps(
            fields=fields,
            associations=associations,
            submit=submit,
            on_locked=on_locked,
            revision=revision,
            delete_undeclared=not adopted if delete_undeclared is None else delete_undeclared,
            take_over=take_over,
            allow_closing=allow_closing,
        )
        problems = registration_type_problems(type_name) + region_problems(type_name, scope)
        problems += [] if tags is None else tag_problems(tags)
        if existing_registration_id is not None:
            problems += registration_id_problems(existing_registration_id, "existing_registration_id")
        problems += removal_policy_problems(removal_policy)
        refuse_new("Registration", scope, construct_id, problems + form.problems(scope))

        super().__init__(scope, construct_id)
        self._known_type = type_name
        self._adopted = adopted
        self._removal_policy: cdk.RemovalPolicy | None = None
        self._has_removal_policy = removal_policy is not None
        provider = RegistrationProvider.get_or_create(scope)
        if existing_registration_id is not None:
            provider._adopts(existing_registration_id, self)
        self._resource = ProviderResource(
            self,
            "Resource",
            provider=provider,
            resource_type=RESOURCE_TYPE,
            properties={
                "RegistrationType": type_name,
                "ExistingRegistrationId": existing_registration_id,
                "TakeOver": take_over or None,
            },
        )
        self._tagging = Tagging(self._resource, RESOURCE_TYPE, tags)
        if existing_registration_id is not None and take_over:
            self._has_named_permissions = True
            permit_tags(
                self,
                provider,
                existing_registration_id,
                lambda: [f"{RESERVED_TAG_PREFIX}*", *self._tagging.keys],
                needed_by=self._resource,
            )
        if removal_policy is not None:
            self.apply_removal_policy(removal_policy)
        elif adopted:
            self._retain(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        if form.has_content:
            FormOfRegistration(self, provider, form)

    @classmethod
    def from_registration_id(
        cls, scope: Construct, construct_id: str, registration_id: str, *, names: Sequence[str] = ()
    ) -> IRegistration:
        """Refers to a registration of the stack's account and Region by its ID. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_id: The registration's ID. May be a token.
            names: If it is a 10DLC brand whose form is not in this app: the company and trade names in its form. The denial
                checks look for them in the campaigns that are associated with it. When omitted: what compares a campaign
                with its brand is not checked.

        Raises:
            ValueError: The ID is malformed, or the names are no list.
        """
        refuse_new(
            "Registration", scope, construct_id, registration_id_problems(registration_id) + names_problems(names)
        )
        registration_arn = cdk.Stack.of(scope).format_arn(
            service="sms-voice", resource="registration", resource_name=registration_id
        )
        return ImportedRegistration(
            scope, construct_id, registration_id=registration_id, registration_arn=registration_arn, names=names
        )

    @classmethod
    def from_registration_arn(
        cls, scope: Construct, construct_id: str, registration_arn: str, *, names: Sequence[str] = ()
    ) -> IRegistration:
        """Refers to a registration, of any account and Region, by its ARN. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_arn: The registration's ARN; ``env`` is taken from it. May be a token.
            names: As in ``from_registration_id``. When omitted: not known.

        Raises:
            ValueError: The ARN is malformed, or the names are no list.
        """
        return cls.from_registration_attributes(scope, construct_id, registration_arn=registration_arn, names=names)

    @classmethod
    def from_registration_attributes(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        registration_arn: str,
        registration_id: str | None = None,
        names: Sequence[str] = (),
    ) -> IRegistration:
        """Refers to a registration by its ARN and, if known, its ID. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_arn: The registration's ARN; ``env`` is taken from it. May be a token.
            registration_id: The registration's ID. When omitted: the last part of the ARN, which CloudFormation extracts
                if the ARN is a token.
            names: As in ``from_registration_id``. When omitted: not known.

        Raises:
            ValueError: The ARN or the ID is malformed, they name different registrations, or the names are no list.
        """
        problems = registration_arn_problems(registration_arn) + names_problems(names)
        if registration_id is not None:
            problems += registration_id_problems(registration_id)
        if not problems and registration_id is not None and not cdk.Token.is_unresolved(registration_arn):
            known = registration_arn.rpartition("/")[2]
            if not cdk.Token.is_unresolved(registration_id) and registration_id != known:
                problems.append(f"registration_id: got {registration_id!r}, but registration_arn names {known!r}")
        refuse_new("Registration", scope, construct_id, problems)
        if registration_id is None:
            parts = cdk.Stack.of(scope).split_arn(registration_arn, cdk.ArnFormat.SLASH_RESOURCE_NAME)
            registration_id = str(parts.resource_name)
        return ImportedRegistration(
            scope,
            construct_id,
            registration_id=registration_id,
            registration_arn=registration_arn,
            names=names,
            environment_from_arn=registration_arn,
        )

    @property
    def resource(self) -> cdk.CfnResource:
        """The custom resource that creates the registration, to depend on or to override."""
        return self._resource

    @property
    def has_form(self) -> bool:
        """Whether the registration has a form in this app."""
        return self._form_link is not None

    @property
    def form(self) -> RegistrationForm:
        """The registration's form in this app.

        Raises:
            ValueError: There is none; ``has_form`` tells.
        """
        form = self._form_link.form if self._form_link is not None else None
        if not isinstance(form, RegistrationForm):
            raise ValueError(
                f"Registration {self.node.path!r} has no form, because it has no fields, no associations and submit=False; "
                "registration.has_form tells whether there is one"
            )
        return form

    @property
    def registration_id(self) -> str:
        """The registration's ID, a token: usable anywhere, also in other stacks."""
        return self._resource.physical_id

    @property
    def registration_arn(self) -> str:
        """The registration's ARN, a token: usable anywhere, also in other stacks."""
        return self._resource.attribute("RegistrationArn")

    @property
    def registration_type(self) -> str:
        """The registration's type, a token with the service's name of it."""
        return self._resource.attribute("RegistrationType")

    @property
    def registration_status(self) -> str:
        """The registration's status when it was last deployed, a token such as ``CREATED``.

        It does not follow a review: an output keeps what the last create or update found.
        """
        return self._resource.attribute("RegistrationStatus")

    @property
    def current_version_number(self) -> str:
        """The number of the registration's current version when it was last deployed, a token."""
        return self._resource.attribute("CurrentVersionNumber")

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The registration's tags. To add one, use ``Tags.of(registration).add(...)``."""
        return self._tagging.manager

    def apply_removal_policy(self, policy: cdk.RemovalPolicy) -> None:
        """Sets what happens to the registration when it leaves the stack, as the argument ``removal_policy`` does.

        Args:
            policy: ``DESTROY``, ``RETAIN`` or ``RETAIN_ON_UPDATE_OR_DELETE``.

        Raises:
            ValueError: It is another policy.
        """
        refuse(f"Registration {self.node.path!r}", removal_policy_problems(policy))
        self._has_removal_policy = True
        self._retain(policy)
        if self._adopted:
            # The handler deletes an adopted registration only if this property says so; CloudFormation's Delete is not enough.
            destroy = "destroy" if policy is cdk.RemovalPolicy.DESTROY else None
            self._resource.add_property_override("RemovalPolicy", destroy)

    @property
    def _creating_resource(self) -> cdk.CfnResource:
        return self._resource

    def _link_form(self, link: FormLink) -> None:
        """Connects the registration with its form, whose files and associations stay as long as the registration.

        Args:
            link: The form. If it is submitted, and the registration has no removal policy, the registration is retained.
        """
        super()._link_form(link)
        if link.submit and not self._has_removal_policy:
            self._retain(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        elif self._removal_policy is not None:
            link.share_retention(self._removal_policy)

    def _retain(self, policy: cdk.RemovalPolicy) -> None:
        self._removal_policy = policy
        self._resource.apply_removal_policy(policy)
        if self._form_link is not None:
            self._form_link.share_retention(policy)
