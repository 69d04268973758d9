"""Values leave the function only to the service: every value has a canary, and every sink of every failure is searched for it."""

import base64
import functools
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_contract.response_endpoint import ResponseEndpoint
from sms_registration_handler.aws import reads
from support.canaries import (
    CANARY,
    CONTENT,
    FAILURES,
    FILE,
    FORM,
    REGISTRATION,
    SIGNATURE,
    Sinks,
    a_file,
    a_form,
    a_registration,
    canaries,
    deliver,
    failing,
)
from support.fake_help import toll_free_number
from support.form_help import Form
from support.handler_help import TOLL_FREE, api, succeeded


@pytest.fixture
def sinks(endpoint: ResponseEndpoint, capfd: pytest.CaptureFixture[str]) -> Iterator[Sinks]:
    """All output, including every logger at every level that the function itself allows."""
    root = logging.getLogger()
    level = root.level
    found = Sinks(endpoint, capfd)
    root.addHandler(found.lines)
    root.setLevel(logging.DEBUG)
    yield found
    root.removeHandler(found.lines)
    root.setLevel(level)


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What S3, Secrets Manager and Parameter Store return. An exception is raised instead."""
    contents: dict[str, Any] = {
        "object": CONTENT,
        "secret": json.dumps({"value": f"{CANARY} of a secret", "other": CANARY, "number": 7}),
        "parameter": f"{CANARY} of a parameter",
    }

    def read(name: str) -> Any:
        if isinstance(contents[name], Exception):
            raise contents[name]
        return contents[name]

    class Client:
        def get_object(self, **_: str) -> dict[str, Any]:
            return {"Body": io.BytesIO(read("object"))}

        def get_secret_value(self, **_: str) -> dict[str, Any]:
            return {"SecretString": read("secret")}

        def get_parameter(self, **_: Any) -> dict[str, Any]:
            return {"Parameter": {"Value": read("parameter")}}

    monkeypatch.setattr(reads, "client", lambda name: Client())
    return contents


# --- the tests ---


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(("deployed", "operations"), [(a_registration, REGISTRATION), (a_form, FORM), (a_file, FILE)])
@pytest.mark.fault(63)
def test_service_failures_leak_no_value(
    sinks: Sinks,
    stack: CloudFormation,
    fake: Any,
    deployed: Callable[..., None],
    operations: tuple[str, ...],
    failure: str,
) -> None:
    """Every operation fails in each of these ways while a resource is created, changed and deleted."""
    fake.configure(registrations_per_account=1000, attachments_per_account=1000)
    failed: list[str] = []
    failures = (functools.partial(failing, fake, each, FAILURES[failure], failed) for each in operations)
    deployed(sinks, stack, fake, failures)
    assert set(failed) == set(operations), "an operation that was never called"
    assert all(put.response["Status"] in ("SUCCESS", "FAILED") for put in sinks.endpoint.puts)
    sinks.check()


@pytest.mark.fault(63)
def test_invalid_form_leaks_no_value(sinks: Sinks, stack: CloudFormation, fake: Any) -> None:
    form = Form(stack, fake, TOLL_FREE)
    mistakes = {
        "companyInfo.companyName": CANARY * 200,
        "companyInfo.website": f"no link {CANARY}",
        "companyInfo.state": {"AttachmentId": CANARY},
        "companyInfo.zipCode": [CANARY, f"{CANARY} 2"],
        "companyInfo.isoCountryCode": CANARY,
        "companyInfo.businessType": [CANARY],
        "messagingUseCase.optInImage": CANARY,
        "messagingUseCase.noSuchField": CANARY,
        "contactInfo.supportEmail": {
            "SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:mail-AbCdEf",
            "JsonField": "value",
        },
        "contactInfo.firstName": None,
    }
    deliver(sinks, stack, stack.event("Create", "Form", form.properties(change=mistakes)))
    (*_, response) = sinks.endpoint.responses
    assert response["Status"] == "FAILED"
    assert all(path in response["Reason"] for path in mistakes)
    sinks.check()


@pytest.mark.parametrize(
    "properties",
    [
        {"Fields": {"companyInfo.city": {CANARY: CANARY}, "companyInfo.state": [{"a": CANARY}]}},
        {
            "Fields": {
                "companyInfo.city": f"{{{{resolve:{CANARY}}}}}",
                "companyInfo.state": [f"{{{{resolve:{CANARY}}}}}"],
            }
        },
        {"Fields": [CANARY]},
        {"Fields": {"companyInfo.city": {"SecretId": {"Ref": CANARY}}}},
        {"Associations": {CANARY: CANARY}},
        {"Revision": CANARY * 100},
    ],
)
@pytest.mark.fault(63)
def test_invalid_properties_leak_no_value(
    sinks: Sinks, stack: CloudFormation, fake: Any, properties: dict[str, Any]
) -> None:
    form = Form(stack, fake, TOLL_FREE)
    deliver(sinks, stack, stack.event("Create", "Form", form.properties(**properties)))
    assert sinks.endpoint.responses[-1]["Status"] == "FAILED"
    sinks.check()


def client_error(code: str) -> Exception:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": f"{CANARY} is not accepted"}}, "Get")


READS = {
    "secret": (f"{CANARY} is no JSON", f'["{CANARY}"]', json.dumps({CANARY: "text"}), json.dumps({"value": 7}), None),
    "parameter": ("", f"{CANARY}\0", CANARY * 500),
    "object": (b"GIF " + CONTENT, CONTENT * 200_000),
}
READ_ERRORS = (
    client_error("AccessDeniedException"),
    client_error("ResourceNotFoundException"),
    botocore.exceptions.EndpointConnectionError(endpoint_url=f"https://{CANARY}", error=CANARY),
    RuntimeError(CANARY),
)


@pytest.mark.parametrize(
    ("name", "content"),
    [(name, content) for name, contents in READS.items() for content in (*contents, *READ_ERRORS)],
    ids=lambda each: str(each)[:20] if isinstance(each, str) else type(each).__name__,
)
@pytest.mark.fault(63)
def test_failed_reads_leak_no_value(
    sinks: Sinks, stack: CloudFormation, fake: Any, readable: dict[str, Any], name: str, content: Any
) -> None:
    readable[name] = content
    if name == "object":
        stack.types["File"] = "Custom::SmsRegistrationAttachment"
        event = stack.event("Create", "File", {"Bucket": "our-bucket", "Key": "opt-in.png"})
    else:
        form = Form(stack, fake, TOLL_FREE)
        event = stack.event("Create", "Form", form.properties(change=canaries(form)))
    deliver(sinks, stack, event)
    assert sinks.endpoint.responses[-1]["Status"] == "FAILED"
    sinks.check()


@pytest.mark.parametrize("missing", ["RequestType", "StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
@pytest.mark.fault(63)
def test_foreign_event_leaks_nothing(sinks: Sinks, stack: CloudFormation, missing: str) -> None:
    whole = stack.event("Update", properties={"Fields": {"a.b": CANARY}}, old={"Fields": CANARY}, physical_id=CANARY)
    for event in (
        {key: value for key, value in whole.items() if key != missing},
        {**whole, missing: {CANARY: CANARY}},
        {**whole, "ResponseURL": whole["ResponseURL"].replace("cloudformation-", f"{CANARY}-")},
        {**whole, "StackId": whole["StackId"].replace("123456789012", "210987654321")},
    ):
        deliver(sinks, stack, event)
    deliver(sinks, stack, CANARY)  # type: ignore[arg-type]
    assert sinks.endpoint.puts == []
    sinks.check()


@pytest.mark.parametrize("reply", [403, 503, "reset", "redirect"])
@pytest.mark.fault(63)
def test_refused_response_leaks_nothing(sinks: Sinks, stack: CloudFormation, fake: Any, reply: int | str) -> None:
    form = Form(stack, fake, TOLL_FREE)
    sinks.endpoint.behave = lambda put: reply
    deliver(sinks, stack, stack.event("Create", "Form", form.properties(change=canaries(form))))
    assert "was not accepted" in sinks.check()


def test_denial_quotes_only_the_reviewers_reasons(sinks: Sinks, stack: CloudFormation, fake: Any) -> None:
    form = Form(stack, fake, TOLL_FREE)
    fields, number = canaries(form), toll_free_number(api())
    more = {"Associations": [number], "Submit": True}
    succeeded(form.create(change=fields, **more))
    fake.review.deny(form.registration_id, fields={"companyInfo.taxId": "Does not match the name"})
    succeeded(form.update(change=fields, **more))
    form.update(change={**fields, "companyInfo.website": CANARY}, **more)
    assert "Does not match the name" in sinks.check()


@pytest.mark.fault(63, 81)
@pytest.mark.parametrize("member", ["Reason", "ShortDescription", "LongDescription", "field"])
def test_denial_that_quotes_secrets_leaks_none(sinks: Sinks, stack: CloudFormation, fake: Any, member: str) -> None:
    """Reviewers and registrars quote what they were sent: whole, in capitals, cut, and as one of several."""
    form = Form(stack, fake, TOLL_FREE)
    fields, number = canaries(form), toll_free_number(api())
    more = {"Associations": [number], "Submit": True}
    succeeded(form.create(change=fields, **more))
    secret, parameter = f"{CANARY} of a secret", f"{CANARY} of a parameter"
    text = f"{secret.upper()}, {secret} and {parameter} do not match; neither does {CANARY}..."
    reasons = [] if member == "field" else [{"Reason": "SOMETHING", member: text}]
    fake.review.deny(
        form.registration_id, reasons, fields={"companyInfo.companyName": text} if member == "field" else {}
    )
    succeeded(form.update(change=fields, OnLocked="keep", **more))
    form.update(change={**fields, "companyInfo.website": CANARY}, **more)
    succeeded(form.update(change={**fields, "companyInfo.address2": CANARY}, **more))
    content = sinks.check()
    assert "do not match" in content
    assert CANARY.upper() not in content


def test_sinks_detect_leaks(sinks: Sinks, capfd: pytest.CaptureFixture[str]) -> None:
    """Shows that the other tests can fail."""
    for leak in (
        lambda: logging.getLogger("sms_registration_handler.anything").debug("%s", CANARY),
        lambda: logging.getLogger("crhelper").error("failed", exc_info=ValueError(CANARY)),
        lambda: logging.getLogger("anybody").info("found", extra={"found": base64.b64encode(CONTENT).decode()}),
        lambda: print(SIGNATURE),
    ):
        leak()
        with pytest.raises(AssertionError, match="\\.\\.\\."):
            sinks.check()
        sinks.written.seek(0)
        sinks.written.truncate()
