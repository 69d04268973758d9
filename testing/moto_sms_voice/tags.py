"""Tags of all resources."""

from __future__ import annotations

from typing import Any

from .exceptions import ResourceNotFoundException, ValidationException
from .state import ServiceState, Tag
from .store import TagSet

#: Types of the resources that the fake has.
TAGGABLE = frozenset({"registration", "registration-attachment", "phone-number", "rcs-agent", "sender-id"})


class Tags(ServiceState):
    """Tag operations."""

    def tag_resource(self, *, resource_arn: str, tags: list[Tag]) -> None:
        """Add or overwrite tags."""
        tag_set = self._tag_set(resource_arn)
        self.set_tags(resource_arn, self.checked_tags(tags, tag_set.current))

    def untag_resource(self, *, resource_arn: str, tag_keys: list[str]) -> None:
        """Remove tags; missing keys are not an error."""
        present = self._tag_set(resource_arn).current
        self.set_tags(resource_arn, {key: value for key, value in present.items() if key not in tag_keys})

    def list_tags_for_resource(self, *, resource_arn: str) -> dict[str, Any]:
        """List tags."""
        tag_set = self._tag_set(resource_arn)
        seen = tag_set.current
        if tag_set.stale_reads_left:
            tag_set.stale_reads_left -= 1
            seen = tag_set.stale
        return {
            "ResourceArn": resource_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in seen.items()],
        }

    def _tag_set(self, arn: str) -> TagSet:
        kind, _, resource_id = arn.split(":", 5)[-1].partition("/")
        if ":sms-voice:" not in arn or kind not in TAGGABLE or not resource_id:
            message = f"Not the ARN of a resource of this service that has tags: {arn}"
            raise ValidationException(message, "INVALID_ARN", [("resourceArn", message)])
        if arn not in self.store.tags:
            raise ResourceNotFoundException(kind, resource_id)
        return self.store.tags[arn]
