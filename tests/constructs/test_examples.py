"""Every example synthesizes without findings of cfn-lint and cdk-nag, and has forms that the service would accept."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "testing" / "moto_sms_voice" / "definitions"
FORMS = {"fleet", "rcs_test_agent", "sender_id", "ten_dlc", "toll_free"}
EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in [*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*/app.py")])


def resources_of(templates, resource_type):
    return {
        name: resource
        for template in templates.values()
        for name, resource in json.loads(template)["Resources"].items()
        if resource["Type"] == resource_type
    }


def warnings_of(folder):
    """The warnings in a cloud assembly, which the CDK CLI shows."""
    files = [*folder.glob("manifest.json"), *folder.glob("*.metadata.json")]
    return [line for file in files for line in file.read_text().splitlines() if "[ack: " in line]


def test_every_kind_of_form_has_an_example():
    assert {f"examples/{name}/app.py" for name in FORMS} < set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_example(script, tmp_path, synthesize, cfn_lint):
    assert synthesize(script, tmp_path, nag=True)
    cfn_lint(tmp_path)
    # So that `cdk synth --strict` passes.
    assert warnings_of(tmp_path) == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_says_how_to_run_it(script):
    assert f'npx cdk deploy --app ".venv/bin/python {script}"' in (ROOT / script).read_text()


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


@pytest.mark.parametrize(
    ("name", "context"),
    [*((name, {}) for name in sorted(FORMS)), ("toll_free", {"tax_id_secret": "sms/tax-id"})],
)
def test_forms_are_complete_and_valid(name, context, tmp_path, synthesize):
    templates = synthesize(f"examples/{name}/app.py", tmp_path, **context)
    shells = resources_of(templates, "Custom::SmsRegistration")
    forms = resources_of(templates, "Custom::SmsRegistrationForm")

    assert len(forms) == len(shells)
    for form in forms.values():
        found = checked(shells[form["Properties"]["RegistrationId"]["Ref"]], form)
        assert found.problems == ()
        assert len(found.values) >= len(form["Properties"]["Fields"])
        assert form["Properties"]["Submit"] is True


def test_an_invalid_form_would_be_found(tmp_path, synthesize):
    templates = synthesize("examples/toll_free/app.py", tmp_path)
    (shell,) = resources_of(templates, "Custom::SmsRegistration").values()
    (form,) = resources_of(templates, "Custom::SmsRegistrationForm").values()
    form["Properties"]["Fields"]["companyInfo.zipCode"] = ""

    assert [problem.path for problem in checked(shell, form).problems] == ["companyInfo.zipCode"]


@pytest.mark.fault(64)
def test_secret_tax_id_is_not_in_the_template(tmp_path, synthesize):
    (template,) = synthesize("examples/toll_free/app.py", tmp_path, tax_id_secret="sms/tax-id").values()

    assert "12-3456789" not in template
    assert "secretsmanager:GetSecretValue" in template


def test_campaign_waits_for_its_brand_and_its_number(tmp_path, synthesize):
    templates = synthesize("examples/ten_dlc/app.py", tmp_path)
    forms = resources_of(templates, "Custom::SmsRegistrationForm")
    (campaign,) = (each for each in forms.values() if each["Properties"].get("Associations"))
    (number,) = resources_of(templates, "AWS::SMSVOICE::PhoneNumber")
    shells = resources_of(templates, "Custom::SmsRegistration")
    brand, associated = campaign["Properties"]["Associations"]

    assert brand["Ref"] in shells[campaign["Properties"]["RegistrationId"]["Ref"]]["DependsOn"]
    assert number in json.dumps(associated)
    # Without a watch it would take a second deployment.
    rules = resources_of(templates, "AWS::Events::Rule").values()
    assert {"ScheduleExpression", "EventPattern"} <= {name for rule in rules for name in rule["Properties"]}


def test_agent_is_deleted_after_its_registration(tmp_path, synthesize):
    (shell,) = resources_of(synthesize("examples/rcs_test_agent/app.py", tmp_path), "Custom::SmsRegistration").values()

    assert "Agent" in shell["DependsOn"]
    assert shell["DeletionPolicy"] == "Delete"
