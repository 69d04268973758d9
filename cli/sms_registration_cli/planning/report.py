"""What `plan` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sms_registration_cli.planning import totals
from sms_registration_cli.planning.quotas import Quota
from sms_registration_cli.planning.result import RegionPlan, RegistrationPlan
from sms_registration_cli.planning.totals import Charge, Totals
from sms_registration_rules.durations import review_duration
from sms_registration_rules.fees import Fee

MAX_FIELDS_NAMED = 5

LONGEST_IN_MINUTES = 5400
"""From this many seconds on, hours are easier to read."""


def text(plans: Sequence[RegionPlan], *, is_summary: bool = False) -> str:
    """For people.

    Args:
        plans: One for each Region.
        is_summary: Whether to leave out the registrations whose deployment would succeed.
    """
    found = [totals.of_region(plan) for plan in plans]
    lines = [line for plan, each in zip(plans, found, strict=True) for line in _region(plan, each, is_summary)]
    if len(found) > 1:
        lines += _sum(found)
    return "\n".join(lines)


def to_json(plans: Sequence[RegionPlan], *, is_summary: bool = False) -> dict[str, Any] | list[dict[str, Any]]:
    """For programs: a list of Regions with each registration, or a summary of the Regions and their sum.

    Args:
        plans: One for each Region.
        is_summary: Whether to return the summary.
    """
    found = [totals.of_region(plan) for plan in plans]
    if is_summary:
        return {
            "regions": [{"region": each.region, **_totals_json(each)} for each in found],
            "total": _totals_json(totals.sum_of(found)),
        }
    return [
        {
            "region": region.region,
            "registrations": [_registration_json(plan) for plan in region.plans],
            "calls": dict(region.calls),
            "seconds": each.seconds,
            "fees": [_charge_json(charge) for charge in each.charges],
            "quotas": _quotas_json(each.quotas),
            "undeclared": [found.id for found in region.undeclared],
            "retained": sorted(region.retained),
            "notes": region.notes,
        }
        for region, each in zip(plans, found, strict=True)
    ]


def _registration_json(plan: RegistrationPlan) -> dict[str, Any]:
    return {
        "path": plan.path,
        "registrationType": plan.registration_type or None,
        "registrationId": plan.found.id if plan.found else None,
        "created": plan.is_created,
        "adoption": plan.adoption.words or None,
        "newVersion": bool(plan.form_plan and plan.form_plan.creates_version),
        "changed": list(plan.changed),
        "submitted": bool(plan.form_plan and plan.form_plan.submits),
        "calls": plan.operations,
        "fails": plan.fails,
        "refusal": plan.refusal,
        "notes": list(plan.form_plan.notes) if plan.form_plan else [],
        "missing": list(plan.missing),
        "problems": [asdict(problem) for problem in plan.problems],
        "findings": [asdict(finding) for finding in plan.findings],
        "fees": [asdict(charge.fee) for charge in totals.charges(plan)],
    }


def _totals_json(each: Totals) -> dict[str, Any]:
    return {
        "registrations": each.registrations,
        "created": each.created,
        "reviewed": each.reviewed,
        "failing": each.failing,
        "requests": dict(each.requests),
        "seconds": each.seconds,
        "fees": [_charge_json(charge) for charge in each.charges],
        "quotas": _quotas_json(each.quotas),
    }


def _charge_json(charge: Charge) -> dict[str, Any]:
    return {
        "registrationType": charge.fee.registration_type,
        "what": charge.fee.what,
        "charged": charge.fee.charged,
        "count": charge.count,
        "usd": charge.usd,
        "usersSayUsd": charge.users_say_usd,
    }


def _quotas_json(quotas: Sequence[Quota]) -> dict[str, Any]:
    return {
        quota.name: {
            "used": quota.used,
            "max": quota.allowed,
            "needed": quota.needed,
            "exceeded": quota.is_exceeded,
            "default": quota.is_default,
        }
        for quota in quotas
    }


def exit_code(plans: Sequence[RegionPlan]) -> int:
    """0 clean, 1 findings only, 2 the deployment would fail."""
    found = [totals.of_region(plan) for plan in plans]
    if any(each.failing or any(quota.fails for quota in each.quotas) for each in found):
        return 2
    return 1 if any(plan.findings for region in plans for plan in region.plans) else 0


def _region(region: RegionPlan, total: Totals, is_summary: bool) -> Iterator[str]:
    yield f"{region.region}"
    if is_summary:
        yield f"  {_numbers(total)}"
    for plan in region.plans:
        if plan.fails or not is_summary:
            yield from _registration(plan)
    for each in region.undeclared:
        stays = each.id in region.retained
        becomes = "stays, because its stack retains it" if stays else "would be deleted, unless it is retained"
        new_type = region.new_types.get(each.id)
        why = (
            f"{each.type} became {new_type}, so a new registration replaces this one"
            if new_type
            else "not declared any more"
        )
        yield f"  {each.stack_name} {each.logical_id}: {why}: {each.id} {becomes}"
    for note in region.notes:
        yield f"  {note}"
    if total.requests:
        duration = f"about {_duration(total.seconds)} at the service's quota"
        yield f"  {_requests(total.requests)}, {duration}: {_by_operation(total.requests)}"
    if is_summary:
        yield from _charges(total.charges)
    for quota in total.quotas:
        # What the account has of the others is not known, so they are of interest when they are exceeded.
        if is_summary or quota.is_exceeded or quota.is_reported:
            yield f"  {quota}"
    yield ""


def _sum(found: Sequence[Totals]) -> Iterator[str]:
    total = totals.sum_of(found)
    yield f"all {len(found)} Regions"
    yield f"  {_numbers(total)}"
    if total.requests:
        longest = max(each.seconds for each in found)
        duration = f"about {_duration(total.seconds)} one Region after another, {_duration(longest)} all at once"
        yield f"  {_requests(total.requests)}, {duration}: {_by_operation(total.requests)}"
    yield from _charges(total.charges)
    exceeded = [(each.region, quota) for each in found for quota in each.quotas if quota.is_exceeded]
    for region, quota in exceeded:
        yield f"  quota exceeded in {region}: {quota.words}, {quota.used + quota.needed:,} of {quota.allowed:,}"
    yield ""


def _numbers(total: Totals) -> str:
    parts = [f"{total.created:,} created", f"{total.reviewed:,} submitted for review, now or by the watch"]
    failing = f", {total.failing:,} would fail" if total.failing else ""
    return f"{total.registrations:,} registrations: {', '.join(parts)}{failing}"


def _requests(requests: Mapping[str, int]) -> str:
    number = sum(requests.values())
    return "1 call that writes" if number == 1 else f"{number:,} calls that write"


def _by_operation(requests: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {operation}" for operation, number in Counter(requests).most_common())


def _charges(charges: Sequence[Charge]) -> Iterator[str]:
    """Each fee, then what is known of their sums."""
    for charge in charges:
        yield f"  fee: {charge.count:,} x {_fee(charge.fee)}"
    for charged in ("once for each submission", "monthly"):
        same = [charge for charge in charges if charge.fee.charged == charged]
        known = [charge.usd if charge.usd is not None else charge.users_say_usd for charge in same]
        if same:
            amount = f"about {sum(each for each in known if each is not None):,.0f} USD"
            unknown = [charge.fee.what for charge, each in zip(same, known, strict=True) if each is None]
            rest = f", and what AWS's pricing page says for: {', '.join(unknown)}" if unknown else ""
            yield f"  fees {charged}: {amount}, where AWS or users say an amount{rest}"


def _registration(plan: RegistrationPlan) -> Iterator[str]:
    found = plan.found
    head = f"  {plan.path}" + (f" ({plan.registration_type})" if plan.registration_type else "")
    if found is not None:
        version = found.version
        state = f", version {version.number} {version.status}" if version else ""
        head += f": {found.id} {found.status}{state}"
    yield head
    yield f"    {_what_happens(plan)}"
    for charge in totals.charges(plan):
        yield f"    fee: {_fee(charge.fee)}"
    for note in plan.form_plan.notes if plan.form_plan else ():
        yield f"    {note}"
    if plan.missing and not plan.fails:
        yield f"    to be submitted it still lacks: {', '.join(plan.missing)}"
    for problem in plan.problems:
        yield f"    error: {problem.path}: {problem.text}"
    for finding in plan.findings:
        yield f"    warning: {finding}"


def _what_happens(plan: RegistrationPlan) -> str:
    made = plan.form_plan
    if plan.refusal:
        return f"the deployment would fail: {plan.refusal}"
    if plan.problems:
        return "the deployment would fail, nothing would be written:"
    parts = ["create the registration"] if plan.is_created else []
    if plan.adoption.words:
        parts.append(plan.adoption.words if plan.operations else f"{plan.adoption.words}, which writes tags only")
    if made is not None:
        operations = plan.form_operations
        for operation, words in (
            ("DiscardRegistrationVersion", "withdraw the submitted version"),
            ("CreateRegistrationVersion", f"open a new version{_because(plan.changed)}"),
            ("PutRegistrationFieldValue", "put {} value{}"),
            ("DeleteRegistrationFieldValue", "delete {} value{}"),
            ("CreateRegistrationAssociation", "make {} association{}"),
            ("SubmitRegistrationVersion", "submit it for review"),
        ):
            count = operations.count(operation)
            if count:
                parts.append(words.format(count, "" if count == 1 else "s"))
        expected = review_duration(plan.registration_type)
        if made.submits and expected:
            unit = "business days" if expected.business_days else "days"
            parts[-1] += f" (AWS expects {expected.days:g} {unit})" if expected.days >= 1 else " (AWS expects minutes)"
        elif operations and not plan.submits and plan.leaves_draft:
            parts.append("leave it a draft")
    return ", ".join(parts) if parts else "nothing changes"


def _because(changed: Sequence[str]) -> str:
    if not changed:
        return ""
    more = len(changed) - MAX_FIELDS_NAMED
    return f" because {', '.join(changed[:MAX_FIELDS_NAMED])}{f' and {more} more' if more > 0 else ''} changed"


def _fee(fee: Fee) -> str:
    amount = f"{fee.usd:g} USD" if fee.usd is not None else "amount on AWS's pricing page"
    users = f"; users say about {fee.users_say_usd:g} USD" if fee.users_say_usd is not None else ""
    return f"{fee.what}, {fee.charged}: {amount}{users}"


def _duration(total: int) -> str:
    if total < 90:
        return f"{total} seconds"
    return f"{round(total / 60)} minutes" if total < LONGEST_IN_MINUTES else f"{total / 3600:.1f} hours"
