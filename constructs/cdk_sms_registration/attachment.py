"""A file of a registration's form, declared in a stack."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.attachment_source import AttachmentSource
from cdk_sms_registration.checks import refuse, refuse_new, removal_policy_problems, tag_problems
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.provider_resource import ProviderResource
from cdk_sms_registration.retention import strongest
from cdk_sms_registration.tagging import Tagging
from constructs import Construct

RESOURCE_TYPE = "Custom::SmsRegistrationAttachment"
"""CloudFormation's name of the custom resource. It can never change."""


@jsii.implements(cdk.ITaggableV2, interfaces_smsvoice.IRegistrationAttachmentRef)
class RegistrationAttachment(cdk.Resource):
    """A file for a registration's form: a picture of an opt-in, a letter of authorization, a logo.

    Deploying it uploads the file once. Changed bytes make a new attachment, because the service cannot change one. The old
    one is deleted when no version of a form refers to it any more; otherwise it stays and is reported. Several fields, and
    several registrations, may use one attachment. The service has a quota of 25 attachments per account and Region.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope. Another ID is another attachment.
        source: Where the bytes are: ``AttachmentSource.from_asset(path)`` or ``.from_bucket(bucket, key)``.
        tags: The attachment's tags. ``Tags.of(scope).add(...)`` also reaches it, and wins. When omitted: no tags except
            those by which the provider function recognizes its attachments.
        removal_policy: What happens to the attachment when it leaves the stack. ``DESTROY`` deletes it. ``RETAIN`` keeps it.
            ``RETAIN_ON_UPDATE_OR_DELETE`` keeps it except when its own creation is rolled back. When omitted: the same as
            for the registrations whose forms use it; ``DESTROY`` if none does.

    Raises:
        ValueError: Arguments are refused. The message lists all problems.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: AttachmentSource,
        tags: Mapping[str, str] | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
    ) -> None:
        if isinstance(source, AttachmentSource):
            problems = source._problems()
        else:
            problems = [f"source: expected an AttachmentSource, got {type(source).__name__}"]
        problems += [] if tags is None else tag_problems(tags)
        problems += removal_policy_problems(removal_policy, "an attachment")
        refuse_new("RegistrationAttachment", scope, construct_id, problems)

        super().__init__(scope, construct_id)
        # Imported here because it takes a tenth of a second, which only a stack with an attachment should pay.
        from aws_cdk import aws_iam as iam

        self._file = source._file
        self._own_removal_policy = removal_policy
        self._policies_of_users: dict[Construct, cdk.RemovalPolicy] = {}
        provider = RegistrationProvider.get_or_create(scope)
        bound = source._bind(self, provider)
        iam.Grant.add_to_principal(
            grantee=bound.policy, actions=["s3:GetObject"], resource_arns=[bound.bucket.arn_for_objects(bound.key)]
        )
        self._resource = ProviderResource(
            self,
            "Resource",
            provider=provider,
            resource_type=RESOURCE_TYPE,
            properties={"Bucket": bound.bucket.bucket_name, "Key": bound.key},
        )
        self._resource.node.add_dependency(bound.policy)
        self._tagging = Tagging(self._resource, RESOURCE_TYPE, tags)
        if removal_policy is not None:
            self._retain(removal_policy)

    @functools.cached_property
    def _content(self) -> bytes | None:
        """The bytes, if they are known at synth."""
        try:
            return None if self._file is None else self._file.read_bytes()
        except OSError:  # removed since the CDK copied it
            return None

    @property
    def resource(self) -> cdk.CfnResource:
        """The custom resource that uploads the file, to depend on or to override."""
        return self._resource

    @property
    def registration_attachment_id(self) -> str:
        """The attachment's ID, a token: usable anywhere, also in other stacks."""
        return self._resource.physical_id

    @property
    def registration_attachment_arn(self) -> str:
        """The attachment's ARN, a token."""
        return self._resource.attribute("RegistrationAttachmentArn")

    @property
    def attachment_status(self) -> str:
        """The attachment's status when it was last deployed, a token: ``UPLOAD_COMPLETE``."""
        return self._resource.attribute("AttachmentStatus")

    @property
    def registration_attachment_ref(self) -> interfaces_smsvoice.RegistrationAttachmentReference:
        """What aws-cdk-lib's own constructs use to refer to an attachment."""
        return interfaces_smsvoice.RegistrationAttachmentReference(
            registration_attachment_arn=self.registration_attachment_arn
        )

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The attachment's tags. To add one, use ``Tags.of(attachment).add(...)``."""
        return self._tagging.manager

    def apply_removal_policy(self, policy: cdk.RemovalPolicy) -> None:
        """Sets what happens to the attachment when it leaves the stack, whatever policy the registrations that use it have.

        Args:
            policy: ``DESTROY``, ``RETAIN`` or ``RETAIN_ON_UPDATE_OR_DELETE``.

        Raises:
            ValueError: It is another policy.
        """
        refuse(f"RegistrationAttachment {self.node.path!r}", removal_policy_problems(policy, "an attachment"))
        self._own_removal_policy = policy
        self._retain(policy)

    def _share_retention(self, user: Construct, policy: cdk.RemovalPolicy) -> None:
        """Keeps the attachment at least as long as its users, unless it has a removal policy of its own.

        Args:
            user: The form that uses it. Calling again with the same form replaces its policy.
            policy: The removal policy of the form's registration.
        """
        self._policies_of_users[user] = policy
        if self._own_removal_policy is None:
            self._retain(strongest(self._policies_of_users.values()))

    def _retain(self, policy: cdk.RemovalPolicy) -> None:
        self._resource.apply_removal_policy(policy)
        # The policy is for the end of the attachment's life. After changed bytes the old attachment is deleted in any case,
        # if the service allows it, because an account may have only 25.
        self._resource.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.DELETE
