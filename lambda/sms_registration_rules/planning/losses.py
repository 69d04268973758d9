"""Which declared associations a template gives up. Pure; standard library only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sms_registration_rules.associations import is_associated

_HARMLESS = frozenset({"DELETE_REGISTRATION_DISASSOCIATES", "DISASSOCIATE_ALL_ALLOWS_DELETE_REGISTRATION"})
"""DisassociationBehaviors that close nothing. Any other one, also one that is new, is taken to close the registration."""


def closing_losses(
    previous: Iterable[str],
    declared: Sequence[str],
    associated: Sequence[Mapping[str, Any]],
    supported: Iterable[Mapping[str, Any]],
) -> list[str]:
    """The associations whose loss closes the registration.

    Args:
        previous: What the template declared before, IDs or ARNs.
        declared: What it declares now.
        associated: What ListRegistrationAssociations returns. What is not associated cannot be lost.
        supported: The type's SupportedAssociations, with their DisassociationBehavior.
    """
    behaviors = {str(each.get("ResourceType")): str(each.get("DisassociationBehavior")) for each in supported}
    former = list(previous)
    lost = [
        each
        for each in associated
        if any(is_associated(resource, [each]) for resource in former)
        and not any(is_associated(resource, [each]) for resource in declared)
    ]
    # A registration is closed by the loss of the last one of its kind.
    remaining = {str(each.get("ResourceType")) for each in associated if each not in lost}
    return [
        _name(each)
        for each in lost
        if behaviors.get(str(each.get("ResourceType")), "") not in _HARMLESS
        and str(each.get("ResourceType")) not in remaining
    ]


def _name(association: Mapping[str, Any]) -> str:
    resource = str(association.get("ResourceId") or association.get("ResourceArn") or "?")
    number = association.get("PhoneNumber")
    return f"{number} ({resource})" if number else resource
