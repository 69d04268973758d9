"""What the contract tests assert of responses, and how they read the form definitions of an account."""

import json
from pathlib import Path

from moto_sms_voice.definitions import Definitions, TypeDefinition
from sms_registration_contract.deployment import Deployment, Response


def check_responses(deployment: Deployment) -> None:
    """Each request has one valid response at most, and no attribute contains a value of the form."""
    responses: dict[str, Response] = {}
    secret = {path for path, value in deployment.declared.fields.items() if isinstance(value, str) and len(value) > 12}
    for response in deployment.stack.endpoint.responses:
        assert responses.setdefault(response["RequestId"], response) == response, (
            "two different responses to one request"
        )
        data = json.dumps(response.get("Data", {}))
        for path in secret:
            assert str(deployment.declared.fields[path]) not in data, f"the value of {path} is in an attribute"


def succeeded(response: Response | None) -> Response:
    """Assert that there is a response and that it is SUCCESS; return it."""
    assert response is not None, "no response"
    assert response["Status"] == "SUCCESS", response["Reason"]
    return response


def failed(response: Response | None, physical_id: str) -> None:
    """Assert that there is a response, and that it is FAILED with this ID and a message."""
    assert response is not None, "no response"
    assert response["Status"] == "FAILED"
    assert response["PhysicalResourceId"] == physical_id
    assert response["Reason"]


def definition(path: Path) -> TypeDefinition:
    """Read a form definition from a file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    known = Definitions()
    name = str(content["RegistrationType"])
    type_definition = known[name].type_definition if name in known else {"RegistrationType": name}
    fields = content["RegistrationFieldDefinitions"]
    sections = sorted({field["SectionPath"] for field in fields})
    return TypeDefinition(
        type_definition, [{"SectionPath": each, "DisplayHints": {"Title": each}} for each in sections], fields
    )
