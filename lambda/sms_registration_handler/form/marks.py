"""Writes what a deployment has to leave undone as tags on the registration, for the watch: see `sms_registration_rules.marks`.

The marks are written together with the form's other tags, before its first call: they say what the version holds after the last
one. While the deployment runs, no watch acts on them. They are removed before a submission that needs them no longer.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sms_registration_handler.form import claim
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import marks, tag_keys
from sms_registration_rules.associations import is_associated
from sms_registration_rules.planning.inputs import DeclaredForm
from sms_registration_rules.planning.plan import Associate, DeleteValue, Plan, PutValue
from sms_registration_rules.values import TypedValue

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """What a plan changes about the marks.

    Attributes:
        written: The tags to write.
        removed: Keys to remove.
        begins_to_wait: Whether a submission is marked that was not marked before.
    """

    written: Mapping[str, str] = field(default_factory=dict)
    removed: Collection[str] = ()
    begins_to_wait: bool = False


class Marks:
    """The marks of one registration during one run.

    Args:
        run: The run.
        registration: The registration with its tags.
    """

    def __init__(self, run: Run, registration: DescribedRegistration) -> None:
        self._run = run
        self._registration = registration
        self._tags = dict(registration.tags)
        # Only then may a tag be removed before the claim is written.
        self._is_ours = Owner.of_form(registration.tags) == run.owner

    def change(self, description: FormDescription, form: DeclaredForm, planned: Plan) -> Change:
        """Compare what waits after these steps with what is marked. Without a difference, the change is empty."""
        marked = marks.parse(self._tags)
        submission = self._submission(description, form, planned)
        resources = list(dict.fromkeys(planned.waiting_associations))
        kept = {key for key, each in marked.submissions.items() if each == submission}
        written = {} if kept or submission is None else self._as_tag(submission)
        if self._still_waits(marked.resources, resources, description, planned):
            kept |= set(marked.associations)
        else:
            wanted = marks.association_tags(resources)
            kept |= wanted.keys() & marked.associations.keys()
            written |= {key: value for key, value in wanted.items() if key not in kept}
        removed = sorted(set(tag_keys.of_marks(self._tags)) - kept - written.keys())
        written = self._fitting(written, removed)
        return Change(written, removed, any(key.startswith(tag_keys.SUBMISSION) for key in written))

    def write(self, change: Change, tags: Mapping[str, str]) -> None:
        """Write a change together with the form's other tags. Without either, write nothing.

        Args:
            change: The change.
            tags: The other tags to write.
        """
        written = {**tags, **change.written}
        if change.removed and self._is_ours:
            self._untag(change.removed)
        if written:
            claim.write(self._run, self._registration, written)
        if change.removed and not self._is_ours:
            self._untag(change.removed)
        self._is_ours = self._is_ours or bool(written)
        self._tags = {key: value for key, value in {**self._tags, **written}.items() if key not in change.removed}

    def _untag(self, keys: Collection[str]) -> None:
        self._run.service.untag(self._registration.arn, list(keys), fence=self._run.fence.before_write)

    def _submission(self, description: FormDescription, form: DeclaredForm, planned: Plan) -> marks.Submission | None:
        if not planned.waits_for:
            return None
        number = description.state().version_number + planned.creates_version
        held = _held_after(description, planned)
        # A value that is kept without being declared could be guessed from a digest, as one from a secret could.
        left_out = frozenset(
            marks.path_hash(path) for path in held if path in description.secret_paths or path not in form.values
        )
        return marks.Submission(
            version_number=number,
            digest=marks.digest(held, left_out),
            after=planned.waits_for,
            left_out=left_out,
            by_revision=form.resubmit_after is not None,
        )

    def _as_tag(self, submission: marks.Submission) -> dict[str, str]:
        tag = submission.tag()
        if tag is None:
            logger.warning(
                "what version %d waits for does not fit into a tag; a later deployment must submit it",
                submission.version_number,
            )
        return dict([tag]) if tag else {}

    @staticmethod
    def _still_waits(
        marked: Collection[str], wanted: Collection[str], description: FormDescription, planned: Plan
    ) -> bool:
        """Whether what is marked is what waits, apart from what is associated by now."""
        if not marked or not wanted:
            return not marked and not wanted
        made = {step.resource_id for step in planned.steps if isinstance(step, Associate)}
        outstanding = {
            each for each in marked if each not in made and not is_associated(each, description.associations())
        }
        return outstanding == set(wanted)

    def _fitting(self, written: Mapping[str, str], removed: Collection[str]) -> dict[str, str]:
        """As many of the tags as the registration has room for; there is always room for the first ones."""
        others = {key for key in self._tags if key not in removed} - written.keys()
        # Those that a later call may still need.
        reserved = {*owner_tags.REGISTRATION_KEYS, *owner_tags.FORM_KEYS, owner_tags.FORM_DIGEST, owner_tags.TOLD}
        claimed = [key for key in others if key.startswith((owner_tags.CLAIM, owner_tags.FORM_CLAIM))]
        room = marks.MAX_TAGS - len(others | reserved) - (owner_tags.MAX_CLAIMS - len(claimed))
        fitting = dict(list(written.items())[: max(room, 0)])
        left = [value for key, value in written.items() if key not in fitting]
        if left:
            logger.warning(
                "the registration has no room for more tags, so a later deployment must submit or associate: %s",
                " ".join(left),
            )
        return fitting


def _held_after(description: FormDescription, planned: Plan) -> dict[str, TypedValue]:
    """The values that the version holds after the planned steps, exactly as it will hold them."""
    held: dict[str, TypedValue] = {}
    if not planned.creates_version:
        held = description.held(description.state().version_number)
    for step in planned.steps:
        if isinstance(step, PutValue):
            held[step.path] = step.value
        elif isinstance(step, DeleteValue):
            held.pop(step.path, None)
    return held
