"""The content of a declared form, as the rules take it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from sms_registration_cli.planning import assembly
from sms_registration_cli.planning.assembly import DeclaredAttachment, DeclaredForm, Reference
from sms_registration_rules.denials.model import Form
from sms_registration_rules.values import AttachmentId, Choices, DeclaredValue, Text

Files = Mapping[tuple[str, str], DeclaredAttachment]
"""Files of the app by stack and logical ID."""


def values(form: DeclaredForm) -> tuple[dict[str, DeclaredValue], frozenset[str]]:
    """The values for `validation.check`, and the paths whose value is not known before the deployment."""
    known: dict[str, DeclaredValue] = {}
    for path, value in form.fields.items():
        if isinstance(value, str):
            known[path] = Text(value)
        elif isinstance(value, tuple):
            known[path] = Choices(value)
        elif isinstance(value, Reference) and value.resource_type == assembly.ATTACHMENT:
            known[path] = AttachmentId(file_id(value))
    return known, frozenset(form.fields) - known.keys()


def denial_form(form: DeclaredForm, registration_type: str, files: Files, region: str) -> Form:
    """The form for `denials.check.check`, with the bytes of the files in the assembly.

    A registration that keeps undeclared values may hold whatever a rule misses, so those fields count as unknown.
    """
    from sms_registration_rules.denials.check import reads

    texts: dict[str, str | tuple[str, ...]] = {}
    contents: dict[str, bytes] = {}
    unknown = set(reads(registration_type) - form.fields.keys() if form.keep_undeclared else ())
    for path, value in form.fields.items():
        file = files.get((value.stack, value.logical_id)) if isinstance(value, Reference) else None
        if file is not None and file.file is not None:
            contents[path] = file.file.read_bytes()
        elif not isinstance(value, str | tuple):
            unknown.add(path)
        elif value:
            texts[path] = value
    return Form(registration_type, texts, contents, frozenset(unknown), region)


def file_id(reference: Reference) -> str:
    """A made-up ID of a file that the app declares, of the form that the service's IDs have."""
    return "attachment-" + "".join(each for each in reference.stack + reference.logical_id if each.isalnum())
