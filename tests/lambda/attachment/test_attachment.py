"""The same bytes need no new attachment, other bytes need one; a file that a form still refers to is reported and kept."""

import hashlib
import io
from typing import Any

import botocore.exceptions
import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed
from sms_registration_handler.aws import reads
from support.handler_help import PREFIX, api, failed, succeeded

PNG, OTHER = b"\x89PNG\r\n\x1a\n" + b"one" * 50, b"\x89PNG\r\n\x1a\n" + b"two" * 50
PROPERTIES = {"Bucket": "assets", "Key": "opt-in.png"}


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the bucket holds, by key."""
    held = {"opt-in.png": PNG, "other.png": OTHER}

    class Client:
        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            assert Bucket == "assets"
            if Key not in held:
                raise botocore.exceptions.ClientError(
                    {"Error": {"Code": "NoSuchKey", "Message": "CANARY"}}, "GetObject"
                )
            return {"Body": io.BytesIO(held[Key])}

    monkeypatch.setattr(reads, "client", lambda service: Client())
    return held


@pytest.fixture
def files(stack: CloudFormation, objects: dict[str, bytes]) -> CloudFormation:
    stack.types["TollFree"] = "Custom::SmsRegistrationAttachment"
    return stack


def live(fake: Any) -> set[str]:
    response = api().describe_registration_attachments(MaxResults=100)
    return {
        each["RegistrationAttachmentId"]
        for each in response["RegistrationAttachments"]
        if each["AttachmentStatus"] != "DELETED"
    }


def tags_of(attachment_id: str) -> dict[str, str]:
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:registration-attachment/{attachment_id}"
    return {tag["Key"]: tag["Value"] for tag in api().list_tags_for_resource(ResourceArn=arn)["Tags"]}


@pytest.mark.fault(46)
def test_uploads_and_waits_until_complete(files: CloudFormation, fake: Any) -> None:
    fake.configure(describes_until_uploaded=3)
    response = succeeded(files.create(PROPERTIES))
    assert response["Data"]["AttachmentStatus"] == "UPLOAD_COMPLETE"
    assert response["Data"]["RegistrationAttachmentId"] == response["PhysicalResourceId"]
    assert {response["PhysicalResourceId"]} == live(fake)
    tags = tags_of(response["PhysicalResourceId"])
    assert tags[PREFIX + "content"] == hashlib.sha256(PNG).hexdigest()
    assert tags[PREFIX + "state"] == "owned"
    (create,) = fake.calls_to("CreateRegistrationAttachment")
    assert create.parameters["ClientToken"] == tags[PREFIX + "request"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"GIF89a", "unsupported file type"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 5 * 1024 * 1024, "larger than"),
        (None, "NoSuchKey"),
    ],
)
def test_unacceptable_file_is_refused_before_any_call(
    files: CloudFormation, fake: Any, objects: dict[str, bytes], content: bytes | None, text: str
) -> None:
    if content is None:
        del objects["opt-in.png"]
    else:
        objects["opt-in.png"] = content
    response = failed(files.create(PROPERTIES), "s3://assets/opt-in.png", text)
    assert "CANARY" not in response["Reason"]
    assert fake.writes == []


def test_failed_upload_leaves_nothing(files: CloudFormation, fake: Any) -> None:
    fake.configure(attachment_check="upload")
    create = fake.create_registration_attachment

    def corrupted(**parameters: Any) -> Any:
        return create(**{**parameters, "attachment_body": b"not an image"})

    fake.create_registration_attachment = corrupted
    failed(files.create(PROPERTIES), "could not process")
    assert live(fake) == set()


@pytest.mark.fault(16)
def test_same_bytes_need_no_new_upload(files: CloudFormation, fake: Any, objects: dict[str, bytes]) -> None:
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    objects["copy.png"] = PNG
    before = len(fake.writes)
    assert succeeded(files.update({**PROPERTIES, "Key": "copy.png"}))["PhysicalResourceId"] == first
    assert fake.writes[before:] == []


def test_other_bytes_replace_the_attachment(files: CloudFormation, fake: Any) -> None:
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    second = succeeded(files.update({**PROPERTIES, "Key": "other.png"}))["PhysicalResourceId"]
    assert first != second
    assert live(fake) == {second}


@pytest.mark.fault(18)
def test_rollback_reuses_the_previous_file(files: CloudFormation, fake: Any) -> None:
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    other = {**PROPERTIES, "Key": "other.png"}
    files.resources["TollFree"].status = "UPDATE_IN_PROGRESS"
    put = files.deliver(files.event("Update", properties=other, old=PROPERTIES, physical_id=first))
    assert put is not None
    second = put.response["PhysicalResourceId"]
    files.resources["TollFree"].physical_id = second
    assert succeeded(files.roll_back("TollFree", other, PROPERTIES))["PhysicalResourceId"] == first
    assert live(fake) == {first}
    assert second != first


@pytest.mark.fault(18)
def test_rollback_prefers_the_replaced_file_to_a_leftover(files: CloudFormation, fake: Any) -> None:
    leftover = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    registration = api().create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")["RegistrationId"]
    api().put_registration_field_value(
        RegistrationId=registration, FieldPath="messagingUseCase.optInImage", RegistrationAttachmentId=leftover
    )
    succeeded(files.delete())
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    other = {**PROPERTIES, "Key": "other.png"}
    files.resources["TollFree"].status = files.stack_status = "UPDATE_IN_PROGRESS"
    put = files.deliver(files.event("Update", properties=other, old=PROPERTIES, physical_id=first))
    assert put is not None
    files.resources["TollFree"].physical_id = put.response["PhysicalResourceId"]
    assert succeeded(files.roll_back("TollFree", other, PROPERTIES))["PhysicalResourceId"] == first
    assert live(fake) == {leftover, first}


def test_file_in_use_by_a_form_is_kept_and_reported(
    files: CloudFormation, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    created = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    registration = api().create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")["RegistrationId"]
    api().put_registration_field_value(
        RegistrationId=registration, FieldPath="messagingUseCase.optInImage", RegistrationAttachmentId=created
    )
    succeeded(files.delete())
    assert live(fake) == {created}
    assert any(record.levelname == "ERROR" and created in record.getMessage() for record in caplog.records)


@pytest.mark.fault(49)
def test_lag_after_a_registration_delete_is_waited_out(files: CloudFormation, fake: Any) -> None:
    fake.configure(attempts_until_teardown=5)
    created = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    registration = api().create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")["RegistrationId"]
    api().put_registration_field_value(
        RegistrationId=registration, FieldPath="messagingUseCase.optInImage", RegistrationAttachmentId=created
    )
    api().delete_registration(RegistrationId=registration)
    succeeded(files.delete())
    assert live(fake) == set()


@pytest.mark.fault(50, 51)
def test_files_of_others_are_never_deleted(files: CloudFormation, fake: Any) -> None:
    by_hand = api().create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    put = files.deliver(files.event("Delete", properties=PROPERTIES, physical_id=by_hand))
    assert put is not None
    failed(put.response, "no owner tags")
    put = files.deliver(files.event("Delete", properties=PROPERTIES, physical_id=files.generated_id("TollFree")))
    assert put is not None
    succeeded(put.response)
    assert live(fake) == {by_hand}


OPERATIONS = [
    "CreateRegistrationAttachment",
    "DeleteRegistrationAttachment",
    "DescribeRegistrationAttachments",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
]


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scenario", ["create", "change", "delete"])
@pytest.mark.fault(3, 13)
def test_crash_at_any_call_leaves_one_file_or_none(
    files: CloudFormation, fake: Any, scenario: str, operation: str, when: Any, nth: int, times: int
) -> None:
    if scenario != "create":
        succeeded(files.create(PROPERTIES))
    fake.inject(operation, when=when, error=Killed, nth=nth, times=times)
    if scenario == "create":
        files.create(PROPERTIES)
    elif scenario == "change":
        files.update({**PROPERTIES, "Key": "other.png"})
    else:
        files.delete()
    fake.journal.faults.clear()
    known = {
        resource.physical_id
        for resource in files.resources.values()
        if resource.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_FAILED")
    }
    left = live(fake)
    if scenario != "delete":
        assert left == known
    elif times == 1:
        assert left == set()
    else:
        assert left <= known, "after three failed attempts, CloudFormation reports DELETE_FAILED"


@pytest.mark.fault(28)
def test_late_update_keeps_what_a_later_one_is_creating(
    files: CloudFormation, fake: Any, objects: dict[str, bytes]
) -> None:
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    files.stack_status = "UPDATE_IN_PROGRESS"
    late = files.event("Update", properties=PROPERTIES, physical_id=first, old=PROPERTIES)
    files.stack_status = "UPDATE_COMPLETE"
    files.clock.passed += 10.0
    files.stack_status = "UPDATE_IN_PROGRESS"
    update = files.event("Update", properties=PROPERTIES, physical_id=first, old=PROPERTIES)
    tags = {**tags_of(first), PREFIX + "state": "pending", PREFIX + "request": update["RequestId"]}
    pending = api().create_registration_attachment(
        AttachmentBody=OTHER, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )["RegistrationAttachmentId"]
    api().delete_registration_attachment(RegistrationAttachmentId=first)
    files.completes(late)
    assert live(fake) == {pending}


# --- a replacement whose response CloudFormation never received, in a deployment that is kept ---

THIRD = b"\x89PNG\r\n\x1a\n" + b"three" * 20


@pytest.fixture
def kept(files: CloudFormation, fake: Any) -> tuple[str, str]:
    """The file that CloudFormation has, and the one that it does not know."""
    first = succeeded(files.create(PROPERTIES))["PhysicalResourceId"]
    files.stack_status = "UPDATE_IN_PROGRESS"
    other = {**PROPERTIES, "Key": "other.png"}
    put = files.deliver(files.event("Update", properties=other, physical_id=first, old=PROPERTIES))
    assert put is not None
    files.clock.passed += 4000.0
    files.stack_status = files.resources["TollFree"].status = "UPDATE_FAILED"
    assert live(fake) == {first, put.response["PhysicalResourceId"]}
    return first, put.response["PhysicalResourceId"]


@pytest.mark.fault(13)
def test_delete_takes_along_what_a_failed_replacement_uploaded(
    files: CloudFormation, fake: Any, kept: tuple[str, str]
) -> None:
    files.delete()
    assert live(fake) == set()


@pytest.mark.fault(13)
def test_next_update_uses_what_a_failed_replacement_uploaded(
    files: CloudFormation, fake: Any, kept: tuple[str, str]
) -> None:
    _, unknown = kept
    assert succeeded(files.update({**PROPERTIES, "Key": "other.png"}))["PhysicalResourceId"] == unknown
    assert live(fake) == {unknown}


@pytest.mark.fault(13)
def test_next_update_with_other_bytes_deletes_what_a_failed_replacement_uploaded(
    files: CloudFormation, fake: Any, kept: tuple[str, str], objects: dict[str, bytes]
) -> None:
    objects["third.png"] = THIRD
    third = succeeded(files.update({**PROPERTIES, "Key": "third.png"}))["PhysicalResourceId"]
    assert third not in kept
    assert live(fake) == {third}


@pytest.mark.fault(13)
def test_next_update_with_the_former_bytes_deletes_what_a_failed_replacement_uploaded(
    files: CloudFormation, fake: Any, kept: tuple[str, str]
) -> None:
    first, _ = kept
    assert succeeded(files.update(PROPERTIES))["PhysicalResourceId"] == first
    assert live(fake) == {first}
