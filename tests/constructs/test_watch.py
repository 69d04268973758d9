import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks

from cdk_sms_registration import Registration, RegistrationProvider, RegistrationWatch, WatchMetrics
from cdk_sms_registration.watch_settings import MAXIMUM_EVENT_AGE_SECONDS
from sms_registration_rules import durations, news

TYPE = "US_TOLL_FREE_REGISTRATION"
FUNCTION = "WatchFunctionE77E8A53"
STACK_ID = {"Ref": "AWS::StackId"}


def watch_function(stack):
    return Template.from_stack(stack).to_json()["Resources"][FUNCTION]["Properties"]


def rules(stack):
    return {
        logical_id: rule["Properties"]
        for logical_id, rule in Template.from_stack(stack).find_resources("AWS::Events::Rule").items()
    }


def actions(stack):
    """The actions that the watch's own policy allows, with their statements."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = (each for logical_id, each in policies.items() if logical_id.startswith("Watch"))
    return {
        action: statement
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def test_logical_ids_are_public_api(app_with_and_without_flags):
    """A changed ID replaces the resource in every stack that has a watch of this ID."""
    stack = cdk.Stack(app_with_and_without_flags, "Test")
    RegistrationWatch(stack, "Watch")

    resources = Template.from_stack(stack).to_json()["Resources"]
    assert {name: each["Type"] for name, each in resources.items() if name.startswith("Watch")} == {
        "WatchEventInvokeConfig112A3B6E": "AWS::Lambda::EventInvokeConfig",
        "WatchFunctionE77E8A53": "AWS::Lambda::Function",
        "WatchLogGroupBC7916DF": "AWS::Logs::LogGroup",
        "WatchRoleDDF31036": "AWS::IAM::Role",
        "WatchRoleDefaultPolicy3F4F3063": "AWS::IAM::Policy",
        "WatchSchedule61B8702D": "AWS::Events::Rule",
        "WatchScheduleAllowEventRuleTestWatchFunction1F20EDA9C314106F": "AWS::Lambda::Permission",
        "WatchStatusChanges16FCEC37": "AWS::Events::Rule",
        "WatchStatusChangesAllowEventRuleTestWatchFunction1F20EDA984FC5656": "AWS::Lambda::Permission",
    }


# --- the function ---


def test_function_of_the_same_asset_as_the_provider(app_with_and_without_flags):
    stack = cdk.Stack(app_with_and_without_flags, "Test")
    RegistrationWatch(stack, "Watch")

    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function")
    provider, watch = functions["SmsRegistrationProviderFunctionF386247D"], functions[FUNCTION]
    assert provider["Properties"]["Code"] == watch["Properties"]["Code"]
    assert watch["Properties"]["Handler"] == "sms_registration_handler.watch_index.handler"
    assert watch["Properties"]["Role"] != provider["Properties"]["Role"]
    assert watch["Properties"]["LoggingConfig"]["LogGroup"] != provider["Properties"]["LoggingConfig"]["LogGroup"]
    assert "ReservedConcurrentExecutions" not in watch["Properties"]


def test_environment_by_default(stack):
    RegistrationWatch(stack, "Watch")

    assert watch_function(stack)["Environment"]["Variables"] == {
        "SERVED_STACK_ID": STACK_ID,
        "CONTINUE_PENDING": "true",
        "OVERDUE_FACTOR": str(durations.TIMES_EXPECTED),
        "REMINDERS": "true",
        "TOPIC_FORMAT": news.TEXT,
    }


def test_environment_with_every_setting(stack):
    topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:us-east-1:111122223333:news")

    RegistrationWatch(
        stack,
        "Watch",
        topic=topic,
        continue_pending=False,
        overdue_factor=1.5,
        reminders=False,
        topic_format=news.CHAT,
    )

    assert watch_function(stack)["Environment"]["Variables"] == {
        "SERVED_STACK_ID": STACK_ID,
        "CONTINUE_PENDING": "false",
        "OVERDUE_FACTOR": "1.5",
        "REMINDERS": "false",
        "TOPIC_FORMAT": news.CHAT,
        "TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:news",
    }


def test_settings_of_the_provider_apply_to_the_watch(stack):
    key = kms.Key(stack, "Key")
    RegistrationProvider.configure(
        stack,
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.X86_64,
        timeout=cdk.Duration.minutes(5),
        vpc=ec2.Vpc(stack, "Vpc"),
        environment_encryption=key,
        reserved_concurrent_executions=5,
    )

    RegistrationWatch(stack, "Watch")

    function = watch_function(stack)
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["x86_64"]
    assert function["Timeout"] == 300
    assert "VpcConfig" in function
    assert "KmsKeyArn" in function
    assert "ReservedConcurrentExecutions" not in function
    assert "ec2:CreateNetworkInterface" in actions(stack)
    assert actions(stack)["kms:Decrypt"]["Sid"] == "DecryptEnvironment"


def test_role_and_log_group_of_your_own(stack):
    role = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group = logs.LogGroup(stack, "OwnLogs")

    watch = RegistrationWatch(stack, "Watch", role=role, log_group=log_group)

    assert watch.role is role
    assert watch.log_group is log_group
    assert watch_function(stack)["Role"] == {"Fn::GetAtt": ["Own30425842", "Arn"]}
    assert watch_function(stack)["LoggingConfig"]["LogGroup"] == stack.resolve(log_group.log_group_name)


# --- the rules ---


def test_rules_and_their_target(stack):
    RegistrationWatch(stack, "Watch")

    found = rules(stack)
    assert set(found) == {"WatchStatusChanges16FCEC37", "WatchSchedule61B8702D"}
    assert found["WatchStatusChanges16FCEC37"]["EventPattern"] == {
        "source": ["aws.sms-voice"],
        "detail-type": ["Registration Status Change"],
    }
    assert found["WatchSchedule61B8702D"]["ScheduleExpression"] == "rate(1 hour)"
    for rule in found.values():
        assert rule["Targets"] == [
            {
                "Arn": {"Fn::GetAtt": [FUNCTION, "Arn"]},
                "Id": "Target0",
                "RetryPolicy": {"MaximumEventAgeInSeconds": 3600},
            }
        ]
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Permission", 2)
    template.has_resource_properties(
        "AWS::Lambda::EventInvokeConfig",
        {"FunctionName": {"Ref": FUNCTION}, "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600},
    )


@pytest.mark.parametrize(
    ("schedule", "expression", "age"),
    [
        (cdk.Duration.minutes(5), "rate(5 minutes)", 300),
        (cdk.Duration.hours(1), "rate(1 hour)", 3600),
        (cdk.Duration.days(1), "rate(1 day)", MAXIMUM_EVENT_AGE_SECONDS),
    ],
)
def test_schedule(stack, schedule, expression, age):
    RegistrationWatch(stack, "Watch", schedule=schedule)

    rule = rules(stack)["WatchSchedule61B8702D"]
    assert rule["ScheduleExpression"] == expression
    assert rule["Targets"][0]["RetryPolicy"] == {"MaximumEventAgeInSeconds": age}


def test_dead_letter_queue(stack):
    queue = sqs.Queue(stack, "Queue")

    RegistrationWatch(stack, "Watch", dead_letter_queue=queue)

    arn = {"Fn::GetAtt": ["Queue4A7E3555", "Arn"]}
    assert [rule["Targets"][0]["DeadLetterConfig"] for rule in rules(stack).values()] == [{"Arn": arn}] * 2
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::EventInvokeConfig",
        {"FunctionName": {"Ref": FUNCTION}, "DestinationConfig": {"OnFailure": {"Destination": arn}}},
    )
    assert actions(stack)["sqs:SendMessage"]["Resource"] == arn
    Template.from_stack(stack).resource_count_is("AWS::SQS::QueuePolicy", 1)


# --- permissions ---


def test_permissions_are_tied_to_the_stack(stack):
    RegistrationWatch(stack, "Watch")

    allowed = actions(stack)
    own = {f"aws:ResourceTag/cdk-sms-registration:{tag}": STACK_ID for tag in ("form-stack", "stack")}
    assert allowed["sms-voice:SubmitRegistrationVersion"]["Condition"]["StringEquals"].items() <= own.items()
    (policy,) = (
        each
        for logical_id, each in Template.from_stack(stack).find_resources("AWS::IAM::Policy").items()
        if logical_id.startswith("Watch")
    )
    writing = {
        "sms-voice:TagResource": ("ForAllValues:StringEquals", ["cdk-sms-registration:told"]),
        "sms-voice:UntagResource": (
            "ForAllValues:StringLike",
            [
                "cdk-sms-registration:awaits-submission:*",
                "cdk-sms-registration:awaits-association:*",
                "cdk-sms-registration:told",
            ],
        ),
    }
    for action, (operator, keys) in writing.items():
        conditions = [
            each["Condition"]
            for each in policy["Properties"]["PolicyDocument"]["Statement"]
            if each["Action"] == action
        ]
        # Of the registrations whose form is this stack's, and of those that are this stack's and have no form.
        assert [each["StringEquals"] for each in conditions] == [{key: value} for key, value in own.items()]
        assert all(each[operator] == {"aws:TagKeys": keys} for each in conditions)
    assert allowed["events:PutEvents"]["Condition"] == {"StringEquals": {"events:source": [news.EVENT_SOURCE]}}
    assert allowed["cloudformation:DescribeStacks"]["Resource"] == STACK_ID
    assert "sns:Publish" not in allowed


def test_writes_no_value_and_creates_and_deletes_nothing(stack):
    RegistrationWatch(stack, "Watch", topic=sns.Topic(stack, "Topic"))

    writes = {
        action
        for action in actions(stack)
        if action.startswith("sms-voice:") and not action.startswith(("sms-voice:Describe", "sms-voice:List"))
    }
    assert writes == {
        "sms-voice:CreateRegistrationAssociation",
        "sms-voice:SubmitRegistrationVersion",
        "sms-voice:TagResource",
        "sms-voice:UntagResource",
    }


def test_a_watch_that_only_tells_may_not_submit_or_associate(stack):
    RegistrationWatch(stack, "Watch", continue_pending=False)

    assert {"sms-voice:SubmitRegistrationVersion", "sms-voice:CreateRegistrationAssociation"}.isdisjoint(actions(stack))


def test_publishes_to_the_topic_only(stack):
    RegistrationWatch(stack, "Watch", topic=sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key")))

    allowed = actions(stack)
    assert allowed["sns:Publish"]["Resource"] == {"Ref": "TopicBFC7AF6E"}
    assert allowed["kms:Decrypt"]["Resource"] == {"Fn::GetAtt": ["Key961B73FD", "Arn"]}


@pytest.mark.parametrize("environment", [None, cdk.Environment(account="111122223333", region="eu-west-1")])
def test_cdk_nag_finds_nothing(app, environment):
    stack = cdk.Stack(app, "Test", env=environment)
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    watch = RegistrationWatch(stack, "Watch", topic=sns.Topic(stack, "Topic", master_key=key, enforce_ssl=True))
    watch.on_news("Denied", kinds=["denied"])
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    app.synth()


# --- one per stack ---


def test_second_watch_in_a_stack(stack):
    RegistrationWatch(stack, "Watch")

    with pytest.raises(
        ValueError,
        match=r"^RegistrationWatch 'Second': the stack has a RegistrationWatch already, 'Test/Watch', and it covers all "
        "registrations of the stack; keep that one",
    ):
        RegistrationWatch(stack, "Second")
    assert stack.node.try_find_child("Second") is None


def test_a_nested_stack_has_its_own_watch(stack):
    nested = cdk.NestedStack(stack, "Nested")
    topic = sns.Topic(stack, "Topic")

    RegistrationWatch(stack, "Watch", topic=topic)
    RegistrationWatch(nested, "Watch", topic=topic)

    # In each template, the pseudo parameter is the ID of that stack.
    for each in (stack, nested):
        assert watch_function(each)["Environment"]["Variables"]["SERVED_STACK_ID"] == STACK_ID
    # It is deployed as a part of its root.
    policies = Template.from_stack(nested).find_resources("AWS::IAM::Policy").values()
    statements = [each for policy in policies for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    (root,) = (each["Resource"] for each in statements if each.get("Sid") == "AskForRootStack")
    assert root != STACK_ID
    assert "AskForRootStack" not in json.dumps(actions(stack))


def test_in_every_stage(app):
    for name in ("Beta", "Prod"):
        stack = cdk.Stack(cdk.Stage(app, name), "Test")
        Registration(stack, "TollFree", registration_type=TYPE)
        RegistrationWatch(stack, "Watch")

    templates = [app.node.find_child(name).synth().stacks[0].template["Resources"] for name in ("Beta", "Prod")]
    assert FUNCTION in templates[0]
    assert templates[0][FUNCTION] == templates[1][FUNCTION]


def test_covers_registrations_that_are_declared_later(stack):
    RegistrationWatch(stack, "Watch")
    Registration(stack, "TollFree", registration_type=TYPE)

    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 2)


def test_no_registration_depends_on_the_watch(stack):
    """So that removing it removes all of it, and changes no registration."""
    RegistrationWatch(stack, "Watch")
    Registration(stack, "TollFree", registration_type=TYPE, submit=True)

    resources = Template.from_stack(stack).to_json()["Resources"]
    others = {logical_id: each for logical_id, each in resources.items() if not logical_id.startswith("Watch")}
    assert not [watch for watch in resources.keys() - others.keys() if f'"{watch}"' in json.dumps(others)]
    deleted = {each.get("DeletionPolicy", "Delete") for each in resources.values() if each not in others.values()}
    assert deleted == {"Delete"}


# --- refused arguments ---


def test_refuses_all_problems_at_once(stack):
    with pytest.raises(ValueError, match=r"^RegistrationWatch 'Watch'") as refusal:
        RegistrationWatch(
            stack,
            "Watch",
            topic=sns.Topic(stack, "Topic", fifo=True),
            schedule=cdk.Duration.minutes(4),
            overdue_factor=0.5,
            topic_format="html",
            role=iam.Role(
                cdk.Stack(stack.node.root, "Other"), "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
            ),
        )

    assert str(refusal.value).splitlines() == [
        "RegistrationWatch 'Watch': 5 problems",
        "  - schedule: got 4 minutes, expected whole minutes from 5 to 1440",
        "  - overdue_factor: got 0.5, expected a number of at least 1",
        "  - topic_format: got 'html', expected 'text' or 'chat'",
        "  - topic: got a FIFO topic, which delivers to queues only; pass a standard topic",
        "  - role: belongs to another stack, whose policies cannot name this stack; "
        "import it: Role.from_role_arn(scope, id, role.role_arn)",
    ]


@pytest.mark.parametrize("schedule", [cdk.Duration.days(2), cdk.Duration.seconds(330)])
def test_schedule_out_of_bounds(stack, schedule):
    with pytest.raises(ValueError, match=r"schedule: got .* minutes, expected whole minutes from 5 to 1440$"):
        RegistrationWatch(stack, "Watch", schedule=schedule)


def test_configuring_the_provider_after_the_watch(stack):
    RegistrationWatch(stack, "Watch")

    with pytest.raises(ValueError, match=r"call configure once, before the first Registration or RegistrationWatch$"):
        RegistrationProvider.configure(stack)


# --- events ---


def test_on_news(stack):
    queue = sqs.Queue(stack, "Queue")

    RegistrationWatch(stack, "Watch").on_news("Pipeline", kinds=["denied", "closed"], target=targets.SqsQueue(queue))

    Template.from_stack(stack).has_resource_properties(
        "AWS::Events::Rule",
        {
            "EventPattern": {
                "source": [news.EVENT_SOURCE],
                "detail-type": [news.DETAIL_TYPE],
                "detail": {"stack": ["Test"], "kind": ["denied", "closed"]},
            },
            "Targets": [Match.object_like({"Arn": {"Fn::GetAtt": ["Queue4A7E3555", "Arn"]}})],
        },
    )


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        (["denied", "rejected"], r"kinds\[1\]: got 'rejected', expected one of denied, "),
        ([], "kinds: got an empty list, expected at least one; leave it out for all"),
        ("denied", "kinds: expected a list, got str"),
    ],
)
def test_on_news_refuses_kinds(stack, kinds, problem):
    watch = RegistrationWatch(stack, "Watch")

    with pytest.raises(ValueError, match=f"^on_news 'Rule': {problem}"):
        watch.on_news("Rule", kinds=kinds)


# --- metrics and widgets ---

METRICS = {
    "waiting": news.WAITING,
    "overdue": news.OVERDUE_REVIEWS,
    "denied": news.DENIED_REGISTRATIONS,
    "needs_a_person": news.NEED_A_PERSON,
}


def test_every_metric_has_a_method():
    assert set(METRICS) == {name for name in vars(WatchMetrics) if not name.startswith("_")} - {"metric"}
    assert set(METRICS.values()) == set(news.METRICS)


@pytest.mark.parametrize(("method", "name"), METRICS.items())
def test_metrics_name_what_the_function_writes(stack, method, name):
    watch = RegistrationWatch(stack, "Watch")

    of_all = getattr(watch.metrics, method)()
    of_type = getattr(watch.metrics, method)(registration_type=TYPE, period=cdk.Duration.days(1), statistic="Minimum")

    assert (of_all.namespace, of_all.metric_name) == (news.METRIC_NAMESPACE, name)
    assert stack.resolve(of_all.dimensions) == {news.FUNCTION_DIMENSION: {"Ref": FUNCTION}}
    assert (of_all.period.to_hours(), of_all.statistic) == (1, "Maximum")
    assert stack.resolve(of_type.dimensions) == {
        news.FUNCTION_DIMENSION: {"Ref": FUNCTION},
        news.TYPE_DIMENSION: TYPE,
    }
    assert (of_type.period.to_days(), of_type.statistic) == (1, "Minimum")


def test_widgets(stack):
    watch = RegistrationWatch(stack, "Watch")
    cloudwatch.Dashboard(stack, "Dashboard").add_widgets(*watch.widgets())

    (dashboard,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    body = json.dumps(dashboard["Properties"]["DashboardBody"])
    assert all(f'\\"{name}\\"' in body for name in news.METRICS)
    assert '\\"Errors\\"' in body
