"""Custom::SmsRegistrationAttachment: one file, from CreateRegistrationAttachment and its upload to its deletion.

The function reads the object from S3 and sends its bytes (AttachmentBody) instead of letting the service fetch an
AttachmentUrl. So the permission to read is the function's own and covers exactly that object, the bytes can be checked before
they are sent, and their hash, kept as a tag, shows whether anything changed. The same bytes need no new attachment; other bytes
need one, because the service cannot change an attachment.

For crashes and races, see `exactly_once`.
"""

import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.attachment.properties import AttachmentRequest, Content
from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, ServiceError, tag_list
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure
from sms_registration_handler.resource import deletion, exactly_once, leftovers, owner_tags, scope
from sms_registration_handler.resource.exactly_once import Described
from sms_registration_handler.resource.invocation import Outcome, Run, tolerate_failure_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.scope import Scope
from sms_registration_handler.resource.tagging import update_tags
from sms_registration_rules.identifiers import is_attachment_id

logger = logging.getLogger(__name__)

_UPLOAD_SECONDS = 300.0
_TEARDOWN_SECONDS = 45.0
"""How long a deleted registration may still hold its files; the service takes 20 to 30 seconds."""


class DescribedAttachment(Described):
    """An attachment as DescribeRegistrationAttachments and ListTagsForResource return it."""

    NOUN = "RegistrationAttachment"

    @property
    def status(self) -> str:
        """The AttachmentStatus."""
        return str(self.description["AttachmentStatus"])


# --- the three requests ---


def create(run: Run) -> Outcome:
    """Upload the file."""
    request = AttachmentRequest.parse(run.event.properties)
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has abandoned it; nothing was created"
        )
    return _create_once(run, request, request.read(run.service), on_created=run.identify)


def update(run: Run) -> Outcome:
    """Update tags when the bytes are the same; else return another attachment. A rollback's failure is only logged."""
    return tolerate_failure_in_rollback(run, lambda: _update(run), lambda: _outcome(_last_known_description(run)))


def delete(run: Run) -> Outcome:
    """Delete the attachment, if it is ours; one that a form still refers to remains and is reported."""
    physical_id = run.event.physical_resource_id
    if is_attachment_id(physical_id):
        described = _describe(run, physical_id)
        # Without tags, another delivery may have deleted it since it was described.
        if described and (described.tags or _find(run, physical_id)):
            _require_owner(run, described)
            exactly_once.sweep_replacement_in_delete(run, ATTACHMENTS, described)
            _remove(run, physical_id)
        else:
            exactly_once.sweep(run, ATTACHMENTS, exactly_once.pending)
    else:
        exactly_once.sweep_uncreated(run, ATTACHMENTS)
    return Outcome(run.event.fallback_physical_id)


def abandon(run: Run) -> None:
    """Delete what an interrupted delivery uploaded and no resource holds."""
    exactly_once.abandon(run, ATTACHMENTS)


# --- Create and Update ---


def _update(run: Run) -> Outcome:
    request = AttachmentRequest.parse(run.event.properties)
    current_id = run.event.physical_resource_id
    current = _describe(run, current_id) if is_attachment_id(current_id) else None
    if current is None:
        exactly_once.sweep(run, ATTACHMENTS, exactly_once.pending, fence=run.fence.before_write)
    else:
        _require_owner(run, current)
    content = request.read(run.service)
    if current is None or current.status == "UPLOAD_FAILED":
        return _replace(run, request, content)
    is_same = current.tags.get(owner_tags.CONTENT) == content.sha256
    same = [] if is_same else _uploaded(run, content)
    begun = current.tags.get(owner_tags.REPLACING, run.event.request_id)
    if begun != run.event.request_id:
        # An earlier request began to replace it, and did not complete: what it uploaded is orphaned.
        exactly_once.sweep_replacement(run, ATTACHMENTS, begun, {current_id, *(each.identity for each in same)})
    if is_same:
        return _update_tags(run, request, current)
    # In a rollback, prefer the one that the current one replaced: an older one may remain because a version refers to it.
    replaced = current.tags.get(owner_tags.REPLACES)
    previous = min(same, key=lambda each: each.identity != replaced, default=None)
    if previous is None or previous.tags.get(owner_tags.STATE) == owner_tags.LEFTOVER:
        exactly_once.begin_replacement(run, current, run.owner.tags())
    if previous:
        return _update_tags(run, request, previous, replaces=current.identity)
    return _replace(run, request, content)


def _uploaded(run: Run, content: Content) -> list[DescribedAttachment]:
    """Return those of ours that have these bytes."""
    return [
        each
        for each in _ours(run, scope.of_stack(run))
        if each.tags.get(owner_tags.CONTENT) == content.sha256 and each.status == "UPLOAD_COMPLETE"
    ]


def _replace(run: Run, request: AttachmentRequest, content: Content) -> Outcome:
    return exactly_once.remove_on_failure(
        run, ATTACHMENTS, lambda on_created: _create_once(run, request, content, on_created=on_created)
    )


def _update_tags(
    run: Run, request: AttachmentRequest, described: DescribedAttachment, *, replaces: str | None = None
) -> Outcome:
    own = {owner_tags.STATE: owner_tags.OWNED}
    if described.tags.get(owner_tags.STATE) == owner_tags.LEFTOVER:
        own[owner_tags.REQUEST] = run.event.request_id  # so that a rollback finds it, and leaves it again
    update_tags(run, described, declared=request.tags, own=own, replaces=replaces)
    return _outcome(described.description)


def _create_once(
    run: Run, request: AttachmentRequest, content: Content, *, on_created: Callable[[str], None]
) -> Outcome:
    created = exactly_once.create_once(run, ATTACHMENTS, lambda: _create_attachment(run, request, content))
    attachment_id = str(created["RegistrationAttachmentId"])
    on_created(attachment_id)
    uploaded = _wait_for_upload(run, attachment_id)
    if not exactly_once.already_responded(run, ATTACHMENTS, attachment_id):
        run.service.tag(
            str(uploaded["RegistrationAttachmentArn"]),
            {**request.tags, **run.owner.tags(), owner_tags.STATE: owner_tags.OWNED},
        )
    return _outcome(uploaded)


def _create_attachment(run: Run, request: AttachmentRequest, content: Content) -> Mapping[str, Any]:
    tags = {
        **request.tags,
        **run.owner.tags(),
        owner_tags.REQUEST: run.event.request_id,
        owner_tags.STATE: owner_tags.PENDING,
        owner_tags.CONTENT: content.sha256,
        **({owner_tags.REPLACES: run.event.physical_resource_id} if run.event.physical_resource_id else {}),
    }
    return run.service.call(
        "CreateRegistrationAttachment",
        subject=request.url,
        AttachmentBody=content.data,
        Tags=tag_list(tags),
        ClientToken=run.event.request_id,
        fence=run.fence.before_creating,
    )


def _wait_for_upload(run: Run, attachment_id: str) -> Mapping[str, Any]:
    waited = 0.0
    while True:
        described = _find(run, attachment_id) or {"AttachmentStatus": "not visible yet"}
        status = described["AttachmentStatus"]
        if status == "UPLOAD_COMPLETE":
            return described
        if status == "UPLOAD_FAILED":
            reason = described.get("AttachmentUploadErrorReason") or "no reason was given"
            raise Failure(f"the service could not process {attachment_id}: {reason}")
        if waited >= _UPLOAD_SECONDS:
            raise Failure(f"{attachment_id} was not uploaded within {_UPLOAD_SECONDS:.0f} s: it is {status}")
        run.service.pause(1.0)
        waited += 1.0


# --- describe, check the owner, delete ---


def _find(run: Run, attachment_id: str) -> Mapping[str, Any] | None:
    try:
        response = run.service.call(
            "DescribeRegistrationAttachments", subject=attachment_id, RegistrationAttachmentIds=[attachment_id]
        )
    except ServiceError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    found = [each for each in response.get("RegistrationAttachments", []) if each["AttachmentStatus"] != "DELETED"]
    return found[0] if found else None


def _describe(run: Run, attachment_id: str) -> DescribedAttachment | None:
    """Describe an attachment that was certainly created: one that is not found may not be visible yet, so ask twice."""
    found = _find(run, attachment_id)
    if found is None:
        run.service.pause(VISIBLE_AFTER_SECONDS)
        found = _find(run, attachment_id)
    return DescribedAttachment(found, run.service.tags(found["RegistrationAttachmentArn"])) if found else None


def _ours(run: Run, within: Scope) -> list[DescribedAttachment]:
    found = [
        DescribedAttachment(each, run.service.tags(each["RegistrationAttachmentArn"]))
        for each in within.attachments(run.service)
    ]
    return [each for each in found if Owner.of(each.tags) == run.owner]


def _require_owner(run: Run, described: DescribedAttachment) -> None:
    owner = Owner.of(described.tags)
    if owner != run.owner:
        raise Failure(
            f"{described.identity} is not changed: "
            + (f"it belongs to {owner}" if owner else "it has no owner tags (they may have been removed)")
        )


def _remove(run: Run, attachment_id: str) -> None:
    """Delete an attachment that is ours. If something still refers to it, report a leftover instead of failing."""

    def on_conflict(error: ServiceError, waited: float) -> float | None:
        if waited < _TEARDOWN_SECONDS:
            return 5.0
        logger.error(
            "%s was not deleted: a version of a form still refers to it (%s). After that registration is deleted, run: "
            "aws pinpoint-sms-voice-v2 delete-registration-attachment --registration-attachment-id %s",
            attachment_id,
            error,
            attachment_id,
            extra=metrics.counted(metrics.LEFTOVERS),
        )
        return None

    is_deleted = deletion.delete(
        run,
        lambda: run.service.call(
            "DeleteRegistrationAttachment", subject=attachment_id, RegistrationAttachmentId=attachment_id
        ),
        exists=lambda: _find(run, attachment_id),
        on_conflict=on_conflict,
    )
    if not is_deleted:
        with contextlib.suppress(ServiceError):  # the mark only helps a later Delete
            leftovers.mark(run, attachment_id)


class _Attachments:
    """Attachments, as `exactly_once` handles them."""

    NOUN = DescribedAttachment.NOUN

    def ours(self, run: Run, scope: Scope) -> list[DescribedAttachment]:
        return _ours(run, scope)

    def describe(self, run: Run, identity: str) -> DescribedAttachment | None:
        return _describe(run, identity)

    def remove(self, run: Run, identity: str) -> None:
        _remove(run, identity)

    def sweep(self, run: Run, described: DescribedAttachment) -> None:
        _remove(run, described.identity)


ATTACHMENTS = _Attachments()


# --- the response ---


def _outcome(attachment: Mapping[str, Any]) -> Outcome:
    names = ("RegistrationAttachmentArn", "RegistrationAttachmentId", "AttachmentStatus")
    return Outcome(str(attachment["RegistrationAttachmentId"]), {name: str(attachment[name]) for name in names})


def _last_known_description(run: Run) -> Mapping[str, Any]:
    event, attachment_id = run.event, run.event.physical_resource_id
    arn = f"arn:{event.partition}:sms-voice:{event.region}:{event.account}:registration-attachment/{attachment_id}"
    unknown = {
        "RegistrationAttachmentArn": arn,
        "RegistrationAttachmentId": attachment_id,
        "AttachmentStatus": "DELETED",
    }
    try:
        return (_find(run, attachment_id) if is_attachment_id(attachment_id) else None) or unknown
    except Failure:
        return unknown
