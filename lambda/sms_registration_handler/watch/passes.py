"""One pass over the stack's registrations: continue what waits, tell people what is new, count.

Level-triggered: whatever woke it, it reads what is, compares it with what the tags say was told, and does the rest. It keeps no
state but tags. A run may end after any call, and two may run at once: the next pass finds what is left.
"""

import functools
import hashlib
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sms_registration_handler.aws.sms_voice import Service, ServiceError
from sms_registration_handler.cloudformation import log_fields, metrics
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form import duplicates
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.watch import continuation, denials, news, pending, stalls
from sms_registration_handler.watch.channels import Channels
from sms_registration_handler.watch.seen import Found, Seen
from sms_registration_handler.watch.stack_state import StackState
from sms_registration_handler.watch.stalls import Condition, Reminders
from sms_registration_handler.watch.trigger import Trigger
from sms_registration_rules import news as names
from sms_registration_rules import told as telling
from sms_registration_rules.associations import is_associated
from sms_registration_rules.told import Entry

logger = logging.getLogger(__name__)

_MAX_ATTEMPTS = 15
"""How often a call is tried that the service refuses: daily for a week, then weekly for two months. A person can try again."""


class IncompletePass(Exception):
    """Something could not be looked at, continued or told: Lambda runs the pass again, and the next one does it too."""


@dataclass(frozen=True)
class Settings:
    """How a watch works.

    Attributes:
        stack_id: The stack's ARN.
        continue_pending: Whether it continues what waits.
        overdue_factor: A review is overdue after so many times the published duration.
        reminders: Whether people are reminded.
    """

    stack_id: str
    continue_pending: bool = True
    overdue_factor: float = 2.0
    reminders: bool = True


class Pass:
    """One pass.

    Args:
        settings: How to work.
        service: The service.
        stack: The state of the stack.
        channels: Where messages go.
        trigger: What woke it.
    """

    def __init__(
        self, settings: Settings, service: Service, stack: StackState, channels: Channels, trigger: Trigger
    ) -> None:
        self._settings = settings
        self._service = service
        self._stack = stack
        self._channels = channels
        self._trigger = trigger
        self._now = time.time()
        self._statuses: dict[str, str] = {}
        self._ours: list[Found] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._troubled: list[str] = []

    def run(self) -> None:
        """Make the pass.

        Raises:
            IncompletePass: Something is left to do that could not be done.
        """
        try:
            self._try("the list of registrations", self._find)
            # With a part of the list, a parent would seem to be deleted.
            for found in [] if self._troubled else self._chosen():
                with log_fields.attached(functools.partial(dict, registrationId=found.identity)):
                    self._try(found.identity, functools.partial(self._look, found))
            if not self._troubled:
                self._emit_metrics()
        except OutOfTime as error:
            self._troubled.append(str(error))
        if self._troubled:
            raise IncompletePass(f"left for the next pass: {', '.join(dict.fromkeys(self._troubled))}")

    def _find(self) -> None:
        missing = self._stack.registrations()
        for each in self._service.pages("DescribeRegistrations", "Registrations", MaxResults=100):
            identity = str(each["RegistrationId"])
            self._statuses[identity] = str(each["RegistrationStatus"])
            # The tags of the others need not be read, if the stack says which ones it has.
            if each["RegistrationStatus"] != "DELETED" and (missing is None or identity in missing):
                found = Found(each, self._service.tags(str(each["RegistrationArn"])))
                if found.belongs_to(self._settings.stack_id):
                    self._ours.append(found)
            if missing is not None:
                missing.discard(identity)
                if not missing:
                    return

    def _chosen(self) -> list[Found]:
        """The registrations to look at, those first in which something waits."""
        by_need = sorted(self._ours, key=lambda each: not each.waiting)
        narrowed = self._trigger.registration_id
        return [each for each in by_need if not narrowed or each.identity == narrowed or each.waiting]

    def _try(self, subject: str, act: Callable[[], None]) -> None:
        """Do one part of a pass. What goes wrong in it does not keep the watch from the others."""
        try:
            act()
        except OutOfTime:
            raise
        except Exception as error:
            if isinstance(error, ServiceError) and error.code == "ResourceNotFoundException":
                logger.info("%s was deleted meanwhile", subject)
                return
            # A message of the service, and one of an unexpected error, may quote a value.
            if isinstance(error, ServiceError):
                shown = str(error.without_message())
            else:
                shown = (
                    str(error) if isinstance(error, Failure) else f"unexpected {type(error).__name__}\n{_trace(error)}"
                )
            logger.error("%s: %s", subject, shown)
            self._troubled.append(subject)

    # --- one registration ---

    def _look(self, found: Found) -> None:
        approved = found.description.get("ApprovedVersionNumber")
        current = int(found.description["CurrentVersionNumber"])
        if not found.waiting and stalls.is_settled(found.status, approved, current, found.told):
            return
        description = FormDescription(self._service, found.description)
        self._service.redact = description.redact
        finished: tuple[str, ...] = ()
        more: list[Condition] = []
        if self._settings.continue_pending and found.waiting and found.has_form_of(self._settings.stack_id):
            finished, more = self._go_on(found, description)
        seen = Seen(Found(description.registration(), found.tags), description.versions())
        conditions = [
            *stalls.conditions(seen, found.told, self._now, self._settings.overdue_factor),
            *more,
        ]
        self._count(seen, conditions)
        if conditions and not found.has_form_of(self._settings.stack_id) and not self._may_record(found):
            return
        self._tell(seen, description, conditions, finished)

    def _go_on(self, found: Found, description: FormDescription) -> tuple[tuple[str, ...], list[Condition]]:
        """Continue, and return the marks for which nothing is left to do, and what to tell about it."""
        waiting = found.waiting
        refused_key = f"x{_hash(*waiting.submissions, *waiting.associations)}"
        earlier = found.told.get(refused_key)
        for parent in pending.parents(waiting):
            if parent not in self._statuses:  # the list may not have it yet
                described = self._service.find(parent)
                self._statuses[parent] = str(described["RegistrationStatus"]) if described else "DELETED"
        verdict = pending.before_reading(waiting, self._statuses, [each.identity for each in self._ours])
        verdict = verdict or self._behind_vettings(found)
        refusal = ""
        if verdict is None:
            progress = continuation.go_on(
                description,
                waiting,
                may_call=earlier is None or self._may_try_again(earlier),
                fence=functools.partial(self._require_waiting, found),
                call=self._service.call,
                refuse_duplicate=lambda values: duplicates.refuse_duplicate(
                    self._service, description, values, found.tags.get(owner_tags.FORM_DIGEST, "")
                ),
            )
            verdict, refusal = progress.verdict, progress.refusal
        more = []
        if verdict.finished:
            more.append(Condition(f"g{_hash(*verdict.finished)}", names.CONTINUED, cause=verdict.done))
        if verdict.obstacle:
            reminders = Reminders.NEVER if verdict.is_told_elsewhere else Reminders.DAILY
            key = f"b{_hash(verdict.obstacle)}"
            # What a deployment in progress has not finished is no obstacle yet.
            if key in found.told or self._stack.is_between_deployments():
                more.append(Condition(key, names.CANNOT_CONTINUE, reminders=reminders, cause=(verdict.obstacle,)))
        elif refusal or (earlier and verdict.steps):
            text = refusal or "the service refused it; see the log of the watch"
            more.append(Condition(refused_key, names.CANNOT_CONTINUE, reminders=Reminders.DAILY, cause=(text,)))
        return verdict.finished, more

    def _require_waiting(self, found: Found) -> None:
        """Raise `Overtaken` unless the stack is between deployments and this stack's form waits for what it waited for."""
        now = replace(found, tags=self._service.tags(found.arn))
        waits = now.has_form_of(self._settings.stack_id) and now.waiting == found.waiting
        if not (waits and self._stack.is_between_deployments()):
            raise continuation.Overtaken

    def _may_try_again(self, earlier: Entry) -> bool:
        refused = Condition("", names.CANNOT_CONTINUE, reminders=Reminders.DAILY)
        due = earlier.times < _MAX_ATTEMPTS and stalls.is_due(refused, earlier, self._now)
        return due or self._trigger.is_by_hand

    def _behind_vettings(self, found: Found) -> pending.Verdict | None:
        """Hold a campaign that waits to be submitted while a vetting of its brand goes on in this stack."""
        submission = found.waiting.submission
        if found.type != pending.CAMPAIGN or submission is None:
            return None
        brands = [each.rpartition("/")[2] for each in submission.after]
        vettings = {
            each.identity: each.status
            for each in self._ours
            if each.type == pending.BRAND_VETTING
            and each.status not in ("COMPLETE", "CLOSED")
            and self._is_vetting_of(each, brands)
        }
        return pending.behind_vettings(vettings)

    def _is_vetting_of(self, vetting: Found, brands: Sequence[str]) -> bool:
        """Whether a vetting of one of these brands is submitted, or waits to be."""
        if vetting.waiting.submission:
            return bool(set(brands) & set(pending.parents(vetting.waiting)))
        description = FormDescription(self._service, vetting.description)
        is_submitted = any(pending.was_submitted(each) for each in description.versions())
        return is_submitted and any(is_associated(brand, description.associations()) for brand in brands)

    # --- telling ---

    def _may_record(self, found: Found) -> bool:
        """Whether the watch may tag a registration without a form of this stack. If not, each pass would tell the same."""
        if owner_tags.TOLD in found.tags:
            return True
        try:
            self._service.tag(found.arn, {owner_tags.TOLD: "-"})
        except ServiceError as error:
            logger.error("%s: what was told could not be recorded: %s", found.identity, error.without_message())
            return False
        return True

    def _tell(
        self, seen: Seen, description: FormDescription, conditions: Sequence[Condition], finished: tuple[str, ...]
    ) -> None:
        if any(self._is_to_be_sent(each, seen.found.told.get(each.key)) for each in conditions):
            # What a pass does leads to an event, and so to another pass, which may have told it since this one began.
            seen = replace(seen, found=replace(seen.found, tags=self._service.tags(seen.found.arn)))
            if finished and not set(finished) & seen.found.tags.keys():
                finished, conditions = (), [each for each in conditions if each.kind != names.CONTINUED]
        former = seen.found.told
        entries: dict[str, Entry] = {}
        for condition in conditions:
            entry = self._told(seen, description, condition, former.get(condition.key))
            if entry.owed:
                self._troubled.append(seen.found.identity)
            entries[condition.key] = entry
        news_of_marks = [each.key for each in conditions if each.kind == names.CONTINUED]
        removable = bool(finished) and not any(entries[key].owed for key in news_of_marks)
        # A deployment that runs may write a new mark; it cannot have the same key, and this one is not needed either way.
        if removable and self._stack.is_between_deployments():
            entries = {key: each for key, each in entries.items() if key not in news_of_marks}
        else:
            finished = ()
        self._record(seen.found, entries, finished)

    def _is_to_be_sent(self, condition: Condition, former: Entry | None) -> bool:
        return former is None or bool(former.owed) or stalls.is_due(condition, former, self._now)

    def _told(self, seen: Seen, description: FormDescription, condition: Condition, former: Entry | None) -> Entry:
        """Send what is to be sent about a condition now, and return what the tag says afterwards."""
        if former is None:
            entry, channels, reminder = Entry.new(self._now), self._channels.all, None
        elif former.owed:
            entry, channels = replace(former, owed=""), former.owed
            reminder = former if former.times > 1 else None
        elif stalls.is_due(condition, former, self._now):
            entry, channels, reminder = former.again(self._now), self._channels.all, former
        else:
            return former
        if reminder and not self._settings.reminders:
            return entry
        message = news.message(
            news.Stack(self._settings.stack_id),
            seen,
            condition,
            self._explained(description) if condition.kind == names.DENIED else None,
            reminder,
        )
        owed = self._channels.send(message, channels)
        logger.info("%s: told %s%s", seen.found.identity, message.kind, f", owed: {owed}" if owed else "")
        return replace(entry, owed=owed)

    def _explained(self, description: FormDescription) -> denials.Explained | None:
        denial = description.denial()
        if denial is None:
            return None
        for value in description.held(denial.version_number).values():
            description.redact.add(value.content)
        return denials.explained(denial, description.registration_type, description.redact)

    def _record(self, found: Found, entries: Mapping[str, Entry], finished: Sequence[str]) -> None:
        """Write what was told, then remove the marks for which nothing is left to do. Without a difference, write nothing."""
        value = telling.value(entries)
        removed = list(finished)
        if not value and owner_tags.TOLD in found.tags:
            removed.append(owner_tags.TOLD)
        try:
            if value and value != found.tags.get(owner_tags.TOLD):
                self._service.tag(found.arn, {owner_tags.TOLD: value})
            if removed:
                self._service.untag(found.arn, removed)
        except ServiceError as error:
            # No reason for another run: it would send the same messages again. The schedule's next pass does it anyway.
            if error.code != "ResourceNotFoundException":
                logger.error("%s: what was told could not be recorded: %s", found.identity, error.without_message())

    # --- counting ---

    def _count(self, seen: Seen, conditions: Sequence[Condition]) -> None:
        kinds = {each.kind for each in conditions}
        unsubmitted = seen.version_status in ("DENIED", "DRAFT", "DISCARDED")
        counted = {
            names.WAITING: bool(seen.found.waiting),
            names.OVERDUE_REVIEWS: names.OVERDUE in kinds,
            names.DENIED_REGISTRATIONS: names.DENIED in kinds and unsubmitted,
            names.NEED_A_PERSON: names.NEEDS_A_PERSON in kinds,
        }
        self._counts.update({(seen.found.type, metric): int(holds) for metric, holds in counted.items()})

    def _emit_metrics(self) -> None:
        """Emit how many registrations there are of each kind; after a pass over all of them only."""
        if self._trigger.registration_id:
            return
        types = sorted({each.type for each in self._ours})
        for registration_type in types:
            values = {metric: self._counts[registration_type, metric] for metric in names.METRICS}
            logger.info("counted %s", registration_type, extra=metrics.measured(values, registration_type))
        totals = {metric: sum(self._counts[each, metric] for each in types) for metric in names.METRICS}
        logger.info("counted all registrations", extra=metrics.measured(totals))


def _hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:8]


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
