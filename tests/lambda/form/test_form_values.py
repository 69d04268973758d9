"""Values reach the service exactly as the template declares them, or are refused before the first call."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_contract.cloudformation import CloudFormation, stringified
from sms_registration_handler.aws import reads
from sms_registration_handler.errors import Failure
from sms_registration_handler.form.properties import FormRequest
from support.form_help import TEXT, Form
from support.handler_help import failed, succeeded


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


def allow_long_texts(form: Form) -> None:
    """Allow the city to be as long as the API allows any text to be."""
    definition = form.fake.definitions[form.fake.registration(form.registration_id).registration_type].field(TEXT)
    definition["TextValidation"] = {"MinLength": 1, "MaxLength": 2048, "Pattern": r"[\s\S]+"}


# --- unchanged ---


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    "value",
    [
        "Zürich, Genève, Łódź",
        "e\u0301 is not \u00e9",
        "\N{SMILING FACE WITH SUNGLASSES}\N{FAMILY}",
        "first line\nsecond line\r\n\ttab",
        "\u202eright to left\u202c שלום",
        'quotes " \\ and {braces} ${Token[x]} %s',
        "  spaces around  ",
        "é" * 2048,
        "\N{SMILING FACE WITH SUNGLASSES}" * 1024,
    ],
)
def test_text_reaches_the_service_unchanged(form: Form, value: str) -> None:
    allow_long_texts(form)
    succeeded(form.create(Submit=False, change={TEXT: value}))
    assert form.held()[TEXT] == value
    form.writes()
    succeeded(form.update(Submit=False, change={TEXT: value}))
    assert form.writes() == [], "the described value is the same text"


@pytest.mark.fault(54)
@pytest.mark.parametrize(("written", "sent"), [(5, "5"), (True, "true"), ("01234", "01234"), ("1e3", "1e3")])
def test_scalars_arrive_as_strings(form: Form, written: Any, sent: str) -> None:
    succeeded(form.create(Submit=False, change={TEXT: written}))
    assert form.held()[TEXT] == sent


@pytest.mark.fault(54)
@pytest.mark.parametrize("flag", [True, "true", "True"])
@pytest.mark.parametrize("name", ["Submit", "KeepUndeclared", "TakeOver"])
def test_flags_are_read_as_strings_or_booleans(name: str, flag: object) -> None:
    attribute = {"Submit": "submit", "KeepUndeclared": "keep_undeclared", "TakeOver": "take_over"}[name]
    request = FormRequest.parse({"RegistrationId": "registration-0123", name: flag})
    assert getattr(request, attribute) is True
    assert getattr(FormRequest.parse({"RegistrationId": "registration-0123", name: "false"}), attribute) is False


# --- empty ---


@pytest.mark.fault(55)
@pytest.mark.parametrize("empty", ["", [], None])
def test_empty_value_is_deleted_and_never_put(form: Form, empty: Any) -> None:
    public = {"companyInfo.legalType": ["PUBLIC_PROFIT"], "companyInfo.stockSymbol": "EXMP",
              "companyInfo.stockExchange": ["NASDAQ"], "companyInfo.businessContactEmail": "ir@example.com"}  # fmt: skip
    private = {**dict.fromkeys(public, empty), "companyInfo.legalType": ["PRIVATE_PROFIT"]}
    succeeded(form.create(Submit=False, change=public))
    form.writes()
    succeeded(form.update(Submit=False, change=private))
    assert sorted(form.writes()) == ["DeleteRegistrationFieldValue"] * 3 + ["PutRegistrationFieldValue"]
    for call in form.fake.calls_to("PutRegistrationFieldValue"):
        assert call.parameters.get("TextValue") != ""
        assert call.parameters.get("SelectChoices") != []


@pytest.mark.fault(55)
def test_refused_value_delete_is_reported_and_no_failure(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    from moto_sms_voice.exceptions import ValidationException

    public = {"companyInfo.legalType": ["PUBLIC_PROFIT"], "companyInfo.stockSymbol": "EXMP",
              "companyInfo.stockExchange": ["NASDAQ"], "companyInfo.businessContactEmail": "ir@example.com"}  # fmt: skip
    succeeded(form.create(Submit=False, change=public))
    form.fake.inject(
        "DeleteRegistrationFieldValue",
        error=lambda: ValidationException("no, CANARY", "REGISTRATION_FIELD_CANNOT_BE_DELETED"),
    )
    succeeded(form.update(Submit=False, change={**dict.fromkeys(public), "companyInfo.legalType": ["PRIVATE_PROFIT"]}))
    kept = set(public) & set(form.held()) - {"companyInfo.legalType"}
    assert len(kept) == 1
    assert f"{kept.pop()} still holds a value that is not declared" in caplog.text
    assert "CANARY" not in caplog.text


# --- refused ---


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    "value",
    [
        "{{resolve:ssm-secure:/company/city:1}}",
        "{{resolve:secretsmanager:tax:SecretString:ein}}",
        "before {{resolve:ssm:/x}} after",
        ["{{resolve:ssm:/x}}"],
    ],
)
def test_unresolved_dynamic_reference_is_refused(form: Form, value: Any) -> None:
    response = failed(form.create(change={TEXT: value}), TEXT)
    assert "/company" not in response["Reason"]
    assert form.writes() == []


@pytest.mark.fault(59)
def test_malformed_properties_are_all_named_before_any_call(stack: CloudFormation, fake: Any) -> None:
    stack.types["Form"] = "Custom::SmsRegistrationForm"
    malformed = {
        "RegistrationId": "arn:aws:sms-voice:us-east-1:123456789012:registration/registration-0123",
        "Fields": {"a.b": {"SecretId": ["CANARY"]}, "a.c": ["ok", {"CANARY": "CANARY"}], "a.d": {}},
        "Associations": [""],
        "Submit": "perhaps",
        "OnLocked": "perhaps",
        "Revision": ["1"],
        "KeepUndeclared": "0",
    }
    response = failed(stack.create(malformed, "Form"), "RegistrationId", "a.b", "a.c", "a.d", "Associations", "Submit",
                    "OnLocked", "Revision", "KeepUndeclared")  # fmt: skip
    assert "CANARY" not in response["Reason"]
    assert fake.calls == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.fault(59)
@given(
    properties=st.dictionaries(
        st.sampled_from(
            ["RegistrationId", "Fields", "Associations", "Submit", "OnLocked", "Revision", "TakeOver", "X"]
        ),
        _JSON,
    )
)
def test_properties_of_any_shape_are_read_or_refused(properties: dict[str, Any]) -> None:
    for shape in (properties, stringified(properties)):
        try:
            FormRequest.parse(shape)
        except Failure as failure:
            if not str(failure).startswith("invalid properties: "):
                raise


# --- secrets and parameters ---

PARAMETER = {"ParameterName": "/company/city"}


def secrets_of(monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
    """Secrets Manager with these secrets, and a Parameter Store that denies."""

    class Client:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
            return {"SecretString": texts[SecretId]}

        def get_parameter(self, **_: object) -> None:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": "CANARY"}}, "GetParameter")

    monkeypatch.setattr(reads, "client", lambda service: Client())


def test_values_that_cannot_be_read_are_listed_with_all_problems(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets_of(monkeypatch, broken="not JSON")
    wrong = {
        TEXT: PARAMETER,
        "companyInfo.taxId": {"SecretId": "broken", "JsonField": "ein"},
        "companyInfo.stockSymbol": {"SecretId": "broken", "JsonField": "ein"},
        "companyInfo.zipCode": None,
        "companyInfo.zipcode": "98101",
    }
    response = failed(form.create(change=wrong))
    assert [line.partition(" [")[0] for line in response["Reason"].splitlines()] == [
        "no changes were made: 5 fields are invalid:",
        "- companyInfo.taxId (Tax Id) could not be read: secret broken, field ein: the secret is not JSON",
        "- companyInfo.stockSymbol (Stock Symbol) must have no value unless companyInfo.legalType is PUBLIC_PROFIT: remove it, "
        "and could not be read: secret broken, field ein: the secret is not JSON",
        "- companyInfo.city (City) could not be read: parameter /company/city: ParameterNotFound, create it in the account and "
        "Region of the stack",
        "- companyInfo.zipCode (Zip Code) is required, but has no value",
        "- companyInfo.zipcode is not a field of this form; closest: companyInfo.zipCode",
    ]
    assert form.writes() == []


def test_reviewers_are_not_quoted_when_a_secret_is_not_known(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    succeeded(form.create())
    form.fake.review.deny(form.registration_id, fields={TEXT: "CANARYTOWN is not a city"})
    assert "CANARYTOWN" in failed(form.update(change={"companyInfo.zipCode": None}))["Reason"]
    secrets_of(monkeypatch)
    assert "CANARYTOWN" not in failed(form.update(change={TEXT: PARAMETER}))["Reason"]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_one_line_break_at_the_end_of_a_secret_is_removed(
    form: Form, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    secrets_of(monkeypatch, zip="98101" + ending)
    succeeded(form.create(Submit=False, change={"companyInfo.zipCode": {"SecretId": "zip"}}))
    assert form.held()["companyInfo.zipCode"] == "98101"


@pytest.mark.parametrize("ending", ["\n\n", " ", " \n", "\t"])
def test_white_space_in_a_secret_is_named(form: Form, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    secrets_of(monkeypatch, country="US" + ending)
    change = {"companyInfo.taxIdIssuingCountry": {"SecretId": "country"}}
    failed(form.create(change=change), "ends with white space in secret country: remove it")
