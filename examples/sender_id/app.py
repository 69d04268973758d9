#!/usr/bin/env python3
"""A sender ID in Indonesia for a company from abroad, with its form in a file and a letter of authorisation.

The sender ID appears by itself in the account when the registration is approved; there is nothing to associate.
It files a registration: put your own texts and letter in first.
Run it from the repository: ``npx cdk deploy --app "python3 examples/sender_id/app.py"``
"""

from pathlib import Path

import aws_cdk as cdk

from cdk_sms_registration import Registration, RegistrationForm, RegistrationType
from constructs import Construct

HERE = Path(__file__).parent


class SenderId(cdk.Stack):
    """Sends under the name EXAMPLE."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="A sender ID in Indonesia")

        registration = Registration(
            self,
            "SenderId",
            registration_type=RegistrationType.ID_SENDER_ID_REGISTRATION,
            fields=RegistrationForm.from_file(self, HERE / "form.yaml"),
            submit=True,
        )

        cdk.CfnOutput(self, "RegistrationId", value=registration.registration_id)


app = cdk.App()
SenderId(app, "SenderId")
app.synth()
