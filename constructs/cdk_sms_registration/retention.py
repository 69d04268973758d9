"""How long files, numbers and agents stay: as long as the registrations that cannot live without them."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field

import aws_cdk as cdk

from constructs import Construct

_POLICIES_BY_RETENTION = (
    cdk.RemovalPolicy.DESTROY,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    cdk.RemovalPolicy.RETAIN,
)
"""From the policy that keeps least to the one that keeps most."""

_NO_POLICIES = (None, None)
"""The DeletionPolicy and the UpdateReplacePolicy of a resource that has neither."""


def strongest(policies: Iterable[cdk.RemovalPolicy]) -> cdk.RemovalPolicy:
    """The policy that keeps most.

    Args:
        policies: At least one; none is ``SNAPSHOT``.
    """
    return max(policies, key=_POLICIES_BY_RETENTION.index)


def retains(resource: cdk.CfnResource) -> bool:
    """Whether the resource has a policy that keeps it when its stack is deleted."""
    retaining = (cdk.CfnDeletionPolicy.RETAIN, cdk.CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE)
    return resource.cfn_options.deletion_policy in retaining


def share_retention(resource: cdk.CfnResource, user: Construct, policy: cdk.RemovalPolicy) -> None:
    """Keeps a resource that is not of this library, such as a phone number, as long as the registrations that need it.

    The policy is for the end of the resource and for its replacement: CloudFormation must not release what an approval
    depends on. A policy that the resource has, or gets from the app later, is its own and stays.

    Args:
        resource: The resource.
        user: The form that associates it. Calling again with the same form replaces its policy.
        policy: The removal policy of the form's registration. ``DESTROY`` leaves the resource without a policy.
    """
    shared = _SHARED.setdefault(resource, _Shared())
    shared.policies_by_user[user.node.path] = policy
    wanted = strongest(shared.policies_by_user.values())
    if wanted is cdk.RemovalPolicy.DESTROY and shared.applied == _NO_POLICIES:
        return
    options = resource.cfn_options
    if (options.deletion_policy, options.update_replace_policy) != shared.applied:
        return
    if wanted is cdk.RemovalPolicy.DESTROY:
        options.deletion_policy = options.update_replace_policy = None
    else:
        resource.apply_removal_policy(wanted)
    shared.applied = (options.deletion_policy, options.update_replace_policy)


@dataclass
class _Shared:
    """What the registrations of an app share with one resource.

    Attributes:
        policies_by_user: By the paths of their forms.
        applied: The DeletionPolicy and UpdateReplacePolicy that the resource got from them.
    """

    policies_by_user: dict[str, cdk.RemovalPolicy] = field(default_factory=dict)
    applied: tuple[cdk.CfnDeletionPolicy | None, ...] = _NO_POLICIES


_SHARED: weakref.WeakKeyDictionary[cdk.CfnResource, _Shared] = weakref.WeakKeyDictionary()
"""Several registrations may be associated with one resource."""
