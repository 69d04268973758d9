"""A file of a registration's form, declared in a stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.checks import refuse, removal_policy_problems, tag_problems, text_problems
from cdk_sms_registration.field_value import grant_decrypt
from cdk_sms_registration.provider import SERVICE_TIMEOUT_SECONDS, RegistrationProvider
from cdk_sms_registration.tagging import Tagging
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

RESOURCE_TYPE = "Custom::SmsRegistrationAttachment"
"""CloudFormation's name of the custom resource; it can never change."""

MAXIMUM_BYTES = 5 * 1024 * 1024
"""What CreateRegistrationAttachment takes; a field may allow less."""

_KINDS = {b"%PDF-": "PDF", b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
_MAXIMUM_KEY_BYTES = 1024

_RETENTION = (
    cdk.RemovalPolicy.DESTROY,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    cdk.RemovalPolicy.RETAIN,
)
"""From the least to the most that is kept."""


@dataclass(frozen=True)
class _Object:
    """Where the bytes are, and the policy that lets the function read them."""

    bucket: s3.IBucket
    key: str
    policy: iam.Policy


@jsii.implements(cdk.ITaggableV2, interfaces_smsvoice.IRegistrationAttachmentRef)
class RegistrationAttachment(cdk.Resource):
    """A file for a registration's form: the picture of an opt-in, a letter of authorisation, a logo.

    Deploying it uploads the file once. Other bytes make another attachment, because the service cannot change one; the
    former one is deleted when no version of a form refers to it any more, else it is reported and stays. Several fields,
    and several registrations, may use one attachment. The service has a quota of 25 attachments per account and Region.

    Made with ``from_asset`` and ``from_bucket``.

    Args:
        scope: The construct, usually the stack, that it belongs to.
        construct_id: Its ID in the scope. Another ID is another attachment.
        locate: Tells where the bytes are.
        tags: The attachment's tags.
        removal_policy: What happens to the attachment when it leaves the stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        locate: Callable[[Construct, RegistrationProvider], _Object],
        tags: Mapping[str, str] | None,
        removal_policy: cdk.RemovalPolicy | None,
    ) -> None:
        """For ``from_asset`` and ``from_bucket``."""
        super().__init__(scope, construct_id)
        # Imported here because it costs a tenth of a second that only a stack with an attachment should pay.
        from aws_cdk import aws_iam as iam

        self._attributes: dict[str, str] = {}
        self._own_removal_policy = removal_policy
        self._shared: dict[Construct, cdk.RemovalPolicy] = {}
        provider = RegistrationProvider.get_or_create(scope)
        found = locate(self, provider)
        iam.Grant.add_to_principal(
            grantee=found.policy, actions=["s3:GetObject"], resource_arns=[found.bucket.arn_for_objects(found.key)]
        )
        self._resource = cdk.CfnResource(
            self,
            "Resource",
            type=RESOURCE_TYPE,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                "Bucket": found.bucket.bucket_name,
                "Key": found.key,
            },
        )
        provider.serve(self._resource)
        self._resource.node.add_dependency(found.policy)
        self._tagging = Tagging(self._resource, RESOURCE_TYPE, tags)
        if removal_policy is not None:
            self._retain(removal_policy)

    @classmethod
    def from_asset(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        path: str | Path,
        tags: Mapping[str, str] | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
    ) -> RegistrationAttachment:
        """A file beside the app; ``cdk deploy`` puts it into the bootstrap bucket.

        Args:
            scope: The construct, usually the stack, that it belongs to.
            construct_id: Its ID in the scope. Another ID is another attachment.
            path: Path of a PDF, PNG or JPEG of at most 5 MB; many fields take less, and one kind only. A relative path
                starts at the working directory of the app.
            tags: The attachment's tags. ``Tags.of(scope).add(...)`` reaches it too and wins. When omitted: no tags but
                those by which the provider function recognises its attachments.
            removal_policy: What happens to the attachment when it leaves the stack: ``DESTROY`` deletes it, ``RETAIN``
                keeps it, ``RETAIN_ON_UPDATE_OR_DELETE`` keeps it except when its own creation is rolled back. When
                omitted: the same as to the registrations whose forms use it; ``DESTROY`` if none does.

        Raises:
            ValueError: Arguments are refused; the message lists all of them.
        """
        problems = file_problems("path", path) + _common_problems(tags, removal_policy)
        refuse(f"RegistrationAttachment {construct_id!r}", problems)

        def locate(attachment: Construct, provider: RegistrationProvider) -> _Object:
            from aws_cdk import aws_s3_assets as s3_assets

            asset = s3_assets.Asset(attachment, "Asset", path=str(path))
            return _Object(asset.bucket, asset.s3_object_key, provider.asset_policy)

        return cls(scope, construct_id, locate=locate, tags=tags, removal_policy=removal_policy)

    @classmethod
    def from_bucket(
        cls,
        scope: Construct,
        construct_id: str,
        *,
        bucket: s3.IBucket,
        key: str,
        tags: Mapping[str, str] | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
    ) -> RegistrationAttachment:
        """An object in a bucket, uploaded when the stack is deployed; it must be a PDF, PNG or JPEG of at most 5 MB.

        CloudFormation does not see that an object's bytes have changed: give the new bytes another key.

        Args:
            scope: The construct, usually the stack, that it belongs to.
            construct_id: Its ID in the scope. Another ID is another attachment.
            bucket: The bucket. The provider function gets the right to read this one object, and to use the bucket's KMS
                key for it when that is known; a bucket of another account must allow it too.
            key: The object's key. May be a token.
            tags: As in ``from_asset``.
            removal_policy: As in ``from_asset``.

        Raises:
            ValueError: Arguments are refused; the message lists all of them.
        """
        problems: list[str] = []
        if not hasattr(bucket, "bucket_arn"):
            problems.append(
                f"bucket: expected a Bucket, got {type(bucket).__name__}; Bucket.from_bucket_name(...) refers to one that "
                "exists"
            )
        problems += _key_problems(key) + _common_problems(tags, removal_policy)
        refuse(f"RegistrationAttachment {construct_id!r}", problems)

        def locate(attachment: Construct, provider: RegistrationProvider) -> _Object:
            policy = provider.read_policy(attachment)
            if bucket.encryption_key is not None:
                grant_decrypt(policy, bucket.encryption_key.key_arn, "s3")
            return _Object(bucket, key, policy)

        return cls(scope, construct_id, locate=locate, tags=tags, removal_policy=removal_policy)

    @property
    def resource(self) -> cdk.CfnResource:
        """The custom resource that uploads the file, to depend on or to override."""
        return self._resource

    @property
    def registration_attachment_id(self) -> str:
        """The attachment's ID, a token: usable anywhere, in other stacks too."""
        if "Ref" not in self._attributes:
            self._attributes["Ref"] = self._resource.ref
        return self._attributes["Ref"]

    @property
    def registration_attachment_arn(self) -> str:
        """The attachment's ARN, a token."""
        return self._attribute("RegistrationAttachmentArn")

    @property
    def attachment_status(self) -> str:
        """The attachment's status when it was last deployed, a token: ``UPLOAD_COMPLETE``."""
        return self._attribute("AttachmentStatus")

    @property
    def registration_attachment_ref(self) -> interfaces_smsvoice.RegistrationAttachmentReference:
        """What aws-cdk-lib's own constructs use to refer to an attachment."""
        return interfaces_smsvoice.RegistrationAttachmentReference(
            registration_attachment_arn=self.registration_attachment_arn
        )

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """The attachment's tags; use ``Tags.of(attachment).add(...)``."""
        return self._tagging.manager

    def apply_removal_policy(self, policy: cdk.RemovalPolicy) -> None:
        """Sets what happens to the attachment when it leaves the stack, whatever the registrations that use it say.

        Args:
            policy: ``DESTROY``, ``RETAIN`` or ``RETAIN_ON_UPDATE_OR_DELETE``.

        Raises:
            ValueError: The policy is another one.
        """
        refuse(f"RegistrationAttachment {self.node.id!r}", removal_policy_problems(policy, "an attachment"))
        self._own_removal_policy = policy
        self._retain(policy)

    def share_retention(self, user: Construct, policy: cdk.RemovalPolicy) -> None:
        """Keeps the attachment at least as long as what uses it, unless it has a removal policy of its own.

        Args:
            user: The form that uses it. Its later word replaces its earlier one.
            policy: The removal policy of the form's registration.
        """
        self._shared[user] = policy
        if self._own_removal_policy is None:
            self._retain(max(self._shared.values(), key=_RETENTION.index))

    def _retain(self, policy: cdk.RemovalPolicy) -> None:
        self._resource.apply_removal_policy(policy)
        # The policy is about the end. The former attachment of changed bytes goes in any case, as far as the service lets
        # it: 25 are all that an account may have.
        self._resource.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.DELETE

    def _attribute(self, name: str) -> str:
        if name not in self._attributes:
            self._attributes[name] = cdk.Token.as_string(self._resource.get_att(name))
        return self._attributes[name]


def file_problems(argument: str, path: object) -> list[str]:
    """Problems of a file that is to be uploaded.

    Args:
        argument: What it is called in the message.
        path: Its path.
    """
    if not isinstance(path, str | Path):
        return [f"{argument}: expected a str, got {type(path).__name__}"]
    file = Path(path)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        return [f"{argument}: {str(path)!r} {what}, expected a file (looked in {Path.cwd()})"]
    problems: list[str] = []
    size = file.stat().st_size
    if size > MAXIMUM_BYTES:
        problems.append(f"{argument}: {str(path)!r} has {size} bytes, the service takes at most {MAXIMUM_BYTES}")
    with file.open("rb") as opened:
        head = opened.read(max(map(len, _KINDS)))
    if not head.startswith(tuple(_KINDS)):
        problems.append(
            f"{argument}: {str(path)!r} is neither {', '.join(_KINDS.values())}: the service takes no other files, whatever "
            "their name"
        )
    return problems


def _key_problems(key: object) -> list[str]:
    problems = text_problems("key", key)
    if problems or not isinstance(key, str) or cdk.Token.is_unresolved(key):
        return problems
    if not 1 <= len(key.encode()) <= _MAXIMUM_KEY_BYTES:
        return [f"key: has {len(key.encode())} bytes, expected 1 to {_MAXIMUM_KEY_BYTES}"]
    if set(key) & set("*?$"):
        return [f"key: got {key!r}, but '*', '?' and '$' mean something else in a policy; choose a key without them"]
    return []


def _common_problems(tags: Mapping[str, str] | None, removal_policy: cdk.RemovalPolicy | None) -> list[str]:
    problems = [] if tags is None else tag_problems(tags)
    return problems + removal_policy_problems(removal_policy, "an attachment")
