"""Refuses to submit a form that another registration was submitted with already: a renamed construct is the usual cause.

A submission costs a fee, and registrars deny a second brand with the same tax ID. Every registration is tagged with a digest of
its form before it is submitted, so that an equal one is found without reading the values of every registration.
"""

import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any

from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.scope import Scope
from sms_registration_rules.values import RegistrationAttachmentId, TypedValue, is_same

logger = logging.getLogger(__name__)

_MAX_READ = 200
"""Registrations of the same type whose tags are read, newest first: the quota is 25, and each costs a tenth of a second."""

_DRAFT = "CREATED"
"""The RegistrationStatus before the first submission, and for up to a day after it."""

_MAX_KNOWN = 5000
"""Registrations whose digests a container remembers: about 2 MB."""

settled: MutableMapping[str, tuple[Any, ...]] = {}
"""What this container knows: by ARN, the state of a registration, and then the digest that it had in this state."""

_LIVE = frozenset(
    {"SUBMITTED", "REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW", "APPROVED"}
)
"""Statuses of versions that were submitted and neither withdrawn nor denied."""

_UNDER_REVIEW = _LIVE - {"APPROVED"}
"""Statuses of registrations whose current version was submitted: no other can be created meanwhile."""


def digest(
    registration_type: str,
    values: Mapping[str, TypedValue],
    associations: Collection[str],
    *,
    secret_paths: Collection[str] = (),
) -> str:
    """A digest of a form, from which no value can be guessed that is not in the template.

    Args:
        registration_type: The RegistrationType.
        values: The values by field path. Attachments are left out: the same file has another ID in another stack.
        associations: IDs or ARNs.
        secret_paths: Fields whose values come from secrets or parameters: their names count, their values do not.
    """
    known = {
        path: sorted(value.content)
        for path, value in values.items()
        if path not in secret_paths and not isinstance(value, RegistrationAttachmentId)
    }
    content = [registration_type, sorted(values), known, sorted(each.rpartition("/")[2] for each in associations)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def refuse_duplicate(
    service: Service,
    own: FormDescription,
    values: Mapping[str, TypedValue],
    form_digest: str,
    *,
    is_submitted_now: bool = True,
) -> None:
    """Refuse to submit what another registration of the account and Region was submitted with.

    Args:
        service: The service.
        own: The registration that is to be submitted.
        values: The values that it is to be submitted with.
        form_digest: Their `digest`.
        is_submitted_now: False when it has to wait for something, and is compared again before it is submitted. Then what the
            service does not describe as submitted is passed over. True if omitted.

    Raises:
        Failure: Naming the other registration and how to keep it.
    """
    for other, tags in _tagged(service, own, form_digest, is_submitted_now=is_submitted_now):
        description = FormDescription(service, other)
        description.recognize(values)
        version = description.latest_version(_LIVE)
        if version is None or not _is_same_form(description.values(int(version["VersionNumber"])), values):
            continue
        raise Failure(_refusal(own.registration_id, str(other["RegistrationId"]), version, Owner.of(tags)))


def _tagged(
    service: Service, own: FormDescription, form_digest: str, *, is_submitted_now: bool
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    others = [
        each
        for each in Scope(registration_type=own.registration_type).registrations(service)
        if each["RegistrationId"] != own.registration_id
        and each["RegistrationStatus"] != "CLOSED"
        and (is_submitted_now or each["RegistrationStatus"] != _DRAFT)
    ]
    unknown = [each for each in others if _known_digest(each) in (None, form_digest)]
    newest_first = sorted(unknown, key=lambda each: each["CreatedTimestamp"], reverse=True)
    if len(unknown) > _MAX_READ:
        logger.info("compared with the newest %d of %d registrations only", _MAX_READ, len(unknown))
    for other in newest_first[:_MAX_READ]:
        tags = service.tags(other["RegistrationArn"])
        _remember(other, tags.get(owner_tags.FORM_DIGEST, ""))
        if tags.get(owner_tags.FORM_DIGEST) == form_digest:
            yield other, tags


def _state(other: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The state of a registration whose digest stays while the state does; None while it may be submitted with another form.

    A digest is written before a submission, and each submission after the first needs a new version.
    """
    status, number = other["RegistrationStatus"], other.get("CurrentVersionNumber")
    is_decided = number is not None and number in (
        other.get("ApprovedVersionNumber"),
        other.get("LatestDeniedVersionNumber"),
    )
    return (status, number) if is_decided or status in _UNDER_REVIEW else None


def _known_digest(other: Mapping[str, Any]) -> str | None:
    """The digest that this container has read in the registration's present state; None when it has not."""
    *state, form_digest = settled.get(str(other["RegistrationArn"]), (None,))
    return form_digest if state and tuple(state) == _state(other) else None


def _remember(other: Mapping[str, Any], form_digest: str) -> None:
    state = _state(other)
    if state:
        if len(settled) >= _MAX_KNOWN:
            settled.clear()
        settled[str(other["RegistrationArn"])] = (*state, form_digest)


def _is_same_form(one: Mapping[str, TypedValue], other: Mapping[str, TypedValue]) -> bool:
    return all(is_same(one.get(path), other.get(path)) for path in {*one, *other})


def _refusal(own_id: str, other_id: str, version: Mapping[str, Any], owner: Owner | None) -> str:
    managed = f" and is managed by {owner}" if owner else ""
    return (
        f"not submitted: the same form is {version['RegistrationVersionStatus']} already as version "
        f"{version['VersionNumber']} of {other_id}, which has the same type and associations{managed}. A second "
        f"submission costs another fee and is usually denied. Was the construct renamed or moved? To keep {other_id}, "
        "give the construct its former ID again, or declare "
        f'existing_registration_id="{other_id}" with take_over=True. If {own_id} must be submitted as well, change its form'
    )
