"""A registration, declared in a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import aws_cdk as cdk
import jsii

from cdk_sms_registration.checks import (
    refuse,
    registration_arn_problems,
    registration_id_problems,
    registration_type_problems,
    removal_policy_problems,
    tag_problems,
)
from cdk_sms_registration.form_checks import form_problems
from cdk_sms_registration.provider import SERVICE_TIMEOUT_SECONDS, RegistrationProvider
from cdk_sms_registration.registration_base import ImportedRegistration, IRegistration, RegistrationBase
from cdk_sms_registration.registration_form import Association, RegistrationForm, Value
from cdk_sms_registration.registration_type import RegistrationType
from cdk_sms_registration.tagging import Tagging
from constructs import Construct

RESOURCE_TYPE = "Custom::SmsRegistration"
"""CloudFormation's name of the custom resource; it can never change."""


@jsii.implements(cdk.ITaggableV2)
class Registration(RegistrationBase):
    """A registration with AWS End User Messaging SMS: of a toll-free number, a 10DLC brand, a sender ID and so on.

    Deploying it calls ``CreateRegistration`` once; the registration is in status ``CREATED``, and nothing is submitted.
    With ``fields``, ``associations`` or ``submit`` it has a form too, ``registration.form``, which is filled in after that:
    see ``RegistrationForm``. Its type cannot change: another ``registration_type`` makes a new registration and deletes the
    old one. Tags change in place. The service has a quota of 25 registrations per account and Region.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope. Another ID is another registration.
        registration_type: What is registered: ``RegistrationType.US_TOLL_FREE_REGISTRATION``,
            ``RegistrationType.of("...")`` or the service's own name as a ``str``. May be a token.
        fields: Values of the form by field path. A ``str`` is a text, or the one choice of a field with choices; a list
            holds choices; files are ``RegistrationAttachment``, and what must not be in the template is a ``FieldValue``. An
            empty ``str`` or list says that the field has no value. ``RegistrationForm.from_file`` reads them from a file.
            When omitted: no values.
        associations: What the registration is associated with: IDs or ARNs, phone numbers, RCS agents, other
            registrations. It is done when the service allows it; nothing can be disassociated again. When omitted: nothing.
        submit: True submits the form, which may cost a fee and cannot always be taken back; a changed form is submitted
            again. When omitted: False, the form stays a draft.
        on_locked: What a changed form does while a review locks the registration: ``"fail"`` fails the deployment,
            ``"keep"`` leaves the form as it is and sets ``form.pending_changes``. When omitted: ``"fail"``.
        revision: A text of your own, of at most 200 characters. Another one reads secrets anew, undoes changes that others
            made, and submits again, even when the form is the same. When omitted: only a changed form does.
        delete_undeclared: True deletes values that the registration has and that are not declared; False keeps them. When
            omitted: True, the declared form is the whole form; False if ``existing_registration_id`` is given.
        tags: The registration's tags. ``Tags.of(scope).add(...)`` reaches it too and wins, as everywhere in the CDK.
            Keys beginning with ``aws:`` or ``cdk-sms-registration:`` are refused. When omitted: no tags but those
            by which the provider function recognises its registrations.
        removal_policy: What happens to the registration when it leaves the stack, is replaced, or the stack is
            deleted: ``DESTROY`` deletes it, ``RETAIN`` keeps it, ``RETAIN_ON_UPDATE_OR_DELETE`` keeps it except when
            its own creation is rolled back. The files of its form share it, unless they have one of their own. When
            omitted: ``DESTROY``; ``RETAIN_ON_UPDATE_OR_DELETE`` if it is submitted, because a review takes weeks, or if
            ``existing_registration_id`` is given.
        existing_registration_id: The ID of a registration that exists already, and that the stack takes into its
            care instead of creating one. Its type must be ``registration_type``. It is never deleted, unless
            ``removal_policy=RemovalPolicy.DESTROY`` says so, and then never in the rollback of the deployment that
            adopted it. A registration that belongs to another stack or logical ID is refused. Leaving the argument
            out later changes nothing; another ID is a replacement. When omitted: a registration is created.
        take_over: True takes the registration over from the stack or logical ID that owns it, which must no longer
            manage it; its form too. It also puts back owner tags that someone removed. When omitted: False, an owned
            registration is refused, naming its owner.

    Raises:
        ValueError: Arguments are refused; the message lists all of them.
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
    ) -> None:
        type_name = registration_type.name if isinstance(registration_type, RegistrationType) else registration_type
        problems = registration_type_problems(type_name)
        if tags is not None:
            problems += tag_problems(tags)
        if existing_registration_id is not None:
            problems += registration_id_problems(existing_registration_id, "existing_registration_id")
        problems += removal_policy_problems(removal_policy)
        adopted = existing_registration_id is not None
        deletes_undeclared = not adopted if delete_undeclared is None else delete_undeclared
        problems += form_problems(
            fields=fields,
            associations=associations,
            on_locked=on_locked,
            revision=revision,
            submit=submit,
            delete_undeclared=deletes_undeclared,
            take_over=take_over,
        )
        refuse(f"Registration {construct_id!r}", problems)

        super().__init__(scope, construct_id)
        self._attributes: dict[str, str] = {}
        self._adopted = adopted
        self._removal_policy: cdk.RemovalPolicy | None = None
        provider = RegistrationProvider.get_or_create(scope)
        self._shell = cdk.CfnResource(
            self,
            "Resource",
            type=RESOURCE_TYPE,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                "RegistrationType": type_name,
                "ExistingRegistrationId": existing_registration_id,
                "TakeOver": take_over or None,
            },
        )
        provider.serve(self._shell)
        self._tagging = Tagging(self._shell, RESOURCE_TYPE, tags)
        self._has_removal_policy = removal_policy is not None
        if removal_policy is not None:
            self.apply_removal_policy(removal_policy)
        elif adopted:
            self._retain(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        if fields or associations or submit:
            RegistrationForm(
                self,
                "Form",
                registration=self,
                fields=fields,
                associations=associations,
                submit=submit,
                on_locked=on_locked,
                revision=revision,
                delete_undeclared=deletes_undeclared,
                take_over=take_over,
            )

    @classmethod
    def from_registration_id(cls, scope: Construct, construct_id: str, registration_id: str) -> IRegistration:
        """Refers to a registration of the stack's account and Region by its ID. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_id: The registration's ID. May be a token.

        Raises:
            ValueError: The ID has another shape.
        """
        refuse(f"Registration {construct_id!r}", registration_id_problems(registration_id))
        registration_arn = cdk.Stack.of(scope).format_arn(
            service="sms-voice", resource="registration", resource_name=registration_id
        )
        return cast(
            IRegistration,
            ImportedRegistration(
                scope, construct_id, registration_id=registration_id, registration_arn=registration_arn
            ),
        )

    @classmethod
    def from_registration_arn(cls, scope: Construct, construct_id: str, registration_arn: str) -> IRegistration:
        """Refers to a registration, of any account and Region, by its ARN. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_arn: The registration's ARN; ``env`` is taken from it. May be a token.

        Raises:
            ValueError: The ARN has another shape.
        """
        return cls.from_registration_attributes(scope, construct_id, registration_arn=registration_arn)

    @classmethod
    def from_registration_attributes(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        registration_arn: str,
        registration_id: str | None = None,
    ) -> IRegistration:
        """Refers to a registration by what is known of it. Nothing is created or managed.

        Args:
            scope: The construct that it belongs to.
            construct_id: Its ID in the scope.
            registration_arn: The registration's ARN; ``env`` is taken from it. May be a token.
            registration_id: The registration's ID. When omitted: the last part of the ARN, which CloudFormation cuts
                out when the ARN is a token.

        Raises:
            ValueError: The ARN or the ID has another shape, or they name different registrations.
        """
        problems = registration_arn_problems(registration_arn)
        if registration_id is not None:
            problems += registration_id_problems(registration_id)
        if not problems and registration_id is not None and not cdk.Token.is_unresolved(registration_arn):
            known = registration_arn.rpartition("/")[2]
            if not cdk.Token.is_unresolved(registration_id) and registration_id != known:
                problems.append(f"registration_id: got {registration_id!r}, but registration_arn names {known!r}")
        refuse(f"Registration {construct_id!r}", problems)
        if registration_id is None:
            parts = cdk.Stack.of(scope).split_arn(registration_arn, cdk.ArnFormat.SLASH_RESOURCE_NAME)
            registration_id = cast(str, parts.resource_name)
        return cast(
            IRegistration,
            ImportedRegistration(
                scope,
                construct_id,
                registration_id=registration_id,
                registration_arn=registration_arn,
                environment_from_arn=registration_arn,
            ),
        )

    @property
    def shell(self) -> cdk.CfnResource:
        """The custom resource that creates the registration, to depend on or to override."""
        return self._shell

    @property
    def registration_id(self) -> str:
        """The registration's ID, a token: usable anywhere, in other stacks too."""
        if "Ref" not in self._attributes:
            self._attributes["Ref"] = self._shell.ref
        return self._attributes["Ref"]

    @property
    def registration_arn(self) -> str:
        """The registration's ARN, a token: usable anywhere, in other stacks too."""
        return self._attribute("RegistrationArn")

    @property
    def registration_type(self) -> str:
        """The registration's type, a token with the service's name of it."""
        return self._attribute("RegistrationType")

    @property
    def registration_status(self) -> str:
        """The registration's status when it was last deployed, a token such as ``CREATED``.

        It does not follow a review: an output keeps what the last create or update saw.
        """
        return self._attribute("RegistrationStatus")

    @property
    def current_version_number(self) -> str:
        """The number of the registration's current version when it was last deployed, a token."""
        return self._attribute("CurrentVersionNumber")

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The registration's tags; use ``Tags.of(registration).add(...)``."""
        return self._tagging.manager

    def apply_removal_policy(self, policy: cdk.RemovalPolicy) -> None:
        """Sets what happens to the registration when it leaves the stack, as the argument ``removal_policy`` does.

        Args:
            policy: ``DESTROY``, ``RETAIN`` or ``RETAIN_ON_UPDATE_OR_DELETE``.

        Raises:
            ValueError: The policy is another one.
        """
        refuse(f"Registration {self.node.id!r}", removal_policy_problems(policy))
        self._has_removal_policy = True
        self._retain(policy)
        if self._adopted:
            # The handler deletes an adopted registration on this word only, not on CloudFormation's Delete alone.
            word = "destroy" if policy is cdk.RemovalPolicy.DESTROY else None
            self._shell.add_property_override("RemovalPolicy", word)

    def add_form(self, form: RegistrationForm) -> None:
        """Takes note of the registration's form, whose files stay as long as the registration.

        Args:
            form: The form. If it is submitted, and the registration has no removal policy, the registration is retained.
        """
        super().add_form(form)
        if form.submits and not self._has_removal_policy:
            self._retain(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        elif self._removal_policy is not None:
            form.share_retention(self._removal_policy)

    def _retain(self, policy: cdk.RemovalPolicy) -> None:
        self._removal_policy = policy
        self._shell.apply_removal_policy(policy)
        if self.form is not None:
            self.form.share_retention(policy)

    def _attribute(self, name: str) -> str:
        if name not in self._attributes:
            self._attributes[name] = cdk.Token.as_string(self._shell.get_att(name))
        return self._attributes[name]
