import ast
import graphlib
import inspect
import re
from pathlib import Path

import cdk_sms_registration
from cdk_sms_registration import (
    AttachmentSource,
    FieldValue,
    FormFields,
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

OWN_TYPES = {
    name
    for path in PACKAGE.glob("*.py")
    for node in ast.parse(path.read_text()).body
    for name in (
        [node.name]
        if isinstance(node, ast.ClassDef)
        else [each.id for each in node.targets if isinstance(each, ast.Name)]
        if isinstance(node, ast.Assign)
        else []
    )
}
"""Classes and aliases of the package."""

OWN_MEMBERS = {
    AttachmentSource: {"from_asset", "from_bucket"},
    FieldValue: {"from_parameter", "from_secret"},
    FormFields: {"copy"},
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


def classes():
    """Everything that the package exports, without its type aliases."""
    things = {name: getattr(cdk_sms_registration, name) for name in cdk_sms_registration.__all__}
    return {name: thing for name, thing in things.items() if inspect.isclass(thing)}


def public_functions(thing):
    for member, value in vars(thing).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if inspect.isfunction(function) and (not member.startswith("_") or member == "__init__"):
            yield member, function


def test_types_of_public_signatures_are_exported():
    """Users write them in their own type hints."""
    missing = set()
    for name, thing in classes().items():
        for member, function in public_functions(thing):
            module = vars(inspect.getmodule(function))
            signature = inspect.signature(function)
            for annotation in (
                signature.return_annotation,
                *(each.annotation for each in signature.parameters.values()),
            ):
                for word in re.findall(r"[A-Za-z_]+", str(annotation)):
                    is_own = word in module and word in OWN_TYPES
                    if is_own and module[word] is not getattr(cdk_sms_registration, word, None):
                        missing.add(f"{name}.{member}: {word}")

    # The provider's own constructor is for get_or_create and configure.
    assert {each for each in missing if not each.startswith("RegistrationProvider.__init__")} == set()


def test_aliases():
    assert set(cdk_sms_registration.__all__) - classes().keys() == {"Association", "Value"}


def test_the_reference_has_everything():
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()

    assert sorted(re.findall(r"^::: cdk_sms_registration\.(\w+)$", page, re.MULTILINE)) == cdk_sms_registration.__all__


def test_every_public_member_is_documented():
    missing = []
    for name, thing in classes().items():
        if not thing.__doc__:
            missing.append(name)
        for member, value in vars(thing).items():
            function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not member.startswith("_") and inspect.isfunction(function) and not function.__doc__:
                missing.append(f"{name}.{member}")

    assert missing == []


def test_every_argument_is_documented():
    missing = []
    for name, thing in classes().items():
        for member, value in vars(thing).items():
            function = getattr(value, "__func__", value)
            if not inspect.isfunction(function) or (member.startswith("_") and member != "__init__"):
                continue
            text = (thing.__doc__ or "") if member == "__init__" else (function.__doc__ or "")
            arguments = set(inspect.signature(function).parameters) - {"self", "cls", "args", "kwargs"}
            missing += [f"{name}.{member}({argument})" for argument in arguments if f"{argument}:" not in text]

    # The provider's own constructor is for get_or_create and configure, which document its arguments.
    assert [name for name in missing if not name.startswith("RegistrationProvider.__init__")] == []
