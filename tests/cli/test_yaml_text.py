"""Texts as YAML read back as the same texts."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from sms_registration_cli import form_text, yaml_text
from sms_registration_forms.reader import read_form_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
SENTENCES = st.lists(st.text("ab:#-'\"!&*{}[]|>%@`,?\u00e9", min_size=1, max_size=12), min_size=1, max_size=60).map(
    " ".join
)


@given(TEXTS | SENTENCES, st.sampled_from([0, 2]))
@example("yes", 0)
@example("~", 0)
@example("1,000", 2)
@example("2026-11-26", 2)
@example("0x1F", 2)
@example("a: b", 0)
@example("a #b", 0)
@example("https://www.example.com", 0)
@example("# " + "word " * 40 + "end", 2)
@example("word " * 40 + "# end", 2)
@example("- " + "word " * 40 + "end", 2)
@example("a" * 200, 2)
@example("\u2028 \ufeff \x85 \x07", 0)
@example(" leading and trailing ", 2)
@example("two\nlines", 2)
def test_a_text_reads_back_as_itself(text: str, indent: int) -> None:
    key = f"{' ' * indent}key: {yaml_text.scalar(text, indent)}\n"
    document = f"section:\n{key}" if indent else key
    loaded = yaml.safe_load(document)
    assert (loaded["section"] if indent else loaded) == {"key": text}


@given(
    st.dictionaries(
        st.sampled_from(["a.b", "a.c", "d.e", "f"]), SENTENCES | st.lists(SENTENCES, min_size=2, max_size=3)
    )
)
def test_a_form_reads_back_as_itself(values: dict[str, str | list[str]]) -> None:
    text = form_text.filled(None, values, ["A form."])
    read = read_form_text(text, "form.yaml") if values else None
    assert {path: each.value for path, each in (read.fields if read else {}).items()} == values


def test_a_long_text_is_folded() -> None:
    text = yaml_text.scalar("word " * 60 + "end", 2)
    assert text.startswith(">-\n    word")
    assert max(map(len, text.splitlines())) <= yaml_text.COLUMNS
