"""The forms of the examples are forms that a reviewer would approve, as far as the denial rules can tell."""

import json

import pytest

from sms_registration_rules.denials.check import check
from sms_registration_rules.denials.model import Form

FORMS = {"fleet": 7, "rcs_test_agent": 1, "sender_id": 1, "ten_dlc": 2, "toll_free": 1}
"""How many forms each example has."""


def resources_of(templates, resource_type):
    return {
        name: resource["Properties"]
        for template in templates.values()
        for name, resource in json.loads(template)["Resources"].items()
        if resource["Type"] == resource_type
    }


def form_of(properties, kind, attachments, outdir):
    """The form in a template; what a deployment finds out only is unknown."""
    values, files, unknown = {}, {}, set()
    for path, value in properties["Fields"].items():
        if not isinstance(value, dict):
            values[path] = value
        elif "AttachmentId" in value:
            key = attachments[value["AttachmentId"]["Ref"]]["Key"]
            files[path] = (outdir / f"asset.{key}").read_bytes()
        else:
            unknown.add(path)
    return Form(kind, values, files, frozenset(unknown))


def forms_of(templates, outdir):
    """Each form, with the forms that it is associated with, by the logical ID of its registration."""
    shells = resources_of(templates, "Custom::SmsRegistration")
    attachments = resources_of(templates, "Custom::SmsRegistrationAttachment")
    forms, associations = {}, {}
    for properties in resources_of(templates, "Custom::SmsRegistrationForm").values():
        shell = properties["RegistrationId"]["Ref"]
        forms[shell] = form_of(properties, shells[shell]["RegistrationType"], attachments, outdir)
        associations[shell] = [each["Ref"] for each in properties.get("Associations", [])]
    return [(form, [forms[each] for each in associations[shell] if each in forms]) for shell, form in forms.items()]


@pytest.mark.parametrize(
    ("name", "context"),
    [*((name, {}) for name in FORMS), ("toll_free", {"tax_id_secret": "sms/tax-id"})],
)
def test_examples_have_no_findings(name, context, tmp_path, synthesize):
    forms = forms_of(synthesize(f"examples/{name}/app.py", tmp_path, **context), tmp_path)

    assert len(forms) == FORMS[name]
    for form, associated in forms:
        assert [str(finding) for finding in check(form, associated=associated)] == []


def test_campaign_is_checked_with_its_brand_and_pictures_are_read(tmp_path, synthesize):
    campaigns = forms_of(synthesize("examples/ten_dlc/app.py", tmp_path), tmp_path)
    (associated,) = (associated for form, associated in campaigns if "CAMPAIGN" in form.registration_type)
    assert [form.registration_type for form in associated] == ["US_TEN_DLC_BRAND_REGISTRATION"]

    folder = tmp_path / "rcs"
    folder.mkdir()
    ((form, _),) = forms_of(synthesize("examples/rcs_test_agent/app.py", folder), folder)
    assert set(form.files) == {"agentDetails.logoImage", "agentDetails.bannerImage"}
