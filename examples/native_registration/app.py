#!/usr/bin/env python3
"""CloudFormation's own registration, with its form in a file: for a stack that has the native resource already.

`CfnRegistration` creates the registration, empty, and `RegistrationForm` fills it in and submits it.
It submits a registration, for a fee that is not refunded. Put in your own texts first.
Run it from the repository: ``npx cdk deploy --app ".venv/bin/python examples/native_registration/app.py"``
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice

from cdk_sms_registration import FormFile, RegistrationForm, RegistrationType
from constructs import Construct

HERE = Path(__file__).parent


class NativeRegistration(cdk.Stack):
    """A 10DLC brand that the native resource type creates."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="The form of a native registration")

        brand = smsvoice.CfnRegistration(
            self, "Brand", registration_type=RegistrationType.US_TEN_DLC_BRAND_REGISTRATION.name
        )
        # A native registration is deleted with its stack by default, and CloudFormation cannot delete one under review.
        brand.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

        form = RegistrationForm(
            self, "Form", registration=brand, fields=FormFile(HERE / "form.yaml").fields(self), submit=True
        )

        cdk.CfnOutput(self, "RegistrationId", value=brand.attr_registration_id)
        cdk.CfnOutput(self, "VersionStatus", value=form.version_status)


app = cdk.App()
NativeRegistration(app, "NativeRegistration")
app.synth()
