"""YAML nodes, with what PyYAML's own nodes do not show: where a text was cut, unused anchors, tags without a name."""

from __future__ import annotations

import re

import yaml

_TAG_PREFIX = "tag:yaml.org,2002:"
_NOT_TEXT = {
    "int": "a number",
    "float": "a number",
    "bool": "yes or no, true or false",
    "timestamp": "a date",
    "value": "a sign with a meaning in YAML",
}

_LINE_BREAKS = ("\n", "\r\n", "\n\n")

# A comment as people write it has a space after "#", or is a row of them.
_CUT_OFF = re.compile(r"[^\S\n]+#(?!#*(?:\s|\Z))")
_COMMENT = re.compile(r"[^\S\n]*#(?!#*(?:\s|\Z))")


class Loader(yaml.SafeLoader):
    """Composes nodes, and keeps what YAML would drop silently.

    Attributes:
        text: The whole text.
        anchors_by_node: Name of the anchor of a scalar node, by the node's id.
        aliases: Names of anchors that an alias refers to.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        self.anchors_by_node: dict[int, str] = {}
        self.aliases: set[str] = set()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Composes a node, and notes the aliases."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self.aliases.add(str(event.anchor))
        return super().compose_node(parent, index)

    def compose_scalar_node(self, anchor: dict[str, yaml.Node]) -> yaml.ScalarNode:
        """Composes a scalar, and notes its anchor and a tag without a name."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        node = super().compose_scalar_node(anchor)
        if event.anchor is not None:
            self.anchors_by_node[id(node)] = str(event.anchor)
        if event.tag == "!":  # YAML ignores it, and the text loses its exclamation mark
            node.tag = "!"
        return node

    def scalar_problems(self, node: yaml.Node, subject: str) -> list[str]:
        """Problems of a node that must be a text, before its content matters.

        Args:
            node: The node.
            subject: What the text is called in the message, such as ``the value``.
        """
        if not isinstance(node, yaml.ScalarNode):
            return [f"{subject} must be a text"]
        anchor = self.anchors_by_node.get(id(node))
        if anchor is not None and anchor not in self.aliases:
            return ["is read as an anchor, which nothing refers to; a text that begins with '&' must be in quotes"]
        tag = node.tag.removeprefix(_TAG_PREFIX)
        if tag == "null":
            return [self._missing(node, subject)]
        problems: list[str] = []
        if node.style is None and _CUT_OFF.match(self.text, node.end_mark.index):
            problems.append(
                f"{subject} is cut off at ' #', which begins a comment; if it is part of the text, put the text in quotes; "
                "if it is a comment, put a space after '#'"
            )
        if tag in _NOT_TEXT:
            problems.append(f"{subject} is read as {_NOT_TEXT[tag]}; put it in quotes to keep it exactly as written")
        elif tag != "str":
            problems.append("tags such as '!Ref' are not supported; a text that begins with '!' must be in quotes")
        return problems

    def _missing(self, node: yaml.ScalarNode, subject: str) -> str:
        if _COMMENT.match(self.text, node.end_mark.index):
            return f"{subject} is missing, because '#' begins a comment; put the value in quotes"
        return f"{subject} is missing; leave the field out, or write '' to say that it has no value"


def text_of(node: yaml.Node) -> str | None:
    """The text of a node, without the final line break of a block (``|`` or ``>``); None if YAML does not read a text."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG_PREFIX}str":
        return None
    text = str(node.value)
    if node.style in ("|", ">"):
        text = text.removesuffix("\n")
    # JSON writes a character beyond the first 65,536 as two escapes.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_merge_key(node: yaml.Node) -> bool:
    """Whether a key is ``<<``."""
    return node.tag == f"{_TAG_PREFIX}merge"


def space_problems(text: str) -> list[str]:
    """Problems of white space around a text, which reviewers and the patterns of fields refuse and nobody sees."""
    if text and not text.strip():
        return ["is nothing but white space; write '' to say that the field has no value"]
    ends = {"begins": text[: len(text) - len(text.lstrip())], "ends": text[len(text.rstrip()) :]}
    return [
        f"{verb} with {'a line break' if space in _LINE_BREAKS else 'white space'}; remove it"
        for verb, space in ends.items()
        if space
    ]
