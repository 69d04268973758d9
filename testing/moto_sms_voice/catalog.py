"""Descriptions of registration types, their forms, and the account's limits."""

from __future__ import annotations

from typing import Any

from .attachments import Attachments
from .registrations import Registrations
from .state import Filter


class Catalog(Registrations, Attachments):
    """Operations that describe registration types and limits."""

    def describe_registration_type_definitions(
        self,
        *,
        registration_types: list[str] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some types by name, or all."""
        names = registration_types or [one.name for one in self.definitions.all()]
        described = [
            {**self.definitions[name].type_definition, "SupportedAssociations": self.rules_of(name)}
            for name in dict.fromkeys(names)
        ]
        matching = self.filtered(
            described,
            filters,
            {
                "supported-association-resource-type": lambda one: [
                    rule["ResourceType"] for rule in one["SupportedAssociations"]
                ],
                "supported-association-iso-country-code": lambda one: [
                    rule.get("IsoCountryCode") for rule in one["SupportedAssociations"]
                ],
            },
        )
        page, token = self.page(matching, max_results, next_token)
        return {"RegistrationTypeDefinitions": page, "NextToken": token}

    def describe_registration_section_definitions(
        self,
        *,
        registration_type: str,
        section_paths: list[str] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some sections of a form, or all."""
        definition = self.definitions[registration_type]
        for path in section_paths or ():
            definition.check_section(path)
        sections = [one for one in definition.sections if not section_paths or one["SectionPath"] in section_paths]
        page, token = self.page(sections, max_results, next_token)
        return {
            "RegistrationType": registration_type,
            "RegistrationSectionDefinitions": page,
            "NextToken": token,
        }

    def describe_registration_field_definitions(
        self,
        *,
        registration_type: str,
        section_path: str | None = None,
        field_paths: list[str] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some fields of a form, or all."""
        definition = self.definitions[registration_type]
        if section_path is not None:
            definition.check_section(section_path)
        for path in field_paths or ():
            definition.field(path)
        fields = [
            field
            for field in definition.fields
            if (section_path is None or field["SectionPath"] == section_path)
            and (not field_paths or field["FieldPath"] in field_paths)
        ]
        page, token = self.page(fields, max_results, next_token)
        return {"RegistrationType": registration_type, "RegistrationFieldDefinitions": page, "NextToken": token}

    def describe_account_limits(
        self, *, next_token: str | None = None, max_results: int | None = None
    ) -> dict[str, Any]:
        """Describe how many resources of each kind the account has, and its limits."""
        used = {
            "PHONE_NUMBERS": (len(self.store.phone_numbers), self.behavior.phone_numbers_per_account),
            "REGISTRATIONS": (len(self.live_registrations()), self.behavior.registrations_per_account),
            "REGISTRATION_ATTACHMENTS": (len(self.live_attachments()), self.behavior.attachments_per_account),
        }
        limits = [{"Name": name, "Used": count, "Max": limit} for name, (count, limit) in used.items()]
        page, token = self.page(limits, max_results, next_token)
        return {"AccountLimits": page, "NextToken": token}
