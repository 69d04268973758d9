"""The lower bound: one request, signed with the standard library only."""

import hashlib
import hmac
import http.client
import json
import os
import ssl
import time
from urllib.parse import urlsplit

ENDPOINT = urlsplit(os.environ["AWS_ENDPOINT_URL"])
TLS = ssl.create_default_context() if ENDPOINT.scheme == "https" else None


def handler(event, context):
    body = json.dumps(
        {"RegistrationType": event["ResourceProperties"]["RegistrationType"], "ClientToken": event["RequestId"]}
    ).encode()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": ENDPOINT.netloc,
        "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "x-amz-target": "PinpointSMSVoiceV2.CreateRegistration",
    }
    headers["authorization"] = authorization(headers, body)
    connection = (
        http.client.HTTPSConnection(ENDPOINT.netloc, context=TLS, timeout=15)
        if TLS
        else http.client.HTTPConnection(ENDPOINT.netloc, timeout=15)
    )
    connection.request("POST", "/", body=body, headers=headers)
    response = connection.getresponse()
    json.loads(response.read())
    connection.close()


def authorization(headers, body):
    date, region = headers["x-amz-date"], os.environ["AWS_REGION"]
    scope = f"{date[:8]}/{region}/sms-voice/aws4_request"
    names = ";".join(headers)
    canonical = "\n".join(
        ["POST", "/", "", *(f"{name}:{value}" for name, value in headers.items()), "", names, sha256(body)]
    )
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical.encode())])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"


def sha256(content):
    return hashlib.sha256(content).hexdigest()
