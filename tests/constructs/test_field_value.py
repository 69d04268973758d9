import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from cdk_sms_registration import FieldValue


def test_properties(stack):
    secret = secretsmanager.Secret(stack, "Secret")
    parameter = ssm.StringParameter(stack, "Parameter", string_value="x")
    secret_id = stack.get_logical_id(secret.node.default_child)
    parameter_id = stack.get_logical_id(parameter.node.default_child)

    assert stack.resolve(FieldValue.from_secret(secret, "ein")._properties) == {
        "SecretId": {"Ref": secret_id},
        "JsonField": "ein",
    }
    assert stack.resolve(FieldValue.from_secret(secret)._properties) == {"SecretId": {"Ref": secret_id}}
    assert stack.resolve(FieldValue.from_parameter(parameter)._properties) == {"ParameterName": {"Ref": parameter_id}}


def test_repr_shows_the_kind_only(stack):
    assert repr(FieldValue.from_secret(secretsmanager.Secret(stack, "S"), "ein")) == "FieldValue(SecretId, JsonField)"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("tax",),
            "secret: expected a Secret, got str; use Secret.from_secret_name_v2(...) for one that exists",
        ),
        (
            (cdk.SecretValue.unsafe_plain_text("canary"),),
            "secret: expected a Secret, got SecretValue; use Secret.from_secret_name_v2(...) for one that exists",
        ),
    ],
)
def test_refused_secret(arguments, problem):
    with pytest.raises(ValueError, match=r"^FieldValue\.from_secret") as refusal:
        FieldValue.from_secret(*arguments)

    assert str(refusal.value) == f"FieldValue.from_secret: {problem}"


@pytest.mark.parametrize(
    ("json_field", "problem"),
    [
        ("", "json_field: got '', expected the name of a field; leave it out for the whole text"),
        (5, "json_field: expected a str, got int"),
    ],
)
def test_refused_json_field(stack, json_field, problem):
    secret = secretsmanager.Secret(stack, "Secret")

    with pytest.raises(ValueError, match=r"^FieldValue\.from_secret") as refusal:
        FieldValue.from_secret(secret, json_field)

    assert str(refusal.value) == f"FieldValue.from_secret: {problem}"


def test_refused_parameter():
    with pytest.raises(ValueError, match=r"^FieldValue\.from_parameter") as refusal:
        FieldValue.from_parameter("/sms/phone")

    assert str(refusal.value) == (
        "FieldValue.from_parameter: parameter: expected a StringParameter, got str; use "
        "StringParameter.from_secure_string_parameter_attributes(...) for one that exists"
    )


def test_is_created_by_its_factories_only():
    with pytest.raises(TypeError, match="abstract"):
        FieldValue()
