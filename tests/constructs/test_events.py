import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationForm, RegistrationStatus

TYPE = "US_TOLL_FREE_REGISTRATION"


def only(stack, resource_type):
    (resource,) = Template.from_stack(stack).find_resources(resource_type).values()
    return resource


def pattern_of(stack):
    return only(stack, "AWS::Events::Rule")["Properties"]["EventPattern"]


def test_pattern(stack):
    registration = Registration(stack, "TollFree", registration_type=TYPE)

    rule = registration.on_status_change(
        "Denied", statuses=[RegistrationStatus.REQUIRES_UPDATES, "CLOSED", RegistrationStatus.of("NEW_ONE")]
    )

    assert rule.node.path == "Test/TollFree/Denied"
    assert pattern_of(stack) == {
        "source": ["aws.sms-voice"],
        "detail-type": ["Registration Status Change"],
        "detail": {
            "registrationDetails": {
                "registrationId": [{"Ref": "TollFreeD0DB09A2"}],
                "currentStatus": ["REQUIRES_UPDATES", "CLOSED", "NEW_ONE"],
            }
        },
    }


def test_pattern_matches_the_documented_event(stack):
    """The event is the example in AWS's documentation."""
    registration = Registration.from_registration_id(stack, "Existing", "registration-30a16a8b7cec478a8e37febbb9005348")
    registration.on_status_change("Submitted", statuses=["SUBMITTED"])
    event = {
        "version": "0",
        "detail-type": "Registration Status Change",
        "source": "aws.sms-voice",
        "account": "111122223333",
        "region": "us-east-1",
        "detail": {
            "registrationDetails": {
                "registrationId": "registration-30a16a8b7cec478a8e37febbb9005348",
                "registrationVersionNumber": 1,
                "registrationType": "ZZ_LONG_CODE_REGISTRATION",
                "registrationStatusChangeTimestamp": 1758908543000,
                "currentStatus": "SUBMITTED",
            },
        },
    }

    def matches(pattern, value):
        if isinstance(pattern, dict):
            return all(key in value and matches(each, value[key]) for key, each in pattern.items())
        return value in pattern

    assert matches(pattern_of(stack), event)
    event["detail"]["registrationDetails"]["currentStatus"] = "REVIEWING"
    assert not matches(pattern_of(stack), event)


def test_every_status_when_omitted(stack):
    Registration(stack, "TollFree", registration_type=TYPE).on_status_change("Changed")

    assert pattern_of(stack)["detail"] == {"registrationDetails": {"registrationId": [{"Ref": "TollFreeD0DB09A2"}]}}


def test_target_and_options(stack):
    topic = sns.Topic(stack, "Topic")

    Registration(stack, "TollFree", registration_type=TYPE).on_status_change(
        "Denied", target=targets.SnsTopic(topic), description="Call somebody", enabled=False, rule_name="denied"
    )

    properties = only(stack, "AWS::Events::Rule")["Properties"]
    assert properties["Targets"][0]["Arn"] == stack.resolve(topic.topic_arn)
    assert (properties["Description"], properties["State"], properties["Name"]) == (
        "Call somebody",
        "DISABLED",
        "denied",
    )


@pytest.mark.parametrize("rule_first", [True, False])
@pytest.mark.parametrize("form", ["child", "own", "of an imported registration"])
def test_form_waits_for_the_rule(stack, form, rule_first):
    arguments = {"fields": {"a.b": "c"}}
    if form == "of an imported registration":
        registration = Registration.from_registration_id(stack, "TollFree", "registration-0123")
    else:
        registration = Registration(stack, "TollFree", registration_type=TYPE, **(arguments if form == "child" else {}))

    def make_rule():
        return registration.on_status_change("Denied")

    if form == "child":
        rule = make_rule()
    elif rule_first:
        rule = make_rule()
        RegistrationForm(stack, "Form", registration=registration, **arguments)
    else:
        RegistrationForm(stack, "Form", registration=registration, **arguments)
        rule = make_rule()

    rule_id = stack.get_logical_id(rule.node.default_child)
    assert rule_id in only(stack, "Custom::SmsRegistrationForm")["DependsOn"]
    assert "DependsOn" not in only(stack, "AWS::Events::Rule")


def test_form_waits_for_the_permission_to_call_a_function(stack):
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(*_): pass"),
    )
    registration = Registration(stack, "TollFree", registration_type=TYPE, submit=True)

    registration.on_status_change("Denied", target=targets.LambdaFunction(function))

    (permission_id,) = Template.from_stack(stack).find_resources("AWS::Lambda::Permission")
    assert permission_id in only(stack, "Custom::SmsRegistrationForm")["DependsOn"]


def test_form_waits_for_a_target_that_is_added_later(stack):
    registration = Registration(stack, "TollFree", registration_type=TYPE, submit=True)
    rule = registration.on_status_change("Denied")

    rule.add_target(targets.SnsTopic(sns.Topic(stack, "Topic")))

    assert stack.get_logical_id(rule.node.default_child) in only(stack, "Custom::SmsRegistrationForm")["DependsOn"]


def test_rule_in_another_stack(app):
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    registration = Registration(one, "TollFree", registration_type=TYPE, submit=True)

    registration.on_status_change("Denied", target=targets.SnsTopic(sns.Topic(other, "Topic")), cross_stack_scope=other)

    (registration_id,) = pattern_of(other)["detail"]["registrationDetails"]["registrationId"]
    assert "Fn::ImportValue" in registration_id
    assert only(one, "Custom::SmsRegistrationForm")["DependsOn"] == ["SmsRegistrationProviderEventInvokeConfigDAC79B25"]


def test_refused_where_events_do_not_arrive(app):
    stack = cdk.Stack(app, "Test", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    registration = Registration.from_registration_arn(
        stack, "Existing", "arn:aws:sms-voice:us-east-1:444455556666:registration/registration-0123"
    )

    with pytest.raises(ValueError, match=r"^on_status_change 'Denied'") as refusal:
        registration.on_status_change("Denied")

    assert str(refusal.value).splitlines() == [
        "on_status_change 'Denied': 2 problems",
        "  - the registration is in us-east-1, and its events do not reach eu-west-1: create the rule in a stack there",
        "  - the registration is in 444455556666, and its events do not reach 111122223333: create the rule in a stack "
        "there",
    ]


EXPECTED = "expected 1 to 64 capital letters, digits and underscores, such as 'REQUIRES_UPDATES'"


@pytest.mark.parametrize(
    ("statuses", "problem"),
    [
        ("DENIED", "statuses: expected a list, got str"),
        (RegistrationStatus.CLOSED, "statuses: expected a list, got RegistrationStatus"),
        ([], "statuses: got an empty list, expected at least one; leave it out for all"),
        (["denied"], f"statuses[0]: got 'denied', {EXPECTED}"),
        (["CLOSED", 5], f"statuses[1]: got int, {EXPECTED}"),
    ],
)
def test_refused_statuses(stack, statuses, problem):
    registration = Registration(stack, "TollFree", registration_type=TYPE)

    with pytest.raises(ValueError, match=r"^on_status_change 'Denied'") as refusal:
        registration.on_status_change("Denied", statuses=statuses)

    assert str(refusal.value) == f"on_status_change 'Denied': {problem}"


def test_status_by_name():
    assert str(RegistrationStatus.of("SOMETHING_NEW")) == "SOMETHING_NEW"
    assert RegistrationStatus.of("COMPLETE") == RegistrationStatus.COMPLETE
    with pytest.raises(ValueError, match=r"RegistrationStatus: name: got 'no', expected 1 to 64 capital letters"):
        RegistrationStatus.of("no")
