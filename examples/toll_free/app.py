#!/usr/bin/env python3
"""A toll-free number and its registration: one deployment requests the number, fills in the form and submits it.

It submits a registration, and the number costs money as long as you have it. Put in your own texts and picture first.
``cdk destroy`` leaves the registration and its number, because a review took weeks. docs/form.md, "Retained registrations", says
how to find them and how to adopt them again: ``existing_registration_id``, ``take_over=True`` and the number's ID.
Run it from the repository: ``npx cdk deploy --app ".venv/bin/python examples/toll_free/app.py"``
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns

from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    Registration,
    RegistrationAttachment,
    RegistrationStatus,
    RegistrationType,
)
from constructs import Construct

HERE = Path(__file__).parent


class TollFree(cdk.Stack):
    """Sends one-time passcodes from a toll-free number."""

    def __init__(self, scope: Construct, construct_id: str, *, tax_id_secret: str | None) -> None:
        super().__init__(scope, construct_id, description="A toll-free number and its registration")

        number = smsvoice.CfnPhoneNumber(
            self,
            "Number",
            iso_country_code="US",
            number_type="TOLL_FREE",
            number_capabilities=["SMS"],
            mandatory_keywords={
                "help": {"message": "Example Corp: for help, call +12065550142 or see https://www.example.com/help."},
                "stop": {"message": "Example Corp: you will get no more messages from this number."},
            },
        )

        # A tax ID does not have to be in the template. With `-c tax_id_secret=sms/tax-id`, the field "ein" of that secret is
        # read when the form is filled in.
        tax_id: str | FieldValue = "12-3456789"
        if tax_id_secret:
            secret = secretsmanager.Secret.from_secret_name_v2(self, "TaxId", tax_id_secret)
            tax_id = FieldValue.from_secret(secret, "ein")

        registration = Registration(
            self,
            "Registration",
            registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION,
            fields={
                "companyInfo.companyName": "Example Corp",
                "companyInfo.website": "https://www.example.com",
                "companyInfo.address1": "410 Terry Avenue North",
                "companyInfo.city": "Seattle",
                "companyInfo.state": "WA",
                "companyInfo.zipCode": "98109",
                "companyInfo.isoCountryCode": "US",
                "companyInfo.businessType": "PRIVATE_PROFIT",
                "companyInfo.taxId": tax_id,
                "companyInfo.taxIdAuthority": "EIN",
                "companyInfo.taxIdCountry": "US",
                "contactInfo.firstName": "Maria",
                "contactInfo.lastName": "Garcia",
                # On the website's domain: a free mail address is denied as "Unofficial Business Email".
                "contactInfo.supportEmail": "sms-support@example.com",
                "contactInfo.supportPhoneNumber": "+12065550142",
                "messagingUseCase.monthlyMessageVolume": ["10,000"],
                "messagingUseCase.useCaseCategory": "ONE_TIME_PASSCODES",
                "messagingUseCase.useCaseDetails": (
                    "Customers who sign in to www.example.com receive a one-time passcode by SMS. Each passcode is sent "
                    "because the customer asked for it a moment before. No marketing is sent from this number."
                ),
                "messagingUseCase.optInType": "DIGITAL_FORM",
                "messagingUseCase.optInDescription": (
                    "Under www.example.com/account/security the customer enters a mobile phone number and ticks a box "
                    "that is not ticked beforehand: 'I agree to receive one-time passcodes by SMS from Example Corp at "
                    "this number. One message per sign-in. Message and data rates may apply. Reply HELP for help, STOP "
                    "to opt out.' Terms and privacy policy are linked below it. Without the box no message is sent."
                ),
                "messagingUseCase.optInImage": RegistrationAttachment(
                    self, "OptIn", source=AttachmentSource.from_asset(HERE / "opt-in.png")
                ),
                "messagingUseCase.privacyPolicyUrl": "https://www.example.com/privacy",
                "messagingUseCase.termsAndConditionsUrl": "https://www.example.com/terms",
                "messageSamples.messageSample1": (
                    "Example Corp: your code is 482913. It is valid for 10 minutes. Reply STOP to opt out."
                ),
                "messageSamples.messageSample2": (
                    "Example Corp: your code for the new device is 550172. Never share it. Reply HELP for help."
                ),
            },
            associations=[number],
            submit=True,
        )

        # Tells the people on call about a denial the same day. The reasons are in the version, not in the event.
        topic = sns.Topic(self, "Denials", enforce_ssl=True)
        registration.on_status_change(
            "Denied", statuses=[RegistrationStatus.REQUIRES_UPDATES], target=targets.SnsTopic(topic)
        )

        cdk.CfnOutput(self, "RegistrationId", value=registration.registration_id)
        cdk.CfnOutput(self, "PhoneNumber", value=number.attr_phone_number)
        cdk.CfnOutput(self, "VersionStatus", value=registration.form.version_status)


app = cdk.App()
TollFree(app, "TollFree", tax_id_secret=app.node.try_get_context("tax_id_secret"))
app.synth()
