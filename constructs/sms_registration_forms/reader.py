"""Reads form files: YAML, or JSON, which is YAML too.

A file is read as nodes, not as values, because nodes know their place, and because a value that YAML takes for a number or a
date must be refused rather than converted: ``01234`` is not 1234.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

import yaml

from sms_registration_forms.checks import (
    MAXIMUM_TEXT_CHARACTERS,
    choice_count_problems,
    choice_problems,
    length_problems,
    path_problems,
)
from sms_registration_forms.content import (
    FileReference,
    FormContent,
    FormField,
    ParameterReference,
    Place,
    Problem,
    SecretReference,
    Value,
)
from sms_registration_forms.files import file_problems, with_folder
from sms_registration_forms.yaml_errors import explain
from sms_registration_forms.yaml_nodes import Loader, is_merge_key, space_problems, text_of

_REFERENCE_KEYS = {"file": {"file"}, "secret": {"secret", "field"}, "parameter": {"parameter"}}
"""Keys that make a mapping a value rather than a section, each with the keys that may stand beside it."""

_MAXIMUM_REFERENCE_KEYS = max(map(len, _REFERENCE_KEYS.values()))

_EXPECTED = "expected a text, a list of choices, a section, {file: path}, {secret: name-or-arn, field: name} or {parameter: name}"
_RESOLVE = (
    "dynamic references ('{{resolve:...}}') are not supported in forms; write {secret: name, field: name} or "
    "{parameter: /name}, which is read when the form is deployed"
)
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_./-]{1,1011}")


def read_form_file(path: str | Path) -> FormContent:
    """Reads the fields of a form from a file.

    Args:
        path: Path of the YAML or JSON file, in UTF-8. A relative path starts at the working directory.

    Returns:
        The fields and everything that is wrong with them. Files that the form refers to are looked at, but not read.
    """
    name, file = str(path), Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problem = with_folder(f"cannot be read: {error.strerror}", file)
        return FormContent(problems=(Problem(Place(name), problem),))
    except UnicodeDecodeError as error:
        return FormContent(problems=(Problem(Place(name), f"is not UTF-8 text, at byte {error.start}"),))
    return read_form_text(text, name)


def read_form_text(text: str, path: str) -> FormContent:
    """Reads the fields of a form from the text of a form file.

    Args:
        text: The text, without a byte order mark.
        path: Path of the file, as messages show it. Paths of other files in the form start at its folder.
    """
    if path.lower().endswith(".json"):
        # The one thing in JSON that YAML does not accept; within a text it cannot occur.
        text = text.replace("\t", " ")
    try:
        loader = Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line, column, problem = explain(error, text)
        return FormContent(problems=(Problem(Place(path, line, column), problem),))
    except yaml.reader.ReaderError as error:
        before = text[: int(error.position)].split("\n")
        place = Place(path, len(before), len(before[-1]) + 1)
        return FormContent(problems=(Problem(place, "is not YAML: it contains a character that is not allowed"),))
    if not isinstance(root, yaml.MappingNode):
        example = "'companyInfo: {companyName: Example Corp}'"
        problem = f"expected field paths and their values, such as {example}"
        return FormContent(problems=(Problem(Place(path, 1, 1), problem),))
    reading = _Reading(path, loader)
    reading.section("", root)
    return FormContent(reading.fields, tuple(reading.problems))


class _Reading:
    """What was found in a file so far."""

    def __init__(self, path: str, loader: Loader) -> None:
        self.fields: dict[str, FormField] = {}
        self.problems: list[Problem] = []
        self._path = path
        self._folder = Path(path).parent
        self._loader = loader
        self._declared_lines: dict[str, int] = {}
        self._sections_seen: set[int] = set()

    def section(self, prefix: str, section: yaml.MappingNode) -> None:
        """Reads a section, and the sections in it.

        Args:
            prefix: Path of the section; empty for the whole form.
            section: Its node.
        """
        if id(section) in self._sections_seen:
            self._report(section, prefix, "is used twice, by an alias; only single values can be")
            return
        self._sections_seen.add(id(section))
        for key, value in section.value:
            name = text_of(key)
            if name is None:
                self._report(key, prefix, f"expected a field path as key; {self._key_advice(key)}")
                continue
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(value, yaml.MappingNode) and not _is_reference(value):
                self.section(path, value)
            elif path in self._declared_lines:
                self._report(key, path, f"is declared twice, first in line {self._declared_lines[path]}")
            else:
                self._declared_lines[path] = key.start_mark.line + 1
                for problem in path_problems(path):
                    self._report(key, path, problem)
                self._field(path, value)

    def _key_advice(self, key: yaml.Node) -> str:
        if self._loader.text.startswith("{{resolve:", max(key.start_mark.index - 1, 0)):
            return _RESOLVE
        if isinstance(key, yaml.MappingNode | yaml.SequenceNode):
            return "a text that begins with '{' or '[' must be in quotes"
        return "merge keys ('<<') are not supported" if is_merge_key(key) else "write it in quotes"

    def _field(self, path: str, node: yaml.Node) -> None:
        value: Value | None
        if isinstance(node, yaml.MappingNode):
            value = self._reference(path, node)
        elif isinstance(node, yaml.SequenceNode):
            value = self._choices(path, node)
        else:
            value = self._text(path, node, "the value")
            if value is not None:
                self._report_all(node, path, [*space_problems(value), *length_problems(value, MAXIMUM_TEXT_CHARACTERS)])
        if value is not None:
            self.fields[path] = FormField(value, self._place(node))

    def _choices(self, path: str, node: yaml.SequenceNode) -> list[str] | None:
        self._report_all(node, path, choice_count_problems(len(node.value)))
        choices: list[str] = []
        for position, item in enumerate(node.value):
            if not isinstance(item, yaml.ScalarNode):
                mapping = isinstance(item, yaml.MappingNode) and not item.flow_style
                advice = "a text with ': ' must be in quotes" if mapping else "choices are texts"
                self._report(item, path, f"{_EXPECTED}; {advice}")
            elif (choice := self._text(path, item, "a choice")) is not None:
                self._report_all(item, path, choice_problems(position, choice))
                choices.append(choice)
        return choices if len(choices) == len(node.value) else None

    def _text(self, path: str, node: yaml.Node, subject: str) -> str | None:
        problems = self._loader.scalar_problems(node, subject)
        text = text_of(node)
        if text is not None and "{{resolve:" in text:
            problems.append(_RESOLVE)
        self._report_all(node, path, problems)
        return None if problems else text

    def _reference(self, path: str, node: yaml.MappingNode) -> Value | None:
        keys = [text_of(key) or "?" for key, _ in node.value]
        kind = next(key for key in keys if key in _REFERENCE_KEYS)
        for (key_node, _), key in zip(node.value, keys, strict=True):
            if key not in _REFERENCE_KEYS[kind]:
                allowed = " and ".join(repr(each) for each in sorted(_REFERENCE_KEYS[kind]))
                self._report(key_node, path, f"unknown key {key!r} beside {kind!r}, expected {allowed}")
            elif keys.count(key) > 1:
                self._report(key_node, path, f"key {key!r} is given twice")
        texts = {key: self._text(path, value, repr(key)) for key, (_, value) in zip(keys, node.value, strict=True)}
        text = texts[kind]
        if text is None:
            return None
        if kind == "file":
            self._report_all(node, path, self._file_problems(text))
            return FileReference(text)
        if kind == "secret":
            json_field = texts.get("field")
            self._report_all(node, path, _secret_problems(text, json_field))
            return SecretReference(text, json_field)
        self._report_all(node, path, _parameter_problems(text))
        return ParameterReference(text)

    def _file_problems(self, name: str) -> list[str]:
        if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute() or not name:
            return [f"file: got {name!r}, expected a path that starts at the form's folder, {str(self._folder)!r}"]
        return [f"file: {problem}" for problem in file_problems(self._folder / name)]

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _report(self, node: yaml.Node, field_path: str, problem: str) -> None:
        self.problems.append(Problem(self._place(node), problem, field_path))

    def _report_all(self, node: yaml.Node, field_path: str, problems: list[str]) -> None:
        for problem in problems:
            self._report(node, field_path, problem)


def _is_reference(node: yaml.MappingNode) -> bool:
    """Whether a mapping is a value. A section may have a field of such a name too, so it must look like nothing else."""
    keys = [text_of(key) for key, _ in node.value]
    known = {key for names in _REFERENCE_KEYS.values() for key in names}
    return any(key in _REFERENCE_KEYS for key in keys) and (
        len(keys) <= _MAXIMUM_REFERENCE_KEYS or known.issuperset(keys)
    )


def _secret_problems(secret: str, json_field: str | None) -> list[str]:
    problems = [] if secret else ["secret: is empty, expected a name or ARN"]
    return [*problems, "field: is empty; leave it out for the whole secret"] if json_field == "" else problems


def _parameter_problems(name: str) -> list[str]:
    if not name:
        return ["parameter: is empty, expected a name"]
    if not _PARAMETER_NAME.fullmatch(name):
        return [f"parameter: got {name!r}, expected the name of a parameter, such as '/sms/tax-id'"]
    return []
