"""Trim botocore's models of pinpoint-sms-voice-v2 and CloudFormation to the operations that the provider function uses.

`python tools/service_model.py` writes lambda/sms_registration_handler/data from the installed botocore; a test fails if the
files differ from those of the pinned botocore. Shipping the model pins the API: the SDK of a Lambda runtime can be months older.
It also saves reading the models and endpoints of 400 services at each cold start.
"""

import gzip
import itertools
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import botocore

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "lambda/sms_registration_handler/data"
SOURCE = Path(botocore.__file__).parent / "data"
OPERATIONS = {
    "pinpoint-sms-voice-v2/2022-03-31": (
        "CreateRegistration",
        "CreateRegistrationAssociation",
        "CreateRegistrationAttachment",
        "CreateRegistrationVersion",
        "DeleteRegistration",
        "DeleteRegistrationAttachment",
        "DeleteRegistrationFieldValue",
        "DescribePhoneNumbers",
        "DescribeRegistrationAttachments",
        "DescribeRegistrationFieldDefinitions",
        "DescribeRegistrationFieldValues",
        "DescribeRegistrationTypeDefinitions",
        "DescribeRegistrationVersions",
        "DescribeRegistrations",
        "DiscardRegistrationVersion",
        "ListRegistrationAssociations",
        "ListTagsForResource",
        "PutRegistrationFieldValue",
        "SubmitRegistrationVersion",
        "TagResource",
        "UntagResource",
    ),
    "cloudformation/2010-05-15": (
        "DescribeStackEvents",
        "DescribeStackResource",
        "DescribeStacks",
        "ListStackResources",
    ),
}
READ: dict[str, tuple[str, ...]] = {
    "CreateRegistrationAssociationResult": (),
    "CreateRegistrationVersionResult": (),
    "DeleteRegistrationAttachmentResult": (),
    "DeleteRegistrationFieldValueResult": (),
    "DeleteRegistrationResult": (),
    "DiscardRegistrationVersionResult": (),
    "PhoneNumberInformation": ("PhoneNumber", "RegistrationId", "Status"),
    "PutRegistrationFieldValueResult": (),
    "RegistrationVersionStatusHistory": (
        "ApprovedTimestamp",
        "DeniedTimestamp",
        "DraftTimestamp",
        "RequiresAuthenticationTimestamp",
        "SubmittedTimestamp",
    ),
    "Stack": (
        "CreationTime",
        "DeletionTime",
        "LastOperations",
        "LastUpdatedTime",
        "RootId",
        "StackId",
        "StackName",
        "StackStatus",
        "StackStatusReason",
    ),
    "StackEvent": (
        "ClientRequestToken",
        "EventId",
        "LogicalResourceId",
        "OperationId",
        "PhysicalResourceId",
        "ResourceStatus",
        "ResourceType",
        "StackId",
        "Timestamp",
    ),
    "StackResourceDetail": (
        "LastUpdatedTimestamp",
        "LogicalResourceId",
        "PhysicalResourceId",
        "ResourceStatus",
        "ResourceStatusReason",
        "ResourceType",
        "StackId",
        "StackName",
    ),
    "StackResourceSummary": ("LogicalResourceId", "PhysicalResourceId", "ResourceStatus", "ResourceType"),
    "SubmitRegistrationVersionResult": (),
}
"""Response members that the function may read; it never receives the rest, such as a stack's parameters and outputs."""
UNUSED = (
    "AdditionalAttributes",
    "AwsReview",
    "DocumentationTitle",
    "FieldPaths",
    "Filters",
    "IsoCountryCode",
    "SectionPath",
    "SelectOptionDescriptions",
    "VersionNumbers",
)
"""Members that the function neither sends nor reads, except the filters of `FILTERED`."""
FILTERED = ("DescribeRegistrationsRequest",)
"""Requests with filters."""
CONSTRAINTS = ("box", "enum", "max", "min", "pattern", "required")
"""Constraints of shapes, which the SDK checks in requests. The function leaves this to the service."""


def load(path: str) -> Any:
    """Read a botocore data file, compressed or not."""
    packed = SOURCE / f"{path}.json.gz"
    if packed.exists():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return json.loads((SOURCE / f"{path}.json").read_bytes())


def without_documentation(node: Any) -> Any:
    """Remove every documentation string."""
    if isinstance(node, dict):
        return {
            key: without_documentation(value)
            for key, value in node.items()
            if not (key in ("documentation", "documentationUrl") and isinstance(value, str))
        }
    return [without_documentation(each) for each in node] if isinstance(node, list) else node


def trimmed_service(service: str) -> dict[str, Any]:
    """Return a service's model with only the used operations and their shapes."""
    model = load(f"{service}/service-2")
    operations = {name: model["operations"][name] for name in OPERATIONS[service]}
    for name in READ.keys() & model["shapes"].keys():
        model["shapes"][name]["members"] = {member: model["shapes"][name]["members"][member] for member in READ[name]}
    for member, (name, shape) in itertools.product(UNUSED, model["shapes"].items()):
        if member != "Filters" or name not in FILTERED:
            shape.get("members", {}).pop(member, None)
    needed: set[str] = set()
    pending = [operations]
    while pending:
        node: Any = pending.pop()
        if isinstance(node, dict):
            name = node.get("shape")
            if isinstance(name, str) and name not in needed:
                needed.add(name)
                pending.append(model["shapes"][name])
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    shapes = {
        name: {key: value for key, value in shape.items() if key not in CONSTRAINTS}
        for name, shape in model["shapes"].items()
        if name in needed
    }
    trimmed = {"version": model["version"], "metadata": model["metadata"], "operations": operations, "shapes": shapes}
    result: dict[str, Any] = without_documentation(trimmed)
    return with_plain_types(result)


def with_plain_types(model: dict[str, Any]) -> dict[str, Any]:
    """Use one shape for all strings, one for all numbers and so on: without constraints they differ in name only."""
    types = {name: shape["type"] for name, shape in model["shapes"].items() if shape.keys() == {"type"}}

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            name = node.get("shape")
            return {
                **{key: plain(value) for key, value in node.items()},
                **({"shape": types[name]} if name in types else {}),
            }
        return [plain(each) for each in node] if isinstance(node, list) else node

    shapes = {name: plain(shape) for name, shape in model["shapes"].items() if name not in types}
    shapes |= {name: {"type": name} for name in sorted(set(types.values()))}
    return {**model, "operations": plain(model["operations"]), "shapes": shapes}


def trimmed_endpoints() -> dict[str, Any]:
    """Return the partitions and the common defaults; the rule sets contain the rest and decide."""
    endpoints = load("endpoints")
    partitions = [{**partition, "regions": {}, "services": {}} for partition in endpoints["partitions"]]
    return {**endpoints, "partitions": partitions}


def trimmed_partitions() -> dict[str, Any]:
    """Return the partitions without the display names of Regions."""
    partitions = load("partitions")
    for partition in partitions["partitions"]:
        for region in partition["regions"].values():
            region.pop("description", None)
    result: dict[str, Any] = partitions
    return result


def trimmed_defaults() -> dict[str, Any]:
    """Return the SDK's default modes without their description."""
    return {key: value for key, value in load("sdk-default-configuration").items() if key != "documentation"}


def files() -> dict[str, str]:
    """Return every data file by its path in the data folder."""
    contents = {
        **{f"{service}/service-2.json": trimmed_service(service) for service in OPERATIONS},
        **{
            f"{service}/endpoint-rule-set-1.json": without_documentation(load(f"{service}/endpoint-rule-set-1"))
            for service in OPERATIONS
        },
        "endpoints.json": trimmed_endpoints(),
        "partitions.json": trimmed_partitions(),
        "sdk-default-configuration.json": trimmed_defaults(),
    }
    return {path: json.dumps(content, separators=(",", ":")) + "\n" for path, content in contents.items()}


def main() -> int:
    """Write the files."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for path, content in files().items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_text(content)
    print(f"wrote {sum(len(content) for content in files().values())} bytes from botocore {botocore.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
