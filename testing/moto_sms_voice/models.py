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

#: Every operation that the fake has, by the API's name.
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
    """The fake service in one account and Region, with everything that a test wants to see and steer.

    Attributes:
        behavior: How the service behaves where the real one is unknown, slow or limited.
        store: What the service remembers.
        review: The reviewers.
        definitions: The registration types and their forms; a test may change them.
        lock: Held during each operation, of any backend.
    """

    #: The behavior that a new backend begins with.
    initial_behavior: ClassVar[ServiceBehavior] = ServiceBehavior()
    #: Called after each operation and review step, when somebody wants to save the state.
    on_change: ClassVar[Callable[[], None] | None] = None
    #: Called with each event, when it shall also go to an EventBridge that is not moto's.
    on_event: ClassVar[Callable[[Event], None] | None] = None
    #: One for all backends, so that whoever holds it sees a state at rest.
    lock: ClassVar[RLock] = RLock()

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.behavior = self.initial_behavior
        self.store = Store()
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
        """Every request in order, also the refused ones, with their error."""
        return self.journal.calls

    @property
    def writes(self) -> list[Call]:
        """The requests that changed something, in order; also those whose response was lost."""
        return self.journal.writes

    @property
    def events(self) -> list[Event]:
        """What the service has sent to EventBridge, in order, in the form that a target gets."""
        return self.status_events.sent

    def calls_to(self, operation: str) -> list[Call]:
        """The requests of one operation, in order."""
        return [call for call in self.calls if call.operation == operation]

    def configure(self, **changes: Any) -> ServiceBehavior:
        """Change some switches of the behavior; the others stay.

        Raises:
            TypeError: There is no such switch.
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
            error: What the caller gets: an exception, or something that makes one for each failure. The errors of
                `moto_sms_voice.exceptions` reach the caller as the service's own; any other reaches a caller in the same
                process as it is.
            when: "before" the call has any effect, or "after" its effect, so that only the response is lost.
            times: How many calls in a row fail.
            nth: Which call from now on is the first to fail.

        Raises:
            ValueError: The fake has no such operation, or a number is below 1.
        """
        if operation not in OPERATIONS:
            raise ValueError(f"{operation} is not an operation of the fake; it has {', '.join(OPERATIONS)}")
        if times < 1 or nth < 1:
            raise ValueError(f"times and nth begin with 1, got times={times}, nth={nth}")
        with self.lock:
            self.journal.faults.append(Fault(operation, when, error, times, nth))

    def example_form(self, registration_type: str, *, attachment_id: str = "") -> dict[str, dict[str, Any]]:
        """A short, valid form: for each required field, what PutRegistrationFieldValue takes beside the path.

        Args:
            registration_type: The type.
            attachment_id: What the attachment fields get. Omitted, a form with files is not valid as it is.
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
        """Perform one operation and write it down.

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
        """Tell EventBridge and whoever saves the state that it may have changed."""
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
