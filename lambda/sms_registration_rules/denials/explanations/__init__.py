"""What a denial means.

The data is in explanations.json, in our own words: AWS's pages, and one reason for each meaning, with the codes and titles that
have it. A code with an empty title has its own words as the title. Paths are written out, or are names of groups of paths in
fields.py. AWS takes a corrected form again unless it says otherwise.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from sms_registration_rules.denials import fields
from sms_registration_rules.denials.codes import BRAND, CAMPAIGN, RCS, TOLL_FREE, SubmitAgain, compact

_SECTIONS = {
    BRAND: ("companyInfo.", "contactInfo."),
    CAMPAIGN: ("campaignInfo.", "campaignUseCase.", "campaignCapabilities.", "messageSamples."),
    TOLL_FREE: ("companyInfo.", "contactInfo.support", "messagingUseCase.", "messageSamples."),
    RCS: ("agentDetails.", "complianceKeywords.", "messageSamples."),
}
"""How the paths of each type's form begin."""


@dataclass(frozen=True)
class Explanation:
    """A reason for which AWS denies registrations.

    Attributes:
        code: As AWS's pages print it; empty for reasons that have a title only.
        title: AWS's title; for causes that AWS describes without a title, our own.
        paths: The fields to look at; empty when nothing in the form is at fault, or any field may be.
        cause: What the reviewer means, one sentence.
        change: What to do about it, one sentence.
        submit_again: Whether AWS takes a corrected form again.
        types: The registration types, ``*`` and ``?`` as in file names.
        source: The page of AWS's guide; "users" for titles that are on no page, but that users received.
    """

    code: str
    title: str
    paths: tuple[str, ...]
    cause: str
    change: str
    submit_again: SubmitAgain
    types: tuple[str, ...]
    source: str


def explain(code_or_title: str, registration_type: str = "") -> Explanation | None:
    """What a reviewer's reason means; None if it is not a published one.

    Case and punctuation do not count, because the service gives codes as well as titles.

    Args:
        code_or_title: As the service gives it, in ``Reason`` or ``ShortDescription``.
        registration_type: Of the registration that was denied. A few titles mean different things for different types, and the
            paths are those of the type. If omitted, the title as written decides, and the paths are those of all types.
    """
    found = by_key().get(compact(code_or_title), ())
    if not found:
        return None
    exact = [each for each in found if code_or_title.strip() in (each.code, each.title)]
    of_type = [each for each in found if registration_type in each.types]
    of_kind = [each for each in found if any(fnmatchcase(registration_type, kind) for kind in each.types)]
    best = (of_type or of_kind or exact or found)[0]
    return replace(best, paths=_paths_of_type(best.paths, registration_type))


@functools.cache
def all_explanations() -> tuple[Explanation, ...]:
    """Every published reason, in the order of AWS's pages."""
    pages = json.loads(Path(__file__).with_name("explanations.json").read_text(encoding="utf-8"))
    return tuple(
        Explanation(
            code=code if "_" in code else "",
            title=title or code.replace("_", " ").capitalize(),
            paths=_paths_of_page(page["types"].split(), entry["paths"].split()),
            cause=entry["cause"],
            change=entry["change"],
            submit_again=entry.get("submit_again", "yes"),
            types=tuple(page["types"].split()),
            source=page["source"],
        )
        for page in pages
        for entry in page["reasons"]
        for code, title in entry["codes"].items()
    )


def _paths(name: str) -> tuple[str, ...]:
    """A path, or the paths of one meaning by the name that fields.py gives them."""
    return (name,) if "." in name else tuple(getattr(fields, name))


def _paths_of_page(types: list[str], names: list[str]) -> tuple[str, ...]:
    """The paths of these names; of the type's own form where the page is about one type."""
    paths = tuple(path for name in names for path in _paths(name))
    return _paths_of_type(paths, types[0]) if len(types) == 1 else paths


def _paths_of_type(paths: tuple[str, ...], registration_type: str) -> tuple[str, ...]:
    """The paths in the type's own form; all paths if there are none, as when a campaign is denied because of its brand."""
    beginnings = next((begin for kind, begin in _SECTIONS.items() if fnmatchcase(registration_type, kind)), ("",))
    return tuple(path for path in paths if path.startswith(beginnings)) or paths


@functools.cache
def by_key() -> dict[str, tuple[Explanation, ...]]:
    """Every published reason by its code and by its title, each as `codes.compact` writes it."""
    found: dict[str, tuple[Explanation, ...]] = {}
    for each in all_explanations():
        for key in dict.fromkeys((compact(each.code), compact(each.title))):
            if key:
                found[key] = (*found.get(key, ()), each)
    return found
