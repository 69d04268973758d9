"""Random templates: registrations with forms and attachments, adopted and created, single and associated."""

import copy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from support.small_forms import BRAND, CAMPAIGN, IMAGE, KIND, NAME, NOTE, SYMBOL, TOLL_FREE
from support.world import FILES

REGISTRATION, FORM, FILE = "Custom::SmsRegistration", "Custom::SmsRegistrationForm", "Custom::SmsRegistrationAttachment"
BY_HAND = 2
"""How many registrations were created by hand before the first deployment."""

_POLICIES: tuple[dict[str, str], ...] = (
    {},
    {},
    {},
    {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"},
    {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"},
)


@dataclass(frozen=True)
class ByHand:
    """A placeholder for the ID of a registration that was created by hand."""

    number: int


def _maybe(chance: int) -> st.SearchStrategy[bool]:
    return st.integers(1, chance).map(lambda number: number == chance)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """A template of at most three registrations with their forms, an attachment and a resource of another type."""
    resources: dict[str, dict[str, Any]] = {}
    with_file = draw(_maybe(3))
    if with_file:
        resources["File"] = {
            "Type": FILE,
            "Properties": {"Bucket": "assets", "Key": draw(st.sampled_from(sorted(FILES)))},
            **draw(st.sampled_from(_POLICIES)),
        }
    kind = draw(st.sampled_from([TOLL_FREE, BRAND]))
    resources["Registration"] = draw(_registrations(kind))
    if with_file:
        resources["Registration"]["DependsOn"] = "File"
    target: object = {"Fn::GetAtt": ["Registration", "RegistrationId"]}
    if draw(_maybe(6)):
        target = ByHand(draw(st.integers(0, BY_HAND - 1)))
    if draw(_maybe(4)) is False:
        resources["Form"] = draw(_forms(target, kind == TOLL_FREE and with_file))
    if kind == BRAND and draw(_maybe(4)):
        resources["Campaign"] = {**draw(_registrations(CAMPAIGN)), "DependsOn": "Registration"}
        resources["CampaignForm"] = {
            "Type": FORM,
            "Properties": {
                "RegistrationId": {"Fn::GetAtt": ["Campaign", "RegistrationId"]},
                "Fields": {NAME: draw(_TEXTS)},
                "Associations": [{"Ref": "Registration"}],
                "Submit": draw(st.booleans()),
                "Revision": draw(_REVISIONS),
            },
        }
    if draw(_maybe(3)):
        resources["Second"] = draw(_registrations(TOLL_FREE))
        resources["SecondForm"] = draw(_forms({"Fn::GetAtt": ["Second", "RegistrationId"]}, with_file=False))
    if draw(_maybe(2)):
        resources["Other"] = {"Type": "Test::Other", "DependsOn": [name for name in resources if name != "File"]}
    return resources


def adopting_once(template: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A copy in which a registration that exists is adopted, or filled in, by one resource: the constructs refuse more."""
    made, adopted = copy.deepcopy(template), []
    for each in made.values():
        existing = each.get("Properties", {}).get("ExistingRegistrationId")
        if existing in adopted:
            del each["Properties"]["ExistingRegistrationId"]
        adopted += [existing] if existing else []
    for each in made.values():
        if each["Type"] == FORM and each["Properties"]["RegistrationId"] in adopted:
            each["Properties"]["RegistrationId"] = {"Fn::GetAtt": ["Registration", "RegistrationId"]}
    return made


@st.composite
def _registrations(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"RegistrationType": kind}
    tags = draw(st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"), max_size=2))
    if tags:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    if draw(_maybe(5)):
        properties["ExistingRegistrationId"] = ByHand(draw(st.integers(0, BY_HAND - 1)))
        properties["TakeOver"] = draw(st.booleans())
        if draw(st.booleans()):
            properties["RemovalPolicy"] = "destroy"
    return {"Type": REGISTRATION, "Properties": properties, **draw(st.sampled_from(_POLICIES))}


_TEXTS: st.SearchStrategy[object] = st.sampled_from(
    ["CANARY one", "CANARY two", "CANARY three", {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}]
)
_REVISIONS = st.sampled_from(["", "", "1", "2"])


@st.composite
def _forms(draw: st.DrawFn, target: object, with_file: bool) -> dict[str, Any]:
    fields: dict[str, object] = {NAME: draw(_TEXTS), KIND: ["PRIVATE"]}
    if draw(_maybe(3)):
        fields |= {KIND: ["PUBLIC"], SYMBOL: "CANARY symbol"}
    if draw(_maybe(3)):
        fields[NOTE] = draw(_TEXTS)
    if with_file and draw(_maybe(4)) is False:
        fields[IMAGE] = {"AttachmentId": {"Ref": "File"}}
    mistake = draw(st.integers(1, 12))
    if mistake == 11:
        del fields[NAME]
    if mistake == 12:
        fields[NOTE] = "CANARY wrong!"
    properties = {
        "RegistrationId": target,
        "Fields": fields,
        "Submit": draw(st.booleans()),
        "Revision": draw(_REVISIONS),
        "OnLocked": draw(st.sampled_from(["fail", "fail", "keep"])),
        "TakeOver": draw(_maybe(4)),
        "KeepUndeclared": isinstance(target, ByHand) and draw(st.booleans()),
    }
    return {"Type": FORM, "Properties": properties}
