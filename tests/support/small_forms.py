"""Registration types with small forms, so that a deployment takes a few calls."""

import functools
from typing import Any

from moto_sms_voice.definitions import Definitions, TypeDefinition

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"

NAME, KIND, SYMBOL, NOTE, IMAGE = "company.name", "company.kind", "company.symbol", "company.note", "company.image"

_HINTS = {"Title": "A field", "ShortDescription": "A field."}


def _field(path: str, field_type: str, requirement: str, **more: Any) -> dict[str, Any]:
    return {
        "SectionPath": "company",
        "FieldPath": path,
        "FieldType": field_type,
        "FieldRequirement": requirement,
        "DisplayHints": _HINTS,
        **more,
    }


_TEXT = {"TextValidation": {"MinLength": 1, "MaxLength": 40, "Pattern": "^[^!]+$"}}
_PUBLIC = {"DependsOnFieldPath": KIND, "Operator": "EQUALS", "Values": ["PUBLIC"]}
_FIELDS = [
    _field(NAME, "TEXT", "REQUIRED", **_TEXT),
    _field(
        KIND,
        "SELECT",
        "REQUIRED",
        SelectValidation={"MinChoices": 1, "MaxChoices": 1, "Options": ["PRIVATE", "PUBLIC"]},
    ),
    _field(
        SYMBOL,
        "TEXT",
        "CONDITIONAL",
        ConditionalBehavior={
            "DefaultBehavior": "DISALLOWED",
            "Rules": [{"Conditions": [_PUBLIC], "RuleBehavior": "REQUIRED"}],
        },
        **_TEXT,
    ),
    _field(NOTE, "TEXT", "OPTIONAL", **_TEXT),
]
_FILE = _field(IMAGE, "ATTACHMENT", "OPTIONAL")
_PARENT = {
    "ResourceType": BRAND,
    "AssociationBehavior": "ASSOCIATE_BEFORE_SUBMIT",
    "DisassociationBehavior": "DELETE_REGISTRATION_DISASSOCIATES",
}


@functools.cache
def definitions() -> Definitions:
    """The types: one with an attachment, one without, and one that needs a registration of the second type."""
    offered = Definitions()
    for each in offered.all():
        offered.remove(each.name)
    offered.add(_definition(TOLL_FREE, [*_FIELDS, _FILE], []))
    offered.add(_definition(BRAND, _FIELDS, []))
    offered.add(_definition(CAMPAIGN, _FIELDS[:1], [_PARENT]))
    return offered


def _definition(name: str, fields: list[dict[str, Any]], associations: list[dict[str, Any]]) -> TypeDefinition:
    return TypeDefinition(
        {"RegistrationType": name, "SupportedAssociations": associations, "DisplayHints": _HINTS},
        [{"SectionPath": "company", "DisplayHints": _HINTS}],
        fields,
    )
