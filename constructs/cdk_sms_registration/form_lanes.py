"""Distributes the forms of a stack over lanes when it is synthesized: see ``lanes``.

The CDK calls the validation of a stack after all Aspects, and after it turned the dependencies between constructs into those
between resources. So this sees every dependency of the template, in whatever order and by whomever it was declared, and adds its
own between two resources, as ``CfnResource.add_resource_dependency`` allows until the template is written.
"""

from __future__ import annotations

import graphlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii
from aws_cdk import aws_smsvoice as smsvoice

from cdk_sms_registration import lanes
from cdk_sms_registration.checked_form import CheckedForm
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.provider_resource import ProviderResource
from constructs import Construct, IValidation

_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def let_share_quota(provider: RegistrationProvider, form: CheckedForm, resource: ProviderResource) -> None:
    """Lets a form take its turn among the forms of its stack, if they are many.

    Args:
        provider: The provider of the form's stack.
        form: What the form declares.
        resource: The custom resource that fills it in.
    """
    stack = _stacks.get(provider)
    if stack is None:
        stack = _stacks[provider] = _StackLanes(cdk.Stack.of(provider), provider)
        stack.stack.node.add_validation(stack)
    stack.forms[resource] = form


@jsii.implements(IValidation)
class _StackLanes:
    """The forms of a stack by their custom resources: the validation by which the CDK has them chained."""

    def __init__(self, stack: cdk.Stack, provider: RegistrationProvider) -> None:
        self.stack = stack
        self.forms: dict[ProviderResource, CheckedForm] = {}
        self._provider = provider
        self._added: list[tuple[ProviderResource, ProviderResource]] = []

    def validate(self) -> list[str]:
        """Adds the dependencies between the forms. There are no problems."""
        for resource, other in self._added:  # the app is synthesized again
            resource.remove_resource_dependency(other)
        self._added = []
        if lanes.is_small(lanes.Form(len(form.fields)) for form in self.forms.values()):
            return []  # before the CDK is asked anything
        logical_ids = self.stack.resolve([resource.logical_id for resource in self.forms])
        names = dict(zip(self.forms, logical_ids, strict=True))
        needs = _Dependencies(self.stack, self._provider).among(self.forms)
        name_of_registration = {form.registration_id: names[resource] for resource, form in self.forms.items()}
        edges = lanes.edges(
            {
                names[resource]: lanes.Form(
                    len(form.fields),
                    frozenset(names[each] for each in needs[resource]),
                    frozenset(
                        name_of_registration[each] for each in form.association_ids & name_of_registration.keys()
                    ),
                )
                for resource, form in self.forms.items()
            }
        )
        resources = {name: resource for resource, name in names.items()}
        self._added = [(resources[name], resources[other]) for name, other in sorted(edges)]
        for resource, other in self._added:
            resource.add_resource_dependency(other)
        return []


class _Dependencies:
    """What the resources of a stack depend on.

    The CDK is asked only about what forms depend on, and about references only if a property has any, because each question
    costs a good part of a millisecond.

    Args:
        stack: The stack.
        provider: Its provider. All forms depend on it, so that it can depend on none.
    """

    def __init__(self, stack: cdk.Stack, provider: RegistrationProvider) -> None:
        self._stack = stack
        self._ignored = provider._event_invoke_config
        self._owners: dict[str, cdk.CfnResource] = {
            token: each
            for each in provider._resources
            if isinstance(each, ProviderResource)
            for token in each._tokens.values()
        }

    def among(
        self, forms: Mapping[ProviderResource, CheckedForm]
    ) -> dict[ProviderResource, frozenset[ProviderResource]]:
        """The forms that each form depends on, directly or not.

        Args:
            forms: The forms by their resources.
        """
        self._owners |= {
            form.registration_id: form.registration
            for form in forms.values()
            if isinstance(form.registration, smsvoice.CfnRegistration)
            and cdk.Stack.of(form.registration) is self._stack
        }
        direct: dict[cdk.CfnResource, set[cdk.CfnResource]] = {}
        left: list[cdk.CfnResource] = list(forms)
        while left:
            resource = left.pop()
            if resource not in direct:
                direct[resource] = set(self._direct(resource))
                left += direct[resource]
        found: dict[cdk.CfnResource, frozenset[ProviderResource]] = {}
        try:
            order = list(graphlib.TopologicalSorter(direct).static_order())
        except graphlib.CycleError:
            # CloudFormation refuses the template and names the cycle, which must be the only one.
            return dict.fromkeys(forms, frozenset(forms))
        for resource in order:
            own = frozenset(each for each in direct[resource] if isinstance(each, ProviderResource) and each in forms)
            found[resource] = own.union(*(found[each] for each in direct[resource]))
        return {form: found[form] for form in forms}

    def _direct(self, resource: cdk.CfnResource) -> Iterator[cdk.CfnResource]:
        for other in resource.obtain_dependencies():
            if isinstance(other, cdk.CfnResource) and other is not self._ignored:
                yield other
        unknown: list[Any] = []
        if isinstance(resource, ProviderResource):
            for value in resource._values():
                tokens = _TOKEN.findall(value) if isinstance(value, str) else None
                if tokens is None or not all(token in self._owners for token in tokens):
                    unknown.append(value)
                else:
                    yield from (self._owners[token] for token in tokens)
        else:
            unknown.append(resource._cfn_properties)
        if unknown:
            names = {name for name in _references(self._stack.resolve(unknown)) if not name.startswith("AWS::")}
            yield from (self._resources[name] for name in names if name in self._resources)

    @cached_property
    def _resources(self) -> dict[str, cdk.CfnResource]:
        """The stack's resources by logical ID."""
        found = [each for each in self._stack.node.find_all() if isinstance(each, cdk.CfnResource)]
        own = [each for each in found if cdk.Stack.of(each) is self._stack]
        return dict(zip(self._stack.resolve([each.logical_id for each in own]), own, strict=True))


def _references(value: Any) -> Iterator[str]:
    """The logical IDs that a part of a template refers to."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "Ref":
                yield str(each)
            elif key == "Fn::GetAtt":
                yield str(each[0] if isinstance(each, list) else each).partition(".")[0]
            else:
                if key == "Fn::Sub":
                    yield from _SUBSTITUTED.findall(each if isinstance(each, str) else str(each[0]))
                yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


_stacks: WeakKeyDictionary[Construct, _StackLanes] = WeakKeyDictionary()
"""The forms of each stack, by its provider."""
