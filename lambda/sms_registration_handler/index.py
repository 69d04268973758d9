"""The function's entry point: `handler`.

Everything outside the standard library is imported inside a guard: even if the import fails, the function must respond, or the
stack waits for an hour.
"""

import logging
from typing import Any

from sms_registration_handler.cloudformation import event as events
from sms_registration_handler.cloudformation import response
from sms_registration_handler.errors import InvalidEvent

logger = logging.getLogger(__name__)

_import_error: BaseException | None = None
try:
    from sms_registration_handler.cloudformation import log_fields
    from sms_registration_handler.dispatch import handle

    log_fields.install()
except BaseException as error:
    logger.exception("the function cannot be imported")
    _import_error = error


def handler(event: Any, context: Any) -> None:
    """Handle one custom resource request from CloudFormation.

    Args:
        event: The request. Anything else is logged and ignored.
        context: Lambda's context object.
    """
    if _import_error is None:
        handle(event, context)
    else:
        _respond_to_import_error(event, context, _import_error)


def _respond_to_import_error(event: Any, context: Any, error: BaseException) -> None:
    try:
        request = events.parse(event, function_arn=str(getattr(context, "invoked_function_arn", "")))
    except InvalidEvent as invalid:
        logger.error("ignored an event that is not from CloudFormation: %s", invalid)
        return
    failed = response.Response(
        status=response.FAILED,
        reason=f"the provider function cannot be imported ({type(error).__name__}: {error}); no changes were made",
        physical_resource_id=request.fallback_physical_id,
        stack_id=request.stack_id,
        request_id=request.request_id,
        logical_resource_id=request.logical_resource_id,
    )
    response.deliver(
        request.response_url, failed.encode(), remaining=lambda: float(context.get_remaining_time_in_millis()) / 1000
    )
