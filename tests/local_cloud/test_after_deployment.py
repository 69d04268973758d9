"""Events, schedules, messages and time that passes, with a function of our own in place of the watch."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud import LocalCloud

pytestmark = pytest.mark.local_cloud

FUNCTION = """
import boto3, json, os, time

def handler(event, context):
    told = {"source": event["source"], "event time": event["time"], "time": time.time(), "detail": event["detail"]}
    boto3.client("sns").publish(
        TopicArn=os.environ["TOPIC_ARN"], Subject="told", Message=json.dumps(told),
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "event"}},
    )
    if event["detail"].get("registrationDetails", {}).get("currentStatus") == "SUBMITTED":
        raise RuntimeError("told, and failed")
"""
RULE = {"State": "ENABLED", "Targets": [{"Arn": {"Fn::GetAtt": ["Function", "Arn"]}, "Id": "Function"}]}
DAYS = timedelta(days=3).total_seconds()
TOLERANCE_SECONDS = 60


def template(account: str) -> str:
    resources = {
        "Topic": ("AWS::SNS::Topic", {}),
        "Function": (
            "AWS::Lambda::Function",
            {
                "Runtime": "python3.14",
                "Handler": "index.handler",
                "Timeout": 10,
                "Role": f"arn:aws:iam::{account}:role/any",
                "Code": {"ZipFile": FUNCTION},
                "Environment": {"Variables": {"TOPIC_ARN": {"Ref": "Topic"}}},
            },
        ),
        "Events": ("AWS::Events::Rule", {**RULE, "EventPattern": {"source": ["aws.sms-voice"]}}),
        "Schedule": ("AWS::Events::Rule", {**RULE, "ScheduleExpression": "rate(1 hour)"}),
        "Cron": ("AWS::Events::Rule", {**RULE, "ScheduleExpression": "cron(0 12 * * ? *)", "State": "DISABLED"}),
    }
    return json.dumps(
        {"Resources": {name: {"Type": kind, "Properties": each} for name, (kind, each) in resources.items()}}
    )


def told(cloud: LocalCloud, after: int = 0) -> list[dict[str, Any]]:
    return [json.loads(each["message"]) for each in cloud.messages()[after:]]


def is_ahead(time: datetime) -> bool:
    return abs((time - datetime.now(timezone.utc)).total_seconds() - DAYS) < TOLERANCE_SECONDS


def from_events_to_messages(cloud: LocalCloud) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="Told", TemplateBody=template(cloud.account))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Told", WaiterConfig={"Delay": 1})
    service = cloud.client("pinpoint-sms-voice-v2")

    # A new registration: one event, one message.
    registration_id = service.create_registration(RegistrationType="US_TEN_DLC_BRAND_REGISTRATION")["RegistrationId"]
    cloud.settle()
    (message,) = cloud.messages()
    assert message["topicArn"].startswith(f"arn:aws:sns:us-east-1:{cloud.account}:Told-Topic")
    assert (message["subject"], message["messageStructure"]) == ("told", "")
    assert message["attributes"]["kind"]["StringValue"] == "event"
    assert told(cloud)[0]["detail"]["registrationDetails"]["currentStatus"] == "CREATED"

    # A function that fails is run three times.
    version = {"registration_status": "SUBMITTED", "version_status": "SUBMITTED"}
    cloud.review(
        "set-status", registration_id, *(f"--{name.replace('_', '-')}={value}" for name, value in version.items())
    )
    statuses = [each["detail"]["registrationDetails"]["currentStatus"] for each in told(cloud)]
    assert statuses == ["CREATED", "SUBMITTED", "SUBMITTED", "SUBMITTED"]

    # The enabled schedule.
    cloud.schedule()
    (scheduled,) = told(cloud, after=4)
    assert (scheduled["source"], scheduled["detail"]) == ("aws.events", {})


def time_passes(cloud: LocalCloud) -> None:
    before = len(cloud.messages())

    assert cloud.advance(DAYS) == DAYS

    (scheduled,) = told(cloud, after=before)
    assert is_ahead(datetime.fromtimestamp(scheduled["time"], timezone.utc)), "in the function"
    assert is_ahead(datetime.fromisoformat(scheduled["event time"].replace("Z", "+00:00"))), "in the event"
    assert is_ahead(datetime.fromisoformat(cloud.messages()[-1]["time"])), "in the message"
    service = cloud.client("pinpoint-sms-voice-v2")
    made = service.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
    assert is_ahead(made["CreatedTimestamp"]), "in the service"
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="Later", TemplateBody=template(cloud.account))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Later", WaiterConfig={"Delay": 1})
    assert is_ahead(cloudformation.describe_stacks(StackName="Later")["Stacks"][0]["CreationTime"]), "in CloudFormation"
    cloud.settle()


def after_a_restart(cloud: LocalCloud) -> None:
    before = len(cloud.messages())
    assert before == 7, "messages are kept, also that of the second registration"

    cloud.schedule()

    # One of each stack.
    for each in told(cloud, after=before):
        assert is_ahead(datetime.fromtimestamp(each["time"], timezone.utc))
    assert len(cloud.messages()) == before + 2


def test_after_a_deployment(tmp_path: Path) -> None:
    with LocalCloud(state=tmp_path, retry_delay=0.1) as cloud:
        from_events_to_messages(cloud)
        time_passes(cloud)
    with LocalCloud(state=tmp_path) as cloud:
        after_a_restart(cloud)
