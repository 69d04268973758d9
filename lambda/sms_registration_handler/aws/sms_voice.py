"""The paced client of the service.

Every registration operation has a quota of one request a second for the account and Region (quotas page of the user guide;
ListTagsForResource: ten), so the registrations of one stack throttle each other. A run spaces its own calls of an operation, and
repeats throttled ones with full jitter until its deadline: nothing fails for throttling alone while time is left.
"""

import functools
import logging
import math
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.loaders
import botocore.session

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.errors import Failure

logger = logging.getLogger(__name__)

MODEL = Path(__file__).parents[1] / "data"
"""The models of the service and of CloudFormation, trimmed to our operations: an older SDK in the runtime still knows today's
API, and nothing else has to be read at a cold start."""

# The service checks requests too, and says more clearly what is wrong; here it would be a tenth of a warm event.
_CONFIG = botocore.config.Config(
    connect_timeout=5,
    read_timeout=15,
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 1},
)
_CLOUDFORMATION_CONFIG = _CONFIG.merge(botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 5}))
_INTERVALS = {"ListTagsForResource": 0.11}
_DEFAULT_INTERVAL = 1.015
"""Seconds between two calls of an operation. A little more than the quota's, for the network is not even: with exactly a second,
every other call comes a few milliseconds early and is refused, and each refusal costs up to `_LONGEST_WAIT`."""
_LONGEST_WAIT = 2.0
"""Seconds. In simulation 30 uncoordinated runs of one call take 1.09 of what the quota takes; with 5 s, 1.22."""

_THROTTLED = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_FAULTS = frozenset({"InternalServerException", "ServiceUnavailable", "InternalFailure", "RequestTimeout"})
VISIBLE_AFTER_SECONDS = 2.0
"""Seconds after which something that was just made can be described. Guessed: the service's lags are of this kind."""

_FAULT_ATTEMPTS = 6

_STARTED = time.monotonic()
_PROPAGATION = 60.0
"""Seconds after the start of this container in which a denial may be a policy that is still spreading."""

_HINTS = {
    "REGISTRATIONS_PER_ACCOUNT": "delete registrations that are no longer needed, or ask AWS Support to raise the quota; "
    "a replacement needs room for one more while both exist",
    "REGISTRATION_VERSIONS_CREATED_PER_DAY": "deploy again tomorrow (UTC), when the account's cap of new versions begins anew",
    "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY": "deploy again tomorrow (UTC), when the account's cap of uploads begins anew",
    "REGISTRATION_ATTACHMENTS_PER_ACCOUNT": "delete attachments that no form refers to any more, or ask AWS Support to raise "
    "the quota; a changed file needs room for one more while both exist",
    "CREATE_REGISTRATION_VERSION_NOT_ALLOWED": "declare what the registration holds, or a new one: give the construct another id",
    "TAGS_PER_RESOURCE": "declare fewer tags; this library needs up to nine of its own",
    "INSUFFICIENT_ACCOUNT_REPUTATION": "this is not an IAM problem: the account needs AWS Support",
    "ACCOUNT_DISABLED": "this is not an IAM problem: the account needs AWS Support",
}


class ServiceError(Failure):
    """The service refused a call.

    Attributes:
        operation: The API operation.
        code: The error's name, such as ConflictException.
        fields: The names in the service's Fields member.
        reason: The service's Reason member; empty when the error has none.
    """

    def __init__(
        self, operation: str, code: str, reason: str, message: str, subject: str = "", fields: tuple[str, ...] = ()
    ) -> None:
        self.operation, self.code, self.reason, self.fields = operation, code, reason, fields
        self._subject = subject
        hint = _HINTS.get(reason)
        super().__init__(
            f"{operation}{f' of {subject}' if subject else ''}: {code}"
            f"{f' ({reason})' if reason else ''}: {message.rstrip('. ')}{f'. What to do: {hint}' if hint else ''}"
        )

    def without_message(self) -> "ServiceError":
        """The same error without the service's own words, where they quote a value or may; with the names of the fields."""
        named = f", about {', '.join(self.fields)}" if self.fields else ""
        return ServiceError(
            self.operation,
            self.code,
            self.reason,
            f"the service's message may quote a value and is left out{named}",
            self._subject,
            self.fields,
        )


@functools.cache
def session() -> botocore.session.Session:
    """The container's session for these two services; it sees our models only."""
    own = botocore.session.Session()
    loader = botocore.loaders.Loader(extra_search_paths=[str(MODEL)], include_default_search_paths=False)
    # It is the SDK's own data, trimmed. Otherwise the SDK would ask older rules than its own for the endpoints.
    loader.is_builtin_path = lambda _: True
    own.register_component("data_loader", loader)
    return own


@functools.cache
def sms_voice_client() -> Any:
    """The container's client; made once."""
    return session().create_client("pinpoint-sms-voice-v2", config=_CONFIG)


@functools.cache
def cloudformation_client() -> Any:
    """The container's CloudFormation client; made at the first question."""
    return session().create_client("cloudformation", config=_CLOUDFORMATION_CONFIG)


class Service:
    """The service, within the time of one run.

    Args:
        client: A client of pinpoint-sms-voice-v2.
        deadline: When the run must stop; each request checks it, each wait respects it.
    """

    def __init__(self, client: Any, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._next: dict[str, float] = {}
        self._rights_changed = -math.inf
        self.lost_answers = 0
        """How many requests of this run may have had their effect although they failed."""

    def call(self, operation: str, *, subject: str = "", **parameters: Any) -> dict[str, Any]:
        """Call an operation by its API name, as often as it takes.

        Args:
            operation: Such as `DescribeRegistrations`.
            subject: What the error message says that the call was about; nothing if omitted.
            **parameters: The request's members. Requests must be safe to repeat.

        Raises:
            ServiceError: When the service refuses for good.
            OutOfTime: When the deadline comes first.
        """
        attempt = 0
        while True:
            self._pace(operation)
            try:
                return self._request(operation, parameters)
            except botocore.exceptions.ClientError as error:
                failure = _service_error(operation, error, subject)
                wait = self._wait_after(failure, error, attempt)
                self.lost_answers += _is_fault(failure, error)
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as error:
                failure = ServiceError(operation, type(error).__name__, "", "the service could not be reached", subject)
                wait = _jitter(attempt) if attempt < _FAULT_ATTEMPTS else None
                self.lost_answers += 1
            if wait is None:
                raise failure
            attempt += 1
            logger.info("%s: %s, attempt %d", operation, failure.code, attempt)
            self._deadline.sleep(wait)

    def pages(self, operation: str, member: str, *, subject: str = "", **parameters: Any) -> Iterator[dict[str, Any]]:
        """Call a Describe or List operation until its last page, and yield what each page holds under `member`."""
        while True:
            page = self.call(operation, subject=subject, **parameters)
            yield from page.get(member) or []
            if not page.get("NextToken"):
                return
            parameters["NextToken"] = page["NextToken"]

    def _request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._client, _method(operation))(**parameters)
        return answer

    def _pace(self, operation: str) -> None:
        self._deadline.require()
        now = time.monotonic()
        ready = self._next.get(operation, now)
        if ready > now:
            self._deadline.sleep(ready - now)
        self._next[operation] = max(ready, now) + _INTERVALS.get(operation, _DEFAULT_INTERVAL)

    def _wait_after(self, failure: ServiceError, error: botocore.exceptions.ClientError, attempt: int) -> float | None:
        """Seconds to wait before the call is repeated; None when it must not be."""
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if failure.code in _THROTTLED or status == 429:
            return _jitter(attempt)
        if _is_fault(failure, error):
            return _jitter(attempt) if attempt < _FAULT_ATTEMPTS else None
        if failure.code == "AccessDeniedException" and not failure.reason:
            # A policy made seconds ago may not have reached the service yet.
            in_time = time.monotonic() - max(_STARTED, self._rights_changed) < _PROPAGATION
            return float(2**attempt) if in_time and attempt < 5 else None
        return None

    def pause(self, seconds: float) -> None:
        """Wait; raise `OutOfTime` at once if the time does not suffice."""
        self._deadline.sleep(seconds)

    def require(self, seconds: float) -> None:
        """Raise `OutOfTime` unless so many seconds of work are left."""
        self._deadline.require(seconds)

    # --- the calls that more than one module makes ---

    def find(self, registration_id: str) -> dict[str, Any] | None:
        """DescribeRegistrations of one id; None when it does not exist or is DELETED."""
        try:
            answer = self.call("DescribeRegistrations", subject=registration_id, RegistrationIds=[registration_id])
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        found = [each for each in answer.get("Registrations", []) if each.get("RegistrationStatus") != "DELETED"]
        return found[0] if found else None

    def tags(self, arn: str) -> dict[str, str]:
        """ListTagsForResource; empty when the resource does not exist."""
        try:
            answer = self.call("ListTagsForResource", subject=arn, ResourceArn=arn)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return {}
            raise
        return {tag["Key"]: tag.get("Value", "") for tag in answer.get("Tags") or []}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """TagResource. The policy is conditioned on tags, so what they allow may take a moment too."""
        self.call("TagResource", subject=arn, ResourceArn=arn, Tags=tag_list(tags))
        self._rights_changed = time.monotonic()

    def untag(self, arn: str, keys: list[str]) -> None:
        """UntagResource."""
        self.call("UntagResource", subject=arn, ResourceArn=arn, TagKeys=keys)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the service takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@functools.cache
def _method(operation: str) -> str:
    return str(botocore.xform_name(operation))


def _jitter(attempt: int) -> float:
    """Full jitter, capped: the best that runs which do not know of each other can do at one request a second."""
    return random.uniform(0, min(_LONGEST_WAIT, 2.0**attempt))  # noqa: S311 - jitter is no secret


def _is_fault(failure: ServiceError, error: botocore.exceptions.ClientError) -> bool:
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return failure.code in _FAULTS or status >= 500


def _service_error(operation: str, error: botocore.exceptions.ClientError, subject: str) -> ServiceError:
    details = error.response.get("Error", {})
    fields = [
        f"{each.get('Name', '?')}: {each.get('Message', '?')}" for each in error.response.get("Fields") or [] if each
    ]
    message = str(details.get("Message") or error.response.get("Message") or "no message")
    return ServiceError(
        operation,
        str(details.get("Code", "unknown error")),
        str(error.response.get("Reason") or ""),
        "; ".join([message, *fields]),
        subject,
        tuple(str(each.get("Name", "?")) for each in error.response.get("Fields") or [] if each),
    )
