"""Answers of custom resources, judged as CloudFormation judges them: no cloud is started."""

from __future__ import annotations

import json
import re
import threading

import pytest

from local_cloud.server.responses import CustomResourceError, Requests, invented_physical_id, judge, presigned_query

EVENT = {
    "RequestType": "Create",
    "RequestId": "request",
    "StackId": "stack",
    "LogicalResourceId": "Thing",
    "ResponseURL": "https://127.0.0.1:1/_ministack/cfn-response/token?X-Amz-Date=20261123T000000Z",
}
ANSWER = {
    "RequestId": "request",
    "StackId": "stack",
    "LogicalResourceId": "Thing",
    "PhysicalResourceId": "an-id",
    "Status": "SUCCESS",
}


def body(**changes: object) -> bytes:
    answer = {**ANSWER, **changes}
    return json.dumps({name: value for name, value in answer.items() if value is not None}).encode()


def test_a_success_is_taken() -> None:
    answer = judge(body(Data={"Arn": "a"}), EVENT)
    assert answer is not None
    assert answer.succeeded
    assert (answer.physical_id, answer.data) == ("an-id", {"Arn": "a"})


@pytest.mark.parametrize("name", ["RequestId", "StackId", "LogicalResourceId"])
@pytest.mark.parametrize("value", ["another", None])
def test_an_answer_to_another_request_is_ignored(name: str, value: str | None) -> None:
    assert judge(body(**{name: value}), EVENT) is None


@pytest.mark.parametrize("physical_id", [None, "", 7, "x" * 1025, "é" * 513])
def test_an_invalid_physical_id_fails_and_is_forgotten(physical_id: object) -> None:
    answer = judge(body(PhysicalResourceId=physical_id), EVENT)
    assert answer is not None
    assert (answer.succeeded, answer.physical_id, answer.reason) == (False, None, "Invalid PhysicalResourceId")


def test_an_id_of_exactly_1024_bytes_is_valid() -> None:
    answer = judge(body(PhysicalResourceId="x" * 1024), EVENT)
    assert answer is not None
    assert answer.succeeded


def test_4096_bytes_are_taken_and_one_more_is_too_long() -> None:
    padding = 4096 - len(body(Reason=""))
    exact, long = judge(body(Reason="x" * padding), EVENT), judge(body(Reason="x" * (padding + 1)), EVENT)
    assert exact is not None
    assert exact.succeeded
    assert long is not None
    assert (long.succeeded, long.physical_id, long.reason) == (False, None, "Response object is too long.")


def test_a_failure_keeps_the_id_and_the_reason() -> None:
    answer = judge(body(Status="FAILED", Reason="no such field"), EVENT)
    assert answer is not None
    assert (answer.succeeded, answer.physical_id) == (False, "an-id")
    assert "no such field" in answer.reason


@pytest.mark.parametrize("malformed", [b"", b"not json", b"[]", body(Status="DONE"), body(Data=["a"])])
def test_a_malformed_answer_fails(malformed: bytes) -> None:
    answer = judge(malformed, EVENT)
    assert answer is not None
    assert not answer.succeeded


def test_the_first_accepted_answer_decides() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    for answer in (body(RequestId="another"), body(), body(Status="FAILED")):
        requests.deliver("token", answer)
    assert requests.wait(request, 0).physical_id == "an-id"
    assert len(requests.history[0]["answers"]) == 3


def test_no_answer_is_an_error_without_an_id() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    with pytest.raises(CustomResourceError, match="did not receive a response") as caught:
        requests.wait(request, 0)
    assert caught.value.physical_id is None


def test_a_cancelled_request_takes_no_answer_anymore() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    assert requests.cancel("Another", "Thing") == 0
    assert requests.cancel("Stack", "Thing") == 1
    requests.deliver("token", body())
    with pytest.raises(CustomResourceError, match=r"^Resource creation cancelled$"):
        requests.wait(request, 0)


def test_a_waiting_request_is_woken_by_its_answer() -> None:
    requests = Requests()
    request = requests.open("token", "Stack", EVENT, "CREATE_IN_PROGRESS")
    threading.Timer(0.01, requests.deliver, ("token", body())).start()
    assert requests.wait(request, 30).succeeded


def test_an_invented_id_names_the_stack_and_the_resource() -> None:
    assert re.fullmatch(r"Stack-Thing-[A-Z0-9]{12}", invented_physical_id("Stack", "Thing"))


def test_the_query_tells_when_the_url_was_signed() -> None:
    query = presigned_query("111122223333", "us-east-1")
    assert re.search(r"(^|&)X-Amz-Date=\d{8}T\d{6}Z(&|$)", query)
    assert re.search(r"(^|&)X-Amz-Expires=\d+(&|$)", query)
