"""Canaries in every value that the function handles, failures that quote them, and every output that could leak one."""

import base64
import contextlib
import io
import json
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest

from moto_sms_voice import exceptions
from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_contract.response_endpoint import ResponseEndpoint
from sms_registration_handler.cloudformation import provider
from support.fake_help import attach, toll_free_number
from support.form_help import Form
from support.handler_help import PROPERTIES, TOLL_FREE, api, succeeded

CANARY = "Kanarienvogel"
"""Part of every value: texts, secrets, parameters, files, and service errors that quote them."""
SIGNATURE = "CANARY-SIGNATURE"
"""Part of every ResponseURL of the simulated CloudFormation."""
CONTENT = b"\x89PNG\r\n\x1a\n" + CANARY.encode() * 3

CANARIES = (
    CANARY,
    SIGNATURE,
    "X-Amz-Signature",
    # Base64 depends on the position of the canary in a group of three bytes.
    *(base64.b64encode(b"." * shift + CANARY.encode())[4:-4].decode() for shift in range(3)),
)


# --- the sinks ---


class Sinks:
    """All output: log lines as Lambda writes them, stdout, stderr, responses, and the errors that the runtime logs."""

    def __init__(self, endpoint: ResponseEndpoint, capfd: pytest.CaptureFixture[str]) -> None:
        self.endpoint, self.capfd = endpoint, capfd
        self.written = io.StringIO()
        self.lines = logging.StreamHandler(self.written)
        formatter = pytest.importorskip("awslambdaric.lambda_runtime_log_utils").JsonFormatter()
        self.lines.setFormatter(formatter)
        # The test's own libraries, not the function's.
        self.lines.addFilter(lambda record: not record.name.startswith(("moto", "werkzeug", "responses", "faker")))

    def content(self) -> str:
        captured = self.capfd.readouterr()
        responses = [put.body.decode() for put in self.endpoint.puts]
        return "\n".join([self.written.getvalue(), captured.out, captured.err, *responses])

    def check(self) -> str:
        """Return all output, after checking that it has no canary."""
        content = self.content()
        for canary in CANARIES:
            at = content.find(canary)
            assert at < 0, f"{canary}: ...{content[max(0, at - 400) : at + 100]}..."
        return content

    def run(self, act: Callable[[], object]) -> None:
        """Call something, and write its error, if any, as Lambda's runtime does."""
        try:
            act()
        except AssertionError:
            raise
        except (Exception, provider.ContinueInNextRun) as error:
            self.written.write("".join(traceback.format_exception(error)))


# --- the failures ---

Trouble = Callable[[], contextlib.AbstractContextManager[None]]
"""A context in which something goes wrong."""
Failure = Callable[[str, dict[str, Any]], Exception]


def quoting(operation: str, parameters: dict[str, Any]) -> str:
    """A message with the whole request except file contents, and with the form of a submission."""
    form = f" in a form with {CANARY}" if operation == "SubmitRegistrationVersion" else ""
    return f"{json.dumps(parameters, default=len)} is not accepted{form}"


FAILURES: dict[str, Failure] = {
    "ValidationException": lambda operation, parameters: exceptions.ValidationException(
        quoting(operation, parameters), "INVALID_PARAMETER", [("textValue", quoting(operation, parameters))]
    ),
    "ConflictException": lambda operation, parameters: exceptions.ConflictException(
        quoting(operation, parameters), "RESOURCE_NOT_EMPTY", "registration", "registration-0123"
    ),
    # IAM sees the request at most, not the form.
    "AccessDeniedException": lambda _, parameters: exceptions.AccessDeniedException(quoting("", parameters)),
    "ServiceQuotaExceededException": lambda operation, parameters: exceptions.ServiceQuotaExceededException(
        quoting(operation, parameters), "REGISTRATIONS_PER_ACCOUNT"
    ),
    "ResourceNotFoundException": lambda operation, parameters: exceptions.ResourceNotFoundException(
        "registration", quoting(operation, parameters)
    ),
    "ThrottlingException": lambda operation, parameters: exceptions.ThrottlingException(quoting(operation, parameters)),
    "InternalServerException": lambda operation, parameters: exceptions.InternalServerException(
        quoting(operation, parameters)
    ),
    "silence": lambda operation, parameters: botocore.exceptions.ReadTimeoutError(
        endpoint_url=f"https://{CANARY}", error=f"{CANARY} {parameters}"
    ),
    "unparsable": lambda operation, parameters: botocore.parsers.ResponseParserError(f"{CANARY} {parameters}"),
    "unexpected": lambda operation, parameters: RuntimeError(f"{CANARY} {parameters}"),
}
TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
REGISTRATION = ("CreateRegistration", "DeleteRegistration", "DescribeRegistrations", *TAGS)
FILE = (
    "CreateRegistrationAttachment",
    "DeleteRegistrationAttachment",
    "DescribeRegistrationAttachments",
    "ListTagsForResource",
    "TagResource",
)
SUBMITTING = ("SubmitRegistrationVersion", "CreateRegistrationVersion", "DiscardRegistrationVersion")
FORM = (
    "DescribePhoneNumbers",
    "CreateRegistrationAssociation",
    "DeleteRegistrationFieldValue",
    "DescribeRegistrationFieldDefinitions",
    "DescribeRegistrationFieldValues",
    "DescribeRegistrationTypeDefinitions",
    "DescribeRegistrationVersions",
    "DescribeRegistrations",
    "ListRegistrationAssociations",
    "PutRegistrationFieldValue",
    *TAGS,
    *SUBMITTING,
)
"""Ordered so that each operation is called."""


@contextlib.contextmanager
def failing(fake: Any, operation: str, failure: Failure, failed: list[str]) -> Iterator[None]:
    """Let every call of an operation fail with a message that quotes the request."""
    perform = fake.perform

    def fail(called: str, parameters: dict[str, Any]) -> Any:
        if called == operation:
            failed.append(operation)
            raise failure(called, parameters)
        return perform(called, parameters)

    fake.perform = fail
    try:
        yield
    finally:
        del fake.perform


# --- deployments ---


def canaries(form: Form) -> dict[str, Any]:
    """A form with a canary in each free text, and with references."""
    fields = {
        path: f"{CANARY} {number}" if _is_free(form, path) else value
        for number, (path, value) in enumerate(form.fields.items())
    }
    secret = {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:company-AbCdEf", "JsonField": "value"}
    return {
        **fields,
        "companyInfo.companyName": secret,
        "companyInfo.city": {"ParameterName": "/company/city"},
        "messagingUseCase.optInImage": attach(api()),
    }


def _is_free(form: Form, path: str) -> bool:
    definition = form.fake.definitions[form.fake.registration(form.registration_id).registration_type].field(path)
    pattern = definition.get("TextValidation", {}).get("Pattern", ".*")
    return (
        definition["FieldType"] == "TEXT"
        and definition["FieldRequirement"] != "CONDITIONAL"
        and re.fullmatch(pattern, f"{CANARY} 0") is not None
    )


def deliver(sinks: Sinks, stack: CloudFormation, event: dict[str, Any], limit: float = 60) -> None:
    """Deliver an event once, with this time limit in seconds."""
    sinks.run(lambda: stack.deliver(event, limit=limit))


def a_form(sinks: Sinks, stack: CloudFormation, fake: Any, failures: Iterator[Trouble]) -> None:
    """All forms use one registration, so that each has little to write; each takes over from the previous one."""
    form = Form(stack, fake, TOLL_FREE)
    number = toll_free_number(api())
    fields = canaries(form)
    succeeded(form.create(change=fields, Submit=False))
    for position, failure in enumerate(failures):
        submits = FORM[position] in SUBMITTING
        logical_id, physical_id = f"Form{position}", f"form-of:{form.registration_id}"
        stack.types[logical_id] = stack.types["Form"]
        more: dict[str, Any] = {"TakeOver": True, "Associations": [number], "Submit": submits}
        changed = {**fields, "companyInfo.state": f"{CANARY} {position}", "companyInfo.address2": CANARY}
        first = form.properties(change=changed, **more)
        changed = {**changed, "companyInfo.state": f"{CANARY} {position} again", "companyInfo.address2": None}
        second = form.properties(change=changed, **more)
        with failure():
            # A whole form takes a second per field; the others write one or two values.
            limit = 90.0 if submits else 30.0
            for request_type, declared, more_of_event in (
                ("Create", first, {}),
                ("Update", second, {"physical_id": physical_id, "old": first}),
                ("Delete", second, {"physical_id": physical_id}),
            ):
                deliver(sinks, stack, stack.event(request_type, logical_id, declared, **more_of_event), limit=limit)


def a_registration(sinks: Sinks, stack: CloudFormation, fake: Any, failures: Iterator[Trouble]) -> None:
    other = {"RegistrationType": "US_TEN_DLC_BRAND_REGISTRATION"}
    tagged = {**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]}
    for failure in failures:
        stack.stack_status = "CREATE_IN_PROGRESS"
        physical_id = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
        with failure():
            deliver(sinks, stack, stack.event("Create", "Other", PROPERTIES))
            for old, new in ((PROPERTIES, tagged), (tagged, PROPERTIES), (PROPERTIES, other)):
                deliver(sinks, stack, stack.event("Update", properties=new, physical_id=physical_id, old=old))
            deliver(sinks, stack, stack.event("Delete", properties=PROPERTIES, physical_id=physical_id))


def a_file(sinks: Sinks, stack: CloudFormation, fake: Any, failures: Iterator[Trouble]) -> None:
    stack.types |= dict.fromkeys(("File", "Other"), "Custom::SmsRegistrationAttachment")
    properties = {"Bucket": "our-bucket", "Key": "opt-in.png"}
    tagged = {**properties, "Tags": [{"Key": "team", "Value": "growth"}]}
    for failure in failures:
        stack.stack_status = "CREATE_IN_PROGRESS"
        physical_id = succeeded(stack.create(properties, "File"))["PhysicalResourceId"]
        with failure():
            deliver(sinks, stack, stack.event("Create", "Other", properties))
            deliver(sinks, stack, stack.event("Update", "File", tagged, physical_id=physical_id, old=properties))
            deliver(sinks, stack, stack.event("Delete", "File", tagged, physical_id=physical_id))
