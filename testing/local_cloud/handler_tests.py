"""Support for tests of custom resource handlers: see every request, and inject faults."""

from __future__ import annotations

from typing import Any

from local_cloud.controlled import Controlled


class HandlerTests(Controlled):
    """The part of `LocalCloud` that tests of handlers use."""

    def custom_resource_requests(self) -> list[dict[str, Any]]:
        """Return every request to a custom resource of this run, in order.

        Each has `event` (as the function received it), `stackStatus` (when it was sent) and `responses` (the bodies that were
        PUT to the ResponseURL, including late and refused ones).
        """
        requests: list[dict[str, Any]] = self._control("requests")
        return requests

    def service_calls(self) -> list[dict[str, str | None]]:
        """Return every completed call of a function to the service in this run, in order.

        Each has `operation` (the API's name) and `error` (an error code, such as `ThrottlingException`, or None).
        """
        calls: list[dict[str, str | None]] = self._control("calls")
        return calls

    def kill_lambda_before(self, operation: str, nth: int = 1) -> None:
        """Kill the running function at its n-th call of an operation from now, before the operation is applied.

        Args:
            operation: The API's name of the operation, such as `CreateRegistration`.
            nth: Which call from now, counted from 1.
        """
        self._control("trap", operation=operation, nth=nth, action="kill_before")

    def kill_lambda_after(self, operation: str, nth: int = 1) -> None:
        """As `kill_lambda_before`, but the operation is applied; the function is killed before it sees the response."""
        self._control("trap", operation=operation, nth=nth, action="kill_after")

    def cancel_after(self, operation: str, nth: int = 1) -> None:
        """Cancel the custom resource that is in progress at the n-th call of an operation from now, after it is applied.

        The function continues, as on AWS: the resource is CREATE_FAILED with the reason "Resource creation cancelled", and
        the rollback sends a Delete with a generated physical ID while the function still runs.
        """
        self._control("trap", operation=operation, nth=nth, action="cancel_after")

    def cancel(self, stack_name: str, logical_id: str) -> bool:
        """Cancel a request to a custom resource now, as AWS does when another resource fails.

        ministack creates one resource after another, so no other resource can fail in the meantime.

        Returns:
            Whether the resource was waiting for a response.
        """
        response = self._control("cancel", stack_name=stack_name, logical_id=logical_id)
        return bool(response["canceled"])
