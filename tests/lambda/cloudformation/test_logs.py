"""Log lines as Lambda writes them: which request they belong to, and what CloudWatch counts."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from moto_sms_voice.exceptions import ServiceQuotaExceededException, ThrottlingException
from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.aws import reads
from sms_registration_handler.cloudformation import log_fields, metrics
from sms_registration_handler.errors import ContinueInNextRun
from support.form_help import Form
from support.handler_help import OTHER_TYPE, PROPERTIES, failed, made_by_hand, succeeded

runtime_log = pytest.importorskip("awslambdaric.lambda_runtime_log_utils")


class Log:
    """The log as CloudWatch receives it."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self.handler = logging.StreamHandler(self.written)
        self.handler.setFormatter(runtime_log.JsonFormatter())

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The function's own lines."""
        lines = [json.loads(line) for line in self.written.getvalue().splitlines() if line]
        return [line for line in lines if line["logger"].startswith("sms_registration_handler")]

    def counted(self) -> list[str]:
        """The metrics that CloudWatch extracts, according to the format's specification."""
        found = []
        for line in self.lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                assert directive["Namespace"] == metrics.NAMESPACE
                assert isinstance(line["_aws"]["Timestamp"], int)
                for dimensions in directive["Dimensions"]:
                    assert all(isinstance(line[name], str) for name in dimensions)
                for metric in directive["Metrics"]:
                    assert line[metric["Name"]] == 1
                    found.append(metric["Name"])
        return found


@pytest.fixture
def log() -> Iterator[Log]:
    """The root logger as Lambda configures it before it imports the function: level INFO, one handler."""
    root, log = logging.getLogger(), Log()
    level = root.level
    root.addHandler(log.handler)
    root.setLevel(logging.INFO)
    log_fields.install()
    yield log
    root.removeHandler(log.handler)
    root.setLevel(level)


def test_every_line_identifies_its_request(stack: CloudFormation, fake: Any, log: Log) -> None:
    fake.inject("CreateRegistration", error=ThrottlingException)
    event = stack.event("Create", "TollFree", PROPERTIES)
    put = stack.deliver(event)
    assert put is not None
    first, *_, last = log.lines
    for line in log.lines:
        assert line["requestType"] == "Create"
        assert line["resourceType"] == "Custom::SmsRegistration"
        assert line["logicalResourceId"] == "TollFree"
        assert line["cloudFormationRequestId"] == event["RequestId"]
        assert 0 < line["remainingSeconds"] <= 900
    assert "registrationId" not in first, "it did not exist yet"
    assert last["registrationId"] == put.response["PhysicalResourceId"]


@pytest.mark.parametrize("request_type", ["Update", "Delete"])
def test_registration_lines_have_its_id(stack: CloudFormation, fake: Any, log: Log, request_type: str) -> None:
    registration_id = made_by_hand(fake)
    failed(
        stack.invoke(stack.event(request_type, properties=PROPERTIES, physical_id=registration_id, old=PROPERTIES)),
    )
    assert {line["registrationId"] for line in log.lines} == {registration_id}


def test_form_lines_have_the_registration_id(stack: CloudFormation, fake: Any, log: Log) -> None:
    form = Form(stack, fake)
    succeeded(form.create(Submit=False))
    lines = [line for line in log.lines if line["logicalResourceId"] == "Form"]
    assert {line["registrationId"] for line in lines} == {form.registration_id}


def test_attachment_lines_have_its_id(
    stack: CloudFormation, fake: Any, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Client:
        def get_object(self, **_: str) -> dict[str, Any]:
            return {"Body": io.BytesIO(b"\x89PNG\r\n\x1a\n")}

    monkeypatch.setattr(reads, "client", lambda name: Client())
    stack.types["File"] = "Custom::SmsRegistrationAttachment"
    response = succeeded(stack.create({"Bucket": "bucket", "Key": "key"}, "File"))
    assert log.lines[-1]["registrationAttachmentId"] == response["PhysicalResourceId"]


def test_line_without_a_request_has_no_request_fields(stack: CloudFormation, fake: Any, log: Log) -> None:
    succeeded(stack.create(PROPERTIES))
    stack.deliver({"hello": "world"})
    assert "ignored" in log.lines[-1]["message"]
    assert not {"requestType", "registrationId", "cloudFormationRequestId"} & set(log.lines[-1])


def test_sdk_never_logs_requests(log: Log) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    assert not logging.getLogger("botocore.endpoint").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("botocore.credentials").isEnabledFor(logging.INFO)
    assert logging.getLogger("sms_registration_handler").isEnabledFor(logging.DEBUG)


# --- metrics ---


def test_success_counts_nothing(stack: CloudFormation, fake: Any, log: Log) -> None:
    form = Form(stack, fake)
    succeeded(form.create())
    succeeded(form.update())
    succeeded(stack.delete("Form"))
    succeeded(stack.delete("Registration"))
    assert log.counted() == []


def test_refused_delete_is_counted(stack: CloudFormation, fake: Any, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "Provider")
    form = Form(stack, fake)
    succeeded(form.create())
    fake.review.start(form.registration_id)
    failed(stack.delete("Registration"), "REVIEWING")
    assert log.counted() == [metrics.REFUSED_DELETES]
    (line,) = [line for line in log.lines if "_aws" in line]
    assert line["FunctionName"] == "Provider"
    assert line["registrationId"] == form.registration_id
    assert line["level"] == "ERROR"


def test_delete_that_continues_later_is_not_counted(stack: CloudFormation, fake: Any, log: Log) -> None:
    succeeded(stack.create(PROPERTIES))
    fake.inject("DeleteRegistration", error=ThrottlingException, times=100_000)
    event = stack.event("Delete", properties=PROPERTIES, physical_id=stack.resources["TollFree"].physical_id)
    with pytest.raises(ContinueInNextRun):
        stack.deliver(event, limit=60)
    assert log.counted() == []


def test_denied_form_is_counted(stack: CloudFormation, fake: Any, log: Log) -> None:
    form = Form(stack, fake)
    succeeded(form.create())
    fake.review.deny(form.registration_id)
    succeeded(form.update())
    assert log.counted() == [metrics.DENIED_FORMS]


@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
def test_pending_submission_is_counted(stack: CloudFormation, fake: Any, log: Log) -> None:
    form = Form(stack, fake)
    succeeded(form.create())
    fake.review.start(form.registration_id)
    fake.review.approve(form.registration_id)
    succeeded(form.update(change={"companyInfo.city": "Tacoma"}, Submit=False))
    response = succeeded(form.update())
    assert response["Data"]["PendingSubmission"] == "true", "the approved form is not submitted again"
    assert log.counted() == [metrics.PENDING_SUBMISSIONS]


def test_unrestored_rollback_is_counted(stack: CloudFormation, fake: Any, log: Log) -> None:
    succeeded(stack.create(PROPERTIES))
    tagged = {**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]}
    for operation in ("CreateRegistration", "TagResource", "UntagResource"):
        fake.inject(operation, error=lambda: ServiceQuotaExceededException("no more", "TAGS_PER_RESOURCE"), times=100)
    failed(stack.update({**tagged, **OTHER_TYPE}))
    assert set(log.counted()) <= {metrics.UNRESTORED_ROLLBACKS}
    stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    event = stack.event(
        "Update", properties=tagged, physical_id=stack.resources["TollFree"].physical_id, old=PROPERTIES
    )
    succeeded(stack.invoke(event))
    assert log.counted()[-1] == metrics.UNRESTORED_ROLLBACKS
