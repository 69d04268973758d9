"""The asset runs on the oldest SDK of a supported Lambda runtime, from create to delete."""

import json
import os
import shutil
import subprocess
import sys
import threading
import uuid
from datetime import datetime, timezone
from pathlib import Path

import pytest

# The first SDK versions of the runtimes (AWS Lambda developer guide). Runtimes are updated, but a function can pin the first one.
OLDEST_SDK = {10: "1.29.90", 11: "1.29.90", 12: "1.31.72", 13: "1.34.145"}
"""botocore by the minor version of Python: python3.10 is the oldest runtime that is supported, and its SDK runs on 3.11 too."""

ROOT = Path(__file__).parents[1]
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
BUCKET, KEY, SECRET = "assets", "opt-in.png", "company"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64

pytestmark = [pytest.mark.wheel, pytest.mark.fault(45)]


@pytest.fixture(scope="module")
def sdk(request):
    """A folder with the SDK, installed once."""
    version = OLDEST_SDK.get(sys.version_info.minor, "1.40.4")
    folder = Path(request.config.cache.mkdir(f"botocore-{version}"))
    done = folder / ".installed"
    if not done.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder)]
        subprocess.run([*command, "--disable-pip-version-check", f"botocore=={version}"], check=True)
        done.touch()
    return folder


@pytest.fixture
def server():
    """The faked service and moto's S3 and Secrets Manager, behind HTTP."""
    import boto3
    from moto.core.base_backend import BackendDict

    from moto_sms_voice import server

    BackendDict.reset()
    running = server.make("127.0.0.1", 0)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    address = f"{running.host}:{running.port}"
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=f"http://{address}")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=PNG)
    secrets = session.client("secretsmanager", endpoint_url=f"http://{address}")
    secrets.create_secret(Name=SECRET, SecretString='{"city": "Seattle"}')
    yield address
    running.shutdown()
    thread.join()
    BackendDict.reset()


def event(request_type, logical_id, resource_type, properties, **more):
    now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    host = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com"
    return {
        "RequestType": request_type,
        "ResponseURL": f"https://{host}/x?X-Amz-Date={now}",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/Runtime/1",
        "RequestId": str(uuid.uuid4()),
        "LogicalResourceId": logical_id,
        "ResourceType": f"Custom::SmsRegistration{resource_type}",
        "ResourceProperties": properties,
        **({} if request_type == "Create" else {"PhysicalResourceId": f"{{{logical_id}}}"}),
        **more,
    }


def test_asset_runs_on_the_oldest_sdk(sdk, server, tmp_path):
    import moto_sms_voice
    from cdk_sms_registration.asset import handler_asset

    fake = moto_sms_voice.backend(account_id="123456789012", region="us-east-1")
    fields = {path: next(iter(value.values())) for path, value in fake.example_form(BRAND).items()}
    fields["companyInfo.city"] = {"SecretId": SECRET, "JsonField": "city"}
    registration = {"RegistrationType": BRAND, "Tags": [{"Key": "team", "Value": "growth"}]}
    form = {"RegistrationId": "{Registration}", "Fields": fields}
    changed = {**form, "Submit": "true", "Fields": {**fields, "companyInfo.companyName": "Exämple Corp"}}
    file = {"Bucket": BUCKET, "Key": KEY}
    events = [
        event("Create", "File", "Attachment", file),
        event("Create", "Registration", "", registration),
        event("Create", "Form", "Form", form),
        event("Update", "Form", "Form", changed, OldResourceProperties=form),
        event("Update", "Registration", "", {**registration, "Tags": []}, OldResourceProperties=registration),
        event("Delete", "Form", "Form", changed),
        event("Delete", "Registration", "", registration),
        event("Delete", "File", "Attachment", file),
    ]
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    shutil.unpack_archive(handler_asset().archive, tmp_path)
    program = str(ROOT / "tests/support/runtime_program.py")

    done = subprocess.run(
        [sys.executable, "-I", "-S", program, str(tmp_path), str(sdk), server],
        input=json.dumps(events),
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["botocore"] == sdk.name.removeprefix("botocore-")
    assert [each["Status"] for each in outcome["responses"]] == ["SUCCESS"] * len(events), outcome["responses"]
    assert outcome["responses"][0]["Data"]["AttachmentStatus"] == "UPLOAD_COMPLETE"
    assert outcome["responses"][3]["Data"]["VersionStatus"] == "SUBMITTED"
    assert fake.live_registrations() == []
    operations = {call.operation for call in fake.calls if call.error is None}
    assert {"SubmitRegistrationVersion", "DiscardRegistrationVersion", "DeleteRegistrationAttachment"} <= operations
    texts = [call.parameters.get("TextValue") for call in fake.calls_to("PutRegistrationFieldValue")]
    assert "Exämple Corp" in texts
    assert "Seattle" in texts, "read from the secret"
