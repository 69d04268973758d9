"""The paced client of the service.

Every registration operation has a quota of one request per second for the account and Region (quotas page of the user guide;
ListTagsForResource: ten), so the registrations of one stack throttle each other. A run spaces its own calls of an operation and
repeats throttled calls with full jitter until its deadline. No call fails because of throttling alone while time is left.
"""

import functools
import logging
import math
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.loaders
import botocore.session

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.errors import Failure

logger = logging.getLogger(__name__)

MODEL = Path(__file__).parents[1] / "data"
"""The API models of the service and of CloudFormation, trimmed to our operations. With them, an older SDK in the runtime knows
today's API, and a cold start has nothing else to read."""

# The service validates requests too, with clearer messages. Validation here would take a tenth of a warm event's time.
_CONFIG = botocore.config.Config(
    connect_timeout=5,
    read_timeout=15,
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 1},
)
_CLOUDFORMATION_CONFIG = _CONFIG.merge(botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 5}))
_INTERVALS_SECONDS = {"ListTagsForResource": 0.11}
_DEFAULT_INTERVAL_SECONDS = 1.015
"""Between two calls of an operation. Slightly more than the quota requires, because network latency varies: with exactly one
second, every other call arrives a few milliseconds early and is refused, and each refusal costs up to `_MAX_WAIT_SECONDS`."""
_MAX_WAIT_SECONDS = 2.0
"""Upper bound of the jitter. In a simulation, 30 uncoordinated runs of one call take 1.09 times as long as the quota requires;
with 5 seconds, 1.22 times."""

_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_FAULTS = frozenset({"InternalServerException", "ServiceUnavailable", "InternalFailure", "RequestTimeout"})
VISIBLE_AFTER_SECONDS = 2.0
"""After this, something that was just created can be described. A guess, based on the service's other lags."""

_MAX_FAULT_RETRIES = 6

_STARTED = time.monotonic()
_PROPAGATION_SECONDS = 60.0
"""For this long after the container starts, a denial may mean that a new policy is not in effect yet. For TagResource, after any
run starts: a registration that the template names has a policy of its own, which may be seconds old."""

_HINTS = {
    "REGISTRATIONS_PER_ACCOUNT": "delete registrations that are no longer needed, or ask AWS Support to raise the quota; "
    "a replacement needs quota for both registrations while both exist",
    "REGISTRATION_VERSIONS_CREATED_PER_DAY": "deploy again tomorrow (UTC), when the account's daily quota of new versions resets",
    "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY": "deploy again tomorrow (UTC), when the account's daily quota of uploads resets",
    "REGISTRATION_ATTACHMENTS_PER_ACCOUNT": "delete attachments that no form refers to, or ask AWS Support to raise the quota; "
    "a changed file needs quota for both attachments while both exist",
    "CREATE_REGISTRATION_VERSION_NOT_ALLOWED": "declare the values that the registration already has, or create a new "
    "registration: give the construct another ID",
    "TAGS_PER_RESOURCE": "declare fewer tags; this library needs up to 22 of its own",
    "INSUFFICIENT_ACCOUNT_REPUTATION": "this is not an IAM problem: contact AWS Support about the account",
    "ACCOUNT_DISABLED": "this is not an IAM problem: contact AWS Support about the account",
}


class ServiceError(Failure):
    """The service refused a call.

    Attributes:
        operation: The API operation.
        code: The error's name, such as ConflictException.
        reason: The error's Reason member. Empty when it has none.
        fields: The field names in the error's Fields member.
    """

    def __init__(
        self, operation: str, code: str, reason: str, message: str, subject: str = "", fields: tuple[str, ...] = ()
    ) -> None:
        self.operation, self.code, self.reason, self.fields = operation, code, reason, fields
        self._subject = subject
        hint = _HINTS.get(reason) or (_how_to_allow(operation, message, subject) if _is_denied(code, reason) else "")
        super().__init__(
            f"{operation}{f' of {subject}' if subject else ''}: {code}"
            f"{f' ({reason})' if reason else ''}: {message.rstrip('. ')}{f'. What to do: {hint}' if hint else ''}"
        )

    def without_message(self) -> "ServiceError":
        """Return the same error without the service's message, which may quote a value. The names of the fields stay."""
        named = f"; fields: {', '.join(self.fields)}" if self.fields else ""
        return ServiceError(
            self.operation,
            self.code,
            self.reason,
            f"the service's message is omitted because it may quote a value{named}",
            self._subject,
            self.fields,
        )


class _Session(botocore.session.Session):  # type: ignore[misc] # the SDK has no types
    """A session without the SDK's handlers for other services and for documentation: nine tenths of all, 5 ms of a cold start."""

    def register(self, event_name: str, *arguments: Any, **more: Any) -> None:
        """Register a handler of an event, such as `before-call` or `before-call.s3.DeleteObjects`."""
        kind, _, subject = event_name.partition(".")
        if kind != "docs" and subject.partition(".")[0] in _SUBJECTS:
            super().register(event_name, *arguments, **more)


_SUBJECTS = frozenset({"", "*", "pinpoint-sms-voice-v2", "sms-voice", "cloudformation"})
"""In names of the SDK's events: none, any, and our two services."""


@functools.cache
def session() -> botocore.session.Session:
    """Return the container's session for these two services. It sees only our models."""
    own = _Session()
    loader = botocore.loaders.Loader(extra_search_paths=[str(MODEL)], include_default_search_paths=False)
    # Our models are the SDK's own data, trimmed. Without this, the SDK would resolve endpoints with older rules than its own.
    loader.is_builtin_path = lambda _: True
    own.register_component("data_loader", loader)
    if "AWS_ACCESS_KEY_ID" in os.environ:
        # Where Lambda puts the role's credentials, and where the SDK looks first; it also prepares to look in six other places.
        variables = botocore.credentials.EnvProvider()
        own.register_component("credential_provider", botocore.credentials.CredentialResolver([variables]))
    return own


@functools.cache
def sms_voice_client() -> Any:
    """Return the container's client of the service. Created once."""
    return session().create_client("pinpoint-sms-voice-v2", config=_CONFIG)


@functools.cache
def cloudformation_client() -> Any:
    """Return the container's CloudFormation client. Created on first use."""
    return session().create_client("cloudformation", config=_CLOUDFORMATION_CONFIG)


class Service:
    """The service, called within the time that one run has.

    Args:
        client: A client of pinpoint-sms-voice-v2.
        deadline: When the run must stop. Every request checks it and no wait exceeds it.
    """

    def __init__(self, client: Any, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._next: dict[str, float] = {}
        self._began = time.monotonic()
        self._permissions_changed = -math.inf
        self.redact: Callable[[str], str] = str
        """Removes the values of secrets from the service's texts; a form sets it as soon as it has read them."""
        self.lost_responses = 0
        """How many requests of this run may have taken effect although they failed."""

    def call(
        self, operation: str, *, subject: str = "", fence: Callable[[], None] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Call an operation by its API name. Repeat the call when it is throttled or fails temporarily.

        Args:
            operation: The operation, such as `DescribeRegistrations`.
            subject: What the call is about, for the error message. If omitted, the message names only the operation.
            fence: Called right before each attempt, because a throttled call may wait for minutes. What it raises ends the
                call. If omitted, nothing is checked.
            **parameters: The request's members. Requests must be safe to repeat.

        Raises:
            ServiceError: When the service refuses the call, or still fails after `_MAX_FAULT_RETRIES` retries.
            OutOfTime: When the deadline comes first.
        """
        attempt = 0
        while True:
            self._pace(operation)
            if fence:
                fence()
            try:
                return self._request(operation, parameters)
            except botocore.exceptions.ClientError as error:
                failure = _service_error(operation, error, subject, self.redact)
                wait = self._wait_after(failure, error, attempt)
                self.lost_responses += _is_fault(failure, error)
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
                unreachable = no_route(error) or "the service could not be reached"
                failure = ServiceError(operation, type(error).__name__, "", unreachable, subject)
                wait = _jitter(attempt) if attempt < _MAX_FAULT_RETRIES else None
                self.lost_responses += 1
            if wait is None:
                raise failure
            attempt += 1
            logger.info("%s: %s, attempt %d", operation, failure.code, attempt)
            self._deadline.sleep(wait)

    def pages(self, operation: str, member: str, *, subject: str = "", **parameters: Any) -> Iterator[dict[str, Any]]:
        """Call a Describe or List operation page by page and yield the items in `member` of each page."""
        while True:
            page = self.call(operation, subject=subject, **parameters)
            yield from page.get(member) or []
            if not page.get("NextToken"):
                return
            parameters["NextToken"] = page["NextToken"]

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = getattr(self._client, _method(operation))(**parameters)
        return response

    def _pace(self, operation: str) -> None:
        self._deadline.require()
        now = time.monotonic()
        ready = self._next.get(operation, now)
        if ready > now:
            self._deadline.sleep(ready - now)
        self._next[operation] = max(ready, now) + _INTERVALS_SECONDS.get(operation, _DEFAULT_INTERVAL_SECONDS)

    def _wait_after(self, failure: ServiceError, error: botocore.exceptions.ClientError, attempt: int) -> float | None:
        """Return the seconds to wait before the call is repeated, or None when it must not be repeated."""
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if failure.code in _THROTTLED or status == 429:
            return _jitter(attempt)
        if _is_fault(failure, error):
            return _jitter(attempt) if attempt < _MAX_FAULT_RETRIES else None
        if _is_denied(failure.code, failure.reason):
            # A policy that was created seconds ago may not be in effect yet.
            began = self._began if failure.operation == "TagResource" else _STARTED
            in_time = time.monotonic() - max(began, self._permissions_changed) < _PROPAGATION_SECONDS
            return float(2**attempt) if in_time and attempt < 5 else None
        return None

    def pause(self, seconds: float) -> None:
        """Wait, or raise `OutOfTime` immediately if not enough time is left."""
        self._deadline.sleep(seconds)

    def require(self, seconds: float) -> None:
        """Raise `OutOfTime` unless more than this many seconds are left for work."""
        self._deadline.require(seconds)

    # --- calls that several modules make ---

    def find(self, registration_id: str) -> dict[str, Any] | None:
        """Call DescribeRegistrations for one ID. Returns None when it does not exist or is DELETED."""
        try:
            response = self.call("DescribeRegistrations", subject=registration_id, RegistrationIds=[registration_id])
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        found = [each for each in response.get("Registrations", []) if each.get("RegistrationStatus") != "DELETED"]
        return found[0] if found else None

    def tags(self, arn: str) -> dict[str, str]:
        """Call ListTagsForResource. Returns no tags when the resource does not exist."""
        try:
            response = self.call("ListTagsForResource", subject=arn, ResourceArn=arn)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return {}
            raise
        return {tag["Key"]: tag.get("Value", "") for tag in response.get("Tags") or []}

    def tag(self, arn: str, tags: Mapping[str, str], *, fence: Callable[[], None] | None = None) -> None:
        """Call TagResource. The function's policy has conditions on tags, so new permissions may take a moment to take effect.

        Args:
            arn: The resource.
            tags: The tags to write; others stay.
            fence: As for `call`.
        """
        self.call("TagResource", subject=arn, fence=fence, ResourceArn=arn, Tags=tag_list(tags))
        self._permissions_changed = time.monotonic()

    def untag(self, arn: str, keys: list[str], *, fence: Callable[[], None] | None = None) -> None:
        """Call UntagResource.

        Args:
            arn: The resource.
            keys: The keys of the tags to remove.
            fence: As for `call`.
        """
        self.call("UntagResource", subject=arn, fence=fence, ResourceArn=arn, TagKeys=keys)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the format of the service's API."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@functools.cache
def _method(operation: str) -> str:
    return str(botocore.xform_name(operation))


def _jitter(attempt: int) -> float:
    """Full jitter with a cap: the best strategy for uncoordinated runs at a quota of one request per second."""
    return random.uniform(0, min(_MAX_WAIT_SECONDS, 2.0**attempt))  # noqa: S311 - jitter is not a secret


_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform:? (?P<action>[a-z0-9-]+:[\w*-]+)"
    r"(?:.*? on (?:the )?resource:? \"?(?P<resource>[^\s\"]*[:/*][^\s\"]*))?"
)


def denied(message: str) -> tuple[str, str]:
    """Return the action and the resource that the message of an AccessDenied error names. Nothing else is taken from it."""
    said = _NOT_AUTHORIZED.search(message)
    return (said["action"], said["resource"] or "") if said else ("", "")


def no_route(error: Exception) -> str:
    """Return which host could not be reached, and what a function in a VPC needs. Empty for other errors than that."""
    if not isinstance(error, botocore.exceptions.ConnectTimeoutError | botocore.exceptions.EndpointConnectionError):
        return ""
    host = urlsplit(str(error.kwargs.get("endpoint_url") or "")).hostname
    return f"{host} could not be reached; a function in a VPC needs a route to it" if host else ""


def _is_denied(code: str, reason: str) -> bool:
    """Whether IAM denied a call. With a reason, the service refuses the account."""
    return code == "AccessDeniedException" and not reason


def _how_to_allow(operation: str, message: str, subject: str) -> str:
    """What to do about a denied call. AWS's message names the action and the resource nearly always; otherwise this does."""
    action, resource = denied(message)
    where = f" on {resource or subject}" if resource or subject else ""
    named = "" if action and resource else f"{action or f'sms-voice:{operation}'}{where} was denied. "
    return (
        f"{named}The function's policy allows this for what the stack owns and the template names. Otherwise, a permissions "
        "boundary, a service control policy or the policy of a VPC endpoint denies it"
    )


def _is_fault(failure: ServiceError, error: botocore.exceptions.ClientError) -> bool:
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return failure.code in _FAULTS or status >= 500


def _service_error(
    operation: str, error: botocore.exceptions.ClientError, subject: str, redact: Callable[[str], str]
) -> ServiceError:
    details = error.response.get("Error", {})
    fields = [
        f"{each.get('Name', '?')}: {each.get('Message', '?')}" for each in error.response.get("Fields") or [] if each
    ]
    message = str(details.get("Message") or error.response.get("Message") or "no message")
    return ServiceError(
        operation,
        str(details.get("Code", "unknown error")),
        str(error.response.get("Reason") or ""),
        redact("; ".join([message, *fields])),
        subject,
        tuple(str(each.get("Name", "?")) for each in error.response.get("Fields") or [] if each),
    )
