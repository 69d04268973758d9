"""Checks of a declared form against live field definitions."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import moto_sms_voice
from moto_sms_voice import ServiceBehavior
from moto_sms_voice import forms as fake_forms
from moto_sms_voice.definitions import Definitions
from moto_sms_voice.store import FieldValue
from sms_registration_rules import messages, validation
from sms_registration_rules.messages import Problem
from sms_registration_rules.validation import CheckedForm, check
from sms_registration_rules.values import (
    AttachmentId,
    Choices,
    RegistrationAttachmentId,
    Secret,
    SelectChoices,
    Text,
    TextValue,
    described_value,
    is_same,
)
from support.form_strategies import PATHS, declared_values, field_definitions, forms, texts

FORMS = {
    file.stem: json.loads(file.read_text())["RegistrationFieldDefinitions"]
    for file in (Path(moto_sms_voice.__file__).parent / "definitions").glob("*.json")
}
SECRET = Secret("canary", "secret example, field ein")


def text(path: str = "a.text", **members: Any) -> dict[str, Any]:
    validation = {"MinLength": 1, "MaxLength": 20, "Pattern": ""} | members.pop("TextValidation", {})
    return {
        "FieldPath": path,
        "FieldType": "TEXT",
        "FieldRequirement": "OPTIONAL",
        "TextValidation": validation,
        **members,
    }


def select(path: str = "a.select", *options: str, **members: Any) -> dict[str, Any]:
    validation = {"MinChoices": 1, "MaxChoices": 1, "Options": list(options)} | members.pop("SelectValidation", {})
    return {
        "FieldPath": path,
        "FieldType": "SELECT",
        "FieldRequirement": "OPTIONAL",
        "SelectValidation": validation,
        **members,
    }


def attachment(path: str = "a.file") -> dict[str, Any]:
    return {"FieldPath": path, "FieldType": "ATTACHMENT", "FieldRequirement": "OPTIONAL"}


def conditional(rules: list[dict[str, Any]], default: str = "OPTIONAL") -> dict[str, Any]:
    return {
        "FieldRequirement": "CONDITIONAL",
        "ConditionalBehavior": {"Rules": rules, "DefaultBehavior": default},
    }


def rule(behavior: str, *conditions: tuple[Any, ...], **validation: Any) -> dict[str, Any]:
    made = {
        "Conditions": [
            {"DependsOnFieldPath": path, "Operator": operator, **({"Values": list(values)} if values else {})}
            for path, operator, *values in conditions
        ],
        "RuleBehavior": behavior,
    }
    return {**made, "ConditionalValidation": validation} if validation else made


def told(checked: CheckedForm) -> dict[str, str]:
    return {problem.path: problem.text for problem in checked.problems}


def the_problem(definition: dict[str, Any], value: Any) -> str:
    (problem,) = check([definition], {definition["FieldPath"]: value}).problems
    return problem.text


# --- the definition decides the type ---


@pytest.mark.parametrize(
    ("definition", "value", "typed"),
    [
        (text(), Text("Example Corp"), TextValue("Example Corp")),
        (text(), SECRET, TextValue("canary")),
        (text(), Choices(("Example",)), TextValue("Example")),
        (select("s", "A", "1,000"), Text("1,000"), SelectChoices(("1,000",))),
        (select("s", "A"), Choices(("A", "A")), SelectChoices(("A",))),
        (select("s", "canary"), SECRET, SelectChoices(("canary",))),
        (attachment(), AttachmentId("attachment-01ab"), RegistrationAttachmentId("attachment-01ab")),
        (attachment(), Text("attachment-01ab"), RegistrationAttachmentId("attachment-01ab")),
        ({"FieldPath": "v", "FieldType": "VIDEO"}, Text("x"), TextValue("x")),
        ({"FieldPath": "v", "FieldType": "VIDEO"}, Choices(("x",)), SelectChoices(("x",))),
    ],
)
def test_declared_value_gets_the_type_of_its_field(definition: dict[str, Any], value: Any, typed: Any) -> None:
    checked = check([definition], {definition["FieldPath"]: value})
    assert checked.problems == ()
    assert checked.values == {definition["FieldPath"]: typed}


@pytest.mark.parametrize(
    ("definition", "value", "said"),
    [
        (text(), Choices(("a", "b")), "has 2 choices, expected text"),
        (text(), AttachmentId("attachment-01"), "is an attachment, expected text"),
        (select("s", "A"), AttachmentId("attachment-01"), "is an attachment, expected choices"),
        (attachment(), Text("opt-in.png"), "is text, expected an attachment"),
        (attachment(), SECRET, "is text, expected an attachment"),
        (attachment(), Choices(("a",)), "is a list, expected an attachment"),
        (attachment(), AttachmentId(""), "is not the ID or ARN of an attachment"),
        (text(), 1234, "has a value of type int, expected text"),
        (text(), None, "has a value of type NoneType, expected text"),
        (text(), Text(5), "has a value of type Text, expected text"),  # type: ignore[arg-type]
        (
            {"FieldPath": "v", "FieldType": "VIDEO"},
            5,
            "has a value of type int, expected text, choices or an attachment",
        ),
        (select("s", "A"), Choices(("A", "")), "has an empty choice"),
        (text(), Secret("", "secret example"), "is empty in secret example"),
    ],
)
def test_wrong_type_is_reported(definition: dict[str, Any], value: Any, said: str) -> None:
    assert the_problem(definition, value) == said


@pytest.mark.parametrize("value", [Text("{{resolve:secretsmanager:x}}"), Choices(("a", "b {{resolve:ssm:x}}"))])
@pytest.mark.fault(58)
def test_dynamic_references_are_refused(value: Any) -> None:
    assert "from_secret" in the_problem(select("s", "A"), value)


@pytest.mark.parametrize("value", [Text(""), Choices(()), Choices(("",))])
@pytest.mark.fault(55)
def test_empty_value_means_no_value(value: Any) -> None:
    required = text(FieldRequirement="REQUIRED")
    checked = check([required], {"a.text": value})
    assert checked.cleared == {"a.text"}
    assert told(checked) == {"a.text": "is required, but has no value"}
    assert check([], {"gone.field": value}).problems == ()


@pytest.mark.fault(72)
def test_unknown_field_type_is_noted_and_not_checked() -> None:
    checked = check([{"FieldPath": "v", "FieldType": "VIDEO"}], {"v": Text("x")})
    assert checked.notes == ("v: the field type VIDEO is unknown; its value is not checked",)


# --- paths ---


@pytest.mark.parametrize(
    ("declared", "closest"),
    [
        ("companyName", "companyInfo.companyName"),
        ("companyinfo.companyname", "companyInfo.companyName"),
        ("companyInfo.compnayName", "companyInfo.companyName"),
        ("contact.website", "contactInfo.website"),
    ],
)
def test_unknown_path_suggests_the_closest(declared: str, closest: str) -> None:
    found = told(check(FORMS["US_TEN_DLC_BRAND_REGISTRATION"], {declared: Text("x")}))[declared]
    assert found.partition("closest: ")[2].split(", ")[0] == closest


def test_unknown_path_lists_all_fields_of_a_small_form() -> None:
    assert "its fields are a.text, b.text" in told(check([text(), text("b.text")], {"zzz": Text("x")}))["zzz"]
    assert "has no fields" in told(check([], {"zzz": Text("x")}))["zzz"]


# --- lengths and patterns ---


@pytest.mark.parametrize(
    ("low", "high", "value", "said"),
    [
        (3, 5, "ab", "is too short: 2 characters, expected at least 3"),
        (3, 5, "abcdef", "is too long: 6 characters, expected at most 5"),
        (1, 4096, "x" * 2049, "is too long: 2049 characters, expected at most 2048 (the API's limit)"),
    ],
)
def test_lengths(low: int, high: int, value: str, said: str) -> None:
    assert the_problem(text(TextValidation={"MinLength": low, "MaxLength": high}), Text(value)) == said


def test_length_is_accepted_if_either_count_allows_it() -> None:
    exact = text(TextValidation={"MinLength": 2, "MaxLength": 2})
    assert check([exact], {"a.text": Text("😀")}).problems == ()
    assert check([exact], {"a.text": Text("😀😀")}).problems == ()


@pytest.mark.parametrize(
    ("pattern", "value", "accepted"),
    [
        ("[A-Z]{2}", "US", True),
        ("[A-Z]{2}", "USA", False),
        ("[A-Z]{2}", "US\n", False),
        ("^[A-Z]{2}$", "US\n", False),
        (r"^(?=\s*\S)[\s\S]+$", "  ", False),
        (r"\w+", "Müller", True),
        (r"\p{L}+", "123", True),
        (r"[a-z&&[^b]]+", "b", True),
        ("(", "x", True),
        ("a{99999999999999999999}", "x", True),
    ],
)
def test_patterns_match_whole_text_or_are_skipped(pattern: str, value: str, accepted: bool) -> None:
    checked = check([text(TextValidation={"Pattern": pattern})], {"a.text": Text(value)})
    assert (checked.problems == ()) is accepted


def test_unsupported_pattern_is_noted() -> None:
    checked = check([text(TextValidation={"Pattern": r"\p{L}+"})], {"a.text": Text("x")})
    assert len(checked.notes) == 1
    assert "a.text: a pattern of the field is not supported" in checked.notes[0]


def test_pattern_that_could_take_too_long_is_noted() -> None:
    fields = [text(TextValidation={"MinLength": 1, "MaxLength": 200, "Pattern": "([a-z]+)*"})]
    checked = check(fields, {"a.text": Text("a" * 100 + "!")})
    assert checked.problems == ()
    assert checked.notes == (
        "a.text: a pattern of the field is not supported here, or could take too long; only the service checks it",
    )
    assert check(fields, {"a.text": Text("a!")}).problems != ()


# --- choices ---


@pytest.mark.parametrize(
    ("options", "value", "said"),
    [
        (["100", "1,000", "10,000"], Text("1000"), 'has a choice that is not offered; closest: "1,000"'),
        (
            ["PRIVATE_PROFIT", "NON_PROFIT"],
            Text("Private profit"),
            "has a choice that is not offered; closest: PRIVATE_PROFIT",
        ),
        (["Yes", "No"], Text("??"), "has a choice that is not offered; offered: Yes, No"),
        (["SMS", "Voice"], Text("SMS,Voice"), "declare several choices as a list"),
    ],
)
def test_choice_that_is_not_offered_is_reported(options: list[str], value: Any, said: str) -> None:
    assert said in the_problem(select("s", *options), value)


def test_required_choice_without_a_value_lists_the_choices() -> None:
    few = check([select("s", "A", "B, C", FieldRequirement="REQUIRED")], {})
    assert told(few) == {"s": 'is required, but has no value; offered: A, "B, C"'}
    many = check([select("s", *"ABCDEFGHIJKLMN", FieldRequirement="REQUIRED")], {})
    assert told(many)["s"].endswith("; offered: A, B, C, D, E, F, G, H, I, J, K, L and 2 more")


@pytest.mark.parametrize(
    ("offered", "value", "said"),
    [
        ("ABCDEFGHIJKL", "a", "closest: A; offered: A, B, C, D, E, F, G, H, I, J, K, L"),
        ("ABCDEFGHIJKLM", "a", "closest: A"),
        ("ABCDEFGHIJKLM", "?", "offered: A, B, C, D, E, F, G, H, I, J, K, L and 1 more"),
    ],
)
def test_wrong_choice_lists_up_to_a_dozen(offered: str, value: str, said: str) -> None:
    assert the_problem(select("s", *offered), Text(value)) == f"has a choice that is not offered; {said}"


@pytest.mark.parametrize(
    ("definition", "value", "said"),
    [
        (text(TextValidation={"Pattern": "[A-Z]{2}"}), Text("US "), "ends with white space: remove it"),
        (text(TextValidation={"Pattern": "[A-Z]{2}"}), Text("\n US"), "begins with white space: remove it"),
        (
            text(TextValidation={"MaxLength": 2}),
            Text(" US\n"),
            "is too long: 4 characters, expected at most 2; begins and ends with white space: remove it",
        ),
        (
            text(TextValidation={"Pattern": "[A-Z]{2}"}),
            Secret("US\n", "secret example"),
            "ends with white space in secret example: remove it",
        ),
        (
            text(TextValidation={"Pattern": "[A-Z]{2}"}),
            Text("us "),
            "ends with white space: remove it; does not match the field's pattern [A-Z]{2}",
        ),
        (text(TextValidation={"Pattern": "[A-Z]{2}"}), Text("  "), "does not match the field's pattern [A-Z]{2}"),
        (select("s", "A"), Text("A "), "has a choice that is not offered: it ends with white space"),
        (
            select("s", "A"),
            Secret("A\n", "secret x"),
            "has a value in secret x that is not offered: it ends with white space",
        ),
    ],
)
def test_white_space_is_named_when_a_value_is_refused(definition: dict[str, Any], value: Any, said: str) -> None:
    problems = check([definition], {definition["FieldPath"]: value}).problems
    assert "; ".join(problem.text for problem in problems) == said


def test_white_space_that_the_definition_accepts_is_no_problem() -> None:
    assert check([text()], {"a.text": Text("Example ")}).problems == ()


def test_number_of_choices() -> None:
    several = select("s", "A", "B", "C", SelectValidation={"MinChoices": 2, "MaxChoices": 2})
    assert the_problem(several, Choices(("A",))) == "has 1 choice, expected at least 2"
    assert the_problem(several, Choices(("A", "B", "C"))) == "has 3 choices, expected at most 2"
    assert check([several], {"s": Choices(("C", "A"))}).problems == ()


def test_api_limits_apply_without_a_definition_limit() -> None:
    video = {"FieldPath": "v", "FieldType": "VIDEO"}
    assert the_problem(video, Choices(tuple(f"{number}" for number in range(101)))).startswith(
        "has 101 choices, expected at most 100"
    )
    assert the_problem(video, Choices(("x" * 257,))) == "has a choice of more than 256 characters"
    assert "at most 2048" in the_problem(video, Text("x" * 2049))


# --- requirements that depend on other values ---

LEGAL_TYPE = select("legalType", "PRIVATE", "PUBLIC", "GOVERNMENT")


def stock(*rules: dict[str, Any], default: str = "OPTIONAL") -> list[dict[str, Any]]:
    return [LEGAL_TYPE, text("stock", **conditional(list(rules), default))]


@pytest.mark.parametrize(
    ("operator", "values", "legal_type", "truth"),
    [
        ("EQUALS", ["PUBLIC"], "PUBLIC", True),
        ("EQUALS", ["PUBLIC"], "PRIVATE", False),
        ("EQUALS", ["PUBLIC"], None, False),
        ("NOT_EQUALS", ["PUBLIC"], "PUBLIC", False),
        ("NOT_EQUALS", ["PUBLIC"], "PRIVATE", True),
        ("NOT_EQUALS", ["PUBLIC"], None, None),
        ("IN", ["PUBLIC", "PRIVATE"], "PRIVATE", True),
        ("IN", ["PUBLIC", "PRIVATE"], "GOVERNMENT", False),
        ("IN", ["PUBLIC", "PRIVATE"], None, False),
        ("NOT_IN", ["PUBLIC", "PRIVATE"], "PRIVATE", False),
        ("NOT_IN", ["PUBLIC", "PRIVATE"], "GOVERNMENT", True),
        ("NOT_IN", ["PUBLIC", "PRIVATE"], None, None),
        ("HAS_VALUE", [], "PUBLIC", True),
        ("HAS_VALUE", [], None, False),
        ("NO_VALUE", [], "PUBLIC", False),
        ("NO_VALUE", [], None, True),
        ("STARTS_WITH", ["P"], "PUBLIC", False),
        # How a value that is not offered will be corrected is not known: no follow-up problems.
        ("EQUALS", ["PUBLIC"], "PUBLICK", None),
        ("NOT_IN", ["PUBLIC"], "PUBLICK", None),
        ("HAS_VALUE", [], "PUBLICK", True),
    ],
)
def test_operators(operator: str, values: list[str], legal_type: str | None, truth: bool | None) -> None:
    """A truth of None means unknown: then neither case refuses the form."""
    others = {"legalType": Text(legal_type)} if legal_type else {}
    condition = ("legalType", operator, *values)
    required = check(stock(rule("REQUIRED", condition)), others)
    disallowed = check(stock(rule("DISALLOWED", condition)), {**others, "stock": Text("EXM")})
    otherwise = check(stock(rule("OPTIONAL", condition), default="REQUIRED"), others)
    assert [("stock" in told(each)) for each in (required, disallowed)] == [truth is True] * 2
    assert ("stock" in told(otherwise)) is (truth is False)


def test_the_first_rule_that_matches_wins() -> None:
    definition = stock(
        rule("DISALLOWED", ("legalType", "EQUALS", "GOVERNMENT")),
        rule("OPTIONAL", ("legalType", "HAS_VALUE")),
        rule("REQUIRED", ("legalType", "EQUALS", "PUBLIC")),
    )
    assert told(check(definition, {"legalType": Text("PUBLIC")})) == {}
    assert told(check(definition, {"legalType": Text("GOVERNMENT"), "stock": Text("EXM")})) == {
        "stock": "must have no value when legalType is GOVERNMENT: remove it"
    }


@pytest.mark.parametrize(
    ("rules", "default", "said"),
    [
        (
            [rule("DISALLOWED", ("legalType", "HAS_VALUE"))],
            "OPTIONAL",
            "must have no value when legalType has a value: remove it",
        ),
        (
            [
                rule("REQUIRED", ("legalType", "IN", "PUBLIC", "GOVERNMENT")),
                rule("OPTIONAL", ("other", "NO_VALUE"), ("a", "EQUALS", "B")),
            ],
            "DISALLOWED",
            "must have no value unless legalType is one of PUBLIC, GOVERNMENT or other has no value and a is B: remove it",
        ),
        ([rule("DISALLOWED", ("x", "EQUALS", "Y"))], "DISALLOWED", "must have no value: remove it"),
    ],
)
def test_message_says_on_what_a_requirement_depends(rules: list[dict[str, Any]], default: str, said: str) -> None:
    other = text("other")
    checked = check(
        [*stock(*rules, default=default), other], {"legalType": Text("PRIVATE"), "stock": Text("E"), "other": Text("x")}
    )
    assert told(checked) == {"stock": said}


def test_undeclared_fields_may_be_kept_with_values_that_are_not_known() -> None:
    definition = stock(rule("REQUIRED", ("legalType", "EQUALS", "PUBLIC")), default="DISALLOWED")
    must = text("must", FieldRequirement="REQUIRED")
    open_ended = check([*definition, must], {"stock": Text("EXM")}, keeps_undeclared=True)
    assert (open_ended.problems, open_ended.missing) == ((), ())
    declared = check([*definition, must], {"stock": Text("EXM"), "legalType": Text("PRIVATE")}, keeps_undeclared=True)
    assert list(told(declared)) == ["stock"]
    cleared = check([*definition, must], {"must": Text(""), "stock": Text("EXM")}, keeps_undeclared=True)
    assert list(told(cleared)) == ["must"]


def test_values_that_could_not_be_read_are_listed_in_form_order() -> None:
    form = [
        text("a.first", FieldRequirement="REQUIRED"),
        text("b.second", DisplayHints={"Title": "Second"}),
        text("c.third"),
    ]
    checked = check(form, {"c.third": Text("x" * 30)}, unknown={"b.second", "no.field"})
    problems = validation.with_unread(
        checked.problems, {"no.field": "could not be read", "b.second": "could not be read"}, form
    )
    assert [(problem.path, problem.title) for problem in problems] == [
        ("a.first", ""),
        ("b.second", "Second"),
        ("c.third", ""),
        ("no.field", ""),
        ("no.field", ""),
    ]
    assert list(messages.lines(problems)) == ["a.first", "b.second", "c.third", "no.field"]


def test_all_conditions_of_a_rule_must_hold() -> None:
    both = rule("REQUIRED", ("legalType", "EQUALS", "PUBLIC"), ("other", "HAS_VALUE"))
    definition = [*stock(both), text("other")]
    assert told(check(definition, {"legalType": Text("PUBLIC")})) == {}
    assert "stock" in told(check(definition, {"legalType": Text("PUBLIC"), "other": Text("x")}))


@pytest.mark.fault(72)
def test_unknown_behavior_is_optional() -> None:
    definition = stock(rule("ADVISED", ("legalType", "HAS_VALUE")), default="REQUIRED")
    assert told(check(definition, {"legalType": Text("PUBLIC")})) == {}
    assert told(check(definition, {"legalType": Text("PUBLIC"), "stock": Text("EXM")})) == {}


def test_uncertain_requirement_is_reported_if_both_cases_agree() -> None:
    definition = stock(rule("REQUIRED", ("legalType", "NOT_IN", "GOVERNMENT")), default="REQUIRED")
    assert "stock" in told(check(definition, {}))


def test_conditional_field_from_an_older_sdk_is_optional() -> None:
    unknown = text(FieldRequirement="CONDITIONAL")
    assert check([unknown], {}).problems == check([unknown], {"a.text": Text("x")}).problems == ()


def test_conditional_validation_overrides_the_field() -> None:
    public = ("legalType", "EQUALS", "PUBLIC")
    definition = stock(rule("OPTIONAL", public, MinLength=3, Pattern="[A-Z]+"))
    assert told(check(definition, {"legalType": Text("PRIVATE"), "stock": Text("x")})) == {}
    assert "too short" in told(check(definition, {"legalType": Text("PUBLIC"), "stock": Text("X")}))["stock"]
    assert "pattern" in told(check(definition, {"legalType": Text("PUBLIC"), "stock": Text("exm")}))["stock"]
    choices = [LEGAL_TYPE, select("s", "A", "B", **conditional([rule("OPTIONAL", public, AllowedValues=["B"])]))]
    assert told(check(choices, {"legalType": Text("PRIVATE"), "s": Text("A")})) == {}
    assert "offered: B" in told(check(choices, {"legalType": Text("PUBLIC"), "s": Text("A")}))["s"]


def test_several_choices_match_only_when_certain() -> None:
    many = select("m", "A", "B", "C", SelectValidation={"MaxChoices": 3})
    definition = [many, text("stock", **conditional([rule("REQUIRED", ("m", "EQUALS", "A"))]))]
    assert "stock" in told(check(definition, {"m": Choices(("A",))}))
    assert told(check(definition, {"m": Choices(("A", "B"))})) == {}
    assert told(check(definition, {"m": Choices(("B", "C"))})) == {}


# --- values that are kept ---


def test_kept_values_are_checked_like_declared_ones() -> None:
    definition = [
        LEGAL_TYPE | {"FieldRequirement": "REQUIRED"},
        text("stock", **conditional([rule("DISALLOWED", ("legalType", "EQUALS", "GOVERNMENT"))])),
    ]
    kept = {"legalType": SelectChoices(("PUBLIC",)), "stock": TextValue("EXM"), "gone": TextValue("x")}
    assert check(definition, {}, kept=kept).problems == ()
    assert check(definition, {}, kept=kept).values == {}
    changed = check(definition, {"legalType": Text("GOVERNMENT")}, kept=kept)
    assert told(changed) == {
        "stock": "must have no value when legalType is GOVERNMENT: declare it as an empty string to delete it"
    }
    assert check(definition, {"legalType": Text("GOVERNMENT"), "stock": Text("")}, kept=kept).problems == ()
    too_long = check(definition, {}, kept={**kept, "stock": TextValue("x" * 21)})
    assert told(too_long)["stock"].endswith("(a value that the registration already has, not declared here)")


# --- order ---


def test_an_unknown_value_satisfies_a_requirement() -> None:
    required = text("a.text", FieldRequirement="REQUIRED")
    assert check([required], {}).problems
    assert check([required], {}, unknown={"a.text"}).problems == ()


def test_an_unknown_value_is_refused_where_none_is_allowed() -> None:
    rule = {"Conditions": [{"DependsOnFieldPath": "a.text", "Operator": "HAS_VALUE"}], "RuleBehavior": "DISALLOWED"}
    file = text(
        "a.file", FieldRequirement="CONDITIONAL", ConditionalBehavior={"DefaultBehavior": "OPTIONAL", "Rules": [rule]}
    )
    form = [text("a.text"), file]

    (problem,) = check(form, {"a.text": Text("x")}, unknown={"a.file"}).problems
    assert (problem.path, problem.text) == ("a.file", "must have no value when a.text has a value: remove it")
    (problem,) = check(form, {"a.file": Text("x")}, unknown={"a.text"}).problems
    assert problem.path == "a.file"


def test_what_depends_on_an_unknown_value_is_not_refused() -> None:
    rule = {
        "Conditions": [{"DependsOnFieldPath": "a.text", "Operator": "EQUALS", "Values": ["x"]}],
        "RuleBehavior": "REQUIRED",
    }
    other = text(
        "a.other", FieldRequirement="CONDITIONAL", ConditionalBehavior={"DefaultBehavior": "OPTIONAL", "Rules": [rule]}
    )
    form = [text("a.text"), other]

    assert check(form, {"a.text": Text("x")}).problems
    assert check(form, {}, unknown={"a.text"}).problems == ()


def test_an_unknown_value_of_no_field_is_refused() -> None:
    (problem,) = check([text("a.text")], {}, unknown={"a.texts"}).problems
    assert problem.text == "is not a field of this form; closest: a.text"


def test_fields_come_after_their_dependencies() -> None:
    link = text("link", **conditional([rule("DISALLOWED", ("file", "HAS_VALUE"))]))
    file = text("file", **conditional([rule("DISALLOWED", ("link", "HAS_VALUE"))]))
    note = text("note", **conditional([rule("REQUIRED", ("link", "HAS_VALUE"))]))
    order = validation.precedence([note, link, text("name"), file])
    assert sorted(order, key=lambda path: order[path]) == ["name", "link", "file", "note"]
    assert order["link"][0] == order["file"][0] < order["note"][0]


@given(field_definitions())
def test_order_is_total(known: list[dict[str, Any]]) -> None:
    order = validation.precedence(known)
    assert list(order) == [definition["FieldPath"] for definition in known]
    assert len(set(order.values())) == len(order)


# --- messages ---


def test_problems_include_the_definitions_description() -> None:
    hints = {
        "Title": "Tax ID",
        "ShortDescription": "s",
        "TextValidationDescription": "9 digits",
        "ExampleTextValue": "123456789",
    }
    checked = check([text(TextValidation={"Pattern": "[0-9]{9}"}, DisplayHints=hints)], {"a.text": Text("x")})
    assert messages.full_text(checked.problems) == (
        "no changes were made: 1 field is invalid:\n"
        "- a.text (Tax ID) does not match the field's pattern [9 digits; example: 123456789]"
    )


def test_all_problems_are_reported_in_form_order() -> None:
    definition = [
        text("b.first", TextValidation={"MaxLength": 2, "Pattern": "[a-z]+"}),
        select("b.second", "A", FieldRequirement="REQUIRED"),
        attachment("b.third"),
    ]
    checked = check(definition, {"x.unknown": Text("q"), "b.third": Text("q"), "b.first": Text("QQQ")})
    assert list(told(checked)) == ["b.first", "b.second", "b.third", "x.unknown"]
    assert "is too long: 3 characters, expected at most 2, and does not match" in messages.full_text(checked.problems)


CANARY = "kanarienvogel"
"""A string that occurs in no message."""


@given(field_definitions(), forms(declared_values(st.sampled_from([CANARY, CANARY * 300, f"{CANARY},{CANARY}"]))))
@pytest.mark.fault(63)
def test_no_value_is_ever_quoted(known: list[dict[str, Any]], form: dict[str, Any]) -> None:
    checked = check(known, form)
    assert CANARY not in messages.full_text(checked.problems)
    # The ID of an attachment is not personal data.
    assert CANARY not in repr(checked.notes)
    shown = {path: value for path, value in checked.values.items() if not isinstance(value, RegistrationAttachmentId)}
    assert CANARY not in repr(shown)


@pytest.mark.parametrize(
    "definition",
    [
        select("s", "canary2", "other"),
        text("s", TextValidation={"MinLength": 7}),
        text("s", TextValidation={"MaxLength": 5}),
        text("s", TextValidation={"Pattern": "[0-9]+"}),
    ],
)
def test_secret_length_and_similar_choices_are_not_revealed(definition: dict[str, Any]) -> None:
    said = the_problem(definition, SECRET)
    assert "secret example, field ein" in said
    assert "6" not in said
    assert "closest" not in said


# --- for any form ---


@given(field_definitions(), forms(st.one_of(declared_values(texts), st.none(), st.integers())))
def test_validation_never_raises_and_is_deterministic(known: list[dict[str, Any]], form: dict[str, Any]) -> None:
    checked = check(known, form)
    assert check(known, dict(reversed(form.items()))) == checked
    unknown = {path for path, value in form.items() if path not in {each["FieldPath"] for each in known}}
    assert {problem.path for problem in checked.problems} >= unknown - checked.cleared
    assert list(checked.values) == [each["FieldPath"] for each in known if each["FieldPath"] in checked.values]


@st.composite
def _sound_forms(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Generate a registration type, and values for some of its fields that are each valid on their own."""
    registration_type = draw(st.sampled_from(sorted(FORMS)))
    values: dict[str, Any] = {}
    for definition in FORMS[registration_type]:
        if draw(st.booleans()):
            options = definition.get("SelectValidation", {}).get("Options", ["x"])
            is_file = definition["FieldType"] == "ATTACHMENT"
            values[definition["FieldPath"]] = (
                AttachmentId("attachment-01") if is_file else Text(draw(st.sampled_from(options)))
            )
    return registration_type, values


@given(_sound_forms())
def test_requirements_match_the_fake_in_all_unknown_cases(
    sound: tuple[str, dict[str, Any]],
) -> None:
    """The fake evaluates conditions independently, with both interpretations of "not X" for a field without a value."""
    registration_type, values = sound
    checked = check(FORMS[registration_type], values)
    ours = {path for path, said in told(checked).items() if said.startswith(("is required", "must have no value"))}
    shipped = Definitions()[registration_type]
    held = {
        path: FieldValue(
            path,
            select_choices=list(value.choices) if isinstance(value, SelectChoices) else None,
            text_value=value.text if isinstance(value, TextValue) else None,
            registration_attachment_id=value.id if isinstance(value, RegistrationAttachmentId) else None,
        )
        for path, value in checked.values.items()
    }
    interpretations = [
        {
            path
            for path, said in fake_forms.problems(shipped, held, ServiceBehavior(unset_matches_negations=truth)).items()
            if said.message in ("Missing required field", "Conditional field not allowed")
        }
        for truth in (True, False)
    ]
    assert ours == interpretations[0] & interpretations[1]


@given(_sound_forms(), st.randoms(use_true_random=False))
def test_problems_of_a_part_are_problems_of_the_whole(sound: tuple[str, dict[str, Any]], random: Any) -> None:
    """Whatever an undeclared field holds, what is reported without knowing it is true."""
    registration_type, values = sound
    part = {path: value for path, value in values.items() if random.random() < 0.7}
    definition = FORMS[registration_type]
    assert told(check(definition, part, keeps_undeclared=True)).keys() <= told(check(definition, values)).keys()


def test_values_are_compared_by_content() -> None:
    arn = "arn:aws:sms-voice:us-east-1:123456789012:registration-attachment/attachment-01"
    assert is_same(SelectChoices(("A", "B")), SelectChoices(("B", "A")))
    assert is_same(RegistrationAttachmentId(arn), RegistrationAttachmentId("attachment-01"))
    assert not is_same(TextValue("a"), TextValue("b"))
    assert not is_same(TextValue("a"), None)
    assert described_value({"FieldPath": "x", "DeniedReason": "no"}) is None
    assert described_value({"FieldPath": "x", "SelectChoices": ["A"]}) == SelectChoices(("A",))


# --- the message in a response ---

_problems = st.lists(
    st.builds(
        Problem,
        st.sampled_from([*PATHS, *(f"sectionWithAName.fieldNumber{number}" for number in range(30))]),
        st.sampled_from(["is required", "is too long: 5 characters", "ü" * 50]),
        st.sampled_from(["", "Title"]),
        st.sampled_from(["", "The definition's description. " * 5]),
    ),
    min_size=1,
    max_size=40,
)


@given(_problems, st.integers(0, 5000))
def test_message_fits_its_budget_and_names_every_field(found: list[Problem], budget: int) -> None:
    said = messages.message(found, budget)
    assert len(json.dumps(said).encode()) - 2 <= budget
    paths = list(dict.fromkeys(problem.path for problem in found))
    if sum(len(path) + 2 for path in paths) + 150 <= budget:
        assert [path for path in paths if path not in said and path.rpartition(".")[2] not in said] == []
    if budget >= 5000 and len(messages.full_text(found)) < 2500:
        assert said == messages.full_text(found)


def test_message_names_fields_whose_details_do_not_fit() -> None:
    found = [Problem(f"section.field{number}", "is required, but has no value", "Title") for number in range(30)]
    said = messages.message(found, 1000)
    assert "section.field0 (Title) is required" in said
    assert all(problem.path in said for problem in found)
    assert said.endswith("The function's log has the complete list.")
    tight = messages.message(found, 500)
    assert "- also invalid: section.(field" in tight
    assert all(problem.path.removeprefix("section.") in tight for problem in found)
    assert "and 22 more" in messages.message(found, 180)
