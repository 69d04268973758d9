#!/usr/bin/env python3
"""An RCS agent for testing, with its logo and banner: no number, no fee, and a review that takes minutes.

Run it from the repository: ``npx cdk deploy --app ".venv/bin/python examples/rcs_test_agent/app.py"``
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice

from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment, RegistrationType
from constructs import Construct

HERE = Path(__file__).parent


class RcsTestAgent(cdk.Stack):
    """Tells customers about their parcels."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="An RCS agent for testing")

        agent = smsvoice.CfnRcsAgent(self, "Agent")
        # The resource type is newer than the list that the CDK checks templates with.
        cdk.Validations.of(agent).acknowledge(
            cdk.Acknowledgment(
                id="CloudFormation-Validate::F3006",
                reason="AWS::SMSVOICE::RcsAgent is a resource type of CloudFormation",
            )
        )

        # 224 x 224 pixels and at most 50 KB; 1440 x 448 pixels and at most 200 KB.
        logo = RegistrationAttachment(self, "Logo", source=AttachmentSource.from_asset(HERE / "logo.png"))
        banner = RegistrationAttachment(self, "Banner", source=AttachmentSource.from_asset(HERE / "banner.png"))

        registration = Registration(
            self,
            "Registration",
            registration_type=RegistrationType.TEST_RCS_LAUNCH_REGISTRATION,
            fields={
                "agentDetails.brandName": "Example Corp",
                "agentDetails.serviceName": "Example parcels",
                "agentDetails.senderDisplayName": "Example Corp",
                "agentDetails.useCase": "TRANSACTIONAL",
                "agentDetails.agentDescription": "Delivery alerts and arrival times for your parcels.",
                "agentDetails.logoImage": logo,
                "agentDetails.bannerImage": banner,
                "agentDetails.accentColor": "#1F3A5F",  # a contrast of at least 4.5 to 1 with white
                "agentDetails.contactPhoneNumber": "+12065550142",
                "agentDetails.contactPhoneLabel": "Call us",
                "agentDetails.contactEmailAddress": "parcels@example.com",
                "agentDetails.contactEmailLabel": "Write to us",
                "agentDetails.privacyPolicyUrl": "https://www.example.com/privacy",
                "agentDetails.termsAndConditionsUrl": "https://www.example.com/terms",
                "agentDetails.billingCategory": "NON_CONVERSATIONAL",
                "agentDetails.averageMonthlyRcsFrequency": "10",
                "agentDetails.monthlyRcsVolume": "500",
                # Exactly as the agent's own keywords respond.
                "complianceKeywords.helpResponse": "Example Corp: for help, call +12065550142. Reply STOP to opt out.",
                "complianceKeywords.stopResponse": "Example Corp: you will get no more messages from us.",
            },
            associations=[agent],
            submit=True,
            # A submitted registration is retained by default. This test is deleted with its stack, before its agent.
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

        cdk.CfnOutput(self, "RegistrationId", value=registration.registration_id)
        cdk.CfnOutput(self, "AgentId", value=agent.attr_rcs_agent_id)


app = cdk.App()
RcsTestAgent(app, "RcsTestAgent")
app.synth()
