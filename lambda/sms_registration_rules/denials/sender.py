"""The registrant, and its name in the texts."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.codes import BRAND, CAMPAIGN, TOLL_FREE
from sms_registration_rules.denials.fields import DESCRIPTION, FLOW, TAX_ID, USE_CASE
from sms_registration_rules.denials.form_fields import LEGAL_TYPE, NAMES, SUB_USE_CASES, VERTICAL
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

TABLE = RuleTable()

_ADDRESS_FIELDS = ("companyInfo.address", "companyInfo.address1", "companyInfo.address2")
_TAX_COUNTRY = ("companyInfo.taxIdIssuingCountry", "companyInfo.taxIdAuthority")


@TABLE.rule(
    "po-box",
    types=(BRAND, TOLL_FREE),
    reads=_ADDRESS_FIELDS,
    problem="The address is a PO box.",
    change="Give the street address from the company's public business records.",
    codes=("BRAND_ADDRESS_INVALID",),
    titles=("Invalid Company Info",),
)
def po_box(form: Subject) -> Sequence[str]:
    """A street named Box Road is not a PO box."""
    return [
        text.path
        for text in form.texts(_ADDRESS_FIELDS)
        if text.has(r"\bp\.? ?o\.? ?box\b|\bpost(?:al)? (?:office )?box\b")
    ]


@TABLE.rule(
    "tax-id",
    types=(BRAND, TOLL_FREE),
    reads=(*TAX_ID, *_TAX_COUNTRY),
    problem="The tax ID does not have the format of an EIN.",
    change="Enter nine digits; only a toll-free form also takes a dash after the second digit.",
    codes=("INVALID_FIELD_VALUE",),
    titles=("Invalid Company Info",),
)
def tax_id(form: Subject) -> Sequence[str]:
    """Checks US tax IDs only; other countries have many formats."""
    text, of = form.text(TAX_ID), form.choices(_TAX_COUNTRY)
    if text is None or not set(of) & {"US", "EIN"}:
        return ()
    shape = r"\d{9}" if form.form.registration_type == BRAND else r"\d{2}-?\d{7}"
    return () if pattern(shape).fullmatch(text.raw) else (text.path,)


@TABLE.rule(
    "brand-in-flow",
    types=(CAMPAIGN, TOLL_FREE),
    reads=(*FLOW, *NAMES),
    problem="The opt-in description does not name the sender.",
    change="Name the registered company or its trade name in the text that people consent to.",
    codes=("OPT_IN_WORKFLOW_MISMATCH", "CAMPAIGN_ATTRIBUTES_MISMATCH"),
    titles=("Compliant Opt In Missing",),
    needs="brand",
)
def brand_in_flow(form: Subject) -> Sequence[str]:
    """The name within a web address counts."""
    return form.nameless(FLOW)


@TABLE.rule(
    "brand-in-description",
    types=(CAMPAIGN,),
    reads=(*DESCRIPTION, *NAMES),
    problem="The campaign's description does not name the brand.",
    change="Say which registered company or trade name sends the messages.",
    codes=("CAMPAIGN_TO_BRAND_MISMATCH", "CAMPAIGN_ATTRIBUTES_MISMATCH"),
    needs="brand",
)
def brand_in_description(form: Subject) -> Sequence[str]:
    """The trade name is enough."""
    return form.nameless(DESCRIPTION)


@TABLE.rule(
    "charity-legal-type",
    types=(CAMPAIGN,),
    reads=(*USE_CASE, *SUB_USE_CASES, *LEGAL_TYPE),
    problem="The use case is for registered charities, and the brand has another legal type.",
    change="Choose the use case that fits the brand, or register the charity as its own brand.",
    codes=("CAMPAIGN_NOT_QUALIFIED_FOR_USE_CASE",),
    needs="brand",
)
def charity_legal_type(form: Subject) -> Sequence[str]:
    """Compares with the associated brand."""
    chosen = form.chosen((*USE_CASE, *SUB_USE_CASES), "CHARITY")
    types = {choice for owner in form.owners for choice in owner.choices(LEGAL_TYPE)}
    return chosen if types and "NON_PROFIT" not in types else ()


@TABLE.rule(
    "education-vertical",
    types=(CAMPAIGN,),
    reads=(*USE_CASE, *SUB_USE_CASES, *VERTICAL),
    problem="The use case is for schools and universities, and the brand has another vertical.",
    change="Choose the use case that fits the brand, or correct the brand's vertical.",
    codes=("CAMPAIGN_NOT_QUALIFIED_FOR_USE_CASE",),
    needs="brand",
)
def education_vertical(form: Subject) -> Sequence[str]:
    """Compares with the associated brand."""
    chosen = form.chosen((*USE_CASE, *SUB_USE_CASES), "HIGHER_EDUCATION")
    verticals = {choice for owner in form.owners for choice in owner.choices(VERTICAL)}
    return chosen if verticals and "EDUCATION" not in verticals else ()


@TABLE.rule(
    "on-behalf",
    types=(CAMPAIGN, TOLL_FREE),
    reads=(*DESCRIPTION, *FLOW),
    problem="A text says that messages are sent on behalf of other businesses.",
    change="Register each business whose name recipients see, with a form of its own.",
    codes=("BRAND_INVALID_BUSINESS_CONNECTION", "INVALID_BUSINESS_CONNECTION"),
    titles=("Invalid Business Connection",),
)
def on_behalf(form: Subject) -> Sequence[str]:
    """Acting on behalf of a person, such as a minor, is allowed."""
    businesses = (
        r"\bon behalf of (?:\w+ ){0,3}?(?:shops|clients|businesses|merchants|partners|tenants|schools|clinics|restaurants|"
        r"companies|organi[sz]ations|brands|retailers|dealers)\b|"
        r"\bon behalf of (?:our|its|their|various|multiple|many|different) (?:\w+ )?(?:customers|client|tenant)\b|"
        r"\bon behalf of (?:an?|each|every|any) (?:\w+ )?(?:shop|client|business|merchant|tenant|retailer|dealer|brand)\b"
    )
    return [text.path for text in form.texts((*DESCRIPTION, *FLOW)) if text.says(businesses)]
