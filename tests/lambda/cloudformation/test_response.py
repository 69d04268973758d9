"""The response: always valid, always small enough, and sent only to CloudFormation."""

import contextlib
import functools
import itertools
import json
import socket
from datetime import datetime, timezone
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import botocore.endpoint_provider
import botocore.exceptions
import botocore.session
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sms_registration_contract.response_endpoint import HOST, ResponseEndpoint, check_response
from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation import response
from sms_registration_handler.cloudformation.event import parse
from sms_registration_handler.cloudformation.response import CUT_MARK, Response, encoded_size, shortened
from sms_registration_handler.errors import InvalidEvent, NotDelivered
from support.https_endpoint import routed_to

IDENTITY = {
    "physical_resource_id": "registration-0123",
    "stack_id": "arn:aws:cloudformation:us-east-1:123456789012:stack/" + "s" * 128 + "/" + "0" * 36,
    "request_id": "0" * 36,
    "logical_resource_id": "L" * 255,
}
URL = f"https://{HOST}/path%7Cwith%20things?X-Amz-Signature=SIGNATURE"


@given(
    status=st.sampled_from(["SUCCESS", "FAILED"]),
    reason=st.text(max_size=3000) | st.just("é" * 600 + "\N{SMILING FACE WITH SUNGLASSES}" * 400),
    data=st.dictionaries(st.text(max_size=80), st.none() | st.booleans() | st.integers() | st.text(max_size=5000))
    | st.just([1]),
    no_echo=st.booleans(),
)
@example("FAILED", "", {}, False)
@example("SUCCESS", "x" * 5000, {"a": "y" * 5000, "b": "small"}, False)
@pytest.mark.fault(44)
def test_encoded_response_is_always_valid(status: str, reason: str, data: Any, no_echo: bool) -> None:
    body = Response(status=status, reason=reason, data=data, no_echo=no_echo, **IDENTITY).encode()
    sent = check_response(body)
    assert sent["Status"] == status
    assert sent["PhysicalResourceId"] == IDENTITY["physical_resource_id"]
    assert sent["StackId"] == IDENTITY["stack_id"]
    assert sent["RequestId"] == IDENTITY["request_id"]
    assert sent["LogicalResourceId"] == IDENTITY["logical_resource_id"]
    assert sent["NoEcho"] is no_echo


def test_data_is_flattened_to_strings() -> None:
    moment = datetime(2026, 1, 2, tzinfo=timezone.utc)
    data = {"flag": True, "count": 3, "none": None, "when": moment, "text": "é"}
    sent = json.loads(Response("SUCCESS", **IDENTITY, data=data).encode())
    assert sent["Data"] == {"flag": "true", "count": "3", "when": moment.isoformat(), "text": "é"}


@pytest.mark.fault(80)
@pytest.mark.parametrize("character", ["y", "\N{FLEXED BICEPS}", "\N{LATIN SMALL LETTER A WITH DIAERESIS}"])
def test_attributes_are_shortened_and_never_dropped(character: str) -> None:
    """CloudFormation fails a stack whose template refers to an attribute that is missing."""
    data = {"small": "1", "large": "x" * 1000, "larger": character * 3500}
    answer = json.loads(Response("SUCCESS", **IDENTITY, data=data).encode())
    assert (answer["Data"]["small"], answer["Data"]["large"]) == ("1", "x" * 1000)
    assert answer["Data"]["larger"].startswith(character)
    assert answer["Data"]["larger"].endswith(CUT_MARK)


@pytest.mark.fault(80)
@given(st.text(), st.integers(0, 200))
def test_a_shortened_text_fits_and_is_marked(text: str, max_bytes: int) -> None:
    short = shortened(text, max_bytes)
    assert encoded_size(short) <= max_bytes
    assert short == text or (text.startswith(short.removesuffix(CUT_MARK)) and encoded_size(text) > max_bytes)


@pytest.mark.fault(57)
def test_long_reason_is_cut_at_its_end() -> None:
    sent = json.loads(
        Response("FAILED", **IDENTITY, reason="CreateRegistration: why " + "\N{FLEXED BICEPS}" * 3000).encode()
    )
    assert sent["Reason"].startswith("CreateRegistration: why")


BUCKET = "cloudformation-custom-resource-response-useast1"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", f"{BUCKET}.s3.amazonaws.com"),
        ("us-east-1", f"{BUCKET}.s3-us-east-1.amazonaws.com"),
        ("us-east-1", f"{BUCKET}.s3-external-1.amazonaws.com"),
        ("eu-west-1", "cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com"),
        ("eu-central-1", "cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "cloudformation-custom-resource-response-usgovwest1.s3.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", "cloudformation-custom-resource-response-usgovwest1.s3-fips-us-gov-west-1.amazonaws.com"),
    ],
)
def test_cloudformation_hosts_are_accepted(region: str, host: str) -> None:
    assert response.url_problems(f"https://{host}/x?y", region) == []


@pytest.mark.parametrize(
    ("suffix", "region", "host"),
    [
        ("amazonaws.com.cn", "cn-north-1", "response-cnnorth1.s3.cn-north-1.amazonaws.com.cn"),
        ("amazonaws.eu", "eusc-de-east-1", "response-euscdeeast1.s3.eusc-de-east-1.amazonaws.eu"),
        ("c2s.ic.gov", "us-iso-east-1", "response-usisoeast1.s3.us-iso-east-1.c2s.ic.gov"),
    ],
)
@pytest.mark.fault(60)
def test_dns_suffix_depends_on_the_partition(
    monkeypatch: pytest.MonkeyPatch, suffix: str, region: str, host: str
) -> None:
    url = f"https://cloudformation-custom-resource-{host}/"
    assert response.url_problems(url, region)
    monkeypatch.setenv("DNS_SUFFIX", suffix)
    assert response.url_problems(url, region) == []
    assert response.url_problems(f"https://{HOST}/", "us-east-1"), "another partition's bucket"


def regions() -> list[tuple[str, str, str]]:
    """Return every Region that botocore knows, with its partition and the partition's DNS suffix."""
    partitions = botocore.session.Session().get_data("partitions")["partitions"]
    return [
        (region, each["id"], each["outputs"]["dnsSuffix"])
        for each in partitions
        for region in each["regions"]
        if not region.endswith("-global")
    ]


@functools.cache
def s3_rules() -> tuple[Any, Any]:
    """The SDK's own rules for S3's endpoints, and its partitions."""
    loader = botocore.session.Session().get_component("data_loader")
    return loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions")


def s3_urls(bucket: str, region: str) -> list[str]:
    """The URL of a bucket at each of S3's endpoints in a Region: FIPS, dual-stack, in the host's name or in the path."""
    endpoints = botocore.endpoint_provider.EndpointProvider(*s3_rules())
    urls = []
    for fips, dual_stack, in_path in itertools.product((False, True), repeat=3):
        parameters = {"UseFIPS": fips, "UseDualStack": dual_stack, "ForcePathStyle": in_path, "Accelerate": False}
        with contextlib.suppress(botocore.exceptions.BotoCoreError):  # some partitions do not have all of them
            urls.append(
                endpoints.resolve_endpoint(Bucket=bucket, Region=region, UseGlobalEndpoint=False, **parameters).url
            )
    assert len(urls) >= 2
    return urls


@pytest.mark.fault(60, 61)
@pytest.mark.parametrize(("region", "partition", "suffix"), regions())
def test_every_region_accepts_only_its_own_buckets_and_stacks(
    monkeypatch: pytest.MonkeyPatch, region: str, partition: str, suffix: str
) -> None:
    """A Region accepts its own buckets in every notation and its own stacks, and no other partition, Region or account."""
    bucket = f"cloudformation-custom-resource-response-{region.replace('-', '')}"
    urls = [f"{url}/x?X-Amz-Signature=y" for url in s3_urls(bucket, region)]
    urls += [f"https://{bucket}.s3{notation}.{suffix}/x?y" for notation in ("", f".{region}", f"-{region}")]
    monkeypatch.setenv("DNS_SUFFIX", suffix)
    for url in urls:
        assert response.url_problems(url, region) == [], url
        assert response.url_problems(url, "xx-other-1"), url
        for another in (f"{bucket}2", f"{bucket}-2", f"my-{bucket}", f"{bucket}.s3.evil", bucket[:-1], f"x.{bucket}"):
            assert response.url_problems(url.replace(bucket, another), region), another
    for other in {each for _, _, each in regions()} - {suffix}:
        monkeypatch.setenv("DNS_SUFFIX", other)
        assert all(response.url_problems(url, region) for url in urls), other
    monkeypatch.setenv("DNS_SUFFIX", suffix)
    event = {
        "RequestType": "Create",
        "ResponseURL": urls[0],
        "StackId": f"arn:{partition}:cloudformation:{region}:123456789012:stack/Stack/0123",
        "RequestId": "0123",
        "LogicalResourceId": "TollFree",
        "ResourceType": "Custom::SmsRegistration",
    }
    function = f"arn:{partition}:lambda:{region}:123456789012:function:Provider"
    assert parse(event, function_arn=function).partition == partition
    for foreign in (function.replace("123456789012", "210987654321"), function.replace(region, "xx-other-1")):
        with pytest.raises(InvalidEvent, match="another account or Region"):
            parse(event, function_arn=foreign)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "https://internal.example/",
        "https://bucket.s3.amazonaws.com/",
        f"https://{BUCKET}.s3.evil.example/",
        f"https://{BUCKET}.s3.amazonaws.com.evil.example/",
        f"https://{BUCKET}.s3.a.b.amazonaws.com/",
        f"https://{BUCKET}evil.s3.amazonaws.com/",
        f"https://{BUCKET}-evil.s3.us-east-1.amazonaws.com/",
        "https://cloudformation-custom-resource-response-evil.s3.amazonaws.com/",
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/",
        f"https://evil.s3.amazonaws.com/{BUCKET}/x",
        f"https://s3.amazonaws.com/evil/{BUCKET}/x",
        f"https://s3.amazonaws.com/{BUCKET}evil/x",
        f"https://s3.amazonaws.com//{BUCKET}/x",
        f"https://evil.amazonaws.com/{BUCKET}/x",
        f"https://lambda.us-east-1.amazonaws.com/{BUCKET}/x",
        f"https://s3.evil.example/{BUCKET}/x",
        f"http://{HOST}/",
        f"https://{HOST}:8443/",
        f"https://user@{HOST}/",
        f"https://{HOST}:abc/",
        f"https://evil.example#{HOST}",
        f"https://evil.example/?{HOST}",
        "file:///etc/passwd",
        "not a url",
        "https://[::1",
    ],
)
@pytest.mark.fault(60)
def test_other_urls_are_refused_and_not_quoted(url: str) -> None:
    problems = response.url_problems(url, "us-east-1")
    assert problems
    assert not any(url in problem or "evil" in problem for problem in problems)


def test_only_the_exact_configured_endpoint_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://localhost:4566")
    assert response.url_problems("https://localhost:4566/_emulator/response/1?x=y", "us-east-1") == []
    for url in (
        "http://localhost:4566/",
        "https://localhost:4567/",
        "https://localhost/",
        "https://localhost.evil:4566/",
    ):
        assert response.url_problems(url, "us-east-1")


class Remaining:
    """Seconds until the Lambda limit, on a virtual clock."""

    def __init__(self, time: VirtualTime, seconds: float) -> None:
        self.time, self.end = time, time.passed + seconds

    def __call__(self) -> float:
        return self.end - self.time.passed


@pytest.mark.parametrize("trouble", [503, 500, 429, 408, "reset"])
@pytest.mark.fault(43)
def test_temporary_errors_are_retried(endpoint: ResponseEndpoint, time: VirtualTime, trouble: int | str) -> None:
    endpoint.script(trouble, trouble, trouble)
    response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    assert len(endpoint.puts) == 4
    put = endpoint.puts[-1]
    assert put.path == "/path%7Cwith%20things?X-Amz-Signature=SIGNATURE"
    assert put.headers["content-type"] == ""
    assert put.body == b"{}"


@pytest.mark.fault(43)
def test_retries_end_before_the_time_limit(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    endpoint.behave = lambda put: 503
    remaining = Remaining(time, 60)
    with pytest.raises(NotDelivered, match="503"):
        response.deliver(URL, b"{}", remaining=remaining)
    assert 0 < remaining() < 6


@pytest.mark.fault(42)
def test_expired_url_is_tried_three_times(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    endpoint.behave = lambda put: 403
    with pytest.raises(NotDelivered, match="403") as raised:
        response.deliver(URL, b"{}", remaining=Remaining(time, 600))
    assert len(endpoint.puts) == 3
    assert "SIGNATURE" not in str(raised.value)


@pytest.mark.fault(60)
def test_redirects_are_not_followed(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    endpoint.behave = lambda put: "redirect"
    with pytest.raises(NotDelivered, match="307"):
        response.deliver(URL, b"{}", remaining=Remaining(time, 600))


@pytest.mark.fault(43)
def test_silent_server_does_not_block_the_function(
    endpoint: ResponseEndpoint, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "_ATTEMPT_TIMEOUT_SECONDS", 0.3)
    endpoint.script("silence")
    response.deliver(URL, b"{}", remaining=Remaining(time, 600))
    assert len(endpoint.puts) == 2


@pytest.mark.fault(40, 43)
def test_refused_connections_end_before_the_time_limit(time: VirtualTime, authority: Any) -> None:
    with routed_to(1), pytest.raises(NotDelivered) as raised:
        response.deliver(URL, b"{}", remaining=Remaining(time, 30))
    assert f"ConnectionRefusedError, {urlsplit(URL).hostname} after" in str(raised.value)
    assert "SIGNATURE" not in str(raised.value)


def test_responses_share_one_tls_context(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    before = response._tls.cache_info().misses
    for _ in range(3):
        response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    assert response._tls.cache_info().misses == before


def test_consecutive_responses_share_a_connection(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    with routed_to(endpoint.port) as connections:
        for _ in range(3):
            response.deliver(URL, b"{}", remaining=Remaining(time, 60))
        assert len(connections) == 1
        time.passed += 6
        response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    assert len(connections) == 2, "the server may have closed it by now"
    assert len(endpoint.puts) == 4


@pytest.mark.fault(43)
def test_kept_connection_closed_by_the_server_is_not_used(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    ((connection, _),) = response._connections.values()
    connection.sock.shutdown(socket.SHUT_RD)
    response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    assert len(endpoint.puts) == 2
    assert time.slept == []


@pytest.mark.fault(43)
def test_broken_kept_connection_costs_one_attempt(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    ((connection, _),) = response._connections.values()
    connection.sock.shutdown(socket.SHUT_WR)
    # The endpoint may close the connection too, sooner or later. Here it does so only after the connection was checked.
    with mock.patch.object(response.select, "select", return_value=([], [], [])):
        response.deliver(URL, b"{}", remaining=Remaining(time, 60))
    assert len(endpoint.puts) == 2
    assert len(time.slept) == 1


def test_certificate_for_another_name_is_refused(endpoint: ResponseEndpoint, time: VirtualTime) -> None:
    other = URL.replace("useast1.s3.us-east-1", "euwest1.s3.eu-west-1")
    with pytest.raises(NotDelivered, match="SSLCertVerificationError"):
        response.deliver(other, b"{}", remaining=Remaining(time, 5))
    assert endpoint.puts == []
