#!/usr/bin/env python3
"""Adopts an existing registration, with a provider function that has settings of your own.

Run it from the repository: ``npx cdk deploy --app ".venv/bin/python examples/existing_registration.py" -c id=registration-...``
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from cdk_sms_registration import Registration, RegistrationProvider, RegistrationType
from constructs import Construct


class ExistingRegistration(cdk.Stack):
    """Adopts one registration to manage it, and refers to another one that it only uses."""

    def __init__(self, scope: Construct, construct_id: str, *, registration_id: str) -> None:
        super().__init__(scope, construct_id)

        # Optional, and before the first registration: this stack keeps logs for two years and has shorter runs.
        RegistrationProvider.configure(
            self,
            log_group=logs.LogGroup(self, "Logs", retention=logs.RetentionDays.TWO_YEARS),
            timeout=cdk.Duration.minutes(5),
        )

        # Created in the console; from now on its tags are declared here. It is kept when the stack is deleted, unless
        # removal_policy=cdk.RemovalPolicy.DESTROY says otherwise.
        adopted = Registration(
            self,
            "TollFree",
            registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION,
            existing_registration_id=registration_id,
            tags={"team": "growth"},
        )

        # Only referred to: it is not created, changed or deleted.
        other = Registration.from_registration_id(self, "SenderId", "registration-0123456789abcdef")

        auditor = iam.Role(self, "Auditor", assumed_by=iam.AccountRootPrincipal())
        adopted.grants.read(auditor)
        other.grants.read(auditor)

        cdk.CfnOutput(self, "Status", value=adopted.registration_status)


app = cdk.App()
ExistingRegistration(
    app,
    "ExistingRegistration",
    registration_id=app.node.try_get_context("id") or "registration-00000000000000000000000000000000",
)
app.synth()
