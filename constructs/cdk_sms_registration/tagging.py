"""Tags of custom resources, which ``Tags.of`` reaches as it reaches the tags of the CDK's own resources."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii

from cdk_sms_registration.checks import tag_problems
from cdk_sms_registration.provider_resource import ProviderResource
from constructs import IValidation


class Tagging:
    """The tags of one custom resource, in its property ``Tags``.

    Args:
        resource: The custom resource.
        resource_type: CloudFormation's name of its type, which ``Tags.of(...).add(include_resource_types=...)`` selects by.
        tags: The tags that the user gave to the construct.
    """

    def __init__(self, resource: ProviderResource, resource_type: str, tags: Mapping[str, str] | None) -> None:
        self._resource = resource
        self._resource_type = resource_type
        self._initial = dict(tags or {})
        self._manager: cdk.TagManager | None = None
        if self._initial:
            self.manager  # noqa: B018 - creates it

    @property
    def manager(self) -> cdk.TagManager:
        """The CDK's manager of the tags."""
        # Created with the first tag, which for ``Tags.of`` is during synthesis. Most registrations have no tags, and each
        # call into the CDK costs a good part of a millisecond.
        if self._manager is None:
            initial = [{"key": key, "value": value} for key, value in self._initial.items()]
            self._manager = cdk.TagManager(cdk.TagType.STANDARD, self._resource_type, initial)
            self._resource.add_property_override("Tags", self._manager.rendered_tags)
            self._resource.node.add_validation(_TagValidation(self._manager))
            self._resource._late_values.append(self._manager.tag_values)
        return self._manager

    @property
    def keys(self) -> list[str]:
        """The keys of all tags, in order. Complete when the app is synthesized."""
        return sorted(self._manager.tag_values() if self._manager is not None else self._initial)


@jsii.implements(IValidation)
class _TagValidation:
    """Refuses at synth what the service would refuse, of the construct's own tags and of those that ``Tags.of`` added."""

    def __init__(self, manager: cdk.TagManager) -> None:
        self._manager = manager

    def validate(self) -> list[str]:
        """The problems of all tags, which are known when the CDK validates the tree."""
        return tag_problems(self._manager.tag_values())
