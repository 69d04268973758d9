"""When a declared resource can be associated with a registration of a given type. Pure; standard library only.

The resource types in SupportedAssociation and RegistrationAssociationMetadata are strings whose values are not documented, so
they are compared by the kind of resource that they must refer to.
"""

from collections.abc import Iterable, Mapping
from typing import Any

BEFORE_SUBMIT = "ASSOCIATE_BEFORE_SUBMIT"
AFTER_COMPLETE = "ASSOCIATE_AFTER_COMPLETE"
ON_APPROVAL = "ASSOCIATE_ON_APPROVAL"

_PREFIXES = {"registration-": "registration", "phone-": "phone-number", "rcs-": "rcs-agent"}


def behavior_of(resource: str, supported: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the AssociationBehavior for a resource, or None when registrations of this type support no associations.

    Args:
        resource: An ID or ARN.
        supported: The type's SupportedAssociations. If none matches the resource's kind, the first one is used and the service
            decides.
    """
    rules = list(supported)
    kind = _kind_of_resource(resource)
    matching = [rule for rule in rules if _kind_of_type(str(rule.get("ResourceType"))) == kind] or rules
    return str(matching[0].get("AssociationBehavior")) if matching else None


def is_associated(resource: str, associations: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a resource, given by ID or ARN, is in the response of ListRegistrationAssociations."""
    names = {resource, _id_of(resource)}
    return any(names & {association.get("ResourceArn"), association.get("ResourceId")} for association in associations)


def missing_for_submission(
    declared: Iterable[str], associations: Iterable[Mapping[str, Any]], supported: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Return the resource types of which one must be associated before submission, if none is declared or associated yet.

    It is not known whether a type that lists several requires one of each, so one of any of them is enough.
    """
    needed = [str(rule.get("ResourceType")) for rule in supported if rule.get("AssociationBehavior") == BEFORE_SUBMIT]
    kinds = {_kind_of_type(resource_type) for resource_type in needed}
    present = {_kind_of_type(str(each.get("ResourceType"))) for each in associations}
    present |= {_kind_of_resource(resource) for resource in declared}
    # A resource of an unknown kind may be the required one.
    return needed if needed and not kinds & present and "" not in present else []


def _kind_of_resource(resource: str) -> str:
    if resource.startswith("arn:"):
        return resource.partition("/")[0].rpartition(":")[2]
    return next((kind for prefix, kind in _PREFIXES.items() if resource.startswith(prefix)), "")


def _kind_of_type(resource_type: str) -> str:
    if "REGISTRATION" in resource_type:
        return "registration"
    if "RCS" in resource_type:
        return "rcs-agent"
    return "sender-id" if "SENDER_ID" in resource_type else "phone-number"


def _id_of(resource: str) -> str:
    """Return the ID in an ARN. The ARN of a sender ID also has a country after the ID."""
    return resource.split("/")[1] if resource.startswith("arn:") and "/" in resource else resource
