"""A Lambda environment with a chosen SDK: runs the asset's function on a list of events, and prints its responses.

Only the standard library, the asset and that SDK can be imported: start it with `python -I -S runtime_program.py`. The SDK signs,
serializes and parses as it does in Lambda; only the connection goes to a server on this machine.

Arguments: the asset's folder, the SDK's folder, the server's address. Input: the events, as JSON. Output: the SDK's version and
the responses, as JSON.
"""

import http.client
import json
import sys
import time

ASSET, SDK, SERVER = sys.argv[1:4]
sys.path[:0] = [ASSET, SDK]

import botocore  # noqa: E402
import botocore.awsrequest  # noqa: E402
import botocore.httpsession  # noqa: E402

STATUS = {"Create": "CREATE_IN_PROGRESS", "Update": "UPDATE_IN_PROGRESS", "Delete": "DELETE_IN_PROGRESS"}
event = {}


class Raw:
    """A response body with the interface that botocore uses."""

    def __init__(self, content):
        self._content = content

    def stream(self, **_):
        yield self._content

    def read(self, *_):
        content, self._content = self._content, b""
        return content


def send(_, request):
    """Replacement for URLLib3Session.send."""
    if request.url.startswith("https://cloudformation."):
        return http_response(request, 200, {"content-type": "text/xml"}, cloudformation(request))
    address = botocore.httpsession.urlparse(request.url)
    connection = http.client.HTTPConnection(SERVER, timeout=30)
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    body = request.body.read() if hasattr(request.body, "read") else request.body
    connection.request(request.method, address.path or "/", body, {**headers, "Host": address.netloc})
    reply = connection.getresponse()
    return http_response(request, reply.status, dict(reply.getheaders()), reply.read())


def http_response(request, status, headers, content):
    return botocore.awsrequest.AWSResponse(
        request.url, status, botocore.compat.HTTPHeaders.from_dict(headers), Raw(content)
    )


def cloudformation(request):
    text = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    if "DescribeStacks" in text:
        inner = "<Stacks><member><StackName>S</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        inner += f"<StackStatus>{STATUS[event['RequestType']]}</StackStatus></member></Stacks>"
        name = "DescribeStacks"
    else:
        inner = f"<StackResourceDetail><LogicalResourceId>{event['LogicalResourceId']}</LogicalResourceId>"
        inner += f"<ResourceStatus>{STATUS[event['RequestType']]}</ResourceStatus></StackResourceDetail>"
        name = "DescribeStackResource"
    return (
        f'<{name}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{name}Result>{inner}</{name}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{name}Response>"
    ).encode()


botocore.httpsession.URLLib3Session.send = send
time.sleep = lambda _: None

from sms_registration_handler import index  # noqa: E402
from sms_registration_handler.cloudformation import response  # noqa: E402

responses = []
response.deliver = lambda url, body, remaining: responses.append(json.loads(body))


class Context:
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:Provider"
    function_name = aws_request_id = "Provider"

    def get_remaining_time_in_millis(self):
        return 900_000


known = {}
for event in json.load(sys.stdin):
    # "{Registration}" stands for the physical id that the response to an earlier event of that logical ID had.
    text = json.dumps(event)
    for logical_id, physical_id in known.items():
        text = text.replace("{" + logical_id + "}", physical_id)
    event = json.loads(text)
    index.handler(event, Context())
    known[event["LogicalResourceId"]] = responses[-1]["PhysicalResourceId"] if responses else ""
print(json.dumps({"botocore": botocore.__version__, "responses": responses}))
