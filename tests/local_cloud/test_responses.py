"""CloudFormation's rules for responses of custom resources; no cloud is started."""

from __future__ import annotations

import json
import re
import threading

import pytest

from local_cloud.server.responses import CustomResourceError, Requests, generated_physical_id, judge, presigned_query

EVENT = {
    "RequestType": "Create",
    "RequestId": "request",
    "StackId": "stack",
    "LogicalResourceId": "Thing",
    "ResponseURL": "https://127.0.0.1:1/_ministack/cfn-response/token?X-Amz-Date=20261123T000000Z",
}
RESPONSE = {
    "RequestId": "request",
    "StackId": "stack",
    "LogicalResourceId": "Thing",
    "PhysicalResourceId": "an-id",
    "Status": "SUCCESS",
}


def body(**changes: object) -> bytes:
    response = {**RESPONSE, **changes}
    return json.dumps({name: value for name, value in response.items() if value is not None}).encode()


def test_success_is_accepted() -> None:
    response = judge(body(Data={"Arn": "a"}), EVENT)
    assert response is not None
    assert response.succeeded
    assert (response.physical_id, response.data) == ("an-id", {"Arn": "a"})


@pytest.mark.parametrize("name", ["RequestId", "StackId", "LogicalResourceId"])
@pytest.mark.parametrize("value", ["another", None])
def test_response_to_another_request_is_ignored(name: str, value: str | None) -> None:
    assert judge(body(**{name: value}), EVENT) is None


@pytest.mark.parametrize("physical_id", [None, "", 7, "x" * 1025, "é" * 513])
def test_invalid_physical_id_fails_the_request(physical_id: object) -> None:
    response = judge(body(PhysicalResourceId=physical_id), EVENT)
    assert response is not None
    assert (response.succeeded, response.physical_id, response.reason) == (False, None, "Invalid PhysicalResourceId")


def test_physical_id_of_1024_bytes_is_valid() -> None:
    response = judge(body(PhysicalResourceId="x" * 1024), EVENT)
    assert response is not None
    assert response.succeeded


def test_response_may_have_4096_bytes_and_no_more() -> None:
    padding = 4096 - len(body(Reason=""))
    exact, long = judge(body(Reason="x" * padding), EVENT), judge(body(Reason="x" * (padding + 1)), EVENT)
    assert exact is not None
    assert exact.succeeded
    assert long is not None
    assert (long.succeeded, long.physical_id, long.reason) == (False, None, "Response object is too long.")


def test_failure_keeps_the_physical_id_and_the_reason() -> None:
    response = judge(body(Status="FAILED", Reason="no such field"), EVENT)
    assert response is not None
    assert (response.succeeded, response.physical_id) == (False, "an-id")
    assert "no such field" in response.reason


@pytest.mark.parametrize("malformed", [b"", b"not json", b"[]", body(Status="DONE"), body(Data=["a"])])
def test_malformed_response_fails_the_request(malformed: bytes) -> None:
    response = judge(malformed, EVENT)
    assert response is not None
    assert not response.succeeded


def test_first_accepted_response_decides() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    for response in (body(RequestId="another"), body(), body(Status="FAILED")):
        requests.deliver("token", response)
    assert requests.wait(request, 0).physical_id == "an-id"
    assert len(requests.history[0]["responses"]) == 3


def test_missing_response_is_an_error_without_a_physical_id() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    with pytest.raises(CustomResourceError, match="did not receive a response") as caught:
        requests.wait(request, 0)
    assert caught.value.physical_id is None


def test_canceled_request_ignores_responses() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    assert requests.cancel("Another", "Thing") == 0
    assert requests.cancel("Stack", "Thing") == 1
    requests.deliver("token", body())
    with pytest.raises(CustomResourceError, match=r"^Resource creation cancelled$"):
        requests.wait(request, 0)


def test_response_wakes_the_waiting_request() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    threading.Timer(0.01, requests.deliver, ("token", body())).start()
    assert requests.wait(request, 30).succeeded


def test_generated_id_names_the_stack_and_the_resource() -> None:
    assert re.fullmatch(r"Stack-Thing-[A-Z0-9]{12}", generated_physical_id("Stack", "Thing"))


def test_query_says_when_the_url_was_signed() -> None:
    query = presigned_query("111122223333", "us-east-1", 1_800_000_000.0)
    assert re.search(r"(^|&)X-Amz-Date=\d{8}T\d{6}Z(&|$)", query)
    assert re.search(r"(^|&)X-Amz-Expires=\d+(&|$)", query)
