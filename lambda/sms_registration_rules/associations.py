"""When a declared resource can be associated with a registration of some type. Pure; standard library only.

The resource types in SupportedAssociation and RegistrationAssociationMetadata are free strings that are not documented one by
one, so they are compared by the kind of resource that they can only mean.
"""

from collections.abc import Iterable, Mapping
from typing import Any

BEFORE_SUBMIT = "ASSOCIATE_BEFORE_SUBMIT"
AFTER_COMPLETE = "ASSOCIATE_AFTER_COMPLETE"
ON_APPROVAL = "ASSOCIATE_ON_APPROVAL"

_PREFIXES = {"registration-": "registration", "phone-": "phone-number", "rcs-": "rcs-agent"}


def behavior_of(resource: str, supported: Iterable[Mapping[str, Any]]) -> str | None:
    """The AssociationBehavior for a resource; None when registrations of this type are not associated with anything.

    Args:
        resource: An id or ARN.
        supported: The type's SupportedAssociations. If none is of the resource's kind, the first decides: the service, which
            knows its own words, has the last word.
    """
    rules = list(supported)
    kind = _kind_of_resource(resource)
    matching = [rule for rule in rules if _kind_of_type(str(rule.get("ResourceType"))) == kind] or rules
    return str(matching[0].get("AssociationBehavior")) if matching else None


def is_associated(resource: str, associations: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a resource, by id or ARN, is among what ListRegistrationAssociations answers."""
    names = {resource, _id_of(resource)}
    return any(names & {association.get("ResourceArn"), association.get("ResourceId")} for association in associations)


def missing_for_submission(
    declared: Iterable[str], associations: Iterable[Mapping[str, Any]], supported: Iterable[Mapping[str, Any]]
) -> list[str]:
    """The resource types of which one must be associated before a submission, if neither is declared nor associated.

    Whether a type that names several wants one of each is not known, so one of any suffices.
    """
    needed = [str(rule.get("ResourceType")) for rule in supported if rule.get("AssociationBehavior") == BEFORE_SUBMIT]
    kinds = {_kind_of_type(resource_type) for resource_type in needed}
    present = {_kind_of_type(str(each.get("ResourceType"))) for each in associations}
    present |= {_kind_of_resource(resource) for resource in declared}
    # A resource that looks like nothing known may be just what is wanted.
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
    """The id in an ARN; the ARN of a sender ID also holds a country after it."""
    return resource.split("/")[1] if resource.startswith("arn:") and "/" in resource else resource
