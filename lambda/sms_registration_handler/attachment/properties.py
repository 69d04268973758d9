"""Properties of `Custom::SmsRegistrationAttachment` -> typed, frozen values, and the file that they name.

Every format that was ever released is still accepted.

Format 1 (0.1): Bucket, Key, Tags.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from sms_registration_handler.aws import reads
from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure
from sms_registration_handler.resource.properties import parse_tags, shown

MAX_FILE_BYTES = 5 * 1024 * 1024
"""From CreateRegistrationAttachment: "The maximum file size is 5MB". A field may allow less."""

_FILE_TYPES_BY_SIGNATURE = {b"%PDF-": "PDF", b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


@dataclass(frozen=True)
class Content:
    """A file's bytes."""

    data: bytes

    @functools.cached_property
    def sha256(self) -> str:
        """The hash of the bytes, which shows whether anything changed."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class AttachmentRequest:
    """What the template declares."""

    bucket: str
    key: str
    tags: Mapping[str, str]

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> "AttachmentRequest":
        """Read the properties of a Create or Update.

        Raises:
            Failure: Listing every problem, before any call is made.
        """
        problems = [
            f"{name}: expected a non-empty string, got {shown(properties.get(name))}"
            for name in ("Bucket", "Key")
            if not isinstance(properties.get(name), str) or not properties[name]
        ]
        tags = parse_tags(properties.get("Tags"), problems)
        if problems:
            raise Failure("invalid properties: " + "; ".join(problems))
        return cls(properties["Bucket"], properties["Key"], tags)

    @property
    def url(self) -> str:
        """The S3 URL of the file, for messages."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self, service: Service) -> Content:
        """Read the object from S3.

        Raises:
            Failure: It cannot be read, is too large, or is neither PDF, PNG nor JPEG.
            OutOfTime: When the deadline comes first.
        """
        response = reads.read(service, "s3", "get_object", self.url, Bucket=self.bucket, Key=self.key)
        try:
            data: bytes = response["Body"].read(MAX_FILE_BYTES + 1)
        except botocore.exceptions.BotoCoreError as error:
            raise Failure(f"{self.url}: {type(error).__name__}") from None
        if len(data) > MAX_FILE_BYTES:
            raise Failure(f"{self.url} is larger than {MAX_FILE_BYTES} bytes, the service's maximum")
        if not any(data.startswith(signature) for signature in _FILE_TYPES_BY_SIGNATURE):
            accepted = ", ".join(_FILE_TYPES_BY_SIGNATURE.values())
            raise Failure(f"{self.url} has an unsupported file type: the service accepts only {accepted}")
        return Content(data)
