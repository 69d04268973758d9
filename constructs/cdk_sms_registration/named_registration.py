"""Permissions on one registration that the template names, whoever owns it: to adopt it, to take it over, to fill in its form.

The constant permissions change nothing that another stack owns. The deployment that names such a registration adds a policy for
exactly that one, and for nothing but its tags: as soon as these say that it is this stack's, the constant permissions apply.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

import aws_cdk as cdk
import jsii

from cdk_sms_registration.permissions import TAG_KEYS, Location
from cdk_sms_registration.provider import RegistrationProvider
from constructs import Construct


def permit_tags(
    scope: Construct,
    provider: RegistrationProvider,
    registration_id: str,
    keys: Callable[[], Sequence[str]],
    *,
    needed_by: cdk.CfnResource,
) -> None:
    """Lets the function tag and untag one registration, whoever owns it.

    Each ID has a policy of its own, and what needs it depends on it. So in a deployment that names another ID, CloudFormation
    creates the new policy before anything uses it, and removes the old one when it cleans up: after a rollback has given back
    what the deployment took over.

    Args:
        scope: The construct whose argument names the registration.
        provider: The provider of the scope's stack.
        registration_id: The registration's ID, which may be a token.
        keys: Returns the keys that it may write, with wildcards. Called when the app is synthesized, when all tags are known.
        needed_by: The custom resource that writes the tags.
    """
    from aws_cdk import aws_iam as iam

    stack = cdk.Stack.of(scope)
    policy = provider._read_policy(Construct(scope, f"Named-{_name(stack, registration_id)}"))
    policy.add_statements(
        iam.PolicyStatement(
            actions=["sms-voice:TagResource", "sms-voice:UntagResource"],
            resources=[Location.of(stack).registration_arn(registration_id)],
            conditions={"ForAllValues:StringLike": {TAG_KEYS: cdk.Lazy.any(_Keys(keys))}},
        )
    )
    needed_by.node.add_dependency(policy)


def _name(stack: cdk.Stack, registration_id: str) -> str:
    """A name that differs between IDs. Of a token, only what it refers to is known."""
    if not cdk.Token.is_unresolved(registration_id):
        return registration_id
    reference = json.dumps(stack.resolve(registration_id), sort_keys=True)
    return hashlib.sha256(reference.encode()).hexdigest()[:8]


@jsii.implements(cdk.IStableAnyProducer)
class _Keys:
    """The keys, when the template is rendered."""

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys

    def produce(self) -> list[str]:
        return list(self._keys())
