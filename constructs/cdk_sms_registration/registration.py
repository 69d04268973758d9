"""A registration, declared in a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice
from constructs import Construct

from cdk_sms_registration.checks import (
    refuse,
    registration_arn_problems,
    registration_id_problems,
    registration_type_problems,
    tag_problems,
)
from cdk_sms_registration.grants import RegistrationGrants
from cdk_sms_registration.provider import SERVICE_TIMEOUT_SECONDS, RegistrationProvider
from cdk_sms_registration.registration_type import RegistrationType

RESOURCE_TYPE = "Custom::SmsRegistration"
"""CloudFormation's name of the custom resource; it can never change."""


class IRegistration(interfaces_smsvoice.IRegistrationRef, Protocol):
    """A registration of this app, or one that was imported."""

    @property
    def registration_id(self) -> str:
        """The registration's ID, such as ``registration-0123456789abcdef``."""
        ...

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        ...

    @property
    def grants(self) -> RegistrationGrants:
        """Grants rights on the registration."""
        ...


@jsii.implements(interfaces_smsvoice.IRegistrationRef)
class _RegistrationBase(cdk.Resource):
    """What a registration can do once its ID and ARN are known."""

    @property
    def registration_id(self) -> str:
        """The registration's ID, such as ``registration-0123456789abcdef``."""
        raise NotImplementedError

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        raise NotImplementedError

    @property
    def registration_ref(self) -> interfaces_smsvoice.RegistrationReference:
        """What aws-cdk-lib's own constructs use to refer to a registration."""
        return interfaces_smsvoice.RegistrationReference(registration_arn=self.registration_arn)

    @property
    def grants(self) -> RegistrationGrants:
        """Grants rights on the registration: ``registration.grants.read(role)``."""
        return RegistrationGrants.from_registration(self)


class _ImportedRegistration(_RegistrationBase):
    """A registration that something else declares."""

    def __init__(
        self, scope: Construct, construct_id: str, *, registration_id: str, registration_arn: str, **env: Any
    ) -> None:
        super().__init__(scope, construct_id, **env)
        self._registration_id = registration_id
        self._registration_arn = registration_arn

    @property
    def registration_id(self) -> str:
        """The registration's ID."""
        return self._registration_id

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        return self._registration_arn


@jsii.implements(cdk.ITaggableV2)
class Registration(_RegistrationBase):
    """A registration with AWS End User Messaging SMS: of a toll-free number, a 10DLC brand, a sender ID and so on.

    Deploying it calls ``CreateRegistration`` once; the registration is in status ``CREATED``, and nothing is submitted.
    Its type cannot change: another ``registration_type`` makes a new registration and deletes the old one. Tags
    change in place. The service has a quota of 25 registrations per account and Region.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope. Another ID is another registration.
        registration_type: What is registered: ``RegistrationType.US_TOLL_FREE_REGISTRATION``,
            ``RegistrationType.of("...")`` or the service's own name as a ``str``. May be a token.
        tags: The registration's tags. ``Tags.of(scope).add(...)`` reaches it too and wins, as everywhere in the CDK.
            Keys beginning with ``aws:`` or ``cdk-sms-registration:`` are refused. When omitted: no tags but those
            by which the provider function recognises its registrations.
        removal_policy: What happens to the registration when it leaves the stack, is replaced, or the stack is
            deleted: ``DESTROY`` deletes it, ``RETAIN`` keeps it, ``RETAIN_ON_UPDATE_OR_DELETE`` keeps it except when
            its own creation is rolled back. When omitted: ``DESTROY``; ``RETAIN`` if ``existing_registration_id`` is
            given.
        existing_registration_id: The ID of a registration that exists already, and that the stack takes into its
            care instead of creating one. Its type must be ``registration_type``. It is never deleted, unless
            ``removal_policy=RemovalPolicy.DESTROY`` says so, and then never in the rollback of the deployment that
            adopted it. A registration that belongs to another stack or logical ID is refused. Leaving the argument
            out later changes nothing; another ID is a replacement. When omitted: a registration is created.
        take_over: True takes the registration over from the stack or logical ID that owns it, which must no longer
            manage it. It also puts back owner tags that someone removed. When omitted: False, an owned registration
            is refused, naming its owner.

    Raises:
        ValueError: Arguments are refused; the message lists all of them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registration_type: RegistrationType | str,
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
        problems += _removal_policy_problems(removal_policy)
        if not isinstance(take_over, bool):
            problems.append(f"take_over: expected True or False, got {take_over!r}")
        refuse(f"Registration {construct_id!r}", problems)

        super().__init__(scope, construct_id)
        self._attributes: dict[str, str] = {}
        self._adopted = existing_registration_id is not None
        self._tag_manager: cdk.TagManager | None = None
        self._initial_tags = dict(tags or {})
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
        if self._initial_tags:
            self.cdk_tag_manager  # noqa: B018 - makes it
        if removal_policy is not None:
            self.apply_removal_policy(removal_policy)
        elif self._adopted:
            self._shell.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

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
            _ImportedRegistration(
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
            _ImportedRegistration(
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
        # Made when the first tag comes, which for ``Tags.of`` is during synthesis: most registrations need none, and
        # each call into the CDK costs a good part of a millisecond.
        if self._tag_manager is None:
            initial = [{"key": key, "value": value} for key, value in self._initial_tags.items()]
            self._tag_manager = cdk.TagManager(cdk.TagType.STANDARD, RESOURCE_TYPE, initial)
            self._shell.add_property_override("Tags", self._tag_manager.rendered_tags)
        return self._tag_manager

    def apply_removal_policy(self, policy: cdk.RemovalPolicy) -> None:
        """Sets what happens to the registration when it leaves the stack, as the argument ``removal_policy`` does.

        Args:
            policy: ``DESTROY``, ``RETAIN`` or ``RETAIN_ON_UPDATE_OR_DELETE``.

        Raises:
            ValueError: The policy is another one.
        """
        refuse(f"Registration {self.node.id!r}", _removal_policy_problems(policy))
        self._shell.apply_removal_policy(policy)
        if self._adopted:
            # The handler deletes an adopted registration on this word only, not on CloudFormation's Delete alone.
            word = "destroy" if policy is cdk.RemovalPolicy.DESTROY else None
            self._shell.add_property_override("RemovalPolicy", word)

    def _attribute(self, name: str) -> str:
        if name not in self._attributes:
            self._attributes[name] = cdk.Token.as_string(self._shell.get_att(name))
        return self._attributes[name]


def _removal_policy_problems(policy: cdk.RemovalPolicy | None) -> list[str]:
    if policy is cdk.RemovalPolicy.SNAPSHOT:
        return ["removal_policy: got SNAPSHOT, but a registration has no snapshots; use DESTROY or RETAIN"]
    return []
