"""What is checked when an app is synthesized: what reviewers deny, and snapshots of the definitions."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_smsvoice as smsvoice
from jsii._kernel.providers.process import _NodeProcess

import moto_sms_voice
from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    FormFile,
    Registration,
    RegistrationAttachment,
    RegistrationForm,
)
from constructs import Construct
from support.denial_forms import good, png

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
INDIA = "IN_SENDER_ID_REGISTRATION"
DEFINITIONS = Path(moto_sms_voice.__file__).parent / "definitions"
ID = "registration-0123456789abcdef"

BRAND_FIELDS = dict(good("dentist_brand").form.values)
CAMPAIGN_FIELDS = dict(good("dentist_campaign").form.values) | {"campaignInfo.optInScreenshot": "attachment-0123"}
NAMELESS_HELP = {"campaignInfo.helpMessage": "Reply STOP to end. Call +12065550142 for help."}
WARNING = "cdk-sms-registration:denial/brand-in-help"


def declare(scope, construct_id, registration_type=TOLL_FREE, **arguments):
    return Registration(scope, construct_id, registration_type=registration_type, **{"submit": True} | arguments)


def warnings(app):
    """What an app is warned of: the IDs of warnings by the path of the construct."""
    found = {}
    for stack in app.synth().stacks_recursively:
        for message in stack.messages:
            if "[ack: cdk-sms-registration:denial/" in str(message.entry.data):
                assert message.level is cdk.cx_api.SynthesisMessageLevel.WARNING
                found.setdefault(message.id, []).append(message.entry.data.rpartition("/")[2].rstrip("]"))
    return found


def refusal(app):
    """What an app is refused for, without Node's own words."""
    with pytest.raises(RuntimeError) as raised:
        app.synth()
    return str(raised.value).partition("Validation failed with the following errors:\n")[2].splitlines()


@pytest.fixture
def snapshots(tmp_path, monkeypatch):
    """An app's folder with a snapshot of the toll-free form."""
    monkeypatch.chdir(tmp_path)
    Path("cdk.json").write_text("{}")
    folder = tmp_path / "sms-registration-definitions"
    folder.mkdir()
    shutil.copy(DEFINITIONS / f"{TOLL_FREE}.json", folder)
    return folder


# --- what reviewers deny ---


def test_good_forms_have_no_warnings(app, stack):
    brand = declare(stack, "Brand", BRAND, fields=BRAND_FIELDS)
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS, associations=[brand])

    assert warnings(app) == {}


def test_what_a_reviewer_would_deny_is_a_warning_of_the_form(app, stack):
    declare(stack, "Brand", BRAND, fields=BRAND_FIELDS | {"contactInfo.supportEmail": "harborview@gmail.com"})

    (message,) = app.synth().get_stack_by_name("Test").messages

    assert message.id == "/Test/Brand/Form"
    assert message.entry.data == (
        "contactInfo.supportEmail: The email address is at a public provider. "
        "Give an address on the domain of the company's website. [ack: cdk-sms-registration:denial/public-email]"
    )


def test_drafts_are_not_warned_of(app, stack):
    declare(stack, "Draft", CAMPAIGN, fields=NAMELESS_HELP, submit=False)

    assert warnings(app) == {}


def test_campaign_is_compared_with_a_brand_of_another_stack(app, stack):
    brand = declare(cdk.Stack(app, "Other"), "Brand", BRAND, fields=BRAND_FIELDS)
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand])

    assert warnings(app) == {"/Test/Campaign/Form": ["brand-in-help"]}


def test_campaign_is_compared_with_a_native_brand(app, stack):
    native = smsvoice.CfnRegistration(stack, "Brand", registration_type=BRAND)
    RegistrationForm(stack, "BrandForm", registration=native, fields=BRAND_FIELDS, delete_undeclared=True)
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[native])

    assert warnings(app) == {"/Test/Campaign/Form": ["brand-in-help"]}


def test_brand_may_get_its_form_after_the_campaign(app, stack):
    brand = Registration(stack, "Brand", registration_type=BRAND)
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand.registration_id])
    RegistrationForm(stack, "BrandForm", registration=brand, fields=BRAND_FIELDS, delete_undeclared=True)

    assert warnings(app) == {"/Test/Campaign/Form": ["brand-in-help"]}


def test_names_of_an_imported_brand_are_looked_for(app, stack):
    names = ["Harborview Family Dental, PLLC", "Harborview"]
    brand = Registration.from_registration_id(stack, "Brand", ID, names=names)
    declare(stack, "Good", CAMPAIGN, fields=CAMPAIGN_FIELDS, associations=[brand])
    declare(cdk.Stack(app, "Other"), "Bad", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand])

    assert [rule for rule in warnings(app)["/Other/Bad/Form"] if "brand" in rule] == ["brand-in-help"]
    assert "/Test/Good/Form" not in warnings(app)


def test_unknown_brand_is_not_compared(app, stack):
    brand = Registration.from_registration_id(stack, "Brand", ID)
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand])

    assert warnings(app) == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_warnings_are_acknowledged_as_the_cdks_own_are(app, stack, when):
    def acknowledge(scope):
        cdk.Annotations.of(scope).acknowledge_warning(WARNING)
        cdk.Annotations.of(scope).acknowledge_warning("own")

    scopes = [Construct(stack, "Scope"), cdk.Stack(app, "Scope")]
    for scope in scopes if when == "before" else ():
        acknowledge(scope)
    brand = Registration.from_registration_id(stack, "Brand", ID, names=["Harborview"])
    forms = [
        declare(scope, f"Campaign{number}", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand]).form
        for number, scope in enumerate([*scopes, stack, stack, stack])
    ]
    for form in forms:
        cdk.Annotations.of(form).add_warning_v2("own", "A warning.")
    left = forms[2:]
    if when == "after":
        for scope in (*scopes, forms[2], forms[3].node.scope):
            acknowledge(scope)
        left = forms[4:]
    paths = {f"/{form.node.path}" for form in left}

    assert {path for path, rules in warnings(app).items() if "brand-in-help" in rules} == paths
    messages = [message for each in app.synth().stacks for message in each.messages]
    assert {message.id for message in messages if "[ack: own]" in str(message.entry.data)} == paths


def test_warnings_can_be_acknowledged_in_the_app(app, stack):
    brand = Registration.from_registration_id(stack, "Brand", ID, names=["Harborview"])
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | NAMELESS_HELP, associations=[brand])
    cdk.Annotations.of(app).acknowledge_warning(WARNING)

    assert warnings(app) == {}


def test_what_is_not_known_is_passed_over(app, stack):
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "sms/mail")
    parameter = cdk.CfnParameter(stack, "Mail")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "files")
    file = RegistrationAttachment(stack, "File", source=AttachmentSource.from_bucket(bucket, "opt-in.gif"))
    declare(
        stack, "Secret Mail", BRAND, fields=BRAND_FIELDS | {"contactInfo.supportEmail": FieldValue.from_secret(secret)}
    )
    mail = {"contactInfo.supportEmail": f"{parameter.value_as_string}@gmail.com", "companyInfo.taxId": "840271636"}
    declare(stack, "Token", BRAND, fields=BRAND_FIELDS | mail)
    declare(stack, "Picture", CAMPAIGN, fields=CAMPAIGN_FIELDS | {"campaignInfo.optInScreenshot": file})
    choices = cdk.CfnParameter(stack, "Choices", type="CommaDelimitedList")
    declare(stack, "List", CAMPAIGN, fields=CAMPAIGN_FIELDS | {"campaignUseCase.useCase": choices.value_as_list})

    assert warnings(app) == {}


def test_bytes_of_assets_are_read(app, stack, tmp_path):
    picture = tmp_path / "opt-in.png"
    picture.write_bytes(png(10, 10, padding=600_000))
    file = RegistrationAttachment(stack, "File", source=AttachmentSource.from_asset(picture))
    declare(stack, "Campaign", CAMPAIGN, fields=CAMPAIGN_FIELDS | {"campaignInfo.optInScreenshot": file})

    assert warnings(app) == {"/Test/Campaign/Form": ["file-size"]}


def test_adopted_forms_may_hold_what_is_not_declared(app, stack):
    bad = {"contactInfo.supportEmail": "harborview@gmail.com"}
    declare(stack, "Adopted", BRAND, fields=bad, existing_registration_id=ID)
    declare(stack, "Campaign", CAMPAIGN, fields={"campaignUseCase.ageGated": "No"}, existing_registration_id=f"{ID}1")

    assert warnings(app) == {"/Test/Adopted/Form": ["public-email"]}


def test_form_of_a_native_registration_is_checked(app, stack):
    native = smsvoice.CfnRegistration(stack, "Native", registration_type=BRAND)
    fields = BRAND_FIELDS | {"contactInfo.supportEmail": "harborview@gmail.com"}
    RegistrationForm(stack, "Form", registration=native, fields=fields, submit=True)
    RegistrationForm(stack, "Unknown", registration_id=ID, fields=fields, submit=True)

    assert warnings(app) == {"/Test/Form": ["public-email"]}


# --- forms that resemble each other ---


def test_the_second_brand_with_a_tax_id_is_warned_of(app, stack):
    declare(stack, "First", BRAND, fields=BRAND_FIELDS)
    declare(cdk.Stack(app, "Other"), "Second", BRAND, fields=BRAND_FIELDS)

    assert warnings(app) == {"/Other/Second/Form": ["same-tax-id"]}


def test_brands_of_other_accounts_and_drafts_are_not_compared(app, stack):
    declare(stack, "Draft", BRAND, fields=BRAND_FIELDS, submit=False)
    declare(stack, "First", BRAND, fields=BRAND_FIELDS)
    environments = [("111122223333", "us-east-1"), ("111122223333", "us-west-2"), ("444455556666", "us-east-1")]
    for number, (account, region) in enumerate(environments):
        there = cdk.Stack(app, f"There{number}", env=cdk.Environment(account=account, region=region))
        declare(there, "Brand", BRAND, fields=BRAND_FIELDS)
    declare(cdk.Stack(cdk.Stage(app, "Prod"), "Test"), "Brand", BRAND, fields=BRAND_FIELDS)

    assert warnings(app) == {}


def test_campaigns_are_compared_if_they_have_the_same_brand(app, stack):
    first, second = (
        Registration.from_registration_id(stack, f"Brand{number}", f"{ID}{number}", names=["Harborview"])
        for number in (1, 2)
    )
    for construct_id, brand in (("First", first), ("Tenant", second), ("Again", first)):
        declare(stack, construct_id, CAMPAIGN, fields=CAMPAIGN_FIELDS, associations=[brand])

    assert warnings(app) == {"/Test/Again/Form": ["campaigns-alike"]}


# --- snapshots ---


def test_without_a_snapshot_nothing_is_validated(app, stack, snapshots):
    (snapshots / f"{TOLL_FREE}.json").unlink()
    declare(stack, "TollFree", fields={"no.field": "x"}, submit=False)

    assert warnings(app) == {}


def test_all_problems_of_all_forms_are_one_error(app, stack, snapshots):
    stage = cdk.Stage(app, "Prod")
    declare(cdk.Stack(stage, "Sms"), "Inside", fields={"companyInfo.zipcode": "98101"}, submit=False)
    declare(stack, "First", fields={"no.field": "x"}, submit=False)
    declare(cdk.Stack(app, "Other"), "Second", fields={"messagingUseCase.optInType": "?"}, submit=False)
    declare(stack, "Fine", fields={"companyInfo.city": "Seattle"}, submit=False)

    found = refusal(app)

    assert found == [
        "  [Prod/Sms] Test/First/Form: no.field is not a field of this form",
        "  [Prod/Sms] Other/Second/Form: messagingUseCase.optInType (Opt In Type) has a choice that is not offered; offered: "
        "VERBAL, DIGITAL_FORM, PAPER_FORM, TEXT, QR_CODE",
        "  [Prod/Sms/Inside/Form] companyInfo.zipcode is not a field of this form; closest: companyInfo.zipCode",
    ]
    assert refusal(app) == found


def test_problems_are_told_of_the_forms_of_their_stage(app, stack, snapshots):
    declare(stack, "First", fields={"no.field": "x"}, submit=False)
    declare(cdk.Stack(app, "Other"), "Second", fields={"no.field": "x"}, submit=False)

    assert refusal(app) == [
        "  [Test/First/Form] no.field is not a field of this form",
        "  [Other/Second/Form] no.field is not a field of this form",
    ]


def test_only_a_form_that_is_submitted_must_be_complete(app, stack, snapshots):
    declare(stack, "TollFree", fields={"companyInfo.city": "Seattle"})

    assert any("companyInfo.companyName" in line and "is required" in line for line in refusal(app))


def test_adopted_form_need_not_be_complete(app, stack, snapshots):
    declare(stack, "TollFree", fields={"companyInfo.city": "Seattle"}, existing_registration_id=ID)

    app.synth()


def test_unknown_types_are_not_validated(app, stack, snapshots):
    token = cdk.CfnParameter(stack, "Type").value_as_string
    declare(stack, "Token", token, fields={"no.field": "x"})
    RegistrationForm(stack, "Form", registration_id=ID, fields={"no.field": "x"})

    app.synth()


def test_context_names_another_folder(snapshots):
    moved = snapshots.rename(snapshots.with_name("elsewhere"))
    app = cdk.App(builtin_cloud_formation_validation=False, context={"cdk-sms-registration:definitions": moved.name})
    declare(cdk.Stack(app, "Test"), "TollFree", fields={"no.field": "x"}, submit=False)

    assert refusal(app) == ["  [Test/TollFree/Form] no.field is not a field of this form"]


@pytest.mark.parametrize("folder", ["missing", ["a", "list"]])
def test_context_that_names_no_folder_is_refused(snapshots, folder):
    app = cdk.App(builtin_cloud_formation_validation=False, context={"cdk-sms-registration:definitions": folder})
    declare(cdk.Stack(app, "Test"), "TollFree", submit=True)

    assert refusal(app) == [
        f"  [Test] context 'cdk-sms-registration:definitions': got {folder!r}, expected a folder with snapshots; make it with: "
        "sms-registration snapshot --definitions FOLDER TYPE"
    ]


def test_broken_snapshot_is_refused_once(app, stack, snapshots):
    (snapshots / f"{TOLL_FREE}.json").write_text("{}")
    declare(stack, "First")
    declare(stack, "Second")

    (line,) = refusal(app)

    assert line.startswith(f"  [Test] sms-registration-definitions/{TOLL_FREE}.json is not a snapshot (KeyError: ")
    assert line.endswith(f"Save it again: sms-registration snapshot {TOLL_FREE}")


# --- places ---


@pytest.fixture
def form_file(snapshots):
    path = snapshots.parent / "toll_free.yaml"
    path.write_text('companyInfo:\n  city: Seattle\n  zipcode: "98101"\nmessagingUseCase:\n  optInType: "?"\n')
    return path


def test_problems_of_a_form_file_have_their_place(app, stack, form_file):
    declare(stack, "TollFree", fields=FormFile("toll_free.yaml").fields(stack))

    found = {line.split()[2]: line.split()[1] for line in refusal(app)}

    assert found["companyInfo.zipcode"] == "toll_free.yaml:3:12:"
    assert found["messagingUseCase.optInType"] == "toll_free.yaml:5:14:"
    # What is missing is told at its section, or at the beginning of the file.
    assert found["companyInfo.companyName"] == "toll_free.yaml:2:9:"
    assert found["contactInfo.supportEmail"] == "toll_free.yaml:1:1:"


def test_places_survive_a_merge(app, stack, form_file):
    fields = (
        {"messagingUseCase.optInType": "??"} | FormFile("toll_free.yaml").fields(stack) | {"companyInfo.zipcode": "x"}
    )
    declare(stack, "TollFree", fields=fields, submit=False)

    assert [line.split()[1] for line in refusal(app)] == ["toll_free.yaml:5:14:", "companyInfo.zipcode"]


def test_places_of_several_files_are_kept(app, stack, form_file):
    form_file.with_name("more.yaml").write_text("no.field: x\n")
    fields = FormFile("toll_free.yaml").fields(stack)
    del fields["messagingUseCase.optInType"]
    declare(stack, "TollFree", fields=fields | FormFile("more.yaml").fields(stack), submit=False)

    assert [line.split()[1] for line in refusal(app)] == ["toll_free.yaml:3:12:", "more.yaml:1:11:"]


def test_plain_dict_of_a_form_file_has_no_places(app, stack, form_file):
    declare(stack, "TollFree", fields={**FormFile("toll_free.yaml").fields(stack)}, submit=False)

    assert [line.split()[1] for line in refusal(app)] == ["messagingUseCase.optInType", "companyInfo.zipcode"]


def test_warnings_about_a_form_file_have_their_place(app, stack, form_file):
    form_file.write_text("contactInfo.supportEmail: harborview@gmail.com\n")
    fields = BRAND_FIELDS | FormFile("toll_free.yaml").fields(stack)
    declare(stack, "Brand", BRAND, fields=fields)

    (message,) = app.synth().get_stack_by_name("Test").messages

    assert message.entry.data.startswith("toll_free.yaml:1:27: contactInfo.supportEmail: ")


# --- Regions ---


def test_sender_id_in_india_needs_a_region_there(app, stack):
    def stack_in(region):
        return cdk.Stack(app, region, env=cdk.Environment(region=region))

    Registration(stack_in("ap-south-1"), "India", registration_type=INDIA)
    Registration(stack, "India", registration_type=INDIA)
    with pytest.raises(ValueError, match=r"^Registration 'us-east-1/India': ") as raised:
        Registration(stack_in("us-east-1"), "India", registration_type=INDIA)

    assert str(raised.value) == (
        "Registration 'us-east-1/India': registration_type: IN_SENDER_ID_REGISTRATION can be registered in ap-south-1 and "
        "ap-south-2 only, but the stack is in us-east-1, where the service denies it; declare it in a stack there"
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("Example Corp", "names: expected a list of str, got str"),
        ([1], "names[0]: expected a str, got int"),
    ],
)
def test_names_of_a_brand_are_a_list(stack, names, message):
    with pytest.raises(ValueError, match=r"^Registration 'Test/Brand'") as raised:
        Registration.from_registration_id(stack, "Brand", ID, names=names)

    assert str(raised.value) == f"Registration 'Test/Brand': {message}"


# --- cost ---


@pytest.fixture
def calls_of_synth(monkeypatch):
    calls = []
    send = _NodeProcess.send
    monkeypatch.setattr(_NodeProcess, "send", lambda process, *rest: calls.append(rest) or send(process, *rest))

    def of(forms):
        app = cdk.App(builtin_cloud_formation_validation=False)
        stack = cdk.Stack(app, "Test")
        for number in range(forms):
            declare(stack, f"TollFree{number}", fields=dict(good("shop_keyword_toll_free").form.values), submit=False)
        calls.clear()
        app.synth()
        return len(calls)

    return of


def test_further_forms_without_findings_make_no_cdk_calls(snapshots, calls_of_synth):
    assert calls_of_synth(4) == calls_of_synth(1)


def test_a_form_in_a_lane_makes_few_cdk_calls(snapshots, calls_of_synth):
    """Its logical ID, its dependencies, those of its registration, and the one that is added."""
    assert calls_of_synth(40) - calls_of_synth(20) <= 20 * 4


@pytest.mark.parametrize(("arguments", "loaded"), [("", False), (", submit=True", True)])
def test_rules_are_imported_when_there_is_a_form_to_check(tmp_path, arguments, loaded):
    program = f"""
import json, sys
import aws_cdk as cdk
from cdk_sms_registration import Registration
app = cdk.App(builtin_cloud_formation_validation=False)
Registration(cdk.Stack(app, "Test"), "TollFree", registration_type="{TOLL_FREE}"{arguments})
app.synth()
print(json.dumps("sms_registration_rules.denials.rules" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) is loaded
