"""What a misspelled reason of a denial may mean. The functions only explain what the service gives."""

import difflib
import re

from sms_registration_rules.denials.codes import compact
from sms_registration_rules.denials.explanations import all_explanations, by_key


def suggestions(code_or_title: str, most: int = 3) -> list[str]:
    """Codes and titles that look like what was given, then those with the same words in another order; empty when none does.

    Args:
        code_or_title: What `explain` does not know.
        most: How many to give at most; 3 if omitted.
    """
    keys = by_key()
    close = difflib.get_close_matches(compact(code_or_title)[:100], keys, n=most * 2, cutoff=0.6)
    named = list(dict.fromkeys(keys[key][0].code or keys[key][0].title for key in close))
    if len(named) < most:
        by_words = {
            _sorted_words(name): name for each in all_explanations() for name in (each.code, each.title) if name
        }
        close = difflib.get_close_matches(_sorted_words(code_or_title)[:100], by_words, n=most, cutoff=0.7)
        named = list(dict.fromkeys([*named, *(by_words[words] for words in close)]))
    return named[:most]


def _sorted_words(text: str) -> str:
    return " ".join(sorted(re.findall("[a-z0-9]+", text.casefold())))
