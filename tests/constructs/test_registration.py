import json
import re
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Match, Template
from jsii._kernel.providers.process import _NodeProcess

from cdk_sms_registration import Registration, RegistrationProvider, RegistrationType
from constructs import Construct

TOLL_FREE = RegistrationType.US_TOLL_FREE_REGISTRATION


# --- what the handler receives: public API, because every released format must stay readable ---


@pytest.mark.fault(68)
def test_custom_resource_in_format_1(app_with_and_without_flags, registration_resource):
    stack = cdk.Stack(app_with_and_without_flags, "Test")

    Registration(stack, "TollFree", registration_type=TOLL_FREE)

    assert registration_resource(stack) == {
        "Type": "Custom::SmsRegistration",
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]},
            "ServiceTimeout": 3600,
            "RegistrationType": "US_TOLL_FREE_REGISTRATION",
        },
        "DependsOn": ["SmsRegistrationProviderEventInvokeConfigDAC79B25"],
    }


@pytest.mark.fault(68)
def test_custom_resource_in_format_1_with_every_argument(app_with_and_without_flags, registration_resource):
    stack = cdk.Stack(app_with_and_without_flags, "Test")

    Registration(
        stack,
        "TollFree",
        registration_type="US_TOLL_FREE_REGISTRATION",
        tags={"team": "growth", "Name": "codes"},
        removal_policy=cdk.RemovalPolicy.DESTROY,
        existing_registration_id="registration-0123456789abcdef",
        take_over=True,
    )

    assert registration_resource(stack) == {
        "Type": "Custom::SmsRegistration",
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]},
            "ServiceTimeout": 3600,
            "RegistrationType": "US_TOLL_FREE_REGISTRATION",
            "Tags": [{"key": "Name", "value": "codes"}, {"key": "team", "value": "growth"}],
            "ExistingRegistrationId": "registration-0123456789abcdef",
            "TakeOver": True,
            "RemovalPolicy": "destroy",
        },
        "UpdateReplacePolicy": "Delete",
        "DeletionPolicy": "Delete",
        "DependsOn": [
            "SmsRegistrationProviderEventInvokeConfigDAC79B25",
            "TollFreeNamedregistration0123456789abcdefPolicy613CC222",
        ],
    }


def test_logical_id_is_that_of_the_construct_alone(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)

    assert stack.resolve(registration.resource.logical_id) == "TollFreeD0DB09A2"
    assert registration.node.default_child is registration.resource


@pytest.mark.parametrize("kind", ["US_TOLL_FREE_REGISTRATION", TOLL_FREE, RegistrationType.of(TOLL_FREE.name)])
def test_registration_type_as_str_or_constant(stack, registration_resource, kind):
    Registration(stack, "TollFree", registration_type=kind)

    assert registration_resource(stack)["Properties"]["RegistrationType"] == "US_TOLL_FREE_REGISTRATION"


def test_arguments_may_be_tokens(stack, registration_resource):
    def parameter(name):
        return cdk.CfnParameter(stack, name).value_as_string

    Registration(
        stack,
        "TollFree",
        registration_type=parameter("Kind"),
        existing_registration_id=parameter("Existing"),
        tags={"owner": parameter("Owner")},
    )

    properties = registration_resource(stack)["Properties"]
    assert properties["RegistrationType"] == {"Ref": "Kind"}
    assert properties["ExistingRegistrationId"] == {"Ref": "Existing"}
    assert properties["Tags"] == [{"key": "owner", "value": {"Ref": "Owner"}}]


# --- attributes ---


def test_attributes_are_tokens_of_the_custom_resource(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)

    def attribute(name):
        return {"Fn::GetAtt": ["TollFreeD0DB09A2", name]}

    assert stack.resolve(registration.registration_id) == {"Ref": "TollFreeD0DB09A2"}
    assert stack.resolve(registration.registration_arn) == attribute("RegistrationArn")
    assert stack.resolve(registration.registration_type) == attribute("RegistrationType")
    assert stack.resolve(registration.registration_status) == attribute("RegistrationStatus")
    assert stack.resolve(registration.current_version_number) == attribute("CurrentVersionNumber")
    assert stack.resolve(registration.registration_ref.registration_arn) == attribute("RegistrationArn")


def test_aws_cdk_lib_accepts_it_as_a_registration(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)

    arn = smsvoice.CfnRegistration.arn_for_registration(registration)

    assert stack.resolve(arn) == {"Fn::GetAtt": ["TollFreeD0DB09A2", "RegistrationArn"]}
    assert cdk.Resource.is_owned_resource(registration)


def test_used_from_another_stack_of_the_same_region(app):
    producer, consumer = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
    registration = Registration(producer, "TollFree", registration_type=TOLL_FREE)

    ssm.StringParameter(consumer, "Id", string_value=registration.registration_id)
    ssm.StringParameter(consumer, "Arn", string_value=registration.registration_arn)

    exports = {output["Export"]["Name"] for output in Template.from_stack(producer).to_json()["Outputs"].values()}
    imports = {
        resource["Properties"]["Value"]["Fn::ImportValue"]
        for resource in Template.from_stack(consumer).find_resources("AWS::SSM::Parameter").values()
    }
    assert len(exports) == 2
    assert imports == exports
    # Each stack has its own provider, and the consumer needs none.
    Template.from_stack(consumer).resource_count_is("AWS::Lambda::Function", 0)


def test_used_from_a_stack_of_another_region(app):
    producer = cdk.Stack(
        app, "Producer", env=cdk.Environment(account="111122223333", region="us-east-1"), cross_region_references=True
    )
    consumer = cdk.Stack(
        app, "Consumer", env=cdk.Environment(account="111122223333", region="eu-west-1"), cross_region_references=True
    )
    registration = Registration(producer, "TollFree", registration_type=TOLL_FREE)

    ssm.StringParameter(consumer, "Id", string_value=registration.registration_id)

    Template.from_stack(producer).has_resource_properties(
        "Custom::CrossRegionExportWriter",
        {"WriterProps": {"exports": Match.object_like({}), "region": "eu-west-1"}},
    )
    (parameter,) = Template.from_stack(consumer).find_resources("AWS::SSM::Parameter").values()
    (reader, attribute) = parameter["Properties"]["Value"]["Fn::GetAtt"]
    assert reader.startswith("ExportsReader")
    assert "TollFree" in attribute


def test_in_a_nested_stack(app, registration_resource):
    parent = cdk.Stack(app, "Parent")
    nested = cdk.NestedStack(parent, "Nested")
    registration = Registration(nested, "TollFree", registration_type=TOLL_FREE)

    ssm.StringParameter(parent, "Id", string_value=registration.registration_id)

    assert RegistrationProvider.get_or_create(registration).node.scope is nested
    assert registration_resource(nested)["Properties"]["ServiceToken"] == {
        "Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]
    }
    Template.from_stack(parent).resource_count_is("AWS::Lambda::Function", 0)


def test_same_logical_ids_in_every_stage(app, registration_resource):
    ids = set()
    for name in ("Test", "Production"):
        stack = cdk.Stack(cdk.Stage(app, name), "Messaging")
        registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)
        ids.add(stack.resolve(registration.resource.logical_id))
        assert registration_resource(stack)["Properties"]["ServiceToken"] == {
            "Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]
        }

    assert ids == {"TollFreeD0DB09A2"}


# --- tags ---


def test_tags_of_the_scope_win(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags={"team": "growth", "stage": "test"})

    cdk.Tags.of(stack).add("stage", "production")

    assert registration_resource(stack)["Properties"]["Tags"] == [
        {"key": "stage", "value": "production"},
        {"key": "team", "value": "growth"},
    ]


def test_tags_of_the_scope_without_own_tags(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE)

    cdk.Tags.of(stack).add("stage", "production")

    assert registration_resource(stack)["Properties"]["Tags"] == [{"key": "stage", "value": "production"}]


def test_tags_can_be_removed_and_filtered_by_type(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags={"team": "growth"})

    cdk.Tags.of(stack).remove("team")
    cdk.Tags.of(stack).add("kept", "yes", include_resource_types=["Custom::SmsRegistration"])
    cdk.Tags.of(stack).add("left out", "yes", exclude_resource_types=["Custom::SmsRegistration"])

    assert registration_resource(stack)["Properties"]["Tags"] == [{"key": "kept", "value": "yes"}]


def test_no_tags_property_when_the_last_tag_is_removed(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags={"team": "growth"})

    cdk.Tags.of(stack).remove("team")

    assert "Tags" not in registration_resource(stack)["Properties"]


def test_tags_argument_is_copied(stack, registration_resource):
    tags = {"team": "growth"}
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags=tags)

    tags["team"] = "changed later"

    assert registration_resource(stack)["Properties"]["Tags"] == [{"key": "team", "value": "growth"}]


# --- removal policy ---


def policies(resource):
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, (None, None)),  # the default of CloudFormation is Delete
        (cdk.RemovalPolicy.DESTROY, ("Delete", "Delete")),
        (cdk.RemovalPolicy.RETAIN, ("Retain", "Retain")),
        (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ("RetainExceptOnCreate", "Retain")),
    ],
)
def test_removal_policy(stack, registration_resource, policy, expected):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, removal_policy=policy)

    resource = registration_resource(stack)
    assert policies(resource) == expected
    assert "RemovalPolicy" not in resource["Properties"]


@pytest.mark.parametrize(
    ("policy", "expected", "destroy"),
    [
        (None, ("RetainExceptOnCreate", "Retain"), None),
        (cdk.RemovalPolicy.RETAIN, ("Retain", "Retain"), None),
        (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ("RetainExceptOnCreate", "Retain"), None),
        (cdk.RemovalPolicy.DESTROY, ("Delete", "Delete"), "destroy"),
    ],
)
def test_adopted_registration_needs_an_explicit_destroy(stack, registration_resource, policy, expected, destroy):
    Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        existing_registration_id="registration-0123",
        removal_policy=policy,
    )

    resource = registration_resource(stack)
    assert policies(resource) == expected
    assert resource["Properties"].get("RemovalPolicy") == destroy


def test_apply_removal_policy_equals_the_argument(stack, registration_resource):
    registration = Registration(
        stack, "TollFree", registration_type=TOLL_FREE, existing_registration_id="registration-0123"
    )

    registration.apply_removal_policy(cdk.RemovalPolicy.DESTROY)

    resource = registration_resource(stack)
    assert policies(resource) == ("Delete", "Delete")
    assert resource["Properties"]["RemovalPolicy"] == "destroy"


def test_a_later_policy_takes_destroy_back(stack, registration_resource):
    registration = Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        existing_registration_id="registration-0123",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )

    registration.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    resource = registration_resource(stack)
    assert policies(resource) == ("Retain", "Retain")
    assert "RemovalPolicy" not in resource["Properties"]


def test_a_stack_wide_policy_is_not_an_explicit_destroy(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, existing_registration_id="registration-0123")

    cdk.RemovalPolicies.of(stack).destroy()

    resource = registration_resource(stack)
    assert policies(resource) == ("Delete", "Delete")
    assert "RemovalPolicy" not in resource["Properties"]


def test_take_over_without_an_existing_id(stack, registration_resource):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, take_over=True)

    assert registration_resource(stack)["Properties"]["TakeOver"] is True


# --- refused arguments ---

ID_EXPECTED = "expected 'registration-' and lowercase letters and digits, such as 'registration-0123456789abcdef'"
TYPE_EXPECTED = "expected 1 to 64 letters, digits and underscores, such as 'US_TOLL_FREE_REGISTRATION'"
TOO_MANY_TAGS = "tags: got 201 tags, expected at most 28: a resource can have 50, and the provider function needs 22"
NO_REFERENCES = (
    "dynamic references ('{{resolve:...}}') are not supported in custom resources; "
    "pass the value itself, or a token such as StringParameter.value_for_string_parameter(...)"
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"registration_type": "US-TOLL-FREE"}, f"registration_type: got 'US-TOLL-FREE', {TYPE_EXPECTED}"),
        ({"registration_type": ""}, f"registration_type: got '', {TYPE_EXPECTED}"),
        ({"registration_type": "A" * 65}, f"registration_type: got '{'A' * 65}', {TYPE_EXPECTED}"),
        ({"registration_type": "US_TOLL_FREE\n"}, f"registration_type: got 'US_TOLL_FREE\\n', {TYPE_EXPECTED}"),
        ({"registration_type": 5}, "registration_type: expected a str, got int"),
        ({"registration_type": "{{resolve:ssm:kind}}"}, f"registration_type: {NO_REFERENCES}"),
        (
            {"existing_registration_id": "Registration-01"},
            f"existing_registration_id: got 'Registration-01', {ID_EXPECTED}",
        ),
        (
            {"existing_registration_id": "arn:aws:sms-voice:us-east-1:111122223333:registration/registration-01"},
            "existing_registration_id: got the ARN "
            "'arn:aws:sms-voice:us-east-1:111122223333:registration/registration-01', "
            f"{ID_EXPECTED}; pass only its last part, 'registration-01'",
        ),
        (
            {"existing_registration_id": "arn:aws:sns:us-east-1:111122223333:topic"},
            "existing_registration_id: got the ARN 'arn:aws:sns:us-east-1:111122223333:topic', "
            f"{ID_EXPECTED}; and it is not the ARN of a registration",
        ),
        (
            {"existing_registration_id": "{{resolve:ssm-secure:id}}"},
            f"existing_registration_id: {NO_REFERENCES}",
        ),
        ({"tags": [("a", "b")]}, "tags: expected a mapping of str to str, got list"),
        ({"tags": {"n": 1}}, "tags['n']: expected a str, got int"),
        ({"tags": {1: "n"}}, "tags: key 1: expected a str, got int"),
        ({"tags": {"": "x"}}, "tags: key '' has 0 characters, expected 1 to 128"),
        ({"tags": {"k" * 129: "x"}}, f"tags: key '{'k' * 129}' has 129 characters, expected 1 to 128"),
        ({"tags": {"k": "v" * 257}}, "tags['k']: has 257 characters, expected at most 256"),
        ({"tags": {str(n): "" for n in range(201)}}, TOO_MANY_TAGS),
        (
            {"tags": {"AWS:team": "x"}},
            "tags: key 'AWS:team' begins with 'aws:', which AWS reserves; choose another key",
        ),
        (
            {"tags": {"cdk-sms-registration:stack": "x"}},
            "tags: key 'cdk-sms-registration:stack' begins with 'cdk-sms-registration:', which the provider "
            "function reserves for its owner tags; choose another key",
        ),
        ({"tags": {"k": "{{resolve:secretsmanager:s}}"}}, f"tags['k']: {NO_REFERENCES}"),
        ({"take_over": "yes"}, "take_over: expected True or False, got 'yes'"),
        (
            {"removal_policy": cdk.RemovalPolicy.SNAPSHOT},
            "removal_policy: got SNAPSHOT, but a registration has no snapshots; use DESTROY or RETAIN",
        ),
    ],
)
def test_refusal(stack, arguments, message):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree'") as refusal:
        Registration(stack, "TollFree", **{"registration_type": TOLL_FREE, **arguments})

    assert str(refusal.value) == f"Registration 'Test/TollFree': {message}"
    assert stack.node.children == []


def test_all_problems_are_reported_at_once(stack):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree'") as refusal:
        Registration(
            stack,
            "TollFree",
            registration_type="US TOLL FREE",
            tags={"aws:a": "b", "c": "d" * 300},
            existing_registration_id="0123",
            removal_policy=cdk.RemovalPolicy.SNAPSHOT,
        )

    assert str(refusal.value).splitlines() == [
        "Registration 'Test/TollFree': 5 problems",
        f"  - registration_type: got 'US TOLL FREE', {TYPE_EXPECTED}",
        "  - tags: key 'aws:a' begins with 'aws:', which AWS reserves; choose another key",
        "  - tags['c']: has 300 characters, expected at most 256",
        f"  - existing_registration_id: got '0123', {ID_EXPECTED}",
        "  - removal_policy: got SNAPSHOT, but a registration has no snapshots; use DESTROY or RETAIN",
    ]


def test_apply_removal_policy_refuses_snapshot(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)

    with pytest.raises(ValueError, match="Registration 'Test/TollFree': removal_policy: got SNAPSHOT"):
        registration.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT)


# --- cost ---


class Calls:
    """Counts the requests that Python sends to the CDK's Node process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kinds: Counter[str] = Counter()
        send = _NodeProcess.send

        def counted(process, request, response_type):
            self.kinds[type(request).__name__] += 1
            return send(process, request, response_type)

        monkeypatch.setattr(_NodeProcess, "send", counted)

    def take(self) -> int:
        total = sum(self.kinds.values())
        self.kinds.clear()
        return total


def test_a_refusal_tells_constructs_with_the_same_id_apart(app, stack):
    tenant = Construct(stack, "Tenant7")

    with pytest.raises(ValueError, match=r"^Registration 'Test/Tenant7/Brand': registration_type"):
        Registration(tenant, "Brand", registration_type="")
    with pytest.raises(ValueError, match=r"^Registration 'Test/Tenant7/Brand': registration_id"):
        Registration.from_registration_id(tenant, "Brand", "")


def test_cdk_calls_per_further_registration(stack, monkeypatch):
    Registration(stack, "First", registration_type=TOLL_FREE)
    somewhere = Construct(stack, "Somewhere")
    calls = Calls(monkeypatch)

    Registration(stack, "Second", registration_type=TOLL_FREE)
    in_the_stack = calls.take()
    Registration(somewhere, "Third", registration_type=TOLL_FREE)
    in_a_new_scope = calls.take()
    Registration(somewhere, "Fourth", registration_type=TOLL_FREE)
    in_a_known_scope = calls.take()

    # The construct, its custom resource and the dependency; and once per scope, to find its stack.
    assert (in_the_stack, in_a_new_scope, in_a_known_scope) == (3, 4, 3)

    Registration(stack, "Fifth", registration_type=TOLL_FREE, tags={"team": "growth"})
    assert calls.take() <= 9  # for tags: a TagManager, its rendering, the property; its validation, which takes three


def test_template_growth_per_further_registration(tmp_path):
    def template(count: int) -> str:
        # As the CLI runs an app, with a path in the metadata of each resource.
        app = cdk.App(
            outdir=str(tmp_path / str(count)),
            builtin_cloud_formation_validation=False,
            context={"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True},
        )
        stack = cdk.Stack(app, "Messaging")
        for number in range(count):
            Registration(stack, f"Registration{number:03}", registration_type=TOLL_FREE)
        return Path(app.synth().get_stack_by_name("Messaging").template_full_path).read_text()

    one, eleven = template(1), template(11)

    assert len(json.loads(eleven)["Resources"]) - len(json.loads(one)["Resources"]) == 10
    assert (len(eleven) - len(one)) / 10 <= 480
    assert len(re.findall("AWS::Lambda::Function", eleven)) == 1


def test_registration_is_adopted_once_in_a_stack(app):
    stack = cdk.Stack(app, "Test")
    adopted = {
        "registration_type": "US_TOLL_FREE_REGISTRATION",
        "existing_registration_id": "registration-0123456789abcdef",
    }
    Registration(stack, "First", **adopted)

    with pytest.raises(ValueError, match="which 'Test/First' adopts already"):
        Registration(stack, "Second", **adopted)

    Registration(cdk.Stack(app, "Other"), "First", **adopted)  # may be in another account or Region


def test_token_may_be_adopted_twice_because_its_value_is_unknown(app):
    stack = cdk.Stack(app, "Test")
    existing = cdk.CfnParameter(stack, "Existing").value_as_string
    for construct_id in ("First", "Second"):
        Registration(
            stack, construct_id, registration_type="US_TOLL_FREE_REGISTRATION", existing_registration_id=existing
        )
