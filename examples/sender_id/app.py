#!/usr/bin/env python3
"""A sender ID in Indonesia for a company from abroad, with its form in a file and a letter of authorization.

The service creates the sender ID when the registration is approved, so there is nothing to associate.
It submits a registration. Put in your own texts and letter first.
Run it from the repository: ``npx cdk deploy --app ".venv/bin/python examples/sender_id/app.py"``
"""

from pathlib import Path

import aws_cdk as cdk

from cdk_sms_registration import FormFile, Registration, RegistrationType
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
            fields=FormFile(HERE / "form.yaml").fields(self),
            submit=True,
        )

        cdk.CfnOutput(self, "RegistrationId", value=registration.registration_id)


app = cdk.App()
SenderId(app, "SenderId")
app.synth()
