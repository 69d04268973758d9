"""The fake in its own process: command line, state and reviewers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

import moto_sms_voice
from moto_sms_voice import __main__ as command_line
from moto_sms_voice import remote_review, snapshot
from support.fake_help import BRAND, VETTING, create, make_client, refused, statuses, submitted

ROOT = str(Path(moto_sms_voice.__file__).parents[1])


@contextmanager
def running(*arguments: str, stop: signal.Signals = signal.SIGTERM, **variables: str) -> Iterator[str]:
    """Run a server process and yield its URL; the process must end without an error."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moto_sms_voice", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT, **variables},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(stop)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.wait()


def test_state_outlives_the_process(tmp_path):
    state = tmp_path / "somewhere" / "state.json"
    arguments = ("serve", "--port", "0", "--state", str(state))
    with running(*arguments) as url:
        assert url.startswith("http://127.0.0.1:")
        client = make_client(endpoint_url=url)
        registration_id = create(client, Tags=[{"Key": "a", "Value": "b"}], ClientToken="token")
        client.put_registration_field_value(
            RegistrationId=registration_id, FieldPath="companyInfo.companyName", TextValue="Ex\u00e4mple"
        )
        assert json.loads(state.read_text()), "saved after each change, not only at the end"
        remote_review.send_step(url, registration_id, "close")
    with running(*arguments, stop=signal.SIGINT) as url:
        client = make_client(endpoint_url=url)
        assert statuses(client, registration_id) == ("CLOSED", "DRAFT")
        assert create(client, Tags=[{"Key": "a", "Value": "b"}], ClientToken="token") == registration_id
        (registration,) = client.describe_registrations()["Registrations"]
        tags = client.list_tags_for_resource(ResourceArn=registration["RegistrationArn"])["Tags"]
        assert tags == [{"Key": "a", "Value": "b"}]
        (value,) = client.describe_registration_field_values(RegistrationId=registration_id)["RegistrationFieldValues"]
        assert value["TextValue"] == "Ex\u00e4mple"
    assert [path.name for path in state.parent.iterdir()] == ["state.json"], "no temporary file is left"


def test_rate_and_account(tmp_path):
    with running("--rate", "0.01", MOTO_ACCOUNT_ID="111122223333") as url:
        client = make_client(endpoint_url=url)
        response = client.create_registration(RegistrationType=BRAND)
        assert response["RegistrationArn"].split(":")[4] == "111122223333"
        with refused("ThrottlingException"):
            create(client)


@pytest.mark.parametrize(
    ("access_key", "account"), [("444455556666", "444455556666"), ("AKIAIOSFODNN7EXAMPLE", "123456789012")]
)
def test_access_key_may_be_an_account(fake, access_key, account):
    client = make_client(aws_access_key_id=access_key)
    arn = client.create_registration(RegistrationType=BRAND)["RegistrationArn"]
    assert arn.split(":")[4] == account


def test_every_state_can_be_saved(client, fake):
    registration_id = submitted(client)
    fake.review.deny(registration_id, fields={"companyInfo.taxId": "Wrong"})
    submitted(client, "SG_SENDER_ID_REGISTRATION")
    client.create_rcs_agent()
    client.request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )
    before = fake.store
    saved = snapshot.dump()
    snapshot.load(saved)
    assert fake.store is not before
    assert fake.store == before


@pytest.mark.parametrize("text", [b"", b"[]", b'{"123456789012": {"us-east-1": {"registrations": {"r": {}}}}}'])
def test_a_broken_state_is_refused(fake, text):
    with pytest.raises(ValueError, match="validation error"):
        snapshot.load(text)


def test_review_from_the_command_line(fake, endpoint, capsys):
    client = make_client(endpoint_url=endpoint)
    # The server runs in this process, and so do its backends.
    registration_id = submitted(client)

    def review(*arguments: str) -> tuple[int, str]:
        code = command_line.main(["review", "--endpoint", endpoint, *arguments])
        out, err = capsys.readouterr()
        return code, out or err

    code, out = review("start", registration_id)
    assert code == 0
    assert json.loads(out) == {
        "registrationId": registration_id,
        "registrationStatus": "REVIEWING",
        "versionNumber": 1,
        "versionStatus": "REVIEWING",
    }
    review("deny", registration_id, "--reason", "TAX", "--field", "companyInfo.taxId=a=b", "--feedback", "Look")
    (version,) = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    assert version["DeniedReasons"] == [{"Reason": "TAX", "ShortDescription": "TAX"}]
    assert version["Feedback"] == "Look"
    (value,) = client.describe_registration_field_values(
        RegistrationId=registration_id, FieldPaths=["companyInfo.taxId"]
    )["RegistrationFieldValues"]
    assert value["DeniedReason"] == "a=b"
    arn = fake.arn(f"registration/{registration_id}")
    assert review("set-status", arn, "--registration-status", "CLOSED")[0] == 0
    assert statuses(client, registration_id) == ("CLOSED", "DENIED")
    code, err = review("approve", registration_id)
    assert code == 1
    assert "is DENIED" in err
    code, err = review("approve", "registration-0")
    assert (code, err) == (1, "There is no registration 'registration-0'\n")


def test_review_needs_no_signature(fake, endpoint):
    registration_id = create(make_client(endpoint_url=endpoint), VETTING)
    url = endpoint + remote_review.PATH

    def post(content: Any) -> tuple[int, Any]:
        response = requests.post(url, data=content, timeout=30)
        return response.status_code, response.json()

    body = {"registrationId": registration_id, "action": "close"}
    assert post(json.dumps(body))[1]["registrationStatus"] == "CLOSED"
    for wrong, message in (
        ("", "Expecting value"),
        ("[]", "JSON object"),
        (json.dumps({**body, "action": "__init__"}), "Unknown action"),
        (json.dumps({**body, "color": "blue"}), "color"),
        (json.dumps({"action": "close"}), "no registration"),
    ):
        status, response = post(wrong)
        assert status == 400
        assert message in response["message"]


def test_review_of_a_server_that_is_not_there(capsys):
    assert command_line.main(["review", "--endpoint", "http://127.0.0.1:9", "approve", "registration-0"]) == 1
    assert "127.0.0.1" in capsys.readouterr().err
