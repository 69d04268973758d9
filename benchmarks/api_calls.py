"""Counts the API requests of each event."""

import logging
from collections import Counter
from typing import Any

from benchmarks.report import Row, print_table, progress
from sms_registration_contract import cloudformation, function, response_endpoint

function.prepare()

from support.quota import direct_world, form_of_texts, text_path  # noqa: E402 - it imports the function

_TYPE = "US_TOLL_FREE_REGISTRATION"
_FIELDS = 5


def rows() -> list[Row]:
    """One row an event; the response's PUT is not counted."""
    progress("API calls")
    logging.disable(logging.CRITICAL)
    counted = count()
    logging.disable(logging.NOTSET)
    return [Row(f"API calls: {what}", str(sum(calls.values())), _listed(calls)) for what, calls in counted.items()]


def count() -> dict[str, Counter[str]]:
    """Operations by event."""
    counted = {}
    with direct_world() as (fake, clock):
        fake.configure(requests_per_second=None)
        fake.definitions.add(form_of_texts(fake.definitions[_TYPE], _FIELDS))
        endpoint = response_endpoint.ResponseEndpoint()
        stack = cloudformation.CloudFormation(endpoint, clock, function.module("index").handler)
        stack.types["Form"] = "Custom::SmsRegistrationForm"

        def act(what: str, request: Any, properties: dict[str, Any], logical_id: str) -> dict[str, Any]:
            before, questions = len(fake.calls), len(stack.api_calls)
            response: dict[str, Any] = request(properties, logical_id)
            assert response["Status"] == "SUCCESS", response["Reason"]
            counted[what] = Counter(call.operation for call in fake.calls[before:]) + Counter(
                stack.api_calls[questions:]
            )
            return response

        with response_endpoint.without_network(endpoint, clock):
            registration: dict[str, Any] = {"RegistrationType": _TYPE}
            made = act("create a registration", stack.create, registration, "Registration")
            stack.resources["Registration"].status = "CREATE_COMPLETE"
            act("update a registration, nothing changed", stack.update, registration, "Registration")
            form = {
                "RegistrationId": made["PhysicalResourceId"],
                "Fields": {text_path(number): "text" for number in range(_FIELDS)},
            }
            stack.stack_status = "CREATE_IN_PROGRESS"
            act(f"fill in a form of {_FIELDS} fields", stack.create, form, "Form")
            act("update a form, nothing changed", stack.update, form, "Form")
            form = {**form, "Fields": {**form["Fields"], text_path(0): "another text"}}
            act("update a form, one field of a draft", stack.update, form, "Form")
    return counted


def _listed(calls: Counter[str]) -> str:
    return ", ".join(f"{number} x {name}" if number > 1 else name for name, number in calls.items())


if __name__ == "__main__":
    print_table(rows())
