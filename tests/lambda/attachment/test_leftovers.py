"""A replaced attachment that an older version of a form refers to goes with its registration: the quota is 25."""

import io
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.aws import reads
from support.form_help import Form
from support.handler_help import PREFIX, TOLL_FREE, access_denied, api, succeeded

IMAGE = "messagingUseCase.optInImage"
FIRST, SECOND = {"Bucket": "assets", "Key": "first"}, {"Bucket": "assets", "Key": "second"}


class Deployed:
    """A toll-free registration whose picture was changed after a denial: version 1 refers to the old attachment."""

    def __init__(self, stack: CloudFormation, fake: Any) -> None:
        self.stack = stack
        stack.types["OptIn"] = "Custom::SmsRegistrationAttachment"
        self.first = str(succeeded(stack.create(FIRST, "OptIn"))["PhysicalResourceId"])
        form = Form(stack, fake, TOLL_FREE)
        number = api().request_phone_number(
            IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
        )["PhoneNumberId"]
        form.fields[IMAGE] = {"AttachmentId": self.first}
        succeeded(form.create(Associations=[number]))
        self.registration_id = form.registration_id
        fake.review.deny(form.registration_id)
        self.second = str(succeeded(stack.update(SECOND, "OptIn"))["PhysicalResourceId"])
        form.fields[IMAGE] = {"AttachmentId": self.second}
        succeeded(form.update(Associations=[number], Submit=False))
        api().release_phone_number(PhoneNumberId=number)

    def delete_registration(self) -> dict[str, Any] | None:
        succeeded(self.stack.delete("Form"))
        [name] = [key for key, each in self.stack.resources.items() if each.physical_id == self.registration_id]
        return self.stack.delete(name)


@pytest.fixture
def deployed(stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    class Client:
        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            return {"Body": io.BytesIO(b"\x89PNG\r\n\x1a\n" + Key.encode() * 20)}

    monkeypatch.setattr(reads, "client", lambda service: Client())
    return Deployed(stack, fake)


def live() -> set[str]:
    found = api().describe_registration_attachments(MaxResults=100)["RegistrationAttachments"]
    return {each["RegistrationAttachmentId"] for each in found if each["AttachmentStatus"] != "DELETED"}


def state(attachment_id: str) -> str:
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:registration-attachment/{attachment_id}"
    tags = {tag["Key"]: tag["Value"] for tag in api().list_tags_for_resource(ResourceArn=arn)["Tags"]}
    return tags[PREFIX + "state"]


def test_an_attachment_of_an_older_version_is_marked(deployed: Deployed) -> None:
    assert live() == {deployed.first, deployed.second}
    assert (state(deployed.first), state(deployed.second)) == ("leftover", "owned")


@pytest.mark.fault(84)
@pytest.mark.parametrize("refusals", [0, 3])
def test_it_is_deleted_with_its_registration(deployed: Deployed, fake: Any, refusals: int) -> None:
    """The service refers to attachments for 20 to 30 s longer than to their registration."""
    fake.configure(attempts_until_teardown=refusals)
    succeeded(deployed.delete_registration())
    assert live() == {deployed.second}


@pytest.mark.fault(84)
def test_a_leftover_does_not_make_the_delete_fail(
    deployed: Deployed, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.inject("DescribeRegistrationAttachments", error=access_denied(), times=100)
    succeeded(deployed.delete_registration())
    assert len(fake.live_attachments()) == 2
    assert "leftover attachments were not deleted" in caplog.text


def test_leftovers_of_other_stacks_stay(deployed: Deployed) -> None:
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:registration-attachment/{deployed.first}"
    api().tag_resource(ResourceArn=arn, Tags=[{"Key": PREFIX + "stack", "Value": "another"}])
    succeeded(deployed.delete_registration())
    assert deployed.first in live()
