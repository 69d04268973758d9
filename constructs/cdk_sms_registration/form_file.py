"""Forms in files: YAML, or JSON, which is YAML too.

The file is read as nodes, not as values, because nodes know their line, and because a value that YAML takes for a number or a
date must be refused rather than converted.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import yaml

from cdk_sms_registration.attachment import RegistrationAttachment, file_problems
from cdk_sms_registration.checks import refuse
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.form_checks import path_problems, value_problems
from constructs import Construct

Value = str | list[str] | RegistrationAttachment | FieldValue

_TAG = "tag:yaml.org,2002:"
_NOT_TEXT = {
    "int": "a number",
    "float": "a number",
    "bool": "yes or no, true or false",
    "timestamp": "a date",
}
_REFERENCES = {"file": {"file"}, "secret": {"secret", "field"}, "parameter": {"parameter"}}
"""Keys that make a mapping a value rather than a section, each with the keys that it may stand beside."""

_MOST_KEYS = max(map(len, _REFERENCES.values()))

_EXPECTED = "expected a text, a list of choices, a section, {file: path}, {secret: name-or-arn, field: name} or {parameter: name}"
_WHOLE_SECRET_ARN = re.compile(r"arn:.*-[A-Za-z0-9]{6}")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_./-]{1,1011}")


def read_form_file(scope: Construct, path: str | Path) -> dict[str, Value]:
    """Reads the fields of a form.

    Args:
        scope: What files, and references to secrets and parameters, belong to: below a construct with the file's name.
        path: Path of the form file.

    Raises:
        ValueError: Listing everything that is wrong, with line numbers.
    """
    file = Path(path)
    reading = _Reading(file)
    reading.read()
    if not reading.problems and reading.makers and scope.node.try_find_child(file.name) is not None:
        reading.problems.append(
            f"{scope.node.path or 'the app'!r} has something named {file.name!r} already; read the file once and use its "
            "fields again, or give another scope"
        )
    refuse(f"form {str(path)!r}", reading.problems)
    values: dict[str, Value] = dict(reading.values)
    if reading.makers:
        container = Construct(scope, file.name)
        made: dict[tuple[str, ...], Value] = {}
        for field_path, maker in reading.makers.items():
            if maker.identity not in made:
                made[maker.identity] = maker.make(container)
            values[field_path] = made[maker.identity]
    return {field_path: values[field_path] for field_path in reading.lines}


@dataclass(frozen=True)
class _Maker:
    """Makes the value of one field, once it is known that nothing in the file is wrong."""

    identity: tuple[str, ...]
    make: Callable[[Construct], Value]


@dataclass
class _Reading:
    """What was found in a file so far."""

    file: Path
    problems: list[str] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    makers: dict[str, _Maker] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def read(self) -> None:
        """Finds values and problems."""
        try:
            text = self.file.read_bytes().decode("utf-8-sig")
        except OSError as error:
            self.problems.append(f"cannot be read: {error.strerror} (looked in {Path.cwd()})")
            return
        except UnicodeDecodeError as error:
            self.problems.append(f"is not UTF-8 text, at byte {error.start}")
            return
        if self.file.suffix.lower() == ".json":
            # The one thing in JSON that YAML does not take; within a text it cannot occur.
            text = text.replace("\t", " ")
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"line {mark.line + 1}: " if mark else ""
            what = ", ".join(filter(None, (error.context, error.problem)))
            if "undefined alias" in what:  # it would quote a text that only looks like one
                what = "found an undefined alias; a text that begins with '*' must be in quotes"
            self.problems.append(f"{where}is not YAML: {what}")
            return
        except yaml.YAMLError:
            self.problems.append("is not YAML: it contains a character that is not allowed")
            return
        if not isinstance(root, yaml.MappingNode):
            self.problems.append(
                "expected field paths and their values, such as 'companyInfo: {companyName: Example Corp}'"
            )
            return
        self._section("", root)

    def _report(self, node: yaml.Node, field_path: str, problem: str) -> None:
        self.problems.append(f"line {node.start_mark.line + 1}: {field_path}: {problem}")

    def _section(self, prefix: str, section: yaml.MappingNode) -> None:
        if id(section) in self._seen:
            self._report(section, prefix, "is used twice, by an alias; only single values can be")
            return
        self._seen.add(id(section))
        for key, value in section.value:
            name = _text(key)
            if name is None:
                what = "merge keys ('<<') are not understood" if key.tag == f"{_TAG}merge" else "write it in quotes"
                self._report(key, prefix or "the form", f"expected a field path as key; {what}")
                continue
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(value, yaml.MappingNode) and not self._is_reference(value):
                self._section(path, value)
            elif path in self.lines:
                self._report(key, path, f"is declared twice, first in line {self.lines[path]}")
            else:
                self.lines[path] = key.start_mark.line + 1
                for problem in path_problems(path):
                    self._report(key, path, problem)
                self._value(path, value)

    def _is_reference(self, node: yaml.MappingNode) -> bool:
        """Whether a mapping is a value. A section may have a field of such a name too, so it must look like nothing else."""
        keys = [_text(key) for key, _ in node.value]
        known = {key for names in _REFERENCES.values() for key in names}
        return any(key in _REFERENCES for key in keys) and (len(keys) <= _MOST_KEYS or known.issuperset(keys))

    def _value(self, path: str, node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            self._reference(path, node)
            return
        value: str | list[str] | None
        if isinstance(node, yaml.SequenceNode):
            choices = [self._scalar(path, choice, "a choice") for choice in node.value]
            value = None if None in choices else [choice for choice in choices if choice is not None]
        else:
            value = self._scalar(path, node, "the value")
        if value is not None:
            for problem in value_problems(value):
                self._report(node, path, problem)
            self.values[path] = value

    def _scalar(self, path: str, node: yaml.Node, subject: str) -> str | None:
        text = _text(node)
        if text is not None:
            return text
        tag = node.tag.removeprefix(_TAG)
        if tag in _NOT_TEXT:
            problem = f"{subject} is read as {_NOT_TEXT[tag]}; put it in quotes, to have it just as it is written"
        elif tag == "null":
            problem = f"{subject} is missing; leave the field out, or write '' to say that it has no value"
        elif isinstance(node, yaml.ScalarNode):
            problem = "tags such as '!Ref' are not understood; a text that begins so must be in quotes"
        else:
            problem = f"{_EXPECTED}; choices are texts"
        self._report(node, path, problem)
        return None

    def _reference(self, path: str, node: yaml.MappingNode) -> None:
        keys = [_text(key) or "?" for key, _ in node.value]
        kind = next(key for key in keys if key in _REFERENCES)
        for (key_node, _), key in zip(node.value, keys, strict=True):
            if key not in _REFERENCES[kind]:
                allowed = " and ".join(repr(each) for each in sorted(_REFERENCES[kind]))
                self._report(key_node, path, f"unknown key {key!r} beside {kind!r}, expected {allowed}")
            elif keys.count(key) > 1:
                self._report(key_node, path, f"key {key!r} is given twice")
        texts = {key: self._scalar(path, value, repr(key)) for key, (_, value) in zip(keys, node.value, strict=True)}
        problems, maker = _MAKERS[kind](self.file, {key: text for key, text in texts.items() if text is not None})
        if texts.get(kind) is not None:
            for problem in problems:
                self._report(node, path, problem)
        if maker is not None:
            self.makers[path] = maker


def _text(node: yaml.Node) -> str | None:
    """The text of a node; None if YAML does not take it for a text."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}str":
        return None
    text = str(node.value)
    # JSON writes a character beyond the first 65,536 as two escapes.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _file(form: Path, texts: dict[str, str]) -> tuple[list[str], _Maker | None]:
    name = texts.get("file", "")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute() or not name:
        return [f"file: got {name!r}, expected a path that starts at the form's folder, {str(form.parent)!r}"], None
    problems = file_problems("file", form.parent / name)
    # The same on every machine, because it becomes part of the logical ID.
    construct_id = posixpath.normpath(PureWindowsPath(name).as_posix())
    maker = _Maker(
        ("file", construct_id),
        lambda scope: RegistrationAttachment.from_asset(scope, construct_id, path=form.parent / name),
    )
    return problems, maker


def _secret(_form: Path, texts: dict[str, str]) -> tuple[list[str], _Maker | None]:
    name, json_field = texts.get("secret", ""), texts.get("field")
    problems = list(_name_problems("secret", name))
    if json_field == "":
        problems.append("field: is empty; leave it out for the whole secret")

    def make(scope: Construct) -> Value:
        from aws_cdk import aws_secretsmanager as secretsmanager

        construct_id = f"secret {name} {json_field or ''}"
        if _WHOLE_SECRET_ARN.fullmatch(name):
            secret = secretsmanager.Secret.from_secret_complete_arn(scope, construct_id, name)
        elif name.startswith("arn:"):
            secret = secretsmanager.Secret.from_secret_partial_arn(scope, construct_id, name)
        else:
            secret = secretsmanager.Secret.from_secret_name_v2(scope, construct_id, name)
        return FieldValue.from_secret(secret, json_field)

    return problems, _Maker(("secret", name, json_field or ""), make)


def _parameter(_form: Path, texts: dict[str, str]) -> tuple[list[str], _Maker | None]:
    name = texts.get("parameter", "")
    problems = list(_name_problems("parameter", name))
    if not problems and not _PARAMETER_NAME.fullmatch(name):
        problems.append(f"parameter: got {name!r}, expected the name of a parameter, such as '/sms/tax-id'")

    def make(scope: Construct) -> Value:
        from aws_cdk import aws_ssm as ssm

        # Of the ways to refer to a parameter, the one that does not make CloudFormation read the value.
        return FieldValue.from_parameter(
            ssm.StringParameter.from_secure_string_parameter_attributes(scope, f"parameter {name}", parameter_name=name)
        )

    return problems, _Maker(("parameter", name), make)


def _name_problems(key: str, name: str) -> Iterator[str]:
    if not name:
        yield f"{key}: is empty, expected a name"
    elif "{{resolve:" in name:
        yield f"{key}: expected a name, not a dynamic reference"


_MAKERS = {"file": _file, "secret": _secret, "parameter": _parameter}
