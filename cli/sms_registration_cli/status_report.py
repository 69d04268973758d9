"""What `status` shows: a table, denials explained, leftovers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sms_registration_cli import next_steps, output, pending
from sms_registration_cli.account import FoundRegistration, LeftoverAttachment, Version
from sms_registration_cli.denied import denials

if TYPE_CHECKING:
    from rich.console import RenderableType

QUOTAS = {"REGISTRATIONS": "registrations", "REGISTRATION_ATTACHMENTS": "attachments"}


@dataclass(frozen=True)
class Report:
    """One look at the account.

    Attributes:
        registrations: With their versions.
        limits: DescribeAccountLimits: used and allowed, by name; empty if only some registrations are asked for.
        now: When.
        region: Where.
        attachments: Attachments that are left over; empty if only some registrations are asked for.
    """

    registrations: Sequence[FoundRegistration]
    limits: Mapping[str, tuple[int, int]]
    now: datetime
    region: str
    attachments: Sequence[LeftoverAttachment] = ()


def leftovers(report: Report) -> list[tuple[FoundRegistration, str]]:
    """Registrations that use up the quota and may be of no use, with why."""
    found = []
    for each in report.registrations:
        is_draft = each.version is not None and each.version.status == "DRAFT" and len(each.versions) == 1
        if next_steps.is_unfinished(each):
            found.append(
                (each, f"an interrupted deployment of the stack {each.stack_name} left it; deploying again removes it")
            )
        elif each.status == "CLOSED":
            found.append((each, "closed"))
        elif not each.stack_name and is_draft:
            found.append((each, "a draft that no stack owns"))
    return found


def renderables(report: Report) -> Iterator[RenderableType]:
    """Everything for the terminal."""
    yield _table(report)
    for registration in report.registrations:
        yield from _denial_lines(registration)
    quotas = [
        f"{QUOTAS[name]} {used} of {allowed}" for name, (used, allowed) in report.limits.items() if name in QUOTAS
    ]
    if quotas:
        yield f"Quota in {report.region}: {', '.join(quotas)}."
    left = leftovers(report) if report.limits else []
    if left:
        yield "\n".join(
            [
                "These may be left over. To delete one: aws pinpoint-sms-voice-v2 delete-registration --registration-id ID",
                *(f"  {each.id}  {each.type}: {why}" for each, why in left),
            ]
        )
    if report.attachments:
        yield "\n".join(
            [
                "These attachments are left over: their stacks no longer declare them. Each stays until the registration is "
                "deleted of which an older version refers to it; deleting that registration through its stack deletes them too.",
                *(f"  {each.id}  stack {each.stack_name}" for each in report.attachments),
            ]
        )


def to_json(report: Report) -> dict[str, Any]:
    """The same for programs."""
    reasons = {each.id: why for each, why in leftovers(report)}
    return {
        "region": report.region,
        "time": report.now,
        "registrations": [
            {
                "registrationId": each.id,
                "registrationType": each.type,
                "registrationStatus": each.status,
                "versionNumber": each.version.number if each.version else None,
                "versionStatus": each.version.status if each.version else None,
                "since": each.version.since if each.version else None,
                "stack": each.stack_name or None,
                "logicalId": each.logical_id or None,
                "name": each.name or None,
                "pending": pending.to_json(each),
                "told": pending.told_json(each),
                "next": asdict(next_steps.next_step(each, report.now)),
                "denials": [asdict(denial) for denial in denials(each)],
                "leftover": reasons.get(each.id),
            }
            for each in report.registrations
        ],
        "leftoverAttachments": [
            {"registrationAttachmentId": each.id, "stack": each.stack_name or None} for each in report.attachments
        ],
        "quotas": {name: {"used": used, "max": allowed} for name, (used, allowed) in report.limits.items()},
    }


def _table(report: Report) -> RenderableType:
    if not report.registrations:
        return f"No registrations in {report.region}."
    table = output.table("=Registration", "Status and what comes next")
    for each in report.registrations:
        step = next_steps.next_step(each, report.now)
        owner = f"stack {each.stack_name}, {each.logical_id}" if each.stack_name else ""
        label = "\n".join(filter(None, (each.id, each.type, each.name, owner)))
        table.add_row(
            output.cell(label),
            output.cells(
                (_status(each, each.version), _style(each.version)),
                (step.text, "bold" if step.needs_a_person else ""),
                *([(told, "")] if (told := pending.told_last(each)) else []),
            ),
        )
        table.add_section()
    return table


def _status(registration: FoundRegistration, version: Version | None) -> str:
    if version is None:
        return registration.status
    since = f" since {output.when(version.since)}" if version.since else ""
    return f"{registration.status}, version {version.number} {version.status}{since}"


def _style(version: Version | None) -> str:
    return {"DENIED": "red", "REVOKED": "red", "APPROVED": "green"}.get(version.status if version else "", "")


def _denial_lines(registration: FoundRegistration) -> Iterator[str]:
    found = denials(registration)
    version = registration.version
    if version is None or version.status != "DENIED":
        return
    lines = [f"{registration.id}, version {version.number}, was denied" + ("" if found else "; AWS gives no reason")]
    if version.description.get("Feedback"):
        lines.append(f"  Feedback      {version.description['Feedback']}")
    for each in found:
        head = ": ".join(filter(None, (each.path, each.reason or "feedback")))
        lines.append(f"\n  {head}")
        for label, text in (
            ("AWS says", each.text),
            ("Cause", each.cause),
            ("Change", each.change),
            ("Fields", ", ".join(field for field in each.fields if field != each.path)),
            ("Submit again", each.submit_again),
            ("See", each.documentation),
        ):
            if text:
                lines.append(f"    {label:<13} {text}")
    yield "\n".join(lines) + "\n"
