"""A form that is wrong gets the same messages at synth, from a snapshot, as in a deployment, from the service."""

import re
import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

import moto_sms_voice
from cdk_sms_registration import AttachmentSource, FieldValue, Registration, RegistrationAttachment
from moto_sms_voice.models import SmsVoiceBackend
from sms_registration_contract.declaration import declarations
from sms_registration_contract.deployment import environment
from support.wrong_forms import WRONG_FORMS

DEFINITIONS = Path(moto_sms_voice.__file__).parent / "definitions"


def app_of(context, folder):
    """An app with each wrong form as a registration of its own."""
    app = cdk.App(builtin_cloud_formation_validation=False, context=context)
    stack = cdk.Stack(app, "Sms")
    picture = folder / "opt-in.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    file = RegistrationAttachment(stack, "File", source=AttachmentSource.from_asset(picture))
    secret = FieldValue.from_secret(secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "sms/values"))
    fake = SmsVoiceBackend("us-east-1", "123456789012")
    for name, (registration_type, changes) in WRONG_FORMS.items():
        fields = {}
        for path, member in fake.example_form(registration_type, attachment_id="").items():
            ((kind, value),) = member.items()
            fields[path] = file if kind == "RegistrationAttachmentId" else value
        for path, value in changes.items():
            if isinstance(value, dict):
                fields[path] = file if "file" in value else secret
            else:
                fields[path] = value
        fields = {path: value for path, value in fields.items() if value is not None}
        Registration(stack, construct_id(name), registration_type=registration_type, fields=fields, submit=True)
    return app, stack


def construct_id(name):
    return "".join(word.capitalize() for word in name.split())


@pytest.fixture(scope="module")
def at_synth(tmp_path_factory):
    """What synthesis says, by construct ID."""
    folder = tmp_path_factory.mktemp("snapshots")
    for file in DEFINITIONS.glob("*.json"):
        shutil.copy(file, folder)
    app, _ = app_of({"cdk-sms-registration:definitions": str(folder)}, tmp_path_factory.mktemp("files"))
    with pytest.raises(RuntimeError) as refusal:
        app.synth()
    found = {}
    for name, line in re.findall(r"^  \[Sms/(\w+)/Form\] (.*)$", str(refusal.value), re.MULTILINE):
        found.setdefault(name, []).append(line)
    return found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """What the handler says, by construct ID: the Reason of each form's Create."""
    _, stack = app_of({}, tmp_path_factory.mktemp("files"))
    found = {}
    for declared in declarations(Template.from_stack(stack).to_json()):
        with environment(declared) as deployment:
            for name in deployment.files:
                deployment.stack.create(deployment.file_properties(name), name)
            deployment.stack.create(deployment.registration_properties(), deployment.registration_logical_id)
            response = deployment.stack.create(deployment.form_properties(), deployment.form_logical_id)
        assert response["Status"] == "FAILED"
        (name,) = (each for each in map(construct_id, WRONG_FORMS) if declared.form_name.startswith(f"{each}Form"))
        found[name] = response["Reason"]
    return found


@pytest.mark.parametrize("name", WRONG_FORMS)
def test_same_messages(name, at_synth, deployed):
    lines = at_synth[construct_id(name)]

    headline, *items = deployed[construct_id(name)].split("\n- ")
    assert re.fullmatch(r"no changes were made: \d+ fields? (is|are) invalid:", headline)
    assert lines == items


def test_every_mistake_is_named(at_synth):
    for name, (_, changes) in WRONG_FORMS.items():
        said = " ".join(at_synth[construct_id(name)])
        assert any(path in said for path in changes), name
