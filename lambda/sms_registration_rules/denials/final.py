"""The reasons after which AWS does not accept a form again, by code and title (troubleshooting page of the user guide).

They are those of the explanations, which are read when a form was denied and not before.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sms_registration_rules.denials.codes import compact

_SAID = "not eligible for resubmission"
"""How AWS's console says that a form cannot be submitted again (troubleshooting page of the user guide)."""


def is_final(code_or_title: str) -> bool:
    """Whether AWS does not accept a form again that was denied for this reason. Case and punctuation do not count.

    Args:
        code_or_title: As the service gives it, in `Reason` or `ShortDescription`.
    """
    return compact(code_or_title) in _known()


def final_codes(reasons: Sequence[Mapping[str, Any]], redact: Callable[[str], str] = str) -> list[str]:
    """The reasons after which AWS does not accept a form again, by its own words or its published code.

    Args:
        reasons: DeniedReasons of a version.
        redact: Removes values from a text of the service. Default: nothing is removed.
    """
    return [redact(str(each.get("Reason") or "?")) for each in reasons if _is_final(each)]


def _is_final(reason: Mapping[str, Any]) -> bool:
    said = " ".join(str(reason.get(name) or "") for name in ("Reason", "ShortDescription", "LongDescription"))
    named = (str(reason.get("Reason") or ""), str(reason.get("ShortDescription") or ""))
    return _SAID in said.lower() or any(map(is_final, named))


@functools.cache
def _known() -> frozenset[str]:
    from sms_registration_rules.denials.explanations import all_explanations

    final = (each for each in all_explanations() if each.submit_again == "no")
    return frozenset(compact(name) for each in final for name in (each.code, each.title) if name)
