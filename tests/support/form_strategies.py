"""Random field definitions, in the API's shape, and random forms for them."""

from typing import Any

from hypothesis import strategies as st

from sms_registration_rules.values import AttachmentId, Choices, DeclaredValue, Secret, Text

PATHS = [f"section{number % 2}.field{number}" for number in range(6)]
OPTIONS = ["Yes", "No", "1,000", "SMS and MMS"]
WORDS = ["Yes", "1,000", "some text"]

_conditions = st.fixed_dictionaries(
    {
        "DependsOnFieldPath": st.sampled_from([*PATHS, "gone.field"]),
        "Operator": st.sampled_from(
            ["EQUALS", "NOT_EQUALS", "IN", "NOT_IN", "HAS_VALUE", "NO_VALUE", "STARTS_WITH"],
        ),
    },
    optional={"Values": st.lists(st.sampled_from(WORDS), max_size=3)},
)
_rules = st.fixed_dictionaries(
    {
        "Conditions": st.lists(_conditions, min_size=1, max_size=2),
        "RuleBehavior": st.sampled_from(["REQUIRED", "OPTIONAL", "DISALLOWED", "ADVISED"]),
    },
    optional={
        "ConditionalValidation": st.fixed_dictionaries(
            {},
            optional={
                "MinLength": st.integers(0, 5),
                "MaxLength": st.integers(0, 30),
                "Pattern": st.sampled_from(["[a-z ]+", r"\p{L}+", "(", "[a[b]]"]),
                "AllowedValues": st.lists(st.sampled_from(OPTIONS), max_size=3),
            },
        )
    },
)
_validations = {
    "TextValidation": st.fixed_dictionaries(
        {
            "MinLength": st.integers(0, 5),
            "MaxLength": st.integers(0, 4096),
            "Pattern": st.sampled_from(["", r"^(?=\s*\S)[\s\S]+$", "[a-z]+", r"\p{Alpha}*", "(?<name>x)", "[a&&b]"]),
        }
    ),
    "SelectValidation": st.fixed_dictionaries(
        {
            "MinChoices": st.integers(0, 2),
            "MaxChoices": st.integers(0, 3),
            "Options": st.lists(st.sampled_from(OPTIONS), unique=True),
        }
    ),
    "ConditionalBehavior": st.fixed_dictionaries(
        {
            "Rules": st.lists(_rules, min_size=1, max_size=3),
            "DefaultBehavior": st.sampled_from(["REQUIRED", "OPTIONAL", "DISALLOWED"]),
        }
    ),
    "DisplayHints": st.fixed_dictionaries(
        {"Title": st.just("Title"), "ShortDescription": st.just("What it is.")},
        optional={"TextValidationDescription": st.just("In words."), "ExampleTextValue": st.just("Example Corp")},
    ),
}
_definition = st.fixed_dictionaries(
    {
        "FieldType": st.sampled_from(["TEXT", "SELECT", "ATTACHMENT", "VIDEO"]),
        "FieldRequirement": st.sampled_from(["REQUIRED", "CONDITIONAL", "OPTIONAL", "ADVISED"]),
    },
    optional=_validations,
)


@st.composite
def field_definitions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Field definitions that the service could return, today or in the future."""
    paths = draw(st.lists(st.sampled_from(PATHS), unique=True))
    return [{"SectionPath": path.partition(".")[0], "FieldPath": path, **draw(_definition)} for path in paths]


def declared_values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[DeclaredValue]:
    """Values of every kind, made of these texts."""
    return st.one_of(
        st.builds(Text, texts),
        st.builds(Choices, st.lists(texts, max_size=4).map(tuple)),
        st.builds(AttachmentId, st.one_of(texts, st.just("attachment-0123"))),
        st.builds(Secret, texts, st.just("secret example, field ein")),
    )


texts = st.one_of(st.sampled_from([*OPTIONS, *WORDS, "", "1000", "{{resolve:secretsmanager:x}}"]), st.text(max_size=40))


def forms(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Values for some of the paths, and for some unknown paths."""
    return st.dictionaries(st.sampled_from([*PATHS, "section0.feild0", "x"]), values)
