"""Every example synthesizes without findings of cfn-lint and cdk-nag, and has forms that service and reviewers accept."""

import functools
import json
from pathlib import Path

import pytest

from sms_registration_rules.denials.check import check
from sms_registration_rules.denials.model import Form
from support.examples import EXAMPLES, header_command

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "testing" / "moto_sms_voice" / "definitions"
FORMS = {"fleet": 7, "native_registration": 1, "rcs_test_agent": 1, "sender_id": 1, "ten_dlc": 2, "toll_free": 1}
"""How many forms each example has."""
EVERY_FORM = [*((name, {}) for name in sorted(FORMS)), ("toll_free", {"tax_id_secret": "sms/tax-id"})]
SCRIPTS = sorted(EXAMPLES.values())


@pytest.fixture(scope="module")
def example(synthesize, tmp_path_factory):
    """Synthesizes an example with cdk-nag, once, and returns its templates and their folder."""

    @functools.cache
    def run(script, **context):
        folder = tmp_path_factory.mktemp(script.removesuffix(".py").replace("/", "-"))
        return synthesize(script, folder, nag=True, **context), folder

    return run


def resources_of(templates, *resource_types):
    return {
        name: resource
        for template in templates.values()
        for name, resource in json.loads(template)["Resources"].items()
        if resource["Type"] in resource_types
    }


def registrations_of(templates):
    return resources_of(templates, "Custom::SmsRegistration", "AWS::SMSVOICE::Registration")


def registration_of(form):
    """The logical ID of the registration that the form fills in."""
    reference = form["Properties"]["RegistrationId"]
    return reference.get("Ref") or reference["Fn::GetAtt"][0]


def warnings_of(folder):
    """The warnings in a cloud assembly, which the CDK CLI shows."""
    files = [*folder.glob("manifest.json"), *folder.glob("*.metadata.json")]
    return [line for file in files for line in file.read_text().splitlines() if "[ack: " in line]


def test_every_example_is_known():
    found = {
        path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("examples/*.py"), *ROOT.glob("examples/*/app.py")]
    }
    assert found == set(SCRIPTS)
    assert FORMS.keys() < EXAMPLES.keys()


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_synthesizes_without_warnings(script, example):
    """So that `cdk synth --strict` passes; cdk-nag's findings are errors."""
    templates, folder = example(script)
    assert templates
    assert warnings_of(folder) == []


def test_cfn_lint_finds_nothing(example, cfn_lint):
    cfn_lint(*(example(script)[1] for script in SCRIPTS))


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_says_how_to_run_it(script):
    """tests/local_cloud/test_examples.py and test_watch_story.py run this command."""
    assert header_command(script)[:5] == ["npx", "cdk", "deploy", "--app", f".venv/bin/python {script}"]


def deployed(value):
    """A value with something in place of each reference, as CloudFormation resolves it."""
    if isinstance(value, list):
        return [deployed(each) for each in value]
    if not isinstance(value, dict):
        return value
    if any(key == "Ref" or key.startswith("Fn::") for key in value):
        return "attachment-0123"
    return {key: deployed(each) for key, each in value.items()}


def checked(shell, form):
    """Checks the declared form as the handler reads it, against the definitions of the fake service."""
    definitions = pytest.importorskip("sms_registration_rules.validation")
    form_request = pytest.importorskip("sms_registration_handler.form.properties")
    field_values = pytest.importorskip("sms_registration_rules.values")
    kind = shell["Properties"]["RegistrationType"]
    live = json.loads((DEFINITIONS / f"{kind}.json").read_text())["RegistrationFieldDefinitions"]
    fields = deployed(form["Properties"]["Fields"])
    request = form_request.FormRequest.parse({"RegistrationId": "registration-0123", "Fields": fields})
    declared = {
        path: field_values.Secret("12-3456789", "secret") if hasattr(value, "secret_id") else value
        for path, value in request.fields.items()
    }
    return definitions.check(live, declared)


@pytest.mark.parametrize(("name", "context"), EVERY_FORM)
def test_forms_are_complete_and_valid(name, context, example):
    templates, _ = example(EXAMPLES[name], **context)
    registrations = registrations_of(templates)
    forms = resources_of(templates, "Custom::SmsRegistrationForm")

    assert len(forms) == len(registrations) == FORMS[name]
    for form in forms.values():
        found = checked(registrations[registration_of(form)], form)
        assert found.problems == ()
        assert len(found.values) >= len(form["Properties"]["Fields"])
        assert form["Properties"]["Submit"] is True


def test_an_invalid_form_would_be_found(example):
    templates, _ = example(EXAMPLES["toll_free"])
    (registration,) = registrations_of(templates).values()
    (form,) = resources_of(templates, "Custom::SmsRegistrationForm").values()
    form["Properties"]["Fields"]["companyInfo.zipCode"] = ""

    assert [problem.path for problem in checked(registration, form).problems] == ["companyInfo.zipCode"]


@pytest.mark.fault(64)
def test_secret_tax_id_is_not_in_the_template(example):
    templates, _ = example(EXAMPLES["toll_free"], tax_id_secret="sms/tax-id")
    (template,) = templates.values()

    assert "12-3456789" not in template
    assert "secretsmanager:GetSecretValue" in template


def test_campaign_waits_for_its_brand_and_its_number(example):
    templates, _ = example(EXAMPLES["ten_dlc"])
    forms = resources_of(templates, "Custom::SmsRegistrationForm")
    (campaign,) = (each for each in forms.values() if each["Properties"].get("Associations"))
    ((number, declared),) = resources_of(templates, "AWS::SMSVOICE::PhoneNumber").items()
    registrations = registrations_of(templates)
    brand, associated = campaign["Properties"]["Associations"]

    assert brand["Ref"] in registrations[registration_of(campaign)]["DependsOn"]
    assert number in json.dumps(associated)
    # The keywords respond what the form says. Only HELP has to name the way to opt out in the form.
    keywords, fields = declared["Properties"]["MandatoryKeywords"], campaign["Properties"]["Fields"]
    assert fields["campaignInfo.helpMessage"].startswith(keywords["HELP"]["Message"])
    assert fields["campaignInfo.stopMessage"] == keywords["STOP"]["Message"]
    # Without a watch it would take a second deployment.
    rules = resources_of(templates, "AWS::Events::Rule").values()
    assert {"ScheduleExpression", "EventPattern"} <= {name for rule in rules for name in rule["Properties"]}


def test_agent_is_deleted_after_its_registration(example):
    templates, _ = example(EXAMPLES["rcs_test_agent"])
    (registration,) = registrations_of(templates).values()

    assert "Agent" in registration["DependsOn"]
    assert registration["DeletionPolicy"] == "Delete"


def test_stacks_of_the_fleet_are_independent_but_for_the_topic(example):
    templates, _ = example(EXAMPLES["fleet"])
    assert templates.keys() == {
        "Fleet-us-east-1-1",
        "Fleet-us-west-2-1",
        "FleetNews-us-east-1",
        "FleetNews-us-west-2",
    }
    for name, text in templates.items():
        rules = [each for each in json.loads(text)["Resources"].values() if each["Type"] == "AWS::Events::Rule"]
        assert len(rules) == (0 if "News" in name else 2)
        assert text.count("Fn::ImportValue") <= 3


def form_of(properties, kind, attachments, outdir):
    """The form in a template; what a deployment finds out only is unknown."""
    values, files, unknown = {}, {}, set()
    for path, value in properties["Fields"].items():
        if not isinstance(value, dict):
            values[path] = value
        elif "AttachmentId" in value:
            key = attachments[value["AttachmentId"]["Ref"]]["Properties"]["Key"]
            files[path] = (outdir / f"asset.{key}").read_bytes()
        else:
            unknown.add(path)
    return Form(kind, values, files, frozenset(unknown))


def forms_of(templates, outdir):
    """Each form, with the forms that it is associated with, by the logical ID of its registration."""
    registrations = registrations_of(templates)
    attachments = resources_of(templates, "Custom::SmsRegistrationAttachment")
    forms, associations = {}, {}
    for form in resources_of(templates, "Custom::SmsRegistrationForm").values():
        name = registration_of(form)
        kind = registrations[name]["Properties"]["RegistrationType"]
        forms[name] = form_of(form["Properties"], kind, attachments, outdir)
        associations[name] = [each["Ref"] for each in form["Properties"].get("Associations", [])]
    return [(form, [forms[each] for each in associations[name] if each in forms]) for name, form in forms.items()]


@pytest.mark.parametrize(("name", "context"), EVERY_FORM)
def test_forms_have_no_findings(name, context, example):
    """A reviewer would approve them, as far as the denial rules can tell."""
    forms = forms_of(*example(EXAMPLES[name], **context))

    assert len(forms) == FORMS[name]
    for form, associated in forms:
        assert [str(finding) for finding in check(form, associated=associated)] == []


def test_campaign_is_checked_with_its_brand_and_pictures_are_read(example):
    campaigns = forms_of(*example(EXAMPLES["ten_dlc"]))
    (associated,) = (associated for form, associated in campaigns if "CAMPAIGN" in form.registration_type)
    assert [form.registration_type for form in associated] == ["US_TEN_DLC_BRAND_REGISTRATION"]

    ((form, _),) = forms_of(*example(EXAMPLES["rcs_test_agent"]))
    assert set(form.files) == {"agentDetails.logoImage", "agentDetails.bannerImage"}
