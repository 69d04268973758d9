"""Writes the table of rules into docs/denials.md, and docs/denial-codes.md: `.venv/bin/python tools/denials_doc.py`.

tests/rules/test_denials_doc.py checks that the pages are what this would write.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lambda"))

from sms_registration_rules.denials import codes, contacts, model  # noqa: E402
from sms_registration_rules.denials.explanations import Explanation, all_explanations  # noqa: E402
from sms_registration_rules.denials.rules import RULES  # noqa: E402

PAGE = ROOT / "docs/denials.md"
CODES_PAGE = ROOT / "docs/denial-codes.md"
CODES_INTRODUCTION = """# Denial codes

Each reason that AWS publishes for a denial, or that users received, with what it means and what to change.
A reviewer gives a code or a title, and `sms-registration explain` takes either.
[Denial checks](denials.md) lists the rules that find many of them before a submission.

The last column says whether AWS accepts a corrected form again.
AWS's own text decides; this is what it means in our words.

| reason | forms | it means | change | look at | again? |
|---|---|---|---|---|---|
"""
BEGIN, END = "<!-- the rules: written by tools/denials_doc.py -->\n", "<!-- end of the rules -->\n"
NAMES = {
    codes.BRAND: "10DLC brand",
    codes.CAMPAIGN: "10DLC campaign",
    codes.TOLL_FREE: "toll-free",
    codes.SHORT_CODE: "US short code",
    codes.SENDER_ID: "sender ID",
    codes.RCS: "RCS agent",
    contacts.RCS_COUNTRY: "RCS launch",
    "TEST_RCS_LAUNCH_REGISTRATION": "RCS test agent",
    "US_*": "all of the United States",
}
NEEDS = {"": "", "brand": "a campaign: its brand", "siblings": "others of its type"}
AGAIN = {"yes": "yes", "no": "no", "depends": "depends on the content"}


def type_name(pattern: str) -> str:
    """What people call a type, or the types of a pattern."""
    country = re.fullmatch(r"([A-Z]{2})_SENDER_ID_REGISTRATION", pattern)
    return NAMES.get(pattern) or (f"sender ID {country[1]}" if country else pattern)


def row(rule: model.Rule) -> str:
    """The rule's row of the table."""
    reasons = [*(f"`{code}`" for code in rule.codes), *rule.titles]
    types = ", ".join(type_name(pattern) for pattern in rule.types)
    cells = (
        f"`{rule.rule_id}`",
        types,
        NEEDS[rule.needs],
        rule.problem,
        ", ".join(reasons) or "no published code",
        AGAIN[rule.submit_again],
    )
    return f"| {' | '.join(cells)} |"


def code_row(reason: Explanation) -> str:
    """A reason's row of the table."""
    cells = (
        f"`{reason.code}`<br>{reason.title}" if reason.code else reason.title,
        ", ".join(dict.fromkeys(type_name(pattern) for pattern in reason.types)),
        reason.cause,
        reason.change,
        ", ".join(f"`{path}`" for path in reason.paths),
        AGAIN[reason.submit_again],
    )
    return f"| {' | '.join(cells)} |"


def codes_page() -> str:
    """The page with every reason, ordered by code and title."""
    reasons = sorted(all_explanations(), key=lambda each: (each.code or each.title).casefold())
    return CODES_INTRODUCTION + "".join(f"{code_row(each)}\n" for each in reasons)


def table(rules: Sequence[model.Rule]) -> str:
    """The whole table."""
    head = "| rule | forms | compared with | what is wrong | AWS denies it as | again? |\n|---|---|---|---|---|---|\n"
    return head + "".join(f"{row(rule)}\n" for rule in rules)


def filled_in(page: str) -> str:
    """The page with the table written anew.

    Raises:
        ValueError: The page does not have the two lines between which the table stands.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/denials.md needs the lines {BEGIN.strip()!r} and {END.strip()!r}, in this order")
    return f"{before}{BEGIN}\n{table(list(RULES.values()))}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    CODES_PAGE.write_text(codes_page(), encoding="utf-8")
