import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks

from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment

PNG, PDF, JPEG = b"\x89PNG\r\n\x1a\n0", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0"
CONFIG = "SmsRegistrationProviderEventInvokeConfigDAC79B25"
ASSETS = "SmsRegistrationProviderAssetsPolicyC0ADB715"
BUCKET_NAME = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "opt-in.png"
    path.write_bytes(PNG)
    return path


def resources(stack, resource_type="Custom::SmsRegistrationAttachment"):
    return Template.from_stack(stack).find_resources(resource_type)


def statements(stack, policy):
    logical_id = stack.get_logical_id(policy.node.default_child)
    return resources(stack, "AWS::IAM::Policy")[logical_id]["Properties"]["PolicyDocument"]["Statement"]


# --- what the handler receives: public API, because every released format must stay readable ---


@pytest.mark.fault(68)
def test_asset_in_format_1(app_with_and_without_flags, picture):
    stack = cdk.Stack(app_with_and_without_flags, "Test")

    RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture), tags={"team": "growth"})

    key = resources(stack)["OptInF3B815CD"]["Properties"]["Key"]
    assert re.fullmatch(r"[0-9a-f]{64}\.png", key)
    assert resources(stack) == {
        "OptInF3B815CD": {
            "Type": "Custom::SmsRegistrationAttachment",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]},
                "ServiceTimeout": 3600,
                "Bucket": BUCKET_NAME,
                "Key": key,
                "Tags": [{"key": "team", "value": "growth"}],
            },
            "DependsOn": [ASSETS, CONFIG],
        }
    }


def test_object_in_format_1(stack):
    bucket = s3.Bucket.from_bucket_name(stack, "Forms", "forms")

    RegistrationAttachment(stack, "Letter", source=AttachmentSource.from_bucket(bucket, "2026/letter.pdf"))

    (resource,) = resources(stack).values()
    assert resource["Properties"] == {
        "ServiceToken": {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]},
        "ServiceTimeout": 3600,
        "Bucket": "forms",
        "Key": "2026/letter.pdf",
    }


def test_key_changes_with_the_bytes_only(tmp_path):
    def key(content):
        path = tmp_path / "file.png"
        path.write_bytes(content)
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(str(path)))
        (resource,) = resources(stack).values()
        return resource["Properties"]["Key"]

    assert key(PNG) == key(PNG)
    assert key(PNG) != key(PNG + b"1")


def test_attributes(stack, picture):
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))

    def attribute(name):
        return {"Fn::GetAtt": ["OptInF3B815CD", name]}

    assert stack.resolve(attachment.registration_attachment_id) == {"Ref": "OptInF3B815CD"}
    assert stack.resolve(attachment.registration_attachment_arn) == attribute("RegistrationAttachmentArn")
    assert stack.resolve(attachment.attachment_status) == attribute("AttachmentStatus")
    assert attachment.node.default_child is attachment.resource


def test_aws_cdk_lib_accepts_it_as_an_attachment(stack, picture):
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))

    arn = smsvoice.CfnRegistrationAttachment.arn_for_registration_attachment(attachment)

    assert stack.resolve(arn) == {"Fn::GetAtt": ["OptInF3B815CD", "RegistrationAttachmentArn"]}


def test_tags_of_the_scope_win(stack, picture):
    RegistrationAttachment(
        stack, "OptIn", source=AttachmentSource.from_asset(picture), tags={"team": "growth", "stage": "test"}
    )

    cdk.Tags.of(stack).add("stage", "production")

    assert resources(stack)["OptInF3B815CD"]["Properties"]["Tags"] == [
        {"key": "stage", "value": "production"},
        {"key": "team", "value": "growth"},
    ]


def test_can_be_used_by_several_registrations(stack, picture):
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))

    for name in ("One", "Other"):
        Registration(stack, name, registration_type="A", fields={"a.b": attachment, "a.c": attachment})

    assert len(resources(stack)) == 1


# --- permissions ---


@pytest.mark.fault(37)
def test_permission_to_read_exactly_the_assets(stack, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(PNG + bytes([number]))
        RegistrationAttachment(stack, f"File{number}", source=AttachmentSource.from_asset(path))

    keys = {resource["Properties"]["Key"] for resource in resources(stack).values()}
    policies = resources(stack, "AWS::IAM::Policy")
    (statement,) = policies[ASSETS]["Properties"]["PolicyDocument"]["Statement"]
    assert len(policies) == 2
    assert statement["Action"] == "s3:GetObject"
    assert {arn["Fn::Join"][1][-1].partition("/")[2] for arn in statement["Resource"]} == keys
    assert "*" not in str(statement)


def test_permission_to_read_one_object_and_use_its_key(stack):
    key = kms.Key(stack, "Key")
    bucket = s3.Bucket(stack, "Forms", encryption_key=key)

    attachment = RegistrationAttachment(stack, "Letter", source=AttachmentSource.from_bucket(bucket, "letter.pdf"))

    policy = attachment.node.find_child("Policy")
    bucket_arn = stack.resolve(bucket.bucket_arn)
    read, decrypt = sorted(statements(stack, policy), key=lambda each: each["Action"], reverse=True)
    assert read == {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": {"Fn::Join": ["", [bucket_arn, "/letter.pdf"]]},
    }
    assert decrypt == {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": stack.resolve(key.key_arn),
        "Condition": {
            "StringEquals": {"kms:ViaService": {"Fn::Join": ["", ["s3.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}}
        },
    }
    (resource,) = resources(stack).values()
    assert set(resource["DependsOn"]) == {CONFIG, stack.get_logical_id(policy.node.default_child)}


def test_no_decryption_without_a_known_key(stack):
    bucket = s3.Bucket.from_bucket_name(stack, "Forms", "forms")

    attachment = RegistrationAttachment(stack, "Letter", source=AttachmentSource.from_bucket(bucket, "letter.pdf"))

    assert [each["Action"] for each in statements(stack, attachment.node.find_child("Policy"))] == ["s3:GetObject"]


def test_cdk_nag_finds_nothing(app, stack, picture):
    RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
    bucket = s3.Bucket.from_bucket_attributes(
        stack,
        "Forms",
        bucket_name="forms",
        encryption_key=kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/0123"),
    )
    RegistrationAttachment(stack, "Letter", source=AttachmentSource.from_bucket(bucket, "letter.pdf"))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    app.synth()


# --- refused arguments ---


@pytest.mark.parametrize("content", [PNG, PDF, JPEG, PDF.ljust(5 * 1024 * 1024, b"0")])
def test_accepted_files(stack, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)

    RegistrationAttachment(stack, "File", source=AttachmentSource.from_asset(path))

    assert len(resources(stack)) == 1


def test_refused_files(stack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "large.pdf").write_bytes(PDF.ljust(5 * 1024 * 1024 + 1, b"0"))
    (tmp_path / "text.png").write_text("not a picture")
    kind = "is not a PDF, PNG or JPEG file; the service accepts no other, whatever its name"
    for path, problem in {
        tmp_path / "missing.png": f"'{tmp_path}/missing.png' does not exist, expected a file",
        "missing.png": f"'missing.png' does not exist, expected a file (looked in {tmp_path})",
        "folder": f"'folder' is a folder, expected a file (looked in {tmp_path})",
        "empty.png": f"'empty.png' {kind}",
        "text.png": f"'text.png' {kind}",
        "large.pdf": "'large.pdf' has 5242881 bytes, the service accepts at most 5242880",
        5: "expected a path, got int",
    }.items():
        with pytest.raises(ValueError, match=r"^RegistrationAttachment 'Test/File'") as refusal:
            RegistrationAttachment(stack, "File", source=AttachmentSource.from_asset(path))
        assert str(refusal.value) == f"RegistrationAttachment 'Test/File': source: {problem}"
    assert stack.node.children == []


@pytest.mark.parametrize("source", ["opt-in.png", None])
def test_refused_source(stack, source):
    with pytest.raises(
        ValueError, match=r"^RegistrationAttachment 'Test/File': source: expected an AttachmentSource, got "
    ):
        RegistrationAttachment(stack, "File", source=source)


def test_one_source_for_two_attachments(stack, picture):
    source = AttachmentSource.from_asset(picture)

    for name in ("One", "Other"):
        RegistrationAttachment(stack, name, source=source)

    assert len({resource["Properties"]["Key"] for resource in resources(stack).values()}) == 1


def test_all_problems_are_reported_at_once(stack):
    with pytest.raises(ValueError, match=r"^RegistrationAttachment 'Test/File'") as refusal:
        RegistrationAttachment(
            stack,
            "File",
            source=AttachmentSource.from_bucket("forms", "all/*"),
            tags={"aws:a": "b"},
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )

    assert str(refusal.value).splitlines() == [
        "RegistrationAttachment 'Test/File': 4 problems",
        "  - source: bucket: expected a Bucket, got str; use Bucket.from_bucket_name(...) for one that exists",
        "  - source: got the key 'all/*', but '*', '?' and '$' have a meaning in policies; use a key without them",
        "  - tags: key 'aws:a' begins with 'aws:', which AWS reserves; choose another key",
        "  - removal_policy: got SNAPSHOT, but an attachment has no snapshots; use DESTROY or RETAIN",
    ]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "source: key has 0 bytes, expected 1 to 1024"),
        ("ä" * 513, "source: key has 1026 bytes, expected 1 to 1024"),
        (5, "source: key: expected a str, got int"),
    ],
)
def test_refused_key(stack, key, problem):
    bucket = s3.Bucket.from_bucket_name(stack, "Forms", "forms")

    with pytest.raises(ValueError, match=r"^RegistrationAttachment 'Test/File'") as refusal:
        RegistrationAttachment(stack, "File", source=AttachmentSource.from_bucket(bucket, key))

    assert str(refusal.value) == f"RegistrationAttachment 'Test/File': {problem}"


def test_key_may_be_a_token(stack):
    key = cdk.CfnParameter(stack, "Key").value_as_string
    bucket = s3.Bucket.from_bucket_name(stack, "Forms", "forms")

    RegistrationAttachment(stack, "Letter", source=AttachmentSource.from_bucket(bucket, key))

    (resource,) = resources(stack).values()
    assert resource["Properties"]["Key"] == {"Ref": "Key"}
