"""A registration and its form, for the handler's tests."""

from typing import Any

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import BRAND, api, succeeded

FORM = "Custom::SmsRegistrationForm"
WRITES = {
    "PutRegistrationFieldValue",
    "DeleteRegistrationFieldValue",
    "CreateRegistrationVersion",
    "DiscardRegistrationVersion",
    "CreateRegistrationAssociation",
    "SubmitRegistrationVersion",
}
TEXT = "companyInfo.city"
"""A text field of the brand's form."""


class Form:
    """A stack with a registration and its form, on the fake.

    Attributes:
        fields: A valid form, which `create` and `update` declare by default.
    """

    def __init__(
        self, stack: CloudFormation, fake: Any, registration_type: str = BRAND, registration_id: str | None = None
    ) -> None:
        self.stack, self.fake = stack, fake
        stack.types["Form"] = FORM
        if registration_id is None:
            stack.stack_status = "CREATE_IN_PROGRESS"
            registration = succeeded(stack.create({"RegistrationType": registration_type}, "Registration"))
            registration_id = registration["PhysicalResourceId"]
        self.registration_id = registration_id
        self.fields = self.declared(registration_type)
        self.mark = len(fake.calls)

    def declared(self, registration_type: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for path, member in self.fake.example_form(registration_type, attachment_id="").items():
            value = next(iter(member.values()))
            fields[path] = value
        return fields

    def properties(self, **more: Any) -> dict[str, Any]:
        """The properties of the form. `change` replaces single values; None leaves a value out."""
        changed = more.pop("change", {})
        fields = {**self.fields, **changed}
        return {
            "RegistrationId": self.registration_id,
            "Fields": {path: value for path, value in fields.items() if value is not None},
            "Submit": True,
            **more,
        }

    def create(self, **more: Any) -> dict[str, Any] | None:
        return self.stack.create(self.properties(**more), "Form")

    def update(self, **more: Any) -> dict[str, Any] | None:
        return self.stack.update(self.properties(**more), "Form")

    def writes(self) -> list[str]:
        """The operations that changed the form since the last call."""
        made = [
            call.operation for call in self.fake.calls[self.mark :] if call.operation in WRITES and call.error is None
        ]
        self.mark = len(self.fake.calls)
        return made

    @property
    def version(self) -> Any:
        return self.fake.registration(self.registration_id).current_version

    @property
    def status(self) -> str:
        return str(self.version.registration_version_status)

    def held(self) -> dict[str, Any]:
        """The values of the current version, in the form in which they are declared."""
        response = api().describe_registration_field_values(RegistrationId=self.registration_id, MaxResults=100)
        values = {
            each["FieldPath"]: each.get("TextValue")
            or each.get("SelectChoices")
            or each.get("RegistrationAttachmentId")
            for each in response["RegistrationFieldValues"]
        }
        return {path: value for path, value in values.items() if value}
