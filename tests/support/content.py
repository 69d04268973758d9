"""What registrations hold: the values, associations, tags and claims that a rollback must restore."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.invariants import PREFIX, Invariants, Owner, owner_of

NOT_SUBMITTED = ("DRAFT", "DISCARDED")


@dataclass(frozen=True)
class Content:
    """What one registration holds.

    Attributes:
        values: The values of the latest version that is not discarded, by field path.
        is_submitted: Whether that version is submitted, or was.
        tags: The users' tags.
        associations: The IDs of the associated resources.
        owner: The owner of the registration.
        form_owner: The owner of its form.
    """

    values: Mapping[str, object]
    is_submitted: bool
    tags: Mapping[str, str]
    associations: frozenset[str]
    owner: Owner | None
    form_owner: Owner | None

    @property
    def claims(self) -> tuple[Owner | None, Owner | None]:
        """Both owners."""
        return self.owner, self.form_owner


def of(checks: Invariants, registration_id: str) -> Content:
    """Describe a registration, without a request to the service."""
    registration = checks.world.fake.registration(registration_id)
    tags = checks.tags(registration_id)
    versions = registration.versions
    kept = [each for each in versions if each.registration_version_status != "DISCARDED"] or versions[-1:]
    return Content(
        values_of(kept[-1]),
        kept[-1].registration_version_status not in NOT_SUBMITTED,
        {key: value for key, value in tags.items() if not key.startswith(PREFIX)},
        frozenset(each.resource_id for each in registration.associations),
        owner_of(tags),
        owner_of(tags, "form-"),
    )


def values_of(version: Any) -> dict[str, object]:
    """The values of a version of the faked service, by field path."""
    return {
        path: held.select_choices or held.text_value or held.registration_attachment_id
        for path, held in version.values.items()
        if held.is_set
    }


def of_all(checks: Invariants) -> dict[str, Content]:
    """Describe every registration that is not deleted."""
    return {each.registration_id: of(checks, each.registration_id) for each in checks.world.fake.live_registrations()}
