"""Where the bytes of a registration's attachment are."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_sms_registration.checks import text_problems
from cdk_sms_registration.field_value import grant_decrypt
from cdk_sms_registration.provider import RegistrationProvider
from constructs import Construct
from sms_registration_forms.files import file_problems

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3

_MAXIMUM_KEY_BYTES = 1024


@dataclass(frozen=True)
class BoundSource:
    """An object in a bucket, and the policy that lets the function read it."""

    bucket: s3.IBucket
    key: str
    policy: iam.Policy


class AttachmentSource(abc.ABC):
    """Where the bytes of an attachment are: ``AttachmentSource.from_asset("opt-in.png")``.

    It describes and creates nothing. The ``RegistrationAttachment`` that it is given to checks it.
    """

    @staticmethod
    def from_asset(path: str | Path) -> AttachmentSource:
        """A file beside the app. ``cdk deploy`` copies it into the bootstrap bucket.

        Args:
            path: Path of a PDF, PNG or JPEG of at most 5 MB. Many fields accept less, and only one of these kinds. A
                relative path starts at the working directory of the app.
        """
        return _Asset(path)

    @staticmethod
    def from_bucket(bucket: s3.IBucket, key: str) -> AttachmentSource:
        """An object in a bucket, read when the stack is deployed. It must be a PDF, PNG or JPEG of at most 5 MB.

        CloudFormation does not notice that an object's bytes have changed: give the new bytes another key.

        Args:
            bucket: The bucket. The provider function gets the permission to read this one object, and to decrypt it with
                the bucket's KMS key if that is known. A bucket of another account must allow it too.
            key: The object's key. May be a token.
        """
        return _BucketObject(bucket, key)

    @property
    def _file(self) -> Path | None:
        """The file with the bytes, if they are known at synth."""
        return None

    @abc.abstractmethod
    def _problems(self) -> list[str]:
        """Problems of the source."""

    @abc.abstractmethod
    def _bind(self, attachment: Construct, provider: RegistrationProvider) -> BoundSource:
        """Creates what the source needs, below the attachment.

        Args:
            attachment: The attachment.
            provider: The provider of its stack.
        """


class _Asset(AttachmentSource):
    def __init__(self, path: str | Path) -> None:
        self._path = path

    @property
    def _file(self) -> Path | None:
        return Path(self._path)

    def _problems(self) -> list[str]:
        return [f"source: {problem}" for problem in file_problems(self._path)]

    def _bind(self, attachment: Construct, provider: RegistrationProvider) -> BoundSource:
        from aws_cdk import aws_s3_assets as s3_assets

        asset = s3_assets.Asset(attachment, "Asset", path=str(self._path))
        return BoundSource(asset.bucket, asset.s3_object_key, provider._asset_policy)


class _BucketObject(AttachmentSource):
    def __init__(self, bucket: s3.IBucket, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def _problems(self) -> list[str]:
        problems = _key_problems(self._key)
        if not hasattr(self._bucket, "bucket_arn"):
            problems.insert(
                0,
                f"source: bucket: expected a Bucket, got {type(self._bucket).__name__}; use "
                "Bucket.from_bucket_name(...) for one that exists",
            )
        return problems

    def _bind(self, attachment: Construct, provider: RegistrationProvider) -> BoundSource:
        policy = provider._read_policy(attachment)
        if self._bucket.encryption_key is not None:
            grant_decrypt(policy, self._bucket.encryption_key.key_arn, "s3")
        return BoundSource(self._bucket, self._key, policy)


def _key_problems(key: object) -> list[str]:
    problems = text_problems("source: key", key)
    if problems or not isinstance(key, str) or cdk.Token.is_unresolved(key):
        return problems
    if not 1 <= len(key.encode()) <= _MAXIMUM_KEY_BYTES:
        return [f"source: key has {len(key.encode())} bytes, expected 1 to {_MAXIMUM_KEY_BYTES}"]
    if set(key) & set("*?$"):
        return [f"source: got the key {key!r}, but '*', '?' and '$' have a meaning in policies; use a key without them"]
    return []
