"""A minimal Lambda sandbox: imports a handler and calls it. Standard library only.

`python sandbox.py HANDLER ENDPOINT` reads numbers of events, one per line. For each line it prints as JSON the seconds of each
event, their total CPU seconds, and the peak memory of the process.
"""

import importlib
import json
import re
import sys
import time
from pathlib import Path
from time import perf_counter, process_time

STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/00000000-0000-4000-8000-000000000000"


class Context:
    """Lambda's context object."""

    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:Provider"
    function_name = "Provider"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self):
        return 900_000


def create_event(endpoint, number):
    """A Create as CloudFormation sends it."""
    sent = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return {
        "RequestType": "Create",
        "ServiceToken": Context.invoked_function_arn,
        "ResponseURL": f"{endpoint}/response?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={sent}&X-Amz-Signature=0",
        "StackId": STACK,
        "RequestId": f"00000000-0000-4000-8000-{number:012}",
        "LogicalResourceId": "TollFree",
        "ResourceType": "Custom::SmsRegistration",
        "ResourceProperties": {
            "ServiceToken": Context.invoked_function_arn,
            "ServiceTimeout": "3600",
            "RegistrationType": "US_TOLL_FREE_REGISTRATION",
        },
    }


def main(name, endpoint):
    handler = importlib.import_module(name).handler
    number = 0
    for line in sys.stdin:
        seconds, cpu = [], process_time()
        for _ in range(int(line)):
            number += 1
            event = create_event(endpoint, number)
            began = perf_counter()
            handler(event, Context())
            seconds.append(perf_counter() - began)
        # Not getrusage, which includes the memory of the parent process.
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
        print(json.dumps({"seconds": seconds, "cpu": process_time() - cpu, "peak_kib": peak}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
