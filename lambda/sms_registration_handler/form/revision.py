"""What a `revision` asks for, told from the registration's tag `n:revision`.

The tag says: for this revision, a version with a number greater than n is the one to be submitted. It is written before anything
else, so that every later run knows what the first one began.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.resource import owner_tags


@dataclass(frozen=True)
class Revision:
    """A declared revision beside the one that the registration was last submitted for.

    Attributes:
        tags: The tag to write; empty when it is right already.
        resubmit_after: A version with a greater number is to be made and submitted, whatever it holds; None when no version is.
    """

    tags: Mapping[str, str]
    resubmit_after: int | None

    @classmethod
    def of(
        cls, request: FormRequest, registration_tags: Mapping[str, str], description: FormDescription, begins: bool
    ) -> "Revision":
        """Compare the declared revision with the noted one.

        Args:
            request: What is declared.
            registration_tags: The registration's tags.
            description: What the service says of the form.
            begins: Whether the revision is noted with n = 0, so that it submits nothing by itself: in a Create, and in a
                rollback, which restores the former revision. So is that of an Update of an approved form whose associations can
                be made now: it continues with what was pending, and nobody wants an approved form reviewed again for that.
        """
        number, _, noted = registration_tags.get(owner_tags.FORM_REVISION, "0:").partition(":")
        after = int(number) if number.isdecimal() else 0
        tags: dict[str, str] = {}
        if request.revision and noted != request.revision:
            continues = not begins and description.waits_for_associations_only(request.associations)
            after = 0 if begins or continues else description.last_submitted_or_current()
            tags = {owner_tags.FORM_REVISION: f"{after}:{request.revision}"}
        is_open = bool(request.revision) and after > 0 and not description.was_submitted_after(after)
        return cls(tags, after if is_open else None)
