"""Why a version was denied: every reason in AWS's words without field values, with our explanation beside it. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_registration_handler.form.denial import Denial
from sms_registration_rules.denials.explanations import Explanation, explain
from sms_registration_rules.denials.final import final_codes

_LINK_LEFT_OUT = "(a link that quotes a value is left out)"
_PAGE_OF_GUIDE = re.compile(r"https://docs\.aws\.amazon\.com/[a-z0-9/-]+\.html(?:#[a-z0-9-]+)?")
"""A page that AWS publishes as it is: a value such as SMS may be a part of its address."""


@dataclass(frozen=True)
class Reason:
    """One reason.

    Attributes:
        field: The path of the denied field; empty for the version as a whole.
        reason: AWS's code or title.
        texts: What else AWS says, in its order, without repetitions.
        link: AWS's link; empty if there is none.
        cause: What it means; empty if AWS publishes nothing about it.
        change: What to change.
        fields: The fields to look at.
        submit_again: `yes`, `no` or `depends`; empty if it is not known.
    """

    field: str
    reason: str
    texts: tuple[str, ...] = ()
    link: str = ""
    cause: str = ""
    change: str = ""
    fields: tuple[str, ...] = ()
    submit_again: str = ""


@dataclass(frozen=True)
class Explained:
    """A denial, explained.

    Attributes:
        reasons: Those of the version, then those of each field.
        feedback: AWS's feedback on the version; empty if there is none.
        submit_again: Whether AWS takes a corrected form again: `yes`, `no`, `depends`, or `unknown`.
    """

    reasons: tuple[Reason, ...]
    feedback: str
    submit_again: str


def explained(denial: Denial, registration_type: str, redact: Callable[[str], str]) -> Explained:
    """Explain a denial.

    Args:
        denial: The denial.
        registration_type: A few titles mean different things for different types.
        redact: Removes the values that the version holds from a text of AWS.
    """
    reasons = tuple(
        [_of_version(each, registration_type, redact) for each in denial.reasons]
        + [_of_field(each, registration_type, redact) for each in denial.fields]
    )
    return Explained(reasons, redact(denial.feedback), _submit_again(denial.reasons, reasons))


def _submit_again(described: Sequence[Mapping[str, Any]], reasons: Sequence[Reason]) -> str:
    said = {each.submit_again for each in reasons}
    if final_codes(described) or "no" in said:
        return "no"
    if "depends" in said:
        return "depends"
    return "yes" if said == {"yes"} else "unknown"


def _of_version(reason: Mapping[str, Any], registration_type: str, redact: Callable[[str], str]) -> Reason:
    named, short = str(reason.get("Reason") or ""), str(reason.get("ShortDescription") or "")
    known = explain(named, registration_type) or (explain(short, registration_type) if short else None)
    title, said = _shown(named, known, redact), [_shown(short, known, redact)]
    said.append(redact(str(reason.get("LongDescription") or "")))
    link = str(reason.get("DocumentationLink") or "")
    return _with(known, "", title or "?", said, _link(link, redact))


def _link(link: str, redact: Callable[[str], str]) -> str:
    return link if _PAGE_OF_GUIDE.fullmatch(link) or redact(link) == link else _LINK_LEFT_OUT


def _of_field(field: Mapping[str, Any], registration_type: str, redact: Callable[[str], str]) -> Reason:
    named = str(field.get("DeniedReason") or "")
    known = explain(named, registration_type) if named else None
    said = [redact(str(field.get("Feedback") or ""))]
    return _with(known, str(field["FieldPath"]), _shown(named, known, redact) or "feedback", said, "")


def _with(known: Explanation | None, field: str, reason: str, said: Sequence[str], link: str) -> Reason:
    texts = tuple(text for text in dict.fromkeys(said) if text.strip() and text != reason)
    if known is None:
        return Reason(field, reason, texts, link)
    return Reason(field, reason, texts, link, known.cause, known.change, known.paths, known.submit_again)


def _shown(text: str, known: Explanation | None, redact: Callable[[str], str]) -> str:
    """A code or title that AWS publishes as it is: a value such as CHARITY may be a part of it. Any other text without values."""
    return text if known and text in (known.code, known.title) else redact(text)
