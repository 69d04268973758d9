"""Form files: turns what a file refers to into constructs."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PureWindowsPath

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.attachment_source import AttachmentSource
from cdk_sms_registration.checks import refuse
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.form_fields import FormFields
from cdk_sms_registration.form_props import Value
from constructs import Construct
from sms_registration_forms.content import FileReference, ParameterReference, SecretReference

_Reference = FileReference | SecretReference | ParameterReference

_WHOLE_SECRET_ARN = re.compile(r"arn:.*-[A-Za-z0-9]{6}")


class FormFile:
    """A form in a YAML or JSON file: ``fields=FormFile("forms/toll_free.yaml").fields(self)``.

    The file maps field paths to values. Sections may be nested: ``companyInfo: {companyName: Example Corp}`` is
    ``companyInfo.companyName``. A value is one of these:

    - a text, or the one choice of a field with choices;
    - a list of choices;
    - ``{file: opt-in.png}``, a file to upload, whose path starts at the form's folder;
    - ``{secret: name-or-arn, field: ein}``, where ``field`` may be left out;
    - ``{parameter: /name}``.

    Numbers, dates and yes/no must be in quotes, because ``01234`` is not 1234. What YAML would drop silently is refused: a
    text that is cut off at `` #``, an anchor that nothing refers to, a tag. White space around a text is refused too, except
    for one final line break of a block (``|`` or ``>``), which is removed.

    Args:
        path: Path of the file, in UTF-8. A relative path starts at the working directory of the app.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def fields(self, scope: Construct) -> FormFields:
        """Reads the file, and creates the attachments and references that it names.

        Args:
            scope: The construct, usually the stack, that they belong to: below a construct with the file's name.

        Returns:
            The fields, a dict to be passed on. Add to them or replace some as you like, for example with a secret that has a
            KMS key of your own: ``fields | {"companyInfo.taxId": ...}``. Problems that are found at synth then still name
            the line of the file, unlike with ``{**fields, ...}``.

        Raises:
            ValueError: Something in the file is wrong. The message lists all problems as ``path:line:column: field: problem``
                and quotes no value.
        """
        # Imported here because it imports yaml, which only an app with form files should pay for.
        from sms_registration_forms.reader import read_form_file

        content = read_form_file(self._path)
        references = {
            _normalized(field.value): field.value
            for field in content.fields.values()
            if isinstance(field.value, _Reference)
        }
        problems = [str(problem) for problem in content.problems]
        if not problems and references and scope.node.try_find_child(self._path.name) is not None:
            problems.append(
                f"{scope.node.path or 'the app'!r} already has a construct {self._path.name!r}; read the file once and reuse "
                "its fields, or pass another scope"
            )
        refuse(f"FormFile {str(self._path)!r}", problems)
        created: dict[_Reference, Value] = {}
        if references:
            container = Construct(scope, self._path.name)
            created = {key: _create(container, each, self._path.parent) for key, each in references.items()}
        return FormFields(
            {
                path: created[_normalized(field.value)] if isinstance(field.value, _Reference) else field.value
                for path, field in content.fields.items()
            },
            {path: field.place for path, field in content.fields.items()},
            str(self._path),
        )


def _normalized(reference: _Reference) -> _Reference:
    """The same for all references to one thing."""
    return FileReference(_file_id(reference.path)) if isinstance(reference, FileReference) else reference


def _create(scope: Construct, reference: _Reference, folder: Path) -> Value:
    if isinstance(reference, FileReference):
        return RegistrationAttachment(
            scope, _file_id(reference.path), source=AttachmentSource.from_asset(folder / reference.path)
        )
    if isinstance(reference, SecretReference):
        return _secret(scope, reference)
    from aws_cdk import aws_ssm as ssm

    # Of the ways to refer to a parameter, this one does not make CloudFormation read the value.
    return FieldValue.from_parameter(
        ssm.StringParameter.from_secure_string_parameter_attributes(
            scope, f"parameter {reference.name}", parameter_name=reference.name
        )
    )


def _file_id(path: str) -> str:
    """The construct ID of a file: the same on every machine, because it becomes part of the logical ID."""
    return posixpath.normpath(PureWindowsPath(path).as_posix())


def _secret(scope: Construct, reference: SecretReference) -> FieldValue:
    from aws_cdk import aws_secretsmanager as secretsmanager

    name = reference.secret
    construct_id = f"secret {name} {reference.json_field or ''}"
    if _WHOLE_SECRET_ARN.fullmatch(name):
        secret = secretsmanager.Secret.from_secret_complete_arn(scope, construct_id, name)
    elif name.startswith("arn:"):
        secret = secretsmanager.Secret.from_secret_partial_arn(scope, construct_id, name)
    else:
        secret = secretsmanager.Secret.from_secret_name_v2(scope, construct_id, name)
    return FieldValue.from_secret(secret, reference.json_field)
