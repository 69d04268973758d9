"""A stack that uses every feature. The tests in tests/lambda run the handler with the permissions of its template."""

import json
import os
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    Registration,
    RegistrationAttachment,
    RegistrationForm,
    RegistrationWatch,
)

SNAPSHOT = Path(__file__).parents[1] / "lambda" / "everything.snapshot.json"
UPDATE = "UPDATE_SNAPSHOTS"
PNG = b"\x89PNG\r\n\x1a\n" + b"asset" * 20


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    file = tmp_path_factory.mktemp("files") / "opt-in.png"
    file.write_bytes(PNG)
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Everything")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/our-own")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Bucket", bucket_name="our-bucket", encryption_key=key)
    parameter = ssm.StringParameter.from_secure_string_parameter_attributes
    RegistrationAttachment(stack, "FromAsset", source=AttachmentSource.from_asset(file))
    Registration(
        stack,
        "TollFree",
        registration_type="US_TOLL_FREE_REGISTRATION",
        fields={
            "companyInfo.companyName": FieldValue.from_secret(
                secretsmanager.Secret.from_secret_complete_arn(
                    stack, "Whole", "arn:aws:secretsmanager:us-east-1:123456789012:secret:company-AbCdEf"
                )
            ),
            "companyInfo.website": FieldValue.from_secret(
                secretsmanager.Secret.from_secret_attributes(
                    stack,
                    "Json",
                    secret_complete_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:json-GhIjKl",
                    encryption_key=key,
                ),
                "website",
            ),
            "companyInfo.address1": FieldValue.from_secret(
                secretsmanager.Secret.from_secret_name_v2(stack, "Named", "by-name"), "address"
            ),
            "companyInfo.city": FieldValue.from_parameter(parameter(stack, "City", parameter_name="/company/city")),
            "companyInfo.state": FieldValue.from_parameter(
                parameter(stack, "State", parameter_name="/company/state", encryption_key=key)
            ),
            "messagingUseCase.optInImage": RegistrationAttachment(
                stack, "FromBucket", source=AttachmentSource.from_bucket(bucket, "forms/opt-in.png")
            ),
        },
        associations=["phone-0123456789abcdef0123456789abcdef"],
        submit=True,
        tags={"team": "growth"},
    )
    Registration(
        stack,
        "TakenOver",
        registration_type="US_TEN_DLC_BRAND_REGISTRATION",
        existing_registration_id="registration-1111111111111111",
        take_over=True,
        tags={"team": "growth"},
    )
    RegistrationForm(
        stack,
        "FormElsewhere",
        registration_id="registration-2222222222222222",
        fields={"companyInfo.companyName": "Example Corp"},
        take_over=True,
    )
    topic = sns.Topic.from_topic_attributes(
        stack, "Topic", topic_arn="arn:aws:sns:us-east-1:123456789012:news", key_arn=key.key_arn
    )
    RegistrationWatch(stack, "Watch", topic=topic)
    return Template.from_stack(stack).to_json()


def test_snapshot(template):
    """Accept a change by running this test with UPDATE_SNAPSHOTS=1; then tests/lambda/test_permissions.py checks it."""
    shown = {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy" or resource["Type"].startswith("Custom::")
    }
    if os.environ.get(UPDATE):
        SNAPSHOT.write_text(json.dumps(shown, indent=1) + "\n")

    assert shown == json.loads(SNAPSHOT.read_text()), f"run with {UPDATE}=1 to accept the change"
