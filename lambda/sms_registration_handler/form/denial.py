"""Why a version was denied: the service's own words for the version and for each field, without values of secrets."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_registration_handler.cloudformation.response import shortened
from sms_registration_rules.denials.final import final_codes

MAX_ATTRIBUTE_BYTES = 1500
"""Bytes of the attribute DeniedReasons inside a response; the whole text is in the function's log."""

_CODE = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)+")
"""A Reason that is one of the codes that AWS publishes, and so no text that may quote a value."""


@dataclass(frozen=True)
class Denial:
    """The denial of one version.

    Attributes:
        version_number: Of the version.
        reasons: DeniedReasons of DescribeRegistrationVersions.
        fields: The members of DescribeRegistrationFieldValues that have a DeniedReason or Feedback.
        feedback: Feedback of the version; empty if there is none.
    """

    version_number: int
    reasons: Sequence[Mapping[str, Any]]
    fields: Sequence[Mapping[str, Any]]
    feedback: str = ""

    def text(self, redact: Callable[[str], str]) -> str:
        """One line with every reason, for people.

        Args:
            redact: Removes values from a text of the service.
        """
        parts = [_reason(each, redact) for each in self.reasons]
        parts += [
            f"{each['FieldPath']}: {_joined(redact, each.get('DeniedReason'), each.get('Feedback'))}"
            for each in self.fields
        ]
        parts.append(_joined(redact, self.feedback))
        said = "; ".join(filter(None, parts)) or "no reason was given"
        codes = final_codes(self.reasons, redact)
        final = f". AWS does not accept this form again ({', '.join(codes)})" if codes else ""
        return f"Version {self.version_number} was denied: {said}{final}"

    def attribute(self, redact: Callable[[str], str]) -> str:
        """The text, shortened so that the response has room for it."""
        return shortened(self.text(redact), MAX_ATTRIBUTE_BYTES)

    def codes(self) -> str:
        """The version and the reasons' codes, without any text that may quote a value."""
        codes = ", ".join(filter(_CODE.fullmatch, (str(each.get("Reason") or "") for each in self.reasons)))
        return f"Version {self.version_number} was denied{': ' if codes else ''}{codes}"


def _reason(reason: Mapping[str, Any], redact: Callable[[str], str]) -> str:
    words = _joined(redact, reason.get("ShortDescription"), reason.get("LongDescription"))
    said = ": ".join(filter(None, (redact(str(reason.get("Reason") or "")), words)))
    link = redact(str(reason.get("DocumentationLink") or ""))
    return f"{said} ({link})" if link else said


def _joined(redact: Callable[[str], str], *texts: Any) -> str:
    """The texts as sentences, without values; the same text once."""
    # Redacted as the service sent them: a value that was cut is recognized by the dots after it.
    distinct = dict.fromkeys(redact(str(text)).strip().rstrip(".") for text in texts if text)
    return ". ".join(filter(None, distinct))
