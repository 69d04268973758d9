"""The good forms of tests/rules/good_forms, whole or with a few fields changed, for the tests of the denial rules."""

import functools
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from sms_registration_rules.denials.check import check
from sms_registration_rules.denials.model import Finding, Form

GOOD_FORMS = Path(__file__).parents[1] / "rules" / "good_forms"
NAMES = sorted(path.stem for path in GOOD_FORMS.glob("*.yaml"))


@dataclass(frozen=True)
class Case:
    """A form with the forms that it is checked with."""

    form: Form
    associated: tuple[Form, ...] = ()
    siblings: tuple[Form, ...] = ()

    def findings(self) -> list[Finding]:
        return check(self.form, associated=self.associated, siblings=self.siblings)


def png(width: int, height: int, padding: int = 0) -> bytes:
    """A white PNG; with so many bytes more at its end."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + b"\0" * padding


def jpeg(width: int, height: int) -> bytes:
    """The beginning of a JPEG: an application segment with a thumbnail's frame inside, then the frame itself."""
    thumbnail = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, 1, 1)
    application = b"\xff\xe1" + struct.pack(">H", 2 + len(thumbnail)) + thumbnail
    frame = b"\xff\xff\xc2" + struct.pack(">HBHH", 17, 8, height, width)
    return b"\xff\xd8" + application + frame + b"\0" * 10


def _file(made: Mapping[str, Any]) -> bytes:
    ((kind, size),) = made.items()
    if kind == "png":
        return png(*size)
    if kind == "jpeg":
        return jpeg(*size)
    return {"pdf": b"%PDF-1.7\n", "gif": b"GIF89a\1\0\1\0"}[kind] + b"\0" * size


def _form(document: Mapping[str, Any]) -> Form:
    return Form(
        document["type"],
        document.get("values", {}),
        {path: _file(made) for path, made in document.get("files", {}).items()},
        frozenset(document.get("unknown", ())),
        document.get("region", ""),
    )


@functools.cache
def good(name: str) -> Case:
    """One of the good forms, with the forms that it is associated with."""
    document = yaml.safe_load((GOOD_FORMS / f"{name}.yaml").read_text(encoding="utf-8"))
    associated = (good(each).form if isinstance(each, str) else _form(each) for each in document.get("associated", ()))
    return Case(_form(document), tuple(associated))


def changed(case: Case, changes: Mapping[str, Any]) -> Case:
    """The form with other values.

    A list of two replaces the first text by the second, within the value; null takes the field away. A mapping is a file. Keys
    with a dollar sign change something else than values: $unknown, $region, $brand (values of the brand's form; null for no
    brand), $sibling (values of an equal form that is there already).
    """
    values, files = dict(case.form.values), dict(case.form.files)
    associated, siblings = case.associated, case.siblings
    unknown, region = set(case.form.unknown), case.form.region
    for path, change in changes.items():
        if path == "$unknown":
            unknown |= set(change)
        elif path == "$region":
            region = change
        elif path == "$brand":
            associated = () if change is None else (changed(Case(associated[0]), change).form,)
        elif path == "$sibling":
            siblings = (*siblings, changed(case, change).form)
        elif isinstance(change, Mapping):
            files[path] = _file(change)
        elif change is None:
            values.pop(path, None)
            files.pop(path, None)
        elif isinstance(change, list) and isinstance(values.get(path), str):
            old, new = change
            assert old in values[path], f"{path} does not have {old!r}"
            values[path] = values[path].replace(old, new)
        else:
            values[path] = change
    form = replace(case.form, values=values, files=files, unknown=frozenset(unknown), region=region)
    return Case(form, associated, siblings)
