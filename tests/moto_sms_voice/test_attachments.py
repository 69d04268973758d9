"""Registration attachments."""

from __future__ import annotations

import boto3
import pytest

from support.fake_help import PNG, TFN, attach, create, refused


def upload(client, **arguments):
    return client.create_registration_attachment(**arguments)["RegistrationAttachmentId"]


def describe(client, attachment_id):
    (found,) = client.describe_registration_attachments(RegistrationAttachmentIds=[attachment_id])[
        "RegistrationAttachments"
    ]
    return found


def refer(client, attachment_id):
    registration_id = create(client, TFN)
    client.put_registration_field_value(
        RegistrationId=registration_id,
        FieldPath="messagingUseCase.optInImage",
        RegistrationAttachmentId=attachment_id,
    )
    return registration_id


def test_upload_takes_a_while(client, fake):
    fake.configure(describes_until_uploaded=2)
    response = client.create_registration_attachment(AttachmentBody=PNG, Tags=[{"Key": "a", "Value": "b"}])
    assert response["AttachmentStatus"] == "UPLOAD_IN_PROGRESS"
    assert response["Tags"] == [{"Key": "a", "Value": "b"}]
    attachment_id = response["RegistrationAttachmentId"]
    assert response["RegistrationAttachmentArn"] == fake.arn(f"registration-attachment/{attachment_id}")
    seen = [describe(client, attachment_id)["AttachmentStatus"] for _ in range(3)]
    assert seen == ["UPLOAD_IN_PROGRESS", "UPLOAD_IN_PROGRESS", "UPLOAD_COMPLETE"]


def test_upload_may_be_immediate(client, fake):
    fake.configure(describes_until_uploaded=0)
    assert client.create_registration_attachment(AttachmentBody=PNG)["AttachmentStatus"] == "UPLOAD_COMPLETE"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "MISSING_PARAMETER"),
        ({"AttachmentBody": PNG, "AttachmentUrl": "s3://b/k.png"}, "PARAMETERS_CANNOT_BE_USED_TOGETHER"),
        ({"AttachmentBody": b"GIF89a"}, "ATTACHMENT_TYPE_NOT_SUPPORTED"),
        ({"AttachmentBody": PNG + b"0" * 5 * 1024 * 1024}, "MAXIMUM_SIZE_EXCEEDED"),
        ({"AttachmentUrl": "https://example.com/form.png"}, "INVALID_PARAMETER"),
        ({"AttachmentUrl": "s3://elsewhere/form.gif"}, "ATTACHMENT_TYPE_NOT_SUPPORTED"),
    ],
)
def test_invalid_attachment_is_refused(client, fake, arguments, reason):
    with refused("ValidationException", reason):
        upload(client, **arguments)
    assert fake.live_attachments() == []


def test_wrong_files_may_fail_later_or_never(client, fake):
    fake.configure(attachment_check="upload", describes_until_uploaded=0)
    failed = describe(client, upload(client, AttachmentBody=b"GIF89a"))
    assert (failed["AttachmentStatus"], failed["AttachmentUploadErrorReason"]) == ("UPLOAD_FAILED", "INTERNAL_ERROR")
    fake.configure(attachment_check="none")
    assert describe(client, upload(client, AttachmentBody=b"GIF89a"))["AttachmentStatus"] == "UPLOAD_COMPLETE"


def test_file_in_s3(client, fake):
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="forms")
    s3.put_object(Bucket="forms", Key="opt-in/form.PNG", Body=PNG)
    attachment_id = upload(client, AttachmentUrl="s3://forms/opt-in/form.PNG")
    assert fake.store.attachments[attachment_id].size == len(PNG)
    assert describe(client, attachment_id)["AttachmentUrl"] == "s3://forms/opt-in/form.PNG"
    with refused("ValidationException", "RESOURCE_NOT_ACCESSIBLE"):
        upload(client, AttachmentUrl="s3://forms/missing.png")
    fake.configure(missing_object="upload", describes_until_uploaded=0)
    missing = upload(client, AttachmentUrl="s3://forms/missing.png")
    assert describe(client, missing)["AttachmentStatus"] == "UPLOAD_FAILED"


def test_bucket_elsewhere(client, fake):
    upload(client, AttachmentUrl="s3://elsewhere/form.pdf")
    fake.configure(unknown_bucket_refused=True)
    with refused("ValidationException", "RESOURCE_NOT_ACCESSIBLE"):
        upload(client, AttachmentUrl="s3://elsewhere/form.pdf")


def test_delete(client, fake):
    attachment_id = attach(client)
    response = client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)
    assert response["AttachmentStatus"] == "DELETED"
    with refused("ResourceNotFoundException") as error:
        describe(client, attachment_id)
    assert error["ResourceType"] == "registration-attachment"
    with refused("ResourceNotFoundException"):
        client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)


def test_attachment_in_use_cannot_be_deleted(client, fake):
    fake.configure(attempts_until_teardown=2)
    attachment_id = attach(client)
    registration_id = refer(client, attachment_id)
    for _ in range(3):
        with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED"):
            client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)
    client.delete_registration(RegistrationId=registration_id)
    for _ in range(2):
        with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED"):
            client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)
    client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)


def test_old_versions_may_hold_files_or_not(client, fake):
    fake.configure(form_check="none")
    attachment_id = attach(client)
    registration_id = refer(client, attachment_id)
    number = client.request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )
    client.create_registration_association(RegistrationId=registration_id, ResourceId=number["PhoneNumberId"])
    client.submit_registration_version(RegistrationId=registration_id)
    fake.review.deny(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED"):
        client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)
    fake.configure(attachment_held_by="current")
    client.delete_registration_attachment(RegistrationAttachmentId=attachment_id)


def test_filter_by_status(client, fake):
    first, second = attach(client), upload(client, AttachmentBody=PNG)
    response = client.describe_registration_attachments(
        Filters=[{"Name": "attachment-status", "Values": ["UPLOAD_COMPLETE"]}]
    )
    assert [one["RegistrationAttachmentId"] for one in response["RegistrationAttachments"]] == [first]
    assert second in fake.store.attachments
