"""Reads objects from moto's S3 in the same process."""

from __future__ import annotations

import re

from moto.backends import get_backend

from .exceptions import ValidationException


def split_url(url: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key.

    Raises:
        ValidationException: The URL has another form.
    """
    match = re.fullmatch(r"s3://([^/]+)/(.+)", url)
    if match is None:
        message = f"Not a URL of the form s3://bucket/key: {url}"
        raise ValidationException(message, "INVALID_PARAMETER", [("attachmentUrl", message)])
    return match.group(1), match.group(2)


def read(account_id: str, partition: str, bucket: str, key: str, unknown_bucket_refused: bool) -> bytes | None:
    """Return the bytes of an object, or None if it does not exist.

    A bucket that moto does not have may exist outside of moto: then `b""`, unless unknown buckets are refused.
    """
    buckets = get_backend("s3")[account_id][partition]
    if bucket not in buckets.buckets:
        return None if unknown_bucket_refused else b""
    found = buckets.get_object(bucket, key)
    return None if found is None else bytes(found.value)
