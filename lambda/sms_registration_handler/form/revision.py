"""What a changed `revision` requires, derived from the registration's tag `n:revision`.

The tag says: for this revision, submit a version with a number greater than n. It is written before anything else, so that every
later run knows what the first run began.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner


@dataclass(frozen=True)
class Revision:
    """The declared revision, compared with the one that the registration's tag records.

    Attributes:
        tags: The tag to write; empty when it is already correct.
        resubmit_after: A version with a greater number must be created and submitted, whatever its content; None when no version
            must be.
    """

    tags: Mapping[str, str]
    resubmit_after: int | None

    @classmethod
    def of(
        cls,
        run: Run,
        request: FormRequest,
        registration_tags: Mapping[str, str],
        description: FormDescription,
        begins: bool,
    ) -> "Revision":
        """Compare the declared revision with the recorded one.

        What is recorded may be missing: the form has another registration now, or somebody removed the tag. Then the revision
        is recorded without a submission, unless the template changed it. An approved form must not be reviewed again for nothing.

        Args:
            run: The run.
            request: The declared form.
            registration_tags: The registration's tags.
            description: The form as the service describes it.
            begins: Whether to record the revision with n = 0, so that it causes no submission itself: in a Create, and in a
                rollback, which restores the previous revision. An Update of an approved form whose associations can be made now
                is recorded so too: it continues with what was pending, and an approved form should not be reviewed again for
                that.
        """
        is_ours = Owner.of_form(registration_tags) == run.owner
        tag = registration_tags.get(owner_tags.FORM_REVISION) if is_ours else None
        number, _, recorded = (tag or "0:").partition(":")
        after = int(number) if number.isdecimal() else 0
        tags: dict[str, str] = {}
        if request.revision and recorded != request.revision:
            begins = begins or (tag is None and not _was_changed(run, request))
            is_quiet = begins or description.waits_for_associations_only(request.associations)
            after = 0 if is_quiet else description.last_submitted_or_current()
            # Another delivery may have begun this revision before the versions were read.
            now = (
                registration_tags if is_quiet else run.service.tags(str(description.registration()["RegistrationArn"]))
            )
            if now.get(owner_tags.FORM_REVISION) != registration_tags.get(owner_tags.FORM_REVISION):
                return cls.of(run, request, now, description, begins)
            tags = {owner_tags.FORM_REVISION: f"{after}:{request.revision}"}
        is_open = bool(request.revision) and after > 0 and not description.was_submitted_after(after)
        return cls(tags, after if is_open else None)


def _was_changed(run: Run, request: FormRequest) -> bool:
    """Whether the template changed the revision of this registration's form. Only a hint: the old properties may be wrong."""
    old = run.event.old_properties
    return old.get("RegistrationId") == request.registration_id and str(old.get("Revision", "")) != request.revision
