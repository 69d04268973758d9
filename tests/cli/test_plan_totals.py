"""`plan --summary`: hours, requests, fees and quotas of a whole app, per Region and in sum."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from sms_registration_cli import session
from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.planning import assembly, quotas, report, totals
from sms_registration_cli.planning.assembly import Reference
from sms_registration_cli.planning.result import RegionPlan, RegistrationPlan
from sms_registration_rules.messages import Problem
from sms_registration_rules.planning.plan import Associate, CreateVersion, Plan, PutValue, Submit
from sms_registration_rules.values import TextValue
from support import assemblies
from support.assemblies import PHONE_NUMBER, form, registration
from support.cli_help import BRAND_FORM
from support.fake_help import create

BRAND, CAMPAIGN, VETTING = (
    "US_TEN_DLC_BRAND_REGISTRATION",
    "US_TEN_DLC_CAMPAIGN_REGISTRATION",
    "US_TEN_DLC_BRAND_VETTING",
)
LIMITS = {"REGISTRATIONS": (5, 25), "PHONE_NUMBERS": (0, 25)}


def puts(count: int) -> tuple[PutValue, ...]:
    return tuple(PutValue(f"a.field{number}", TextValue("x")) for number in range(count))


def tenant(number: int) -> list[RegistrationPlan]:
    """A new brand that is submitted, its vetting and its campaign, which wait for it, and the campaign's number."""
    brand = Reference("Fleet", f"Brand{number}", assembly.REGISTRATION)
    phone = Reference("Fleet", f"Number{number}", assembly.PHONE_NUMBER)
    waiting = Plan((), pending_submission=True, waits_for=("registration-brand",))
    return [
        RegistrationPlan(f"Brand{number}", BRAND, None, True, Plan((*puts(14), Submit())), submits=True),
        RegistrationPlan(f"Vetting{number}", VETTING, None, True, waiting, submits=True, associations=(brand,)),
        RegistrationPlan(
            f"Campaign{number}",
            CAMPAIGN,
            None,
            True,
            dataclasses.replace(waiting, steps=puts(22)),
            submits=True,
            associations=(brand, phone),
        ),
    ]


def region(name: str = "us-east-1", tenants: int = 1, **more: Any) -> RegionPlan:
    plans = [plan for number in range(tenants) for plan in tenant(number)]
    return RegionPlan(name, plans, new_numbers=tenants, limits=LIMITS, **more)


def test_many_changed_fields_are_counted():
    changed = [f"a.field{number}" for number in range(7)]
    plan = Plan((CreateVersion(), *puts(7), Submit()))
    made = RegistrationPlan("Brand", BRAND, None, False, plan, submits=True, changed=changed)
    text = report.text([RegionPlan("us-east-1", [made])])
    fields = "a.field0, a.field1, a.field2, a.field3, a.field4 and 2 more"
    assert f"open a new version because {fields} changed, put 7 values, submit it for review" in text


def test_hours_and_requests_of_a_region():
    total = totals.of_region(region(tenants=100))
    assert (total.registrations, total.created, total.reviewed, total.failing) == (300, 300, 300, 0)
    assert total.requests == {
        "PutRegistrationFieldValue": 3600,
        "CreateRegistration": 300,
        "SubmitRegistrationVersion": 100,
        "RequestPhoneNumber": 100,
    }
    # The operation that is called most decides; others go on beside it.
    assert total.seconds == round(5 + 3600 * 1.015)


def test_fees_count_what_the_watch_submits_later_and_numbers():
    total = totals.of_region(region(tenants=100))
    amounts = {
        (each.fee.registration_type, each.fee.charged): (each.count, each.usd, each.users_say_usd)
        for each in total.charges
        if each.fee.for_each == "registration"
    }
    assert amounts == {
        (BRAND, "once for each submission"): (100, None, 400.0),
        (VETTING, "once for each submission"): (100, 4000.0, None),
        (CAMPAIGN, "monthly"): (100, None, 1000.0),
    }
    assert [each.count for each in total.charges if each.fee.for_each == "number"] == [100]


def test_what_fails_or_stays_a_draft_costs_nothing():
    brand, *_ = tenant(0)
    for plan in (
        dataclasses.replace(brand, problems=[Problem("companyInfo.taxId", "is required")]),
        dataclasses.replace(brand, form_plan=Plan(puts(14))),
        dataclasses.replace(brand, form_plan=None),
    ):
        assert totals.charges(plan) == []


def test_a_campaign_that_is_complete_is_paid_monthly_already():
    _, _, campaign = tenant(0)
    resubmitted = Plan((CreateVersion(), *puts(22), Submit()))
    complete, denied = (
        dataclasses.replace(
            campaign,
            found=FoundRegistration({"RegistrationStatus": status}),
            is_created=False,
            form_plan=resubmitted,
        )
        for status in ("COMPLETE", "REQUIRES_UPDATES")
    )
    assert totals.charges(complete) == []
    assert {charge.fee.charged for charge in totals.charges(denied)} == {"monthly"}


def test_regions_are_added_but_their_quotas_are_their_own():
    east, west = totals.of_region(region(tenants=3)), totals.of_region(region("us-west-2", tenants=2))
    total = totals.sum_of([east, west])
    assert total.requests["PutRegistrationFieldValue"] == 5 * 36
    assert total.seconds == east.seconds + west.seconds
    assert total.registrations == 15
    assert sorted(each.count for each in total.charges) == [5, 5, 5, 5]
    assert total.quotas == ()


def named(found: list[quotas.Quota]) -> dict[str, tuple[int, int, int | None, bool]]:
    return {each.name: (each.needed, each.used, each.allowed, each.is_exceeded) for each in found}


def test_quotas():
    found = quotas.needed(region(tenants=26, present={BRAND: 2, CAMPAIGN: 3}))
    assert named(found) == {
        "REGISTRATIONS": (78, 5, 25, True),
        "PHONE_NUMBERS": (26, 0, 25, True),
        "TEN_DLC_COMPANIES": (26, 2, 25, True),
    }
    assert [each.fails for each in found] == [True, True, False], "a default may have been raised"
    registrations, _, companies = map(str, found)
    assert registrations == (
        "registrations: 5 of 25 used, 78 more needed; the quota has room for 20: "
        "ask AWS Support to raise it to 83 (REGISTRATIONS)"
    )
    assert "25 by default" in companies
    assert "unless it is raised already" in companies


@pytest.mark.parametrize(("campaigns", "is_exceeded"), [(10, False), (11, True)])
def test_campaigns_of_one_brand(campaigns, is_exceeded):
    _, _, campaign = tenant(0)
    found = named(quotas.needed(RegionPlan("us-east-1", [campaign] * campaigns)))
    assert found.get("TEN_DLC_CAMPAIGNS_PER_BRAND") == ((11, 0, 10, True) if is_exceeded else None)


@pytest.mark.parametrize(("numbers", "is_exceeded"), [(49, False), (50, True)])
def test_numbers_of_one_campaign(numbers, is_exceeded):
    _, _, campaign = tenant(0)
    several = dataclasses.replace(campaign, associations=tuple(f"phone-{each}" for each in range(numbers)))
    found = named(quotas.needed(RegionPlan("us-east-1", [several])))
    assert ("PHONE_NUMBERS_PER_REGISTRATION" in found) == is_exceeded


def test_a_daily_quota_that_aws_does_not_publish_is_named():
    plan = RegistrationPlan("Brand", BRAND, None, False, Plan((CreateVersion(), Associate("phone-1"))))
    (quota,) = quotas.needed(RegionPlan("us-east-1", [plan] * 30))
    assert not quota.is_exceeded
    assert str(quota) == (
        "new versions a day: 30 needed; AWS does not publish the quota (REGISTRATION_VERSIONS_CREATED_PER_DAY)"
    )


def test_the_summary_names_only_registrations_that_would_fail():
    plans = region(tenants=2)
    plans.plans[0] = dataclasses.replace(plans.plans[0], problems=[Problem("companyInfo.taxId", "is required")])
    text = report.text([plans, region("us-west-2", 400)], is_summary=True)
    assert "Brand0 (" in text
    assert "Brand1 (" not in text
    for expected in (
        "6 registrations: 6 created, 5 submitted for review, now or by the watch, 1 would fail",
        "about 4.1 hours at the service's quota: 14,400 PutRegistrationFieldValue",
        "fee: 400 x vetting, not refunded, once for each submission: 40 USD",
        "all 2 Regions",
        "4.1 hours one Region after another, 4.1 hours all at once",
        "fees once for each submission: about 17,684 USD",
        "fees monthly: about 4,020 USD, where AWS or users say an amount, and what AWS's pricing page says for: each number",
        "quota exceeded in us-west-2: registrations, 1,205 of 25",
    ):
        assert expected in text
    assert report.exit_code([plans]) == 2


def test_a_default_quota_does_not_fail_the_plan():
    crowded = region(tenants=30)
    crowded.limits = {}
    assert report.exit_code([crowded]) == 0
    assert "10DLC companies: 0 of 25 by default used" in report.text([crowded])
    assert "10DLC companies" not in report.text([region(tenants=1)])


def test_the_summary_as_json(fake, run_json, run):
    """From a synthesized app, through the command."""
    resources = {
        "Brand": registration(),
        "BrandForm": form({"Ref": "Brand"}, BRAND_FORM, Submit=True),
        "Number": PHONE_NUMBER,
        "Vetting": registration(VETTING),
        "VettingForm": form({"Ref": "Vetting"}, {}, Associations=[{"Ref": "Brand"}], Submit=True),
    }
    assemblies.assembly(resources, name="East", region="us-east-1")
    assemblies.assembly(resources, name="West", region="us-west-2")
    found = run_json("plan", "--summary")
    assert [each["region"] for each in found["regions"]] == ["us-east-1", "us-west-2"]
    for each in (*found["regions"], found["total"]):
        assert each["registrations"] == each["created"] == each["reviewed"]
    assert found["total"]["requests"] == {
        "PutRegistrationFieldValue": 28,
        "CreateRegistration": 4,
        "SubmitRegistrationVersion": 2,
        "RequestPhoneNumber": 2,
    }
    assert found["regions"][0]["quotas"]["PHONE_NUMBERS"]["needed"] == 1
    vetting = next(each for each in found["total"]["fees"] if each["registrationType"] == VETTING)
    assert (vetting["count"], vetting["usd"]) == (2, 80.0)
    assert "all 2 Regions" in run("plan").stdout


def test_without_cloudformation_a_number_whose_registration_exists_is_not_requested_again(
    client, run_json, monkeypatch
):
    monkeypatch.setattr(session, "cloudformation", lambda *_: None)
    tags = {"cdk-sms-registration:stack": "arn:aws:cloudformation:us-east-1:1:stack/Sms/1"}
    tags["cdk-sms-registration:logical-id"] = "Brand"
    create(client, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    def requested(**associations: Any) -> int:
        assemblies.assembly(
            {
                "Brand": registration(),
                "Other": registration(CAMPAIGN),
                "OtherForm": form({"Ref": "Other"}, {}, **associations),
                "Number": PHONE_NUMBER,
            }
        )
        found: int = run_json("plan", "--summary")["total"]["requests"].get("RequestPhoneNumber", 0)
        return found

    assert requested() == 0, "another registration of its stack exists"
    assert requested(Associations=[{"Ref": "Number"}]) == 1, "the one that uses it does not"
