"""Attachments that could not be deleted, because an older version of a form referred to them.

The service keeps an attachment as long as any version refers to it, and a version is deleted only with its registration. So what
a replaced or removed file left is marked as a leftover, and the next Delete of a registration of the stack tries again: the quota
is 25 attachments.
"""

import logging
from collections.abc import Iterator

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.resource import deletion, owner_tags, scope
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner

logger = logging.getLogger(__name__)

_TEARDOWN_SECONDS = 45.0
"""For this long, a deleted registration may still refer to its attachments; the service takes 20 to 30 s."""


def mark(run: Run, attachment_id: str) -> None:
    """Record on an attachment that only an older version refers to it."""
    event = run.event
    arn = f"arn:{event.partition}:sms-voice:{event.region}:{event.account}:registration-attachment/{attachment_id}"
    run.service.tag(arn, {**run.owner.tags(), owner_tags.STATE: owner_tags.LEFTOVER})


def delete_leftovers(run: Run) -> None:
    """Delete the stack's leftover attachments that nothing refers to. What cannot be deleted stays, and is logged.

    Never raises a `Failure`: the registration is deleted already, and a leftover must not make its Delete fail.
    """
    try:
        for attachment_id in list(_leftovers(run)):
            _delete(run, attachment_id)
    except OutOfTime:
        logger.warning("no time was left to delete leftover attachments")
    except Failure as failure:
        logger.warning("leftover attachments were not deleted: %s", failure)


def _leftovers(run: Run) -> Iterator[str]:
    within = scope.of_stack(run)._replace(held=run.stack.held_by_others())
    for attachment in within.attachments(run.service):
        tags = run.service.tags(attachment["RegistrationAttachmentArn"])
        owner = Owner.of(tags)
        if owner and owner.stack_id == run.owner.stack_id and tags.get(owner_tags.STATE) == owner_tags.LEFTOVER:
            yield str(attachment["RegistrationAttachmentId"])


def _delete(run: Run, attachment_id: str) -> None:
    def on_conflict(_: ServiceError, waited: float) -> float | None:
        return 5.0 if waited < _TEARDOWN_SECONDS else None

    is_deleted = deletion.delete(
        run,
        lambda: run.service.call(
            "DeleteRegistrationAttachment", subject=attachment_id, RegistrationAttachmentId=attachment_id
        ),
        exists=lambda: True,
        on_conflict=on_conflict,
    )
    logger.info("the leftover %s %s", attachment_id, "was deleted" if is_deleted else "is still referred to")
