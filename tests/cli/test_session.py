"""Credentials, Regions and refusals: what to do is in each message."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ProfileNotFound, UnauthorizedSSOTokenError

from sms_registration_cli import session
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions


def test_no_region(run, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    text = run("types", code=2).stderr
    assert "--region" in text
    assert "without an AWS account: sms-registration local run -- sms-registration types" in " ".join(text.split())


def test_aws_region_counts_as_for_the_aws_cli(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert session.service(AwsOptions()).region == "eu-west-1"
    assert session.service(AwsOptions(region="us-west-2")).region == "us-west-2"


def test_the_endpoint_of_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert session.service(AwsOptions()).is_local
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://gateway.example.com")
    assert not session.service(AwsOptions()).is_local
    assert session.service(AwsOptions(endpoint_url="http://localhost:1")).is_local


def test_aws_itself_is_not_local():
    assert not session.service(AwsOptions()).is_local


def test_no_credentials(run, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    text = run("types", code=2).stderr
    assert "no AWS credentials were found" in text
    assert "--profile" in text
    assert "sms-registration local run -- sms-registration types" in " ".join(text.split())


def test_a_profile_that_does_not_exist(run):
    assert "mine" in run("types", "--profile", "mine", code=2).stderr


def test_an_endpoint_that_does_not_respond(run):
    text = run("types", "--endpoint-url", "http://127.0.0.1:9", code=2).stderr
    assert "could not be reached" in text


def explained(error, operation="DescribeRegistrations", region="us-east-1"):
    with pytest.raises(CommandError) as caught, session.explained(operation, region):
        raise error
    return caught.value.message


def refusal(code, message="No.", **members):
    return ClientError({"Error": {"Code": code, "Message": message}, **members}, "DescribeRegistrations")


def test_access_denied_names_the_action():
    text = explained(refusal("AccessDeniedException", "User: x is not authorized"))
    assert "sms-voice:DescribeRegistrations in us-east-1" in text
    assert "User: x is not authorized" in text


def test_access_denied_for_another_reason_than_iam():
    text = explained(refusal("AccessDeniedException", Reason="ACCOUNT_DISABLED"))
    assert "not an IAM problem" in text


@pytest.mark.parametrize("code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"])
def test_credentials_that_are_not_accepted(code):
    assert "Sign in again" in explained(refusal(code))


def test_a_session_that_has_ended():
    assert "aws sso login" in explained(UnauthorizedSSOTokenError())


def test_other_refusals_keep_the_services_words():
    error = refusal(
        "ValidationException", "Bad.", Reason="INVALID_PARAMETER", Fields=[{"Name": "a", "Message": "too long"}]
    )
    assert (
        explained(error)
        == "DescribeRegistrations in us-east-1: ValidationException (INVALID_PARAMETER): Bad. (too long)"
    )


def test_what_does_not_exist():
    text = explained(refusal("ResourceNotFoundException", ResourceId="registration-1"))
    assert text == "DescribeRegistrations: registration-1 does not exist in us-east-1 in this account"


def test_a_region_without_the_service():
    text = explained(EndpointConnectionError(endpoint_url="https://x"), region="cn-north-1")
    assert "cn-north-1 has no AWS End User Messaging SMS" in text
    assert "us-east-1" in text


def test_a_region_with_the_service_that_cannot_be_reached():
    text = explained(EndpointConnectionError(endpoint_url="https://x"), region="us-east-1")
    assert "Check the network" in text
    assert "has no AWS" not in text


def test_a_profile_is_explained_without_an_operation():
    with pytest.raises(CommandError, match="list-profiles"), session.explained():
        raise ProfileNotFound(profile="x")
