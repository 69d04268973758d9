#!/usr/bin/env python3
"""The example: one stack creates a registration, another one uses it. `cdk deploy --all` deploys both."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm

from cdk_sms_registration import Registration, RegistrationType
from constructs import Construct


class RegistrationStack(cdk.Stack):
    """Creates a registration and publishes its ARN and ID."""

    def __init__(self, scope: Construct, construct_id: str, *, registration_type: str) -> None:
        super().__init__(scope, construct_id, description="A registration for AWS End User Messaging SMS")

        self.registration = Registration(self, "Registration", registration_type=registration_type)

        cdk.CfnOutput(self, "RegistrationArn", value=self.registration.registration_arn)
        cdk.CfnOutput(self, "RegistrationId", value=self.registration.registration_id)
        ssm.StringParameter(self, "RegistrationIdParameter", string_value=self.registration.registration_id)


class SupportStack(cdk.Stack):
    """Uses the registration of the other stack: a policy for the people who follow its review."""

    def __init__(self, scope: Construct, construct_id: str, *, registration: Registration) -> None:
        super().__init__(scope, construct_id, description="Read access to a registration of another stack")

        policy = iam.ManagedPolicy(self, "ReadRegistration", description="Read one registration and its review")
        registration.grants.read(policy)


app = cdk.App()
registrations = RegistrationStack(
    app,
    "SmsRegistration",
    # For another type: cdk deploy --all -c registration_type=SG_SENDER_ID_REGISTRATION
    registration_type=app.node.try_get_context("registration_type") or RegistrationType.US_TOLL_FREE_REGISTRATION.name,
)
SupportStack(app, "SmsRegistrationSupport", registration=registrations.registration)
app.synth()
