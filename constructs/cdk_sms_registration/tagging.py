"""Tags of custom resources, which the CDK reaches with ``Tags.of`` as it reaches those of its own."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk


class Tagging:
    """The tags of one custom resource, in its property ``Tags``.

    Args:
        resource: The custom resource.
        resource_type: CloudFormation's name of it, by which ``Tags.of(...).add(include_resource_types=...)`` chooses.
        tags: What the user gave to the construct.
    """

    def __init__(self, resource: cdk.CfnResource, resource_type: str, tags: Mapping[str, str] | None) -> None:
        self._resource = resource
        self._resource_type = resource_type
        self._initial = dict(tags or {})
        self._manager: cdk.TagManager | None = None
        if self._initial:
            self.manager  # noqa: B018 - makes it

    @property
    def manager(self) -> cdk.TagManager:
        """The CDK's keeper of the tags."""
        # Made when the first tag comes, which for ``Tags.of`` is during synthesis: most registrations need none, and
        # each call into the CDK costs a good part of a millisecond.
        if self._manager is None:
            initial = [{"key": key, "value": value} for key, value in self._initial.items()]
            self._manager = cdk.TagManager(cdk.TagType.STANDARD, self._resource_type, initial)
            self._resource.add_property_override("Tags", self._manager.rendered_tags)
        return self._manager
