import ast
import graphlib
import inspect
from pathlib import Path

import cdk_sms_registration
from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    FormFile,
    ProviderMetrics,
    Registration,
    RegistrationAttachment,
    RegistrationForm,
    RegistrationGrants,
    RegistrationProvider,
    RegistrationWatch,
    WatchMetrics,
)

PACKAGE = Path(cdk_sms_registration.__file__).parent

OWN_MEMBERS = {
    AttachmentSource: {"from_asset", "from_bucket"},
    FieldValue: {"from_parameter", "from_secret"},
    FormFile: {"fields"},
    ProviderMetrics: {
        "denied_forms",
        "leftovers",
        "metric",
        "pending_submissions",
        "refused_deletes",
        "unrestored_rollbacks",
    },
    Registration: {
        "apply_removal_policy",
        "cdk_tag_manager",
        "current_version_number",
        "form",
        "from_registration_arn",
        "from_registration_attributes",
        "from_registration_id",
        "grants",
        "has_form",
        "on_status_change",
        "registration_arn",
        "registration_id",
        "registration_ref",
        "registration_status",
        "registration_type",
        "resource",
    },
    RegistrationAttachment: {
        "apply_removal_policy",
        "attachment_status",
        "cdk_tag_manager",
        "registration_attachment_arn",
        "registration_attachment_id",
        "registration_attachment_ref",
        "resource",
    },
    RegistrationForm: {
        "denied_reasons",
        "missing_fields",
        "pending_associations",
        "pending_changes",
        "pending_submission",
        "registration_status",
        "resource",
        "version_number",
        "version_status",
    },
    RegistrationGrants: {"actions", "from_registration", "manage", "read"},
    RegistrationWatch: {"metrics", "on_news", "widgets"},
    WatchMetrics: {"denied", "metric", "needs_a_person", "overdue", "waiting"},
    RegistrationProvider: {"configure", "get_or_create", "metrics", "service_token"},
}
"""What users may call. What only the package calls has a leading underscore."""


def test_public_members():
    def own(thing):
        classes = [each for each in thing.__mro__ if each.__module__.startswith("cdk_sms_registration")]
        return {name for each in classes for name in vars(each) if not name.startswith("_")}

    assert {thing: own(thing) for thing in OWN_MEMBERS} == OWN_MEMBERS


def test_modules_import_each_other_in_one_direction():
    """Imports for type checkers count too: a circle there is one for the reader."""
    imports = {
        path.stem: {
            node.module.rpartition(".")[2]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cdk_sms_registration.")
        }
        for path in PACKAGE.glob("*.py")
    }

    assert len(list(graphlib.TopologicalSorter(imports).static_order())) == len(imports)


def test_all_is_sorted_and_complete():
    names = cdk_sms_registration.__all__
    public = {
        name
        for name, value in vars(cdk_sms_registration).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert names == sorted(names)
    assert set(names) == public


def test_every_public_member_is_documented():
    missing = []
    for name in cdk_sms_registration.__all__:
        thing = getattr(cdk_sms_registration, name)
        if not thing.__doc__:
            missing.append(name)
        for member, value in vars(thing).items():
            function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not member.startswith("_") and inspect.isfunction(function) and not function.__doc__:
                missing.append(f"{name}.{member}")

    assert missing == []


def test_every_argument_is_documented():
    missing = []
    for name in cdk_sms_registration.__all__:
        thing = getattr(cdk_sms_registration, name)
        for member, value in vars(thing).items():
            function = getattr(value, "__func__", value)
            if not inspect.isfunction(function) or (member.startswith("_") and member != "__init__"):
                continue
            text = (thing.__doc__ or "") if member == "__init__" else (function.__doc__ or "")
            arguments = set(inspect.signature(function).parameters) - {"self", "cls", "args", "kwargs"}
            missing += [f"{name}.{member}({argument})" for argument in arguments if f"{argument}:" not in text]

    # The provider's own constructor is for get_or_create and configure, which document its arguments.
    assert [name for name in missing if not name.startswith("RegistrationProvider.__init__")] == []
