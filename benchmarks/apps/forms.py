"""A hundred toll-free forms of 25 fields: submitted and validated with a snapshot, or drafts without one."""

import sys
from pathlib import Path

import aws_cdk as cdk
import yaml

from cdk_sms_registration import Registration, RegistrationType

ROOT = Path(__file__).parents[2]
FORM = yaml.safe_load((ROOT / "tests/rules/good_forms/shop_keyword_toll_free.yaml").read_text(encoding="utf-8"))
FIELDS = FORM["values"] | {"messagingUseCase.optInImage": "attachment-0123456789abcdef"}

is_checked = sys.argv[2] == "checked"
folder = {"cdk-sms-registration:definitions": str(ROOT / "testing/moto_sms_voice/definitions")}
app = cdk.App(context=folder if is_checked else {})
stack = cdk.Stack(app, "Stack")
for number in range(int(sys.argv[1])):
    # No two forms are the same, as those of tenants.
    fields = FIELDS | {"companyInfo.companyName": f"Fern & Fable Books {number} LLC"}
    Registration(
        stack,
        f"Registration{number}",
        registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION,
        fields=fields,
        submit=is_checked,
    )
app.synth()
