"""A pass: its requests, its metrics, its end when time runs out, and that neither its log nor its tags have a value."""

import io
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from moto import mock_aws

from moto_sms_voice import exceptions
from sms_registration_contract import function
from sms_registration_contract.cloudformation import Resource
from sms_registration_contract.containers import TIMEOUT_SECONDS
from sms_registration_handler.watch import channels
from sms_registration_handler.watch.passes import IncompletePass
from sms_registration_rules import news, told
from sms_registration_rules.told import Entry
from support.handler_help import made_by_hand
from support.small_forms import BRAND, CAMPAIGN, NAME
from support.watch_world import CANARY, WATCH_SECONDS, Watched, chain

# --- requests ---


def requests(sms: Watched, event: Any) -> Counter[str]:
    before = len(sms.fake.calls)
    sms.watch(event)
    return Counter(each.operation for each in sms.fake.calls[before:])


@pytest.fixture
def done(sms: Watched) -> Watched:
    """Everything is approved and told."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    for name in ("Brand", "Campaign"):
        sms.approve(name)
        sms.watch()
    sms.watch()
    return sms


def test_what_is_settled_costs_its_tags_only(done: Watched) -> None:
    assert requests(done, {}) == {"DescribeRegistrations": 1, "ListTagsForResource": 2}
    assert done.stack.api_calls[-1] == "ListStackResources"


@pytest.mark.parametrize(("denied", "tags_read"), [(False, 2), (True, 3)])
def test_tags_of_what_the_stack_does_not_have_are_not_read(done: Watched, denied: bool, tags_read: int) -> None:
    """If CloudFormation does not say what the stack has, the tags do."""
    made_by_hand(done.fake, BRAND)
    done.stack.denied = denied
    assert requests(done, {}) == {"DescribeRegistrations": 1, "ListTagsForResource": tags_read}


def test_a_pass_over_160_registrations_of_a_large_account_ends_within_one_run(sms: Watched) -> None:
    sms.stack.stack_status = "CREATE_COMPLETE"
    sms.fake.configure(registrations_per_account=2000)
    for number in range(1160):
        logical_id = f"Registration{number}"
        tags = {"cdk-sms-registration:stack": sms.stack.stack_id, "cdk-sms-registration:logical-id": logical_id}
        registration_id = made_by_hand(sms.fake, BRAND, tags if number >= 1000 else {})
        if number >= 1000:
            sms.stack.resources[logical_id] = Resource({}, registration_id, "CREATE_COMPLETE")
    sms.fake.configure(requests_per_second=1)
    before = sms.world.clock.passed
    made = requests(sms, {})
    assert made["ListTagsForResource"] == 160
    assert made["DescribeRegistrationVersions"] == 160
    assert made["DescribeRegistrations"] <= 12
    assert sms.world.clock.passed - before < WATCH_SECONDS


def test_a_registration_in_review_costs_one_request_more(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    made = requests(sms, {})
    assert made == {"DescribeRegistrations": 1, "ListTagsForResource": 2, "DescribeRegistrationVersions": 2}


def test_an_event_about_another_registration_looks_at_what_waits_only(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    event = sms.event("Brand")
    event["detail"]["registrationDetails"]["registrationId"] = "registration-of-somebody-else"
    assert requests(sms, event)["DescribeRegistrationVersions"] == 1


def test_a_continuation_reads_before_each_step(sms: Watched) -> None:
    sms.fake.configure(page_size=100)
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.watch()
    sms.approve("Brand")
    made = requests(sms, sms.event("Campaign"))
    assert made == {
        "DescribeRegistrations": 7,
        "ListTagsForResource": 5,
        "DescribeRegistrationTypeDefinitions": 1,
        "DescribeRegistrationVersions": 3,
        "ListRegistrationAssociations": 3,
        "DescribeRegistrationFieldValues": 2,
        "CreateRegistrationAssociation": 1,
        "SubmitRegistrationVersion": 1,
        "UntagResource": 1,
    }


def test_what_cannot_be_recorded_is_sent_once_a_pass(sms: Watched) -> None:
    """Lambda does not run the pass again at once, which would send it three times."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.fake.review.require_authentication(sms.id("Brand"))
    sms.fake.inject("TagResource", error=exceptions.AccessDeniedException, nth=1, times=9)
    sms.watch()
    assert sms.outbox.told() == [("needs_a_person", "Brand")]


def test_registrations_of_others_are_left_alone(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    other = Watched(sms.world, sms.world.stack("Other"))
    template = chain(campaign={NAME: "another campaign"})
    template["BrandForm"]["Properties"]["Fields"][NAME] = "another brand"
    assert other.deploy(template) == "CREATE_COMPLETE"
    other.fake.review.deny(other.id("Brand"))
    sms.watch()
    assert sms.outbox.told() == []


# --- metrics ---


def metrics(sms: Watched) -> dict[str, dict[str, int]]:
    """The latest value of each metric by registration type; empty for all."""
    found: dict[str, dict[str, int]] = {}
    for record in sms.world.lines:
        line = vars(record)
        if "_aws" in line and news.WAITING in line:
            (given,) = line["_aws"]["CloudWatchMetrics"]
            assert given["Namespace"] == news.METRIC_NAMESPACE
            assert {each["Name"] for each in given["Metrics"]} == set(news.METRICS)
            (dimensions,) = given["Dimensions"]
            assert set(dimensions) <= line.keys()
            key = line[news.TYPE_DIMENSION] if news.TYPE_DIMENSION in dimensions else ""
            found[key] = {name: line[name] for name in news.METRICS}
    return found


def test_a_pass_counts(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.fake.review.deny(sms.id("Brand"))
    sms.watch()
    found = metrics(sms)
    assert found[BRAND] == {
        news.WAITING: 0,
        news.OVERDUE_REVIEWS: 0,
        news.DENIED_REGISTRATIONS: 1,
        news.NEED_A_PERSON: 0,
    }
    assert found[CAMPAIGN][news.WAITING] == 1
    assert found[""] == {name: found[BRAND][name] + found[CAMPAIGN][name] for name in news.METRICS}


def test_a_pass_over_one_registration_does_not_count(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.watch(sms.event("Brand"))
    assert metrics(sms) == {}


# --- trouble ---


def test_a_pass_that_runs_out_of_time_is_continued(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    for limit in (6, 7, 8, 9, 10):
        with pytest.raises(IncompletePass):
            sms.watch({}, limit=limit)
        if sms.status("Campaign") == "SUBMITTED":
            break
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"
    assert sms.submissions("Campaign") == 1


def chains(count: int) -> dict[str, Any]:
    """Brands with their campaigns."""
    one = json.dumps(chain())
    return {
        name: each
        for number in range(count)
        for name, each in json.loads(
            one.replace('"Brand', f'"Brand{number}')
            .replace('"Campaign', f'"Campaign{number}')
            .replace(CANARY, f"{CANARY} {number}")
        ).items()
    }


def passes(sms: Watched, limit: float) -> int:
    """Wake the watch until it has finished, and return how often."""
    for count in range(1, 30):
        try:
            sms.watch(limit=limit)
        except IncompletePass:
            continue
        return count
    raise AssertionError("the watch does not finish")


@pytest.mark.parametrize(("count", "limit", "most"), [(80, TIMEOUT_SECONDS, 1), (6, 25.0, 4)])
def test_approvals_at_once_are_continued_within_the_quota(sms: Watched, count: int, limit: float, most: int) -> None:
    """A stack of 160 registrations, the most that a fleet puts into one. A run does a part, and nothing is lost."""
    sms.fake.configure(registrations_per_account=2000, versions_per_day=2000)
    assert sms.deploy(chains(count)) == "CREATE_COMPLETE"
    for number in range(count):
        sms.approve(f"Brand{number}")
    sms.fake.configure(requests_per_second=1)
    before = sms.world.clock.passed
    assert passes(sms, limit) <= most
    assert {sms.status(f"Campaign{number}") for number in range(count)} == {"SUBMITTED"}
    assert [sms.submissions(f"Campaign{number}") for number in range(count)] == [1] * count
    told = Counter(sms.outbox.told())
    assert {told["continued", f"Campaign{number}"] for number in range(count)} == {1}
    assert sms.world.clock.passed - before <= most * limit


@pytest.mark.parametrize("nth", [1, 2])
def test_a_part_of_the_list_is_no_reason_for_anything(sms: Watched, nth: int) -> None:
    """A parent that was not listed would seem to be deleted."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.pass_time(minutes=5)  # a container that just started repeats what IAM denies
    sms.fake.inject("ListTagsForResource", error=exceptions.AccessDeniedException, nth=nth, times=1)
    with pytest.raises(IncompletePass):
        sms.watch()
    assert sms.outbox.told() == []
    sms.watch()
    assert ("continued", "Campaign") in sms.outbox.told()


def test_a_parent_that_is_not_listed_yet_is_asked_for(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    perform = sms.fake.perform

    def without_brand(operation: str, parameters: dict[str, Any]) -> Any:
        found = perform(operation, parameters)
        if operation == "DescribeRegistrations" and not parameters.get("RegistrationIds"):
            kept = [each for each in found["Registrations"] if each.registration_type != BRAND]
            return {**found, "Registrations": kept}
        return found

    with mock.patch.object(sms.fake, "perform", without_brand):
        sms.watch()
    assert sms.outbox.told() == []


def test_a_parent_that_was_deleted_is_told(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.fake.review.deny(sms.id("Brand"))
    sms.fake.delete_registration(registration_id=sms.id("Brand"))
    sms.watch()
    assert sms.outbox.told() == [("cannot_continue", "Campaign")]


def test_one_registration_in_trouble_does_not_stop_the_others(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.fake.review.deny(sms.id("Brand"))
    perform = sms.fake.perform

    def fail(operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "DescribeRegistrationVersions" and parameters["RegistrationId"] == sms.id("Campaign"):
            raise RuntimeError(CANARY)
        return perform(operation, parameters)

    with mock.patch.object(sms.fake, "perform", fail), pytest.raises(IncompletePass) as error:
        sms.watch()
    assert sms.id("Campaign") in str(error.value)
    assert ("denied", "Brand") in sms.outbox.told()
    assert CANARY not in str(error.value)


# --- values ---


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log as Lambda writes it, with every attribute of each line."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(pytest.importorskip("awslambdaric.lambda_runtime_log_utils").JsonFormatter())
    logger = logging.getLogger("sms_registration_handler")
    logger.handlers.append(handler)  # the world replaces addHandler
    yield written
    logger.handlers.remove(handler)


def quoting(operation: str, parameters: dict[str, Any]) -> str:
    return f"{CANARY} campaign in {operation} with {json.dumps(parameters, default=str)}"


FAILURES: dict[str, Any] = {
    "validation": lambda *made: exceptions.ValidationException(
        quoting(*made), "OTHER", [("textValue", quoting(*made))]
    ),
    "conflict": lambda *made: exceptions.ConflictException(quoting(*made), "OTHER", "registration", "registration-0"),
    "quota": lambda *made: exceptions.ServiceQuotaExceededException(quoting(*made), "TAGS_PER_RESOURCE"),
    "5xx": lambda *made: exceptions.InternalServerException(quoting(*made)),
    "throttled": lambda *made: exceptions.ThrottlingException(quoting(*made)),
    "unexpected": lambda *made: RuntimeError(quoting(*made)),
}
OPERATIONS = (
    "DescribeRegistrations",
    "ListTagsForResource",
    "DescribeRegistrationVersions",
    "DescribeRegistrationFieldValues",
    "DescribeRegistrationTypeDefinitions",
    "ListRegistrationAssociations",
    "CreateRegistrationAssociation",
    "SubmitRegistrationVersion",
    "TagResource",
    "UntagResource",
)


@pytest.mark.fault(63)
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_failure_leaks_a_value(sms: Watched, log: io.StringIO, operation: str, failure: str) -> None:
    """In messages, events, logs, metrics, tags, and the error that Lambda logs."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    perform, failed = sms.fake.perform, []

    def fail(called: str, parameters: dict[str, Any]) -> Any:
        if called == operation:
            failed.append(called)
            raise FAILURES[failure](called, parameters)
        return perform(called, parameters)

    errors = []
    with mock.patch.object(sms.fake, "perform", fail):
        for event in (sms.event("Brand"), {}):
            try:
                sms.watch(event)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            sms.pass_time(days=1)
    sms.outbox.failing = {"sns", "events"}
    if sms.status("Campaign") == "SUBMITTED":
        sms.fake.review.deny(sms.id("Campaign"), [f"{CANARY} campaign"])
    sms.survives()
    assert failed
    tags = {name: sms.tags(name) for name in ("Brand", "Campaign")}
    for sink in (log.getvalue(), str(errors), str(sms.outbox.published), str(sms.outbox.events), str(tags)):
        assert CANARY not in sink


def test_the_log_can_leak(log: io.StringIO) -> None:
    """Shows that the other test can fail."""
    logging.getLogger("sms_registration_handler.watch").error("%s", CANARY)
    assert CANARY in log.getvalue()


# --- the real SDK's rules ---


def test_sns_and_eventbridge_take_the_messages(sms: Watched) -> None:
    """With boto's own validation, and moto's: each protocol gets its own part."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.fake.review.deny(sms.id("Brand"), ["BRAND_ADDRESS_INVALID"], fields={NAME: "é"})
    with mock_aws():
        sns, sqs = boto3.client("sns", "us-east-1"), boto3.client("sqs", "us-east-1")
        topic = sns.create_topic(Name="news")["TopicArn"]
        queue = sqs.create_queue(QueueName="news")["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue_arn,
            Attributes={"FilterPolicy": json.dumps({"kind": ["denied"]})},
        )
        clients = {"sns": sns, "events": boto3.client("events", "us-east-1")}
        variables = {"SERVED_STACK_ID": sms.stack.stack_id, "TOPIC_ARN": topic}
        with (
            mock.patch.dict(os.environ, variables),
            mock.patch.object(function.module("aws.reads"), "client", clients.__getitem__),
        ):
            function.module("watch_index").handler({}, sms.context())
        (received,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    body = json.loads(received["Body"])
    assert json.loads(body["Message"])["kind"] == "denied"
    assert body["MessageAttributes"]["stack"]["Value"] == "Sms"


def test_an_event_that_the_bus_refuses_is_owed() -> None:
    class Bus:
        def put_events(self, **_: Any) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    message = mock.Mock(kind="denied", detail={"registrationArn": "arn"})
    message.json.return_value = "{}"
    with mock.patch.object(function.module("aws.reads"), "client", return_value=Bus()):
        assert channels.Channels("", news.TEXT).send(message, channels.EVENT) == channels.EVENT


# --- the tag ---


def test_what_was_told_is_read_back() -> None:
    entries = {
        "d3": Entry(60.0, 6000.0, 2),
        "c": Entry(120.0, 120.0, 1, "e"),
        "b0a1b2c3d": Entry(0.0, 0.0, 1, channels.TOPIC + channels.EVENT),
    }
    assert told.parse(told.value(entries)) == entries
    assert told.parse("somebody wrote this=1") == {}


def test_the_latest_are_kept_when_not_all_fit() -> None:
    entries = {f"d{number}": Entry(3e7 * 60, (3e7 + number) * 60, 1) for number in range(20)}
    value = told.value(entries)
    assert len(value) <= 256
    assert "d19" in told.parse(value)
