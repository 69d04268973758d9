#!/usr/bin/env python3
"""A 10DLC brand, its campaign and a number for it, in one deployment.

``npx cdk deploy --app ".venv/bin/python examples/ten_dlc/app.py"`` submits the brand, fills in the campaign as a draft, and
requests the number. The watch does the rest, weeks later and without a deployment: it submits the campaign when the brand is
complete, and associates the number when the campaign is. It tells of each step, and of a denial with its reasons, on the topic:
add ``-c email=you@example.com`` to get that by e-mail.

It submits registrations, for fees that are not refunded, and leases a number. Put in your own texts first.
"""

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from cdk_sms_registration import Registration, RegistrationType, RegistrationWatch
from constructs import Construct


class TenDlc(cdk.Stack):
    """Sends delivery notifications over 10DLC numbers."""

    def __init__(self, scope: Construct, construct_id: str, *, email: str | None) -> None:
        super().__init__(scope, construct_id, description="A 10DLC brand, its campaign and a number")

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

        # Requested now, and of use when the campaign is approved; the lease costs money from now on. AWS's guide orders it when
        # the campaign is approved. Should AWS refuse it before, add it and its association in a later deployment.
        number = smsvoice.CfnPhoneNumber(
            self,
            "Number",
            iso_country_code="US",
            number_type="TEN_DLC",
            number_capabilities=["SMS"],
            mandatory_keywords={
                "help": {"message": "Example Corp: for help, call +12065550142 or see https://www.example.com/help."},
                "stop": {"message": "Example Corp: you are opted out and will get no more messages from us."},
            },
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
            associations=[brand, number],
            submit=True,
        )

        topic = sns.Topic(self, "News", enforce_ssl=True)
        if email is not None:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        RegistrationWatch(self, "Watch", topic=topic)

        cdk.CfnOutput(self, "BrandId", value=brand.registration_id)
        cdk.CfnOutput(self, "CampaignId", value=campaign.registration_id)
        cdk.CfnOutput(self, "NumberId", value=number.attr_phone_number_id)
        cdk.CfnOutput(self, "CampaignPendingSubmission", value=campaign.form.pending_submission)


app = cdk.App()
TenDlc(app, "TenDlc", email=app.node.try_get_context("email"))
app.synth()
