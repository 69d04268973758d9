import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.assertions import Template
from aws_cdk.interfaces.aws_smsvoice import IRegistrationRef, RegistrationReference

from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    Registration,
    RegistrationAttachment,
    RegistrationForm,
    RegistrationProvider,
    RegistrationType,
)
from constructs import Construct

TOLL_FREE = RegistrationType.US_TOLL_FREE_REGISTRATION
SERVICE = {
    "ServiceToken": {"Fn::GetAtt": ["SmsRegistrationProviderFunctionF386247D", "Arn"]},
    "ServiceTimeout": 3600,
}
CONFIG = "SmsRegistrationProviderEventInvokeConfigDAC79B25"
PNG = b"\x89PNG\r\n\x1a\n0"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "opt-in.png"
    path.write_bytes(PNG)
    return path


def resources(stack, resource_type):
    return Template.from_stack(stack).find_resources(resource_type)


def only(stack, resource_type):
    (resource,) = resources(stack, resource_type).values()
    return resource


def form_of(stack):
    return only(stack, "Custom::SmsRegistrationForm")


def dependencies(resource):
    depends_on = resource.get("DependsOn", [])
    return {depends_on} if isinstance(depends_on, str) else set(depends_on)


def toll_free_number(scope, name="Number"):
    return smsvoice.CfnPhoneNumber(
        scope,
        name,
        iso_country_code="US",
        number_type="TOLL_FREE",
        number_capabilities=["SMS"],
        mandatory_keywords={"help": {"message": "Example Corp: help"}, "stop": {"message": "Example Corp: stopped"}},
    )


@jsii.implements(IRegistrationRef)
class ForeignRegistration(cdk.Resource):
    """A registration of another library. Only its ARN is known."""

    def __init__(self, scope, construct_id, arn):
        super().__init__(scope, construct_id)
        self._arn = arn

    @property
    def registration_ref(self):
        return RegistrationReference(registration_arn=self._arn)


# --- what the handler receives: public API, because every released format must stay readable ---


def test_no_form_without_content(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE, revision="2", on_locked="keep")

    assert not registration.has_form
    with pytest.raises(
        ValueError, match=r"^Registration 'Test/TollFree' has no form, because it has no fields"
    ) as refusal:
        registration.form  # noqa: B018
    assert "has_form" in str(refusal.value)
    assert resources(stack, "Custom::SmsRegistrationForm") == {}


@pytest.mark.fault(68)
def test_form_in_format_1(app_with_and_without_flags):
    stack = cdk.Stack(app_with_and_without_flags, "Test")

    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"companyInfo.companyName": "Example Corp"})

    assert resources(stack, "Custom::SmsRegistrationForm") == {
        "TollFreeForm79AFCE65": {
            "Type": "Custom::SmsRegistrationForm",
            "Properties": {
                **SERVICE,
                "RegistrationId": {"Ref": "TollFreeD0DB09A2"},
                "Fields": {"companyInfo.companyName": "Example Corp"},
            },
            "DependsOn": [CONFIG],
        }
    }


@pytest.mark.fault(68, 64)
def test_form_in_format_1_with_every_argument(stack, picture):
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_ssm as ssm

    secret = secretsmanager.Secret.from_secret_complete_arn(
        stack, "TaxId", "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax-AbCdEf"
    )
    parameter = ssm.StringParameter.from_secure_string_parameter_attributes(stack, "Phone", parameter_name="/sms/phone")

    Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={
            "companyInfo.companyName": "Example Corp",
            "companyInfo.address2": "",
            "messagingUseCase.monthlyMessageVolume": ["1,000"],
            "messagingUseCase.subUseCases": (),
            "messagingUseCase.optInImage": RegistrationAttachment(
                stack, "OptIn", source=AttachmentSource.from_asset(picture)
            ),
            "companyInfo.taxId": FieldValue.from_secret(secret, "ein"),
            "companyInfo.whole": FieldValue.from_secret(secret),
            "contactInfo.supportPhoneNumber": FieldValue.from_parameter(parameter),
        },
        associations=[
            "phone-0123",
            toll_free_number(stack),
            smsvoice.CfnRcsAgent(stack, "Agent"),
            smsvoice.CfnRegistration(stack, "Native", registration_type="US_TEN_DLC_BRAND_REGISTRATION"),
            Registration(stack, "Brand", registration_type="US_TEN_DLC_BRAND_REGISTRATION"),
            Registration.from_registration_id(stack, "Imported", "registration-0123"),
        ],
        submit=True,
        on_locked="keep",
        revision="2026-02-01: new address",
        delete_undeclared=False,
        take_over=True,
        allow_closing=True,
    )

    assert form_of(stack)["Properties"] == {
        **SERVICE,
        "RegistrationId": {"Ref": "TollFreeD0DB09A2"},
        "Fields": {
            "companyInfo.companyName": "Example Corp",
            "companyInfo.address2": "",
            "messagingUseCase.monthlyMessageVolume": ["1,000"],
            "messagingUseCase.subUseCases": [],
            "messagingUseCase.optInImage": {"AttachmentId": {"Ref": "OptInF3B815CD"}},
            "companyInfo.taxId": {
                "SecretId": "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax-AbCdEf",
                "JsonField": "ein",
            },
            "companyInfo.whole": {"SecretId": "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax-AbCdEf"},
            "contactInfo.supportPhoneNumber": {"ParameterName": "/sms/phone"},
        },
        "Associations": [
            "phone-0123",
            {"Ref": "Number"},
            {"Ref": "Agent"},
            {"Fn::GetAtt": ["Native", "RegistrationId"]},
            {"Ref": "Brand154304D0"},
            "registration-0123",
        ],
        "Submit": True,
        "OnLocked": "keep",
        "Revision": "2026-02-01: new address",
        "KeepUndeclared": True,
        "TakeOver": True,
        "AllowClosing": True,
    }


def test_handler_reads_what_the_construct_writes(stack, picture):
    form_request = pytest.importorskip("sms_registration_handler.form.properties")
    Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={"a.b": "text", "a.c": ["1,000", "2"], "a.d": "", "a.e": []},
        submit=True,
        revision="2",
        on_locked="keep",
        allow_closing=True,
    )

    request = form_request.FormRequest.parse({**form_of(stack)["Properties"], "RegistrationId": "registration-0123"})

    field_values = pytest.importorskip("sms_registration_rules.values")
    assert request.fields == {
        "a.b": field_values.Text("text"),
        "a.c": field_values.Choices(("1,000", "2")),
        "a.d": field_values.Text(""),
        "a.e": field_values.Choices(()),
    }
    assert (request.submit, request.revision, request.on_locked) == (True, "2", "keep")
    assert request.allow_closing
    assert not request.keep_undeclared
    assert not request.take_over


@pytest.mark.parametrize(
    "arguments",
    [{"fields": {"a.b": "c"}}, {"associations": ["phone-0123"]}, {"submit": True}],
)
def test_each_kind_of_content_makes_a_form(stack, arguments):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE, **arguments)

    assert registration.form.node.path == "Test/TollFree/Form"
    assert registration.form.node.default_child is registration.form.resource
    properties = form_of(stack)["Properties"]
    assert properties["Fields"] == arguments.get("fields", {})
    assert properties.get("Associations") == arguments.get("associations")
    assert properties.get("Submit") == arguments.get("submit")


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ({}, None),
        ({"delete_undeclared": True}, None),
        ({"delete_undeclared": False}, True),
        ({"existing_registration_id": "registration-0123"}, True),
        ({"existing_registration_id": "registration-0123", "delete_undeclared": True}, None),
        ({"existing_registration_id": "registration-0123", "delete_undeclared": False}, True),
    ],
)
def test_default_of_delete_undeclared(stack, arguments, kept):
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": "c"}, **arguments)

    assert form_of(stack)["Properties"].get("KeepUndeclared") is kept


def test_values_may_be_tokens(stack):
    name = cdk.CfnParameter(stack, "Name").value_as_string
    choices = cdk.CfnParameter(stack, "Choices", type="CommaDelimitedList").value_as_list

    Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={"a.name": name, "a.sentence": f"{name} sends codes", "a.choices": choices, "a.choice": [name]},
        associations=[name],
        revision=name,
    )

    properties = form_of(stack)["Properties"]
    assert properties["Fields"] == {
        "a.name": {"Ref": "Name"},
        "a.sentence": {"Fn::Join": ["", [{"Ref": "Name"}, " sends codes"]]},
        "a.choices": {"Ref": "Choices"},
        "a.choice": [{"Ref": "Name"}],
    }
    assert properties["Associations"] == [{"Ref": "Name"}]
    assert properties["Revision"] == {"Ref": "Name"}


def test_fields_are_copied(stack):
    fields = {"a.b": ["c"]}
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields=fields)

    fields["a.b"].append("changed later")

    assert form_of(stack)["Properties"]["Fields"] == {"a.b": ["c"]}


# --- attributes ---


def test_attributes_are_tokens_of_the_form(stack):
    form = Registration(stack, "TollFree", registration_type=TOLL_FREE, submit=True).form
    (logical_id,) = resources(stack, "Custom::SmsRegistrationForm")

    attributes = {
        "VersionNumber": form.version_number,
        "VersionStatus": form.version_status,
        "RegistrationStatus": form.registration_status,
        "PendingSubmission": form.pending_submission,
        "PendingAssociations": form.pending_associations,
        "PendingChanges": form.pending_changes,
        "DeniedReasons": form.denied_reasons,
        "MissingFields": form.missing_fields,
    }

    for name, token in attributes.items():
        assert stack.resolve(token) == {"Fn::GetAtt": [logical_id, name]}


# --- order of creates and deletes ---


def test_order_of_deletes(stack, picture):
    brand = Registration(stack, "Brand", registration_type=TOLL_FREE, fields={"a.b": "c"})
    agent = smsvoice.CfnRcsAgent(stack, "Agent")
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="A")
    number = toll_free_number(stack)

    registration = Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={"a.file": RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))},
        associations=[brand, agent, native, number, "phone-0123"],
    )

    resource = Template.from_stack(stack).to_json()["Resources"][stack.resolve(registration.resource.logical_id)]
    # The brand's form is not among them, because deleting it deletes nothing in the service.
    assert dependencies(resource) == {CONFIG, "OptInF3B815CD", "Brand154304D0", "Agent", "Native"}


def test_form_waits_by_references_alone(stack, picture):
    registration = Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={"a.file": RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))},
        associations=[toll_free_number(stack)],
    )

    form = Template.from_stack(stack).to_json()["Resources"][stack.resolve(registration.form.resource.logical_id)]
    assert dependencies(form) == {CONFIG}


def test_number_can_depend_on_the_registration_resource(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE)
    number = toll_free_number(stack)
    number.add_resource_dependency(registration.resource)
    RegistrationForm(stack, "Form", registration=registration, associations=[number])

    Template.from_stack(stack)  # fails on a cycle


def test_parameter_that_waits_for_a_registration_as_value(stack):
    """The permission to read it must not be one that every registration waits for."""
    from aws_cdk import aws_ssm as ssm

    brand = Registration(stack, "Brand", registration_type=TOLL_FREE)
    parameter = ssm.StringParameter(stack, "BrandId", string_value=brand.registration_id)
    Registration(
        stack, "Campaign", registration_type=TOLL_FREE, fields={"a.brand": FieldValue.from_parameter(parameter)}
    )

    Template.from_stack(stack)  # fails on a cycle


def test_associated_registration_of_another_stack(app):
    producer, consumer = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
    brand = Registration(producer, "Brand", registration_type=TOLL_FREE)

    Registration(consumer, "Campaign", registration_type=TOLL_FREE, associations=[brand])

    (association,) = form_of(consumer)["Properties"]["Associations"]
    assert "Fn::ImportValue" in association
    assert dependencies(only(consumer, "Custom::SmsRegistration")) == {CONFIG}


# --- removal policy ---

KEPT_EXCEPT_ON_CREATE = ("RetainExceptOnCreate", "Retain")


def policies(resource):
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


@pytest.mark.parametrize(
    ("arguments", "registration", "file"),
    [
        ({}, (None, None), (None, None)),
        ({"submit": True}, KEPT_EXCEPT_ON_CREATE, ("RetainExceptOnCreate", "Delete")),
        ({"existing_registration_id": "registration-01"}, KEPT_EXCEPT_ON_CREATE, ("RetainExceptOnCreate", "Delete")),
        ({"submit": True, "removal_policy": cdk.RemovalPolicy.DESTROY}, ("Delete", "Delete"), ("Delete", "Delete")),
        ({"removal_policy": cdk.RemovalPolicy.RETAIN}, ("Retain", "Retain"), ("Retain", "Delete")),
    ],
)
def test_files_share_the_retention_of_their_registration(stack, picture, arguments, registration, file):
    """The old attachment of changed bytes is deleted in any case, because an account may have only 25."""
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))

    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.file": attachment}, **arguments)

    assert policies(only(stack, "Custom::SmsRegistration")) == registration
    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == file
    assert policies(form_of(stack)) == (None, None)


def test_files_follow_a_later_policy_of_the_registration(stack, picture):
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
    registration = Registration(
        stack, "TollFree", registration_type=TOLL_FREE, fields={"a.file": attachment}, submit=True
    )

    registration.apply_removal_policy(cdk.RemovalPolicy.DESTROY)

    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == ("Delete", "Delete")


def test_file_is_kept_as_long_as_any_of_its_users(stack, picture):
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
    for name, policy in {"A": "DESTROY", "B": "RETAIN", "C": "RETAIN_ON_UPDATE_OR_DELETE"}.items():
        Registration(
            stack,
            name,
            registration_type=TOLL_FREE,
            fields={"a.file": attachment},
            removal_policy=cdk.RemovalPolicy[policy],
        )

    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == ("Retain", "Delete")


@pytest.mark.parametrize("how", ["argument", "method before", "method after"])
def test_own_policy_of_a_file_wins(stack, picture, how):
    destroy = cdk.RemovalPolicy.DESTROY
    attachment = RegistrationAttachment(
        stack,
        "OptIn",
        source=AttachmentSource.from_asset(picture),
        removal_policy=destroy if how == "argument" else None,
    )
    if how == "method before":
        attachment.apply_removal_policy(destroy)
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.file": attachment}, submit=True)
    if how == "method after":
        attachment.apply_removal_policy(destroy)

    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == ("Delete", "Delete")


# --- a form declared by itself ---


def test_form_of_the_native_registration(stack, picture):
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="US_TOLL_FREE_REGISTRATION")
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
    agent = smsvoice.CfnRcsAgent(stack, "Agent")

    RegistrationForm(
        stack,
        "Form",
        registration=native,
        fields={"a.file": attachment},
        associations=[agent],
    )

    assert form_of(stack)["Properties"] == {
        **SERVICE,
        "RegistrationId": {"Fn::GetAtt": ["Native", "RegistrationId"]},
        "Fields": {"a.file": {"AttachmentId": {"Ref": "OptInF3B815CD"}}},
        "Associations": [{"Ref": "Agent"}],
        "KeepUndeclared": True,
    }
    assert dependencies(only(stack, "AWS::SMSVOICE::Registration")) == {"OptInF3B815CD", "Agent"}
    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == (None, None)


@pytest.mark.parametrize("foreign", ["id", "imported", "arn"])
def test_form_of_a_registration_created_elsewhere(stack, picture, foreign):
    arn = "arn:aws:sms-voice:us-east-1:111122223333:registration/registration-0123"
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
    which = {
        "id": lambda: {"registration_id": "registration-0123"},
        "imported": lambda: {"registration": Registration.from_registration_id(stack, "I", "registration-0123")},
        "arn": lambda: {"registration": ForeignRegistration(stack, "I", arn)},
    }[foreign]()

    form = RegistrationForm(
        stack, "Form", **which, fields={"a.file": attachment}, delete_undeclared=True, take_over=True
    )

    assert form_of(stack)["Properties"] == {
        **SERVICE,
        "RegistrationId": "registration-0123",
        "Fields": {"a.file": {"AttachmentId": {"Ref": "OptInF3B815CD"}}},
        "TakeOver": True,
    }
    assert form.node.path == "Test/Form"
    # The registration is kept, so its files are kept too.
    assert policies(only(stack, "Custom::SmsRegistrationAttachment")) == ("RetainExceptOnCreate", "Delete")


def test_form_of_a_registration_of_another_stack(app, picture):
    one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
    registration = Registration(one, "TollFree", registration_type=TOLL_FREE)
    attachment = RegistrationAttachment(other, "OptIn", source=AttachmentSource.from_asset(picture))

    form = RegistrationForm(other, "Form", registration=registration, fields={"a.file": attachment}, submit=True)

    assert "Fn::ImportValue" in form_of(other)["Properties"]["RegistrationId"]
    assert registration.form is form
    # A submitted registration is kept, whichever stack submitted it.
    assert policies(only(one, "Custom::SmsRegistration")) == KEPT_EXCEPT_ON_CREATE
    assert policies(only(other, "Custom::SmsRegistrationAttachment")) == ("RetainExceptOnCreate", "Delete")


# --- permissions ---


@pytest.mark.fault(37, 64)
def test_permission_to_read_one_secret_before_the_form(stack):
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_secretsmanager as secretsmanager

    key = kms.Key(stack, "Key")
    secret = secretsmanager.Secret(stack, "TaxId", encryption_key=key)
    registration = Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={"a.b": FieldValue.from_secret(secret, "ein"), "a.c": FieldValue.from_secret(secret, "owner")},
    )

    policy_id = stack.get_logical_id(registration.form.node.find_child("Policy").node.default_child)
    template = Template.from_stack(stack).to_json()["Resources"]
    assert template[policy_id]["Properties"]["Roles"] == [{"Ref": "SmsRegistrationProviderRoleDE6FB4DE"}]
    secret_id, key_id = stack.resolve(secret.secret_arn)["Ref"], stack.resolve(key.key_arn)["Fn::GetAtt"][0]
    assert template[policy_id]["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Action": "secretsmanager:GetSecretValue",
            "Effect": "Allow",
            "Resource": {"Ref": secret_id},
        },
        {
            "Action": "kms:Decrypt",
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": {"Fn::Join": ["", ["secretsmanager.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
                }
            },
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [key_id, "Arn"]},
        },
    ]
    assert dependencies(form_of(stack)) == {CONFIG, policy_id}
    # The key does not depend on the function.
    assert "SmsRegistrationProvider" not in str(template[key_id])


def test_permission_to_read_a_secret_known_by_name(stack):
    from aws_cdk import aws_secretsmanager as secretsmanager

    by_name = secretsmanager.Secret.from_secret_name_v2(stack, "Name", "tax")
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": FieldValue.from_secret(by_name)})

    (statement,) = statements(stack, "TollFree/Form/Policy")
    assert statement["Resource"]["Fn::Join"][1][-1] == ":secret:tax-??????"


@pytest.mark.fault(37, 64)
def test_permission_to_read_one_parameter(stack):
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_ssm as ssm

    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111122223333:key/0123")
    parameter = ssm.StringParameter.from_secure_string_parameter_attributes(
        stack, "Phone", parameter_name="/sms/phone", encryption_key=key
    )
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": FieldValue.from_parameter(parameter)})

    read, decrypt = statements(stack, "TollFree/Form/Policy")
    assert read["Action"] == "ssm:GetParameter", "its history would be its former values"
    assert read["Resource"]["Fn::Join"][1][-1] == ":parameter/sms/phone"
    assert decrypt["Action"] == "kms:Decrypt"
    assert decrypt["Resource"] == "arn:aws:kms:us-east-1:111122223333:key/0123"
    via = decrypt["Condition"]["StringEquals"]["kms:ViaService"]
    assert via == {"Fn::Join": ["", ["ssm.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}


@pytest.mark.parametrize("trusting", [True, False])
def test_permission_to_read_a_parameter_keeps_the_key_policy(stack, trusting):
    """A key whose policy named the role would wait for the function, so it could not be in a stack before it."""
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_ssm as ssm

    key = kms.Key(stack, "Key", policy=None if trusting else iam.PolicyDocument(assign_sids=True))
    parameter = ssm.StringParameter.from_secure_string_parameter_attributes(
        stack, "Phone", parameter_name="/sms/phone", encryption_key=key
    )
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": FieldValue.from_parameter(parameter)})

    _read, decrypt = statements(stack, "TollFree/Form/Policy")
    assert decrypt["Action"] == "kms:Decrypt"
    (resource,) = resources(stack, "AWS::KMS::Key").values()
    assert "Role" not in str(resource)


def statements(stack, path):
    construct = stack.node.find_child(path.split("/")[0])
    for part in path.split("/")[1:]:
        construct = construct.node.find_child(part)
    logical_id = stack.get_logical_id(construct.node.default_child)
    policy = Template.from_stack(stack).to_json()["Resources"][logical_id]
    return policy["Properties"]["PolicyDocument"]["Statement"]


def test_reads_of_a_form_are_not_constant_permissions(picture):
    from aws_cdk import aws_secretsmanager as secretsmanager

    def constant(*, reads):
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        fields = {"a.b": "c"}
        if reads:
            fields["a.c"] = FieldValue.from_secret(secretsmanager.Secret(stack, "S"))
            fields["a.d"] = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(picture))
        Registration(stack, "TollFree", registration_type=TOLL_FREE, fields=fields)
        return resources(stack, "AWS::IAM::Policy")["SmsRegistrationProviderRoleDefaultPolicyAD23C8DE"]

    assert constant(reads=True) == constant(reads=False)


@pytest.mark.parametrize("mutable", [True, False])
def test_permissions_in_a_role_of_your_own(stack, mutable):
    from aws_cdk import aws_secretsmanager as secretsmanager

    role = iam.Role.from_role_arn(stack, "MyRole", "arn:aws:iam::111122223333:role/mine", mutable=mutable)
    RegistrationProvider.configure(stack, role=role)
    secret = secretsmanager.Secret(stack, "TaxId")
    Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": FieldValue.from_secret(secret)})

    found = resources(stack, "AWS::IAM::Policy")
    assert len(found) == (2 if mutable else 0)
    assert all(policy["Properties"]["Roles"] == ["mine"] for policy in found.values())
    assert dependencies(form_of(stack)) - {CONFIG} <= set(found)


# --- refused arguments; no message quotes a value ---

CANARY = "canary-4711"
TEXT_EXPECTED = "expected a str, a list of choices, a RegistrationAttachment or a FieldValue"
PASS_TEXT = "pass it as a str, exactly as the form should show it: '01234' is not 1234"
READ = "use FieldValue.from_secret(...) or FieldValue.from_parameter(...), which is read when the form is deployed"
REFERENCES = f"dynamic references ('{{{{resolve:...}}}}') are not supported in forms; {READ}"
PATH = "expected a path of 1 to 100 letters, digits, underscores and dots, such as 'companyInfo.companyName'"
ASSOCIATION = "expected the ID or ARN of a phone number, registration or RCS agent"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (1234, f"got a number; {PASS_TEXT}"),
        (12.5, f"got a number; {PASS_TEXT}"),
        (True, "got bool; pass the form's own word as a str, such as 'Yes'"),
        (None, "got NoneType; leave the field out, or pass '' to say that it has no value"),
        ({CANARY: "x"}, f"got dict; {TEXT_EXPECTED}"),
        (b"canary-4711", f"got bytes; {TEXT_EXPECTED}"),
        (CANARY * 187, "has 2057 characters, the service accepts at most 2048"),
        (f"{{{{resolve:secretsmanager:{CANARY}}}}}", REFERENCES),
        ([CANARY, 5], f"choice 2: got a number; {PASS_TEXT}"),
        ([CANARY, ""], "choice 2: the service accepts no empty choice"),
        ([[CANARY]], "choice 1: got list; a list holds choices, each a str"),
        ([CANARY * 24], "choice 1: has 264 characters, the service accepts at most 256"),
        ([CANARY] * 101, "got 101 choices, expected at most 100"),
        ([f"{{{{resolve:ssm:{CANARY}}}}}"], f"choice 1: {REFERENCES}"),
    ],
)
@pytest.mark.fault(54, 58)
def test_refused_value(stack, value, problem):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree': fields") as refusal:
        Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": value})

    assert str(refusal.value) == f"Registration 'Test/TollFree': fields['a.b']: {problem}"
    assert CANARY not in str(refusal.value)
    assert stack.node.children == []


@pytest.mark.parametrize("kind", ["SecretValue", "its text", "secret", "parameter", "path"])
def test_refused_value_says_what_to_use(stack, picture, kind):
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_ssm as ssm

    value, problem = {
        "SecretValue": lambda: (cdk.SecretValue.secrets_manager("s"), f"got SecretValue; {READ}"),
        "its text": lambda: (cdk.SecretValue.secrets_manager("s").unsafe_unwrap(), REFERENCES),
        "secret": lambda: (secretsmanager.Secret(stack, "S"), f"got Secret; {READ}"),
        "parameter": lambda: (ssm.StringParameter(stack, "P", string_value="v"), f"got StringParameter; {READ}"),
        "path": lambda: (
            picture,
            "got PosixPath; use RegistrationAttachment(..., source=AttachmentSource.from_asset(...)) for a file",
        ),
    }[kind]()

    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree': fields") as refusal:
        Registration(stack, "TollFree", registration_type=TOLL_FREE, fields={"a.b": value})

    assert str(refusal.value) == f"Registration 'Test/TollFree': fields['a.b']: {problem}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fields": ["a"]}, "fields: expected a mapping of field path to value, got list"),
        ({"fields": {"a b": "c"}}, f"fields['a b']: {PATH}"),
        ({"fields": {"": "c"}}, f"fields['']: {PATH}"),
        ({"fields": {"a" * 101: "c"}}, f"fields['{'a' * 101}']: {PATH}"),
        ({"fields": {5: "c"}}, f"fields[5]: {PATH}"),
        ({"associations": "phone-0123"}, "associations: expected a list, got str"),
        ({"associations": ["a b"]}, f"associations[0]: got 'a b', {ASSOCIATION}"),
        ({"associations": [""]}, f"associations[0]: got '', {ASSOCIATION}"),
        (
            {"associations": ["+18005550123"]},
            f"associations[0]: got '+18005550123', {ASSOCIATION}; a phone number has an ID of its own, such as "
            "'phone-0123456789abcdef'",
        ),
        ({"associations": ["phone-1", "phone-1"]}, "associations[1]: is given twice"),
        (
            {"associations": [5]},
            "associations[0]: got int, expected an ID or ARN, a phone number, a registration or an RCS agent; a sender ID "
            "needs no association, the service creates it when its registration is approved",
        ),
        ({"submit": "yes"}, "submit: expected True or False, got 'yes'"),
        ({"delete_undeclared": "no"}, "delete_undeclared: expected True or False, got 'no'"),
        ({"allow_closing": "yes"}, "allow_closing: expected True or False, got 'yes'"),
        ({"on_locked": "wait"}, "on_locked: expected 'fail' or 'keep', got 'wait'"),
        ({"revision": 2}, "revision: expected a str, got int"),
        ({"revision": ""}, "revision: has 0 characters, expected 1 to 200"),
        ({"revision": "r" * 201}, "revision: has 201 characters, expected 1 to 200"),
    ],
)
def test_refusal(stack, arguments, message):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree'") as refusal:
        Registration(stack, "TollFree", registration_type=TOLL_FREE, **arguments)

    assert str(refusal.value) == f"Registration 'Test/TollFree': {message}"
    assert stack.node.children == []


def test_all_problems_are_reported_at_once(stack):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree'") as refusal:
        Registration(
            stack,
            "TollFree",
            registration_type="US TOLL FREE",
            fields={"companyInfo.zipCode": 1234, "company name": True, "a.b": [1, "", "ok"]},
            associations=["+1"],
            on_locked="wait",
        )

    lines = str(refusal.value).splitlines()
    assert lines[0] == "Registration 'Test/TollFree': 8 problems"
    assert [line.split(":")[0].removeprefix("  - ") for line in lines[1:]] == [
        "registration_type",
        "fields['companyInfo.zipCode']",
        "fields['company name']",
        "fields['company name']",
        "fields['a.b']",
        "fields['a.b']",
        "associations[0]",
        "on_locked",
    ]


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ({}, "registration, registration_id: expected one of the two"),
        (
            {"registration": "registration-0123"},
            "registration: expected a registration, got str; use registration_id for an ID",
        ),
        ({"registration": 5}, "registration: expected a registration, got int"),
        (
            {"registration_id": "0123"},
            "registration_id: got '0123', expected 'registration-' and lowercase letters and digits, such as "
            "'registration-0123456789abcdef'",
        ),
    ],
)
def test_refused_registration_of_a_form(stack, which, message):
    with pytest.raises(ValueError, match=r"^RegistrationForm 'Test/Form'") as refusal:
        RegistrationForm(stack, "Form", **which, fields={"a.b": "c"})

    assert str(refusal.value) == f"RegistrationForm 'Test/Form': {message}"
    assert stack.node.children == []


@pytest.mark.fault(69)
def test_a_registration_has_one_form(stack):
    registration = Registration(stack, "TollFree", registration_type=TOLL_FREE, submit=True)

    with pytest.raises(ValueError, match="already has a form, 'Test/TollFree/Form'; a registration has one form"):
        RegistrationForm(stack, "Form", registration=registration, fields={"a.b": "c"})


# --- associations of another account or Region ---


def stack_in(account: str | None, region: str | None) -> cdk.Stack:
    context = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}
    app = cdk.App(context=context, builtin_cloud_formation_validation=False)
    return cdk.Stack(app, "Test", env=cdk.Environment(account=account, region=region))


def beside(stack: cdk.Stack, account: str | None, region: str | None) -> cdk.Stack:
    return cdk.Stack(stack.node.root, "Other", env=cdk.Environment(account=account, region=region))


def brand_in(scope):
    return Registration(scope, "Brand", registration_type=RegistrationType.US_TEN_DLC_BRAND_REGISTRATION)


def imported_from(region):
    arn = f"arn:aws:sms-voice:{region}:111122223333:registration/registration-0123"
    return lambda scope: Registration.from_registration_arn(scope, "Brand", arn)


@pytest.mark.parametrize("declare", [brand_in, toll_free_number, imported_from("us-west-2")])
@pytest.mark.parametrize("construct", [Registration, RegistrationForm])
def test_refused_association_of_another_region(declare, construct):
    stack = stack_in("111122223333", "us-east-1")
    associated = declare(beside(stack, "111122223333", "us-west-2"))
    known = {"registration_id": "registration-0"} if construct is RegistrationForm else {"registration_type": "X"}

    with pytest.raises(
        ValueError, match=r"^Registration(Form)? 'Test/Campaign': associations\[1\]: is in us-west-2, and the"
    ) as refusal:
        construct(stack, "Campaign", associations=["registration-1", associated], **known)

    assert "and the registration in us-east-1;" in str(refusal.value)
    assert stack.node.children == []


def test_refused_association_of_another_account():
    stack = stack_in("111122223333", "us-east-1")
    number = toll_free_number(beside(stack, "444455556666", "us-east-1"))

    with pytest.raises(ValueError, match=r"is in 444455556666, and the registration in 111122223333"):
        Registration(stack, "TollFree", registration_type=TOLL_FREE, associations=[number])


@pytest.mark.parametrize(
    "environments",
    [
        (("111122223333", "us-east-1"), ("111122223333", "us-east-1")),
        ((None, "us-east-1"), ("111122223333", "us-east-1")),
        (("111122223333", "us-east-1"), (None, None)),
        ((None, None), (None, None)),
    ],
)
def test_association_whose_environment_is_the_same_or_not_known(environments):
    stack = stack_in(*environments[0])
    number = toll_free_number(beside(stack, *environments[1]))

    Registration(stack, "TollFree", registration_type=TOLL_FREE, associations=[number])


# --- cost ---


def test_cdk_calls_per_form(stack, monkeypatch):
    from jsii._kernel.providers.process import _NodeProcess

    Registration(stack, "First", registration_type=TOLL_FREE, fields={"a.b": "c"})
    Construct(stack, "Somewhere")
    calls = []
    send = _NodeProcess.send
    monkeypatch.setattr(_NodeProcess, "send", lambda process, *rest: calls.append(rest) or send(process, *rest))

    Registration(stack, "Second", registration_type=TOLL_FREE, fields={f"a.field{n}": "c" * n for n in range(30)})

    # For registration and form each the construct, the custom resource and its dependency; and once the registration's ID.
    assert len(calls) <= 7
