"""What `plan` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sms_registration_cli.paced import CALL_SECONDS
from sms_registration_cli.planning.result import RegionPlan, RegistrationPlan
from sms_registration_rules.durations import review_duration
from sms_registration_rules.fees import Fee, fees

QUOTAS = (
    ("REGISTRATIONS", "CreateRegistration", "registrations"),
    ("REGISTRATION_ATTACHMENTS", "CreateRegistrationAttachment", "attachments"),
)
START_SECONDS = 5
"""About what a run reads before it writes."""


def text(plans: Sequence[RegionPlan]) -> str:
    """For people."""
    return "\n".join(line for plan in plans for line in _region(plan))


def to_json(plans: Sequence[RegionPlan]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "region": region.region,
            "registrations": [
                {
                    "path": plan.path,
                    "registrationType": plan.registration_type or None,
                    "registrationId": plan.found.id if plan.found else None,
                    "created": plan.is_created,
                    "newVersion": bool(plan.form_plan and plan.form_plan.creates_version),
                    "submitted": bool(plan.form_plan and plan.form_plan.submits),
                    "calls": plan.operations,
                    "fails": plan.fails,
                    "refusal": plan.form_plan.refusal if plan.form_plan else None,
                    "notes": list(plan.form_plan.notes) if plan.form_plan else [],
                    "missing": list(plan.missing),
                    "problems": [asdict(problem) for problem in plan.problems],
                    "findings": [asdict(finding) for finding in plan.findings],
                    "fees": [asdict(fee) for fee in _fees(plan)],
                }
                for plan in region.plans
            ],
            "calls": dict(region.calls),
            "seconds": seconds(region),
            "quotas": {
                name: {"used": region.limits[name][0], "max": region.limits[name][1], "needed": region.calls[operation]}
                for name, operation, _ in QUOTAS
                if name in region.limits
            },
            "undeclared": [each.id for each in region.undeclared],
            "notes": region.notes,
        }
        for region in plans
    ]


def exit_code(plans: Sequence[RegionPlan]) -> int:
    """0 clean, 1 findings only, 2 the deployment would fail."""
    if any(plan.fails for region in plans for plan in region.plans) or any(_lacking(region) for region in plans):
        return 2
    return 1 if any(plan.findings for region in plans for plan in region.plans) else 0


def seconds(region: RegionPlan) -> int:
    """About how long the writing takes: each operation once a second, all stacks together, different operations side by side."""
    most = max(region.calls.values(), default=0)
    return round(START_SECONDS + most * CALL_SECONDS) if most else 0


def _region(region: RegionPlan) -> Iterator[str]:
    yield f"{region.region}"
    for plan in region.plans:
        yield from _registration(plan)
    for each in region.undeclared:
        yield f"  {each.stack_name} {each.logical_id}: not declared any more: {each.id} would be deleted, unless it is retained"
    for note in region.notes:
        yield f"  {note}"
    count = sum(region.calls.values())
    if count:
        detail = ", ".join(f"{number} {operation}" for operation, number in region.calls.most_common())
        yield f"  {count} calls that write, about {_duration(seconds(region))} at the service's quota: {detail}"
    for name, operation, word in QUOTAS:
        needed = region.calls[operation]
        if name in region.limits and needed:
            used, allowed = region.limits[name]
            room = f"the quota has room for {allowed - used}" if used < allowed else "the quota is used up"
            yield f"  {word}: {used} of {allowed} used, {needed} more needed; {room}"
    yield ""


def _registration(plan: RegistrationPlan) -> Iterator[str]:
    found = plan.found
    head = f"  {plan.path}" + (f" ({plan.registration_type})" if plan.registration_type else "")
    if found is not None:
        version = found.version
        state = f", version {version.number} {version.status}" if version else ""
        head += f": {found.id} {found.status}{state}"
    yield head
    yield f"    {_what_happens(plan)}"
    for fee in _fees(plan):
        yield f"    fee: {_fee(fee)}"
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
    if made is not None and made.refusal:
        return f"the deployment would fail: {made.refusal}"
    if plan.problems:
        return "the deployment would fail, nothing would be written:"
    parts = ["create the registration"] if plan.is_created else []
    if made is not None:
        operations = plan.form_operations
        for operation, words in (
            ("DiscardRegistrationVersion", "withdraw the submitted version"),
            ("CreateRegistrationVersion", "open a new version"),
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
        elif plan.form_plan and not made.submits and operations and not plan.submits:
            parts.append("leave it a draft")
    return ", ".join(parts) if parts else "nothing changes"


def _fees(plan: RegistrationPlan) -> list[Fee]:
    return list(fees(plan.registration_type)) if plan.form_plan and plan.form_plan.submits and not plan.fails else []


def _fee(fee: Fee) -> str:
    amount = f"{fee.usd:g} USD" if fee.usd is not None else "amount on AWS's pricing page"
    users = f"; users say {fee.users_say}" if fee.users_say else ""
    return f"{fee.what}, {fee.charged}: {amount}{users}"


def _lacking(region: RegionPlan) -> bool:
    return any(
        region.calls[operation] > region.limits[name][1] - region.limits[name][0]
        for name, operation, _ in QUOTAS
        if name in region.limits and region.calls[operation]
    )


def _duration(total: int) -> str:
    return f"{total} seconds" if total < 90 else f"{round(total / 60)} minutes"
