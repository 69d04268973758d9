#!/usr/bin/env python3
"""Many tenants: a 10DLC brand, its campaign and a number for each, in stacks of at most 80 tenants with a watch each.

``npx cdk deploy --app ".venv/bin/python examples/fleet/app.py" --all`` deploys the tenants of `tenants.yaml`, one stack after
another, 70 to 90 tenants an hour and Region: the service accepts one value of a form a second.

Before that, ``npx cdk synth --quiet --app ".venv/bin/python examples/fleet/app.py"`` and
``.venv/bin/sms-registration plan --summary`` say how long it takes, what it costs, and which quotas have to be raised: the
service's own allow 25 registrations. Add ``-c email=you@example.com`` to get the news of all stacks of a Region by e-mail, and
``-c tenants=FILE`` for another file.

A tenant that was denied is corrected in the file and deployed again: only its own registration changes.

It submits registrations, for fees that are not refunded, and leases numbers. Put in your own tenants and texts first.
"""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from tenants import Tenant, read

from cdk_sms_registration import Registration, RegistrationType, RegistrationWatch
from constructs import Construct

HERE = Path(__file__).parent


class TenantRegistrations(Construct):
    """The brand, the campaign and the number of one tenant."""

    def __init__(self, scope: Construct, tenant: Tenant) -> None:
        super().__init__(scope, tenant.name)
        brand = Registration(
            self,
            "Brand",
            registration_type=RegistrationType.US_TEN_DLC_BRAND_REGISTRATION,
            fields=brand_fields(tenant),
            submit=True,
        )
        if tenant.vetting:
            # It has no fields. The watch submits it when the brand is complete, and the campaign after it.
            Registration(
                self,
                "Vetting",
                registration_type=RegistrationType.US_TEN_DLC_BRAND_VETTING,
                associations=[brand],
                submit=True,
            )
        number = smsvoice.CfnPhoneNumber(
            self,
            "Number",
            iso_country_code="US",
            number_type="TEN_DLC",
            number_capabilities=["SMS"],
            mandatory_keywords={"help": {"message": help_message(tenant)}, "stop": {"message": stop_message(tenant)}},
        )
        Registration(
            self,
            "Campaign",
            registration_type=RegistrationType.US_TEN_DLC_CAMPAIGN_REGISTRATION,
            fields=campaign_fields(tenant),
            associations=[brand, number],
            submit=True,
        )


class Fleet(cdk.Stack):
    """Some of the tenants, and the watch of their registrations."""

    def __init__(
        self, scope: Construct, construct_id: str, *, region: str, tenants: Sequence[Tenant], topic: sns.ITopic
    ) -> None:
        super().__init__(
            scope, construct_id, description="10DLC registrations of tenants", env=cdk.Environment(region=region)
        )
        for tenant in tenants:
            TenantRegistrations(self, tenant)
        RegistrationWatch(self, "Watch", topic=topic)


class News(cdk.Stack):
    """Where the watches of a Region tell what happens."""

    def __init__(self, scope: Construct, construct_id: str, *, region: str, email: str | None) -> None:
        super().__init__(
            scope, construct_id, description="News of 10DLC registrations", env=cdk.Environment(region=region)
        )
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))


def brand_fields(tenant: Tenant) -> dict[str, str]:
    """The form of the brand: exactly as on the tenant's tax form."""
    return {
        "companyInfo.companyName": tenant.company,
        "companyInfo.taxIdIssuingCountry": "US",
        "companyInfo.taxId": tenant.tax_id,
        "companyInfo.legalType": "PRIVATE_PROFIT",
        "companyInfo.address": tenant.address,
        "companyInfo.city": tenant.city,
        "companyInfo.state": tenant.state,
        "companyInfo.zipCode": tenant.zip_code,
        "companyInfo.isoCountryCode": "US",
        "contactInfo.dbaName": tenant.company,
        "contactInfo.vertical": tenant.vertical,
        "contactInfo.website": tenant.website,
        "contactInfo.supportEmail": tenant.support_email,
        "contactInfo.supportPhoneNumber": tenant.support_phone,
    }


def help_message(tenant: Tenant) -> str:
    """What HELP is answered with; the form of the campaign says the same."""
    return (
        f"{tenant.company}: for help, call {tenant.support_phone} or see {tenant.website}/help. Reply STOP to opt out."
    )


def stop_message(tenant: Tenant) -> str:
    """What STOP is answered with."""
    return f"{tenant.company}: you are opted out and will get no more messages from us."


def campaign_fields(tenant: Tenant) -> dict[str, str | list[str]]:
    """The form of the campaign: what all tenants do, in the name of one of them."""
    company, site = tenant.company, tenant.website
    return {
        "campaignInfo.campaignName": (
            f"{company} reminds its customers by SMS of the appointments that they made for {tenant.services}, and lets them "
            "know when one is moved. Only customers who checked the box when they booked get messages."
        ),
        "campaignInfo.vertical": tenant.vertical,
        "campaignInfo.termsAndConditionsLink": f"{site}/terms",
        "campaignInfo.privacyPolicyLink": f"{site}/privacy",
        "campaignInfo.optInWorkflow": (
            f"When booking at {site}/book, which anybody can open, the customer may enter a mobile phone number and check a "
            f"box of its own, which is unchecked: '{company} may text me about my appointments. Up to 4 messages per "
            "appointment. Message and data rates may apply. Reply HELP for help, STOP to opt out.' Below it are links to the "
            f"terms ({site}/terms) and to the privacy policy ({site}/privacy). Booking works without the box. Mobile numbers "
            "and consent are not shared with third parties."
        ),
        "campaignInfo.optInMessage": (
            f"{company}: you will get reminders of your appointments, up to 4 messages each. Message and data rates may apply. "
            "Reply HELP for help, STOP to opt out."
        ),
        "campaignInfo.helpMessage": help_message(tenant),
        "campaignInfo.stopMessage": stop_message(tenant),
        "campaignCapabilities.numberCapabilities": "SMS",
        "campaignCapabilities.messageType": "Transactional",
        "campaignUseCase.useCase": "MIXED",
        "campaignUseCase.subUseCases": ["ACCOUNT_NOTIFICATION", "CUSTOMER_CARE"],
        "campaignUseCase.subscriberOptIn": "Yes",
        "campaignUseCase.subscriberOptOut": "Yes",
        "campaignUseCase.subscriberHelp": "Yes",
        "campaignUseCase.directLending": "No",
        "campaignUseCase.embeddedLink": "No",
        "campaignUseCase.embeddedPhone": "No",
        "campaignUseCase.ageGated": "No",
        "messageSamples.messageSample1": (
            f"{company}: your appointment is on [date] at [time]. Reply STOP to opt out, HELP for help."
        ),
        "messageSamples.messageSample2": f"{company}: your appointment was moved to [date] at [time]. Is that fine?",
    }


app = cdk.App()
news: dict[str, News] = {}
for (region, number), tenants in read(Path(app.node.try_get_context("tenants") or HERE / "tenants.yaml")).items():
    if region not in news:
        news[region] = News(app, f"FleetNews-{region}", region=region, email=app.node.try_get_context("email"))
    Fleet(app, f"Fleet-{region}-{number}", region=region, tenants=tenants, topic=news[region].topic)
app.synth()
