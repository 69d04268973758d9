"""A custom resource that the provider function handles: what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import aws_cdk as cdk

from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.provider_settings import SERVICE_TIMEOUT_SECONDS
from constructs import Construct


class ProviderResource(cdk.CfnResource):
    """A custom resource of a stack's provider.

    Args:
        scope: The construct that it belongs to.
        construct_id: Its ID in the scope.
        provider: The provider of the scope's stack.
        resource_type: CloudFormation's name of the resource type. It can never change.
        properties: What the function receives. Properties that are None are left out.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        provider: RegistrationProvider,
        resource_type: str,
        properties: Mapping[str, Any],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            type=resource_type,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                **properties,
            },
        )
        self._properties = properties
        self._late_values: list[Callable[[], Any]] = []
        """Returns what was declared later, or outside of the CDK's own properties, such as the tags."""
        self._tokens: dict[str, str] = {}
        provider._let_wait(self)

    # Each of the CDK's own tokens is a call into Node, and a new token; so they are kept.

    @property
    def physical_id(self) -> str:
        """The resource's physical ID, a token."""
        if "Ref" not in self._tokens:
            self._tokens["Ref"] = self.ref
        return self._tokens["Ref"]

    def attribute(self, name: str) -> str:
        """An attribute of the resource, a token.

        Args:
            name: Its name in the function's response, such as ``RegistrationArn``.
        """
        if name not in self._tokens:
            self._tokens[name] = cdk.Token.as_string(self.get_att(name))
        return self._tokens[name]

    def _values(self) -> Iterator[object]:
        """The values of the properties that may refer to another resource."""
        return _unresolved([self._properties, *(each() for each in self._late_values)])


def _unresolved(value: object) -> Iterator[object]:
    """The strings with tokens in a value, and what the CDK alone knows. Without calls into the CDK."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _unresolved(key)
            yield from _unresolved(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _unresolved(each)
    elif isinstance(value, str):
        if "{Token[" in value:
            yield value
    elif value is not None and not isinstance(value, bool | int):
        yield value
