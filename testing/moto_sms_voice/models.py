"""The backend: one account's End User Messaging SMS registrations in one Region."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from functools import cache, cached_property
from threading import RLock
from typing import Any, ClassVar, Literal

from botocore import xform_name
from moto.core.base_backend import BackendDict, BaseBackend

from . import forms, validation
from .attachments import Attachments
from .behavior import ServiceBehavior
from .catalog import Catalog
from .definitions import Definitions
from .events import Event, StatusEvents
from .exceptions import ValidationException
from .journal import Call, Fault, InjectedError, Journal
from .phone_numbers import PhoneNumbers
from .rcs_agents import RcsAgents
from .review import Review
from .sender_ids import SenderIds
from .store import Store
from .tags import Tags
from .versions import Versions

#: Every operation of the fake, by the API's name.
OPERATIONS = (
    "CreateRcsAgent",
    "CreateRegistration",
    "CreateRegistrationAssociation",
    "CreateRegistrationAttachment",
    "CreateRegistrationVersion",
    "DeleteRcsAgent",
    "DeleteRegistration",
    "DeleteRegistrationAttachment",
    "DeleteRegistrationFieldValue",
    "DescribeAccountLimits",
    "DescribePhoneNumbers",
    "DescribeRcsAgents",
    "DescribeRegistrationAttachments",
    "DescribeRegistrationFieldDefinitions",
    "DescribeRegistrationFieldValues",
    "DescribeRegistrationSectionDefinitions",
    "DescribeRegistrationTypeDefinitions",
    "DescribeRegistrationVersions",
    "DescribeRegistrations",
    "DescribeSenderIds",
    "DiscardRegistrationVersion",
    "ListRegistrationAssociations",
    "ListTagsForResource",
    "PutRegistrationFieldValue",
    "ReleasePhoneNumber",
    "ReleaseSenderId",
    "RequestPhoneNumber",
    "SubmitRegistrationVersion",
    "TagResource",
    "UntagResource",
    "UpdatePhoneNumber",
    "UpdateRcsAgent",
)


class SmsVoiceBackend(Versions, PhoneNumbers, RcsAgents, SenderIds, Catalog, Attachments, Tags, BaseBackend):
    """The fake service in one account and Region, with everything that a test may inspect and control.

    Attributes:
        behavior: How the service behaves where the real one is unknown, slow or limited.
        store: The state of the service.
        review: The reviewers.
        definitions: The registration types and their forms; a test may change them.
        lock: Held during each operation of any backend.
    """

    #: The initial behavior of a new backend.
    initial_behavior: ClassVar[ServiceBehavior] = ServiceBehavior()
    #: How far the clock of a new backend is ahead of the machine's.
    initial_clock_ahead_seconds: ClassVar[float] = 0.0
    #: Called after each operation and review step, to save the state. None: the state is not saved.
    on_change: ClassVar[Callable[[], None] | None] = None
    #: Called with each event, to send it to an EventBridge other than moto's too. None: not called.
    on_event: ClassVar[Callable[[Event], None] | None] = None
    #: One lock for all backends: no state changes while it is held.
    lock: ClassVar[RLock] = RLock()

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.behavior = self.initial_behavior
        self.store = Store(clock_ahead_seconds=self.initial_clock_ahead_seconds)
        self.journal = Journal()
        self.review = Review(self)
        self.status_events = StatusEvents(self)

    @cached_property
    def definitions(self) -> Definitions:  # type: ignore[override]
        """The registration types and their forms; a test may change them."""
        return Definitions()

    # --- for tests ---

    @property
    def calls(self) -> list[Call]:
        """Every request in order, with its error if it was refused."""
        return self.journal.calls

    @property
    def writes(self) -> list[Call]:
        """The requests that changed something, in order, including those whose response was lost."""
        return self.journal.writes

    @property
    def events(self) -> list[Event]:
        """The events that the service sent to EventBridge, in order, as a target receives them."""
        return self.status_events.sent

    def calls_to(self, operation: str) -> list[Call]:
        """Return the requests of one operation, in order."""
        return [call for call in self.calls if call.operation == operation]

    def configure(self, **changes: Any) -> ServiceBehavior:
        """Change some switches of the behavior and keep the others.

        Raises:
            TypeError: A switch does not exist.
        """
        self.behavior = dataclasses.replace(self.behavior, **changes)
        return self.behavior

    def inject(
        self,
        operation: str,
        *,
        error: InjectedError,
        when: Literal["before", "after"] = "before",
        times: int = 1,
        nth: int = 1,
    ) -> None:
        """Let calls of an operation fail.

        Args:
            operation: The API's name, such as `CreateRegistration`.
            error: The exception for the caller, or a function that creates one for each failure. The errors of
                `moto_sms_voice.exceptions` reach the caller as the service's errors; any other is raised unchanged to a
                caller in the same process.
            when: "before" the call has any effect, or "after" its effect, so that only the response is lost.
            times: How many calls in a row fail.
            nth: Which call from now is the first to fail, counted from 1.

        Raises:
            ValueError: The fake has no such operation, or a number is below 1.
        """
        if operation not in OPERATIONS:
            raise ValueError(f"{operation} is not an operation of the fake: expected one of {', '.join(OPERATIONS)}")
        if times < 1 or nth < 1:
            raise ValueError(f"times and nth must be at least 1, got times={times}, nth={nth}")
        with self.lock:
            self.journal.faults.append(Fault(operation, when, error, times, nth))

    def example_form(self, registration_type: str, *, attachment_id: str = "") -> dict[str, dict[str, Any]]:
        """Return a short, valid form: the parameters of PutRegistrationFieldValue for each required field, by path.

        Args:
            registration_type: The type.
            attachment_id: The value of attachment fields. Omitted: a form with attachments is not valid until they are set.
        """
        form = {}
        for path, value in forms.example(self.definitions[registration_type], self.behavior, attachment_id).items():
            members = {
                "SelectChoices": value.select_choices,
                "TextValue": value.text_value,
                "RegistrationAttachmentId": value.registration_attachment_id,
            }
            form[path] = {name: content for name, content in members.items() if content is not None}
        return form

    # --- for the wire ---

    def perform(self, operation: str, parameters: dict[str, Any]) -> object:
        """Perform one operation and record it.

        Args:
            operation: The API's name, such as `CreateRegistration`.
            parameters: The request, with the API's names.
        """

        def run() -> object:
            validation.check(operation, parameters)
            method = xform_name(operation)
            arguments = {xform_name(name): _copied(value) for name, value in parameters.items()}
            unknown = arguments.keys() - _parameters_of(method)
            if unknown:
                message = f"moto_sms_voice does not fake these parameters of {operation}: {', '.join(sorted(unknown))}"
                raise ValidationException(message, "UNSPECIFIED_PARAMETER_NOT_SUPPORTED")
            return getattr(self, method)(**arguments)

        with self.lock:
            try:
                return self.journal.run(operation, parameters, self.behavior, run)
            finally:
                self.changed()

    def changed(self) -> None:
        """Send events and save the state after a possible change."""
        with self.lock:
            self.status_events.send()
        if SmsVoiceBackend.on_change is not None:
            SmsVoiceBackend.on_change()


@cache
def _parameters_of(method: str) -> frozenset[str]:
    """The parameters of the class's own method: a test may have replaced the method of one backend."""
    return frozenset(inspect.signature(getattr(SmsVoiceBackend, method)).parameters)


def _copied(value: Any) -> Any:
    """A copy of a request's member, so that the state shares no list and no dict with the caller."""
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


pinpointsmsvoicev2_backends = BackendDict(SmsVoiceBackend, "pinpoint-sms-voice-v2")
