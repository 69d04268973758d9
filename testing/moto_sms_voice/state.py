"""The base of all parts of the backend: store, IDs and ARNs, client tokens, quotas, tags, pages and filters."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from abc import ABC
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from moto.moto_api._internal import mock_random

from .behavior import ServiceBehavior
from .definitions import Definitions
from .exceptions import (
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    ValidationException,
)
from .journal import Journal
from .store import ClientToken, Store, TagSet

T = TypeVar("T")

Tag = dict[str, str]
Filter = dict[str, Any]


class ServiceState(ABC):
    """The base of the backend's parts."""

    account_id: str
    region_name: str
    partition: str
    behavior: ServiceBehavior
    definitions: Definitions
    journal: Journal
    store: Store

    def now(self) -> datetime:
        """Return the service's current time."""
        return self.behavior.now() + timedelta(seconds=self.store.clock_ahead_seconds)

    def rules_of(self, registration_type: str) -> list[dict[str, Any]]:
        """Return what registrations of a type can be associated with, and when."""
        names = {
            "RCS_AGENT": self.behavior.rcs_agent_resource_type,
            "SENDER_ID": self.behavior.sender_id_resource_type,
        }
        return [
            {**rule, "ResourceType": names.get(rule["ResourceType"], rule["ResourceType"])}
            for rule in self.definitions[registration_type].associations
        ]

    # --- identities ---

    def new_id(self, prefix: str) -> str:
        """Return a new ID, such as `registration-` and 32 hex digits."""
        return f"{prefix}-{mock_random.uuid4().hex}"

    def arn(self, resource: str) -> str:
        """Return the ARN of `type/id` in this account and Region."""
        return f"arn:{self.partition}:sms-voice:{self.region_name}:{self.account_id}:{resource}"

    def id_of(self, id_or_arn: str, resource_type: str) -> str:
        """Return the ID in an ID or ARN.

        Raises:
            ValidationException: It is an ARN, but not of this type of resource.
            ResourceNotFoundException: It is an ARN of another account or Region.
        """
        if not id_or_arn.startswith("arn:"):
            return id_or_arn
        head, _, resource_id = id_or_arn.partition("/")
        if head.split(":")[-1] != resource_type or not resource_id:
            raise ValidationException(f"Not the ARN of a {resource_type}: {id_or_arn}", "INVALID_ARN")
        if f"{head}/" != self.arn(f"{resource_type}/"):
            raise ResourceNotFoundException(resource_type, id_or_arn)
        return resource_id

    # --- client tokens and quotas ---

    def replayed(self, kind: str, token: str | None, parameters: object) -> str | None:
        """Return the ID of the resource that the same request created before, or None.

        Raises:
            ConflictException: The token was used with other parameters.
        """
        behavior = self.behavior
        record = self.store.client_tokens.get(f"{kind}:{token}")
        if record is None:
            return None
        retention = behavior.client_token_retention
        if retention is not None and self.now() - record.created >= retention:
            return None
        if record.fingerprint != _fingerprint(parameters):
            if behavior.client_token_mismatch == "conflict":  # noqa: S105
                raise ConflictException(
                    "The client token was used with other parameters",
                    "RESOURCE_ALREADY_EXISTS",
                    kind,
                    record.resource_id,
                )
            if behavior.client_token_mismatch == "new":  # noqa: S105
                return None
        return record.resource_id

    def remember(self, kind: str, token: str | None, parameters: object, resource_id: str) -> None:
        """Remember which resource a request created."""
        if token is None:
            return
        tokens = self.store.client_tokens
        tokens.pop(f"{kind}:{token}", None)
        tokens[f"{kind}:{token}"] = ClientToken(_fingerprint(parameters), resource_id, self.now())
        limit = self.behavior.client_tokens_remembered
        if limit is not None:
            for oldest in list(tokens)[: len(tokens) - limit]:
                del tokens[oldest]

    def check_quota(self, used: int, limit: int, reason: str) -> None:
        """Refuse to exceed a limit.

        Raises:
            ServiceQuotaExceededException: The limit is reached.
        """
        if used >= limit:
            raise ServiceQuotaExceededException(f"The quota {reason} is {limit}, and {used} are in use", reason)

    def made_today(self, kind: str) -> int:
        """Return how many of a kind were created on this UTC day."""
        return self.store.created_on.get(f"{kind} {self.now():%Y-%m-%d}", 0)

    def count_today(self, kind: str) -> None:
        """Count one more of a kind."""
        self.store.created_on[f"{kind} {self.now():%Y-%m-%d}"] = self.made_today(kind) + 1

    # --- tags ---

    def checked_tags(self, tags: Iterable[Tag] | None, present: dict[str, str] | None = None) -> dict[str, str]:
        """Return the current tags, updated with the given ones.

        Raises:
            ValidationException: A key is reserved.
            ServiceQuotaExceededException: There would be too many.
        """
        given = {tag["Key"]: tag["Value"] for tag in tags or ()}
        reserved = [key for key in given if key.lower().startswith("aws:")]
        if reserved:
            message = f"Tag keys that start with aws: are reserved: {', '.join(reserved)}"
            raise ValidationException(message, "INVALID_PARAMETER", [("tags", message)])
        merged = {**(present or {}), **given}
        if len(merged) > self.behavior.tags_per_resource:
            message = f"{len(merged)} tags are more than {self.behavior.tags_per_resource}"
            raise ServiceQuotaExceededException(message, "TAGS_PER_RESOURCE")
        return merged

    def set_tags(self, arn: str, tags: dict[str, str]) -> None:
        """Write the tags of a resource; reads may return the former ones for a while."""
        tag_set = self.store.tags.setdefault(arn, TagSet())
        if not tag_set.stale_reads_left:
            tag_set.stale = tag_set.current
        tag_set.current = tags
        tag_set.stale_reads_left = self.behavior.reads_until_tags_visible

    def tag_list(self, arn: str) -> list[Tag]:
        """Return the tags of a resource as the API lists them."""
        return [{"Key": key, "Value": value} for key, value in self.store.tags.get(arn, TagSet()).current.items()]

    # --- lists ---

    def page(self, items: Sequence[T], max_results: int | None, next_token: str | None) -> tuple[list[T], str | None]:
        """Return one page of a list, and the token of the next page.

        Raises:
            ValidationException: The token is invalid.
        """
        start = 0
        if next_token is not None:
            try:
                match = re.fullmatch(r"page:(\d+)", base64.urlsafe_b64decode(next_token).decode())
            except ValueError:
                match = None
            if match is None:
                message = "The next token is not valid"
                raise ValidationException(message, "INVALID_NEXT_TOKEN", [("nextToken", message)])
            start = int(match.group(1))
        end = start + (max_results or self.behavior.page_size)
        token = base64.urlsafe_b64encode(f"page:{end}".encode()).decode() if end < len(items) else None
        return list(items[start:end]), token

    def filtered(
        self,
        items: Iterable[T],
        filters: Iterable[Filter] | None,
        readers: dict[str, Callable[[T], object]],
    ) -> list[T]:
        """Return the items that match every filter; a filter matches if one of its values does.

        Raises:
            ValidationException: The operation has no filter of this name.
        """
        chosen = list(items)
        for one in filters or ():
            reader = readers.get(one["Name"])
            if reader is None:
                message = f"Unknown filter {one['Name']}: expected one of {', '.join(sorted(readers))}"
                raise ValidationException(message, "INVALID_FILTER_VALUES", [("filters", message)])
            chosen = [item for item in chosen if _matches(reader(item), one["Values"])]
        return chosen


def _matches(value: object, wanted: Sequence[str]) -> bool:
    if isinstance(value, (list, tuple, set)):
        return any(str(one) in wanted for one in value)
    if isinstance(value, bool):
        return str(value).lower() in wanted
    return value is not None and str(value) in wanted


def _fingerprint(parameters: object) -> str:
    return hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode()).hexdigest()
