#!/usr/bin/env python3
"""A 10DLC brand and its campaign, in two deployments, because a campaign can be submitted when its brand is complete.

1. ``npx cdk deploy --app "python3 examples/ten_dlc/app.py"`` submits the brand, and fills in the campaign as a draft. The
   output ``CampaignPendingSubmission`` is ``true``.
2. A day or two later an event says that the brand is complete. Deploy again with another revision, which continues where the
   first deployment had to stop: add ``-c revision=2``.

It submits registrations, for fees that are not refunded. Put in your own texts first.
"""

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns

from cdk_sms_registration import Registration, RegistrationStatus, RegistrationType
from constructs import Construct


class TenDlc(cdk.Stack):
    """Sends delivery notifications over 10DLC numbers."""

    def __init__(self, scope: Construct, construct_id: str, *, revision: str) -> None:
        super().__init__(scope, construct_id, description="A 10DLC brand and its campaign")

        brand = Registration(
            self,
            "Brand",
            registration_type=RegistrationType.US_TEN_DLC_BRAND_REGISTRATION,
            fields={
                # Exactly as on the tax form: a missing comma is a reason for a denial.
                "companyInfo.companyName": "Example Corp",
                "companyInfo.taxIdIssuingCountry": "US",
                "companyInfo.taxId": "123456789",  # nine digits; the dash of a toll-free form is refused here
                "companyInfo.legalType": "PRIVATE_PROFIT",
                "companyInfo.address": "410 Terry Avenue North",
                "companyInfo.city": "Seattle",
                "companyInfo.state": "WA",
                "companyInfo.zipCode": "98109",
                "companyInfo.isoCountryCode": "US",
                "contactInfo.dbaName": "Example",
                "contactInfo.vertical": "RETAIL",
                "contactInfo.website": "https://www.example.com",
                "contactInfo.supportEmail": "sms-support@example.com",
                "contactInfo.supportPhoneNumber": "+12065550142",
            },
            submit=True,
        )

        campaign = Registration(
            self,
            "Campaign",
            registration_type=RegistrationType.US_TEN_DLC_CAMPAIGN_REGISTRATION,
            fields={
                "campaignInfo.campaignName": (
                    "Example Corp tells customers of its online shop by SMS where their order is, and helps when something is "
                    "missing. Only customers who checked the box at the checkout get messages."
                ),
                "campaignInfo.vertical": "RETAIL",
                "campaignInfo.termsAndConditionsLink": "https://www.example.com/terms",
                "campaignInfo.privacyPolicyLink": "https://www.example.com/privacy",
                "campaignInfo.optInWorkflow": (
                    "At the checkout, which anybody can open at https://www.example.com/checkout, the customer may enter a "
                    "mobile phone number and check a box of its own, which is unchecked: 'Example Corp may text me about my "
                    "orders. Up to 4 messages per order. Message and data rates may apply. Reply HELP for help, STOP to opt "
                    "out.' Below it are links to the terms (https://www.example.com/terms) and to the privacy policy "
                    "(https://www.example.com/privacy). The order can be placed without the box. Mobile numbers and consent "
                    "are not shared with third parties."
                ),
                "campaignInfo.optInMessage": (
                    "Example Corp: you will get updates on your order, up to 4 messages. Message and data rates may "
                    "apply. Reply HELP for help, STOP to opt out."
                ),
                "campaignInfo.helpMessage": (
                    "Example Corp: for help, call +12065550142 or see https://www.example.com/help. Reply STOP to opt out."
                ),
                "campaignInfo.stopMessage": "Example Corp: you are opted out and will get no more messages from us.",
                "campaignCapabilities.numberCapabilities": "SMS",
                "campaignCapabilities.messageType": "Transactional",
                "campaignUseCase.useCase": "MIXED",
                "campaignUseCase.subUseCases": ["DELIVERY_NOTIFICATION", "CUSTOMER_CARE"],
                "campaignUseCase.subscriberOptIn": "Yes",
                "campaignUseCase.subscriberOptOut": "Yes",
                "campaignUseCase.subscriberHelp": "Yes",
                "campaignUseCase.directLending": "No",
                "campaignUseCase.embeddedLink": "Yes",
                "campaignUseCase.embeddedLinkSample": "https://www.example.com/track/7HQ2",
                "campaignUseCase.embeddedPhone": "No",
                "campaignUseCase.ageGated": "No",
                "messageSamples.messageSample1": (
                    "Example Corp: your order 1482 is on its way: https://www.example.com/track/7HQ2. Reply STOP to opt out."
                ),
                "messageSamples.messageSample2": (
                    "Example Corp: your order 1482 was delivered. Is something missing? Reply HELP for help."
                ),
            },
            associations=[brand],
            submit=True,
            revision=revision,
        )

        topic = sns.Topic(self, "News", enforce_ssl=True)
        for name, registration in {"Brand": brand, "Campaign": campaign}.items():
            registration.on_status_change(
                "News",
                statuses=[RegistrationStatus.COMPLETE, RegistrationStatus.REQUIRES_UPDATES],
                target=targets.SnsTopic(topic),
            )
            cdk.CfnOutput(self, f"{name}Id", value=registration.registration_id)
        cdk.CfnOutput(self, "CampaignPendingSubmission", value=campaign.form.pending_submission)


app = cdk.App()
TenDlc(app, "TenDlc", revision=str(app.node.try_get_context("revision") or "1"))
app.synth()
