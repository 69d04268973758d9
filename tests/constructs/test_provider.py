import gc
from collections import Counter

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks

from cdk_sms_registration import Registration, RegistrationProvider
from cdk_sms_registration.provider_settings import (
    MAXIMUM_TIMEOUT_SECONDS,
    RETRY_ATTEMPTS,
    RETRY_DELAY_SECONDS,
    SERVICE_TIMEOUT_SECONDS,
)

TYPE = "US_TOLL_FREE_REGISTRATION"


def only(stack, resource_type):
    (resource,) = Template.from_stack(stack).find_resources(resource_type).values()
    return resource


def dependencies(resource):
    depends_on = resource.get("DependsOn", [])
    return {depends_on} if isinstance(depends_on, str) else set(depends_on)


# --- what a stack gets ---


@pytest.mark.fault(38)
def test_logical_ids_are_stable(app_with_and_without_flags):
    """Another logical ID of the function is another ServiceToken, which CloudFormation refuses to change."""
    stack = cdk.Stack(app_with_and_without_flags, "Test")
    Registration(stack, "TollFree", registration_type=TYPE)

    resources = Template.from_stack(stack).to_json()["Resources"]

    assert {name: resource["Type"] for name, resource in resources.items()} == {
        "SmsRegistrationProviderLogGroup7B459195": "AWS::Logs::LogGroup",
        "SmsRegistrationProviderRoleDE6FB4DE": "AWS::IAM::Role",
        "SmsRegistrationProviderRoleDefaultPolicyAD23C8DE": "AWS::IAM::Policy",
        "SmsRegistrationProviderFunctionF386247D": "AWS::Lambda::Function",
        "SmsRegistrationProviderEventInvokeConfigDAC79B25": "AWS::Lambda::EventInvokeConfig",
        "TollFreeD0DB09A2": "Custom::SmsRegistration",
    }


def test_one_provider_for_all_registrations_of_a_stack(stack):
    for number in range(3):
        Registration(stack, f"Registration{number}", registration_type=TYPE)

    types = Counter(resource["Type"] for resource in Template.from_stack(stack).to_json()["Resources"].values())

    assert types == {
        "Custom::SmsRegistration": 3,
        "AWS::Lambda::Function": 1,
        "AWS::Lambda::EventInvokeConfig": 1,
        "AWS::IAM::Role": 1,
        "AWS::IAM::Policy": 1,
        "AWS::Logs::LogGroup": 1,
    }


@pytest.mark.fault(39, 40, 63)
def test_function(stack):
    Registration(stack, "TollFree", registration_type=TYPE)

    properties = only(stack, "AWS::Lambda::Function")["Properties"]

    del properties["Code"], properties["Description"]
    # Nothing else: no name, reserved concurrency, VPC, dead-letter queue, layer or secret.
    assert properties == {
        "Architectures": ["arm64"],
        "Environment": {
            "Variables": {"DNS_SUFFIX": {"Ref": "AWS::URLSuffix"}, "SERVED_STACK_ID": {"Ref": "AWS::StackId"}}
        },
        "Handler": "sms_registration_handler.index.handler",
        "LoggingConfig": {
            "ApplicationLogLevel": "INFO",
            "LogFormat": "JSON",
            "LogGroup": {"Ref": "SmsRegistrationProviderLogGroup7B459195"},
            "SystemLogLevel": "INFO",
        },
        "MemorySize": 256,
        "Role": {"Fn::GetAtt": ["SmsRegistrationProviderRoleDE6FB4DE", "Arn"]},
        "Runtime": "python3.14",
        "Timeout": 900,
    }


def test_default_runtime_is_the_newest_in_the_cdk(stack):
    """The rule AwsSolutions-L1 of cdk-nag compares with the same list."""
    names = [runtime.name for runtime in lambda_.Runtime.ALL if runtime.family is lambda_.RuntimeFamily.PYTHON]
    minors = [int(name.removeprefix("python3.")) for name in names if name.startswith("python3.")]

    assert RegistrationProvider.get_or_create(stack).function.runtime.name == f"python3.{max(minors)}"


@pytest.mark.fault(11)
def test_retries_and_event_age(stack):
    """An event that CloudFormation no longer waits for is dropped."""
    Registration(stack, "TollFree", registration_type=TYPE)

    config = only(stack, "AWS::Lambda::EventInvokeConfig")["Properties"]
    timeout = only(stack, "Custom::SmsRegistration")["Properties"]["ServiceTimeout"]

    assert config == {
        "FunctionName": {"Ref": "SmsRegistrationProviderFunctionF386247D"},
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 3600,
    }
    assert config["MaximumEventAgeInSeconds"] <= timeout


@pytest.mark.fault(34)
def test_all_runs_end_within_the_service_timeout():
    runs = 1 + RETRY_ATTEMPTS
    assert runs * MAXIMUM_TIMEOUT_SECONDS + RETRY_DELAY_SECONDS <= SERVICE_TIMEOUT_SECONDS


@pytest.mark.fault(53)
def test_log_group(stack):
    """The log group belongs to the stack, so the function needs no permission to create one."""
    Registration(stack, "TollFree", registration_type=TYPE)

    group = only(stack, "AWS::Logs::LogGroup")

    assert group["Properties"] == {"RetentionInDays": 180}
    assert group["DeletionPolicy"] == "Delete"


@pytest.mark.fault(61)
def test_only_iam_can_allow_invocation(stack):
    Registration(stack, "TollFree", registration_type=TYPE)

    template = Template.from_stack(stack)

    template.resource_count_is("AWS::Lambda::Permission", 0)
    template.resource_count_is("AWS::Lambda::Url", 0)
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {
                        "Action": "sts:AssumeRole",
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                    }
                ]
            },
            "ManagedPolicyArns": Match.absent(),
        },
    )


@pytest.mark.fault(37)
def test_everything_an_event_needs_outlives_it(stack):
    """The custom resource waits for exactly what the function does not wait for."""
    Registration(stack, "TollFree", registration_type=TYPE)

    assert dependencies(only(stack, "AWS::Lambda::Function")) >= {"SmsRegistrationProviderRoleDefaultPolicyAD23C8DE"}
    assert dependencies(only(stack, "Custom::SmsRegistration")) == {"SmsRegistrationProviderEventInvokeConfigDAC79B25"}


def test_unused_provider_is_not_created(stack):
    Registration.from_registration_id(stack, "Existing", "registration-0123")
    cdk.CfnOutput(stack, "Something", value="else")

    assert "Resources" not in Template.from_stack(stack).to_json()


# --- get_or_create ---


def test_get_or_create_returns_the_provider_of_the_stack(app):
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    registration = Registration(one, "TollFree", registration_type=TYPE)

    provider = RegistrationProvider.get_or_create(registration)

    assert provider is RegistrationProvider.get_or_create(one)
    assert provider is not RegistrationProvider.get_or_create(other)
    assert one.resolve(provider.service_token) == {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]}


def test_get_or_create_survives_garbage_collection(stack):
    token = RegistrationProvider.get_or_create(stack).service_token
    gc.collect()

    assert RegistrationProvider.get_or_create(stack).service_token == token


# --- configure ---


def test_configure_timeout_and_runtime(stack):
    provider = RegistrationProvider.configure(
        stack, timeout=cdk.Duration.minutes(5), runtime=lambda_.Runtime.PYTHON_3_13
    )
    Registration(stack, "TollFree", registration_type=TYPE)

    assert provider is RegistrationProvider.get_or_create(stack)
    properties = only(stack, "AWS::Lambda::Function")["Properties"]
    assert properties["Timeout"] == 300
    assert properties["Runtime"] == "python3.13"


@pytest.mark.fault(38)
def test_configure_keeps_the_logical_id_of_the_function(stack):
    provider = RegistrationProvider.configure(
        stack,
        role=iam.Role(stack, "MyRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")),
        log_group=logs.LogGroup(stack, "MyLogs"),
        timeout=cdk.Duration.minutes(5),
        runtime=lambda_.Runtime.PYTHON_3_13,
    )

    assert stack.resolve(provider.service_token) == {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]}


def test_configure_log_group(stack):
    group = logs.LogGroup(stack, "MyLogs", retention=logs.RetentionDays.TWO_YEARS)

    provider = RegistrationProvider.configure(stack, log_group=group)

    assert provider.log_group is group
    assert only(stack, "AWS::Logs::LogGroup")["Properties"] == {"RetentionInDays": 731}
    assert only(stack, "AWS::Lambda::Function")["Properties"]["LoggingConfig"]["LogGroup"] == stack.resolve(
        group.log_group_name
    )
    (log_statement,) = (
        statement
        for statement in only(stack, "AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "Log"
    )
    assert log_statement["Resource"] == stack.resolve(group.log_group_arn)


def test_configure_role_of_the_stack(stack):
    role = iam.Role(stack, "MyRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    provider = RegistrationProvider.configure(stack, role=role)
    Registration(stack, "TollFree", registration_type=TYPE)

    assert provider.role is role
    (policy_id,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    assert policy_id.startswith("MyRoleDefaultPolicy")
    assert dependencies(only(stack, "AWS::Lambda::Function")) >= {policy_id}
    assert dependencies(only(stack, "Custom::SmsRegistration")) == {"SmsRegistrationProviderEventInvokeConfigDAC79B25"}


def test_configure_imported_role(stack):
    role = iam.Role.from_role_arn(stack, "MyRole", "arn:aws:iam::111122223333:role/mine")

    RegistrationProvider.configure(stack, role=role)

    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 0)
    ((policy_id, policy),) = template.find_resources("AWS::IAM::Policy").items()
    assert policy["Properties"]["Roles"] == ["mine"]
    assert policy["Properties"]["PolicyDocument"]["Statement"]
    assert dependencies(only(stack, "AWS::Lambda::Function")) >= {policy_id}


def test_configure_immutable_role(stack):
    role = iam.Role.from_role_arn(stack, "MyRole", "arn:aws:iam::111122223333:role/mine", mutable=False)

    RegistrationProvider.configure(stack, role=role)

    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 0)
    assert only(stack, "AWS::Lambda::Function")["Properties"]["Role"] == "arn:aws:iam::111122223333:role/mine"


@pytest.mark.parametrize("seconds", [60, 900])
def test_configure_timeout_at_the_limits(stack, seconds):
    RegistrationProvider.configure(stack, timeout=cdk.Duration.seconds(seconds))

    assert only(stack, "AWS::Lambda::Function")["Properties"]["Timeout"] == seconds


def test_configure_timeout_as_token(stack):
    parameter = cdk.CfnParameter(stack, "Timeout", type="Number").value_as_number

    RegistrationProvider.configure(stack, timeout=cdk.Duration.seconds(parameter))

    assert only(stack, "AWS::Lambda::Function")["Properties"]["Timeout"] == {"Ref": "Timeout"}


def test_configure_after_the_first_registration(stack):
    Registration(stack, "TollFree", registration_type=TYPE)

    with pytest.raises(
        ValueError,
        match=r"^RegistrationProvider.configure: the stack has a provider already; "
        "call configure once, before the first Registration or RegistrationWatch$",
    ):
        RegistrationProvider.configure(stack, timeout=cdk.Duration.minutes(5))


def test_configure_twice(stack):
    RegistrationProvider.configure(stack)

    with pytest.raises(ValueError, match="the stack has a provider already"):
        RegistrationProvider.configure(stack)


def test_configure_reports_all_problems_at_once(app):
    stack, other = cdk.Stack(app, "Test"), cdk.Stack(app, "Other")
    role = iam.Role(other, "MyRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    with pytest.raises(ValueError, match=r"^RegistrationProvider.configure") as refusal:
        RegistrationProvider.configure(
            stack, role=role, timeout=cdk.Duration.seconds(59), runtime=lambda_.Runtime.NODEJS_22_X
        )

    assert str(refusal.value).splitlines() == [
        "RegistrationProvider.configure: 3 problems",
        "  - timeout: got 59 seconds, expected 60 to 900",
        "  - runtime: got 'nodejs22.x', expected python3.10 or newer",
        "  - role: belongs to another stack, whose policies cannot name this stack; "
        "import it: Role.from_role_arn(scope, id, role.role_arn)",
    ]
    assert stack.node.children == []


@pytest.mark.parametrize("seconds", [59, 901, 1140])
def test_configure_timeout_out_of_bounds(stack, seconds):
    with pytest.raises(ValueError, match=f"timeout: got {seconds} seconds, expected 60 to 900$"):
        RegistrationProvider.configure(stack, timeout=cdk.Duration.seconds(seconds))


@pytest.mark.parametrize("runtime", [lambda_.Runtime.PYTHON_3_9, lambda_.Runtime.PYTHON_2_7, lambda_.Runtime.JAVA_21])
def test_configure_unsupported_runtime(stack, runtime):
    with pytest.raises(ValueError, match=r"expected python3.10 or newer$"):
        RegistrationProvider.configure(stack, runtime=runtime)


# --- cdk-nag ---


@pytest.mark.parametrize(
    ("environment", "context"),
    [
        (None, None),
        (None, {"@aws-cdk/core:enablePartitionLiterals": True, "@aws-cdk/aws-iam:minimizePolicies": True}),
        (cdk.Environment(account="111122223333", region="eu-west-1"), None),
        (
            cdk.Environment(account="111122223333", region="eu-west-1"),
            {"@aws-cdk/core:enablePartitionLiterals": True, "@aws-cdk/core:target-partitions": ["aws"]},
        ),
    ],
)
def test_cdk_nag_finds_nothing(environment, context):
    app = cdk.App(builtin_cloud_formation_validation=False, context=context)
    stack = cdk.Stack(app, "Test", env=environment)
    Registration(stack, "TollFree", registration_type=TYPE)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    app.synth()


def test_cdk_nag_still_checks_a_role_of_your_own(app, stack):
    role = iam.Role(stack, "MyRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    RegistrationProvider.configure(stack, role=role)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    with pytest.raises(RuntimeError, match=r"DefaultPolicy(.|\n)*IAM5\[Resource::\*\]"):
        app.synth()
