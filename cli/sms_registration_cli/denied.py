"""Why a registration was denied: AWS's reasons with our explanation beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sms_registration_cli.account import FoundRegistration


@dataclass(frozen=True)
class Denial:
    """A reason of a denied version, with ours beside it.

    Attributes:
        path: The field; empty for the version as a whole.
        reason: AWS's code or title.
        text: AWS's own words.
        documentation: A link of AWS; empty if there is none.
        cause: What it means; empty if AWS publishes nothing about it.
        change: What to change.
        fields: The fields to look at.
        submit_again: yes, no, depends, or empty.
    """

    path: str
    reason: str
    text: str
    documentation: str = ""
    cause: str = ""
    change: str = ""
    fields: tuple[str, ...] = ()
    submit_again: str = ""


def denials(registration: FoundRegistration) -> list[Denial]:
    """Why the current version was denied: the version's reasons, then each field's; empty if it was not."""
    version = registration.version
    if version is None or version.status != "DENIED":
        return []
    found = [
        _explained(
            registration.type,
            "",
            str(each.get("Reason") or ""),
            _text(each),
            str(each.get("DocumentationLink") or ""),
            str(each.get("ShortDescription") or ""),
        )
        for each in version.denied_reasons
    ]
    return found + [
        _explained(
            registration.type,
            str(each["FieldPath"]),
            str(each.get("DeniedReason") or ""),
            str(each.get("Feedback") or ""),
        )
        for each in registration.denied_fields
    ]


def final_reasons(registration: FoundRegistration) -> tuple[str, ...]:
    """Why the last reviewed version was denied, as far as AWS does not accept such a form again."""
    from sms_registration_rules.denials.final import final_codes

    reviewed = [version for version in registration.versions if version.status in ("DENIED", "APPROVED")]
    return tuple(code for version in reviewed[-1:] for code in final_codes(version.denied_reasons))


def _text(reason: Mapping[str, Any]) -> str:
    """AWS's own words, without those that only repeat the code."""
    texts = [str(reason.get(name) or "") for name in ("ShortDescription", "LongDescription")]
    return " ".join(text for text in dict.fromkeys(texts) if text and text != reason.get("Reason"))


def _explained(
    registration_type: str, path: str, reason: str, text: str, documentation: str = "", short: str = ""
) -> Denial:
    from sms_registration_rules.denials.explanations import explain

    known = explain(reason, registration_type) or (explain(short, registration_type) if short else None)
    if known is None:
        return Denial(path, reason, text, documentation)
    return Denial(path, reason, text, documentation, known.cause, known.change, known.paths, known.submit_again)
