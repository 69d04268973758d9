"""Every private name of ministack 1.5.33 that this package uses or replaces.

ministack has no public interface for these extensions, so its version is pinned, and `missing_names` finds names that another
release lacks.
"""

from __future__ import annotations

import importlib

CLOUDFORMATION = "ministack.services.cloudformation"
NAMES = {
    "ministack.app": ("app",),
    "ministack.core.lambda_runtime": ("Worker", "_workers", "_lock", "reset"),
    "ministack.core.responses": (
        "datetime",
        "get_account_id",
        "get_region",
        "set_request_account_id",
        "set_request_region",
    ),
    "ministack.services.cloudwatch_logs": (
        "_append_log_events",
        "_fanout_to_subscription_filters",
        "_log_groups",
        "_make_group_arn",
    ),
    "ministack.services.eventbridge": (
        "_dispatch_to_lambda",
        "_now_ts",
        "_put_events",
        "_rule_last_fired",
        "_rules",
        "_tick_scheduled_rules",
    ),
    "ministack.services.lambda_svc": (
        "_get_func_record_for_ref",
        "_emit_lambda_logs",
        "_execution_record_for_config",
        "invoke_async_with_retry",
        "threading",
    ),
    "ministack.services.sns": ("_fanout", "_threading"),
    CLOUDFORMATION: ("_change_sets", "_stacks", "_stack_events", "_exports"),
    f"{CLOUDFORMATION}.custom_resource": ("invoke_custom_resource", "_normalise_resource_properties", "_gateway_url"),
    f"{CLOUDFORMATION}.handlers": (
        "_ACTION_HANDLERS",
        "_delete_stack_async",
        "_imported_export_names",
        "_resolve_stack",
    ),
    f"{CLOUDFORMATION}.helpers": ("_p", "_xml"),
    f"{CLOUDFORMATION}.provisioners": ("_REPLACING_PROPERTIES", "_RESOURCE_HANDLERS", "_STACK_TAG_PROPERTY"),
    f"{CLOUDFORMATION}.stacks": (
        "_add_event",
        "_delete_resource",
        "_delete_stack_async",
        "_resolve_stack_outputs",
        "_roll_back_operation",
        "_runs_on_worker_thread",
        "_update_resource",
        "_with_dependencies",
    ),
}


def missing_names() -> list[str]:
    """Return the names in `NAMES` that the installed ministack lacks."""
    missing = []
    for module_name, names in NAMES.items():
        try:
            module = importlib.import_module(module_name)
        except ImportError:
            missing.append(module_name)
            continue
        missing += [f"{module_name}.{name}" for name in names if not hasattr(module, name)]
    return missing
