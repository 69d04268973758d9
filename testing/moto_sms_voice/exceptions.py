"""Errors of the service, with the members that its API model gives them."""

from __future__ import annotations

from collections.abc import Iterable

from moto.core.exceptions import ServiceException


class SmsVoiceError(ServiceException):
    """An error of this service."""

    def __init_subclass__(cls) -> None:
        # moto derives the service from the module of an error. `register()` adds the service under this name.
        cls.__module__ = "moto.pinpointsmsvoicev2.exceptions"


class ValidationException(SmsVoiceError):
    """The request is invalid, whatever the state of the resource.

    Args:
        message: The text for people.
        reason: A value of the model's `ValidationExceptionReason`.
        fields: (name, message) of each invalid member or form field.
    """

    code = "ValidationException"

    def __init__(self, message: str, reason: str = "OTHER", fields: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.fields = [{"Name": name, "Message": text} for name, text in fields] or None


class ConflictException(SmsVoiceError):
    """The request does not fit the current state of the resource.

    Args:
        message: The text for people.
        reason: A value of the model's `ConflictExceptionReason`.
        resource_type: A value of the model's `ResourceType`, such as `registration`.
        resource_id: The ID of the resource.
    """

    code = "ConflictException"

    def __init__(self, message: str, reason: str, resource_type: str, resource_id: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.resource_type = resource_type
        self.resource_id = resource_id


class ResourceNotFoundException(SmsVoiceError):
    """The account has no such resource in this Region.

    Args:
        resource_type: A value of the model's `ResourceType`, such as `registration`.
        resource_id: The ID or ARN in the request.
    """

    code = "ResourceNotFoundException"

    def __init__(self, resource_type: str, resource_id: str) -> None:
        super().__init__(f"The requested resource doesn't exist: {resource_type} {resource_id}")
        self.resource_type = resource_type
        self.resource_id = resource_id


class ServiceQuotaExceededException(SmsVoiceError):
    """A quota of the account is reached.

    Args:
        message: The text for people.
        reason: A value of the model's `ServiceQuotaExceededExceptionReason`.
    """

    code = "ServiceQuotaExceededException"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ThrottlingException(SmsVoiceError):
    """More requests per second than the operation's quota."""

    code = "ThrottlingException"

    def __init__(self, message: str = "Rate exceeded") -> None:
        super().__init__(message)


class AccessDeniedException(SmsVoiceError):
    """Missing permissions or, with a reason, an account that must not use the service.

    Args:
        message: The text for people.
        reason: `INSUFFICIENT_ACCOUNT_REPUTATION` or `ACCOUNT_DISABLED`. Omitted: permissions are missing.
    """

    code = "AccessDeniedException"

    def __init__(self, message: str = "User is not authorized", reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class InternalServerException(SmsVoiceError):
    """The service failed; the caller cannot know whether the request was applied."""

    code = "InternalServerException"

    def __init__(
        self, message: str = "Internal failure", request_id: str = "00000000-0000-0000-0000-000000000000"
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
