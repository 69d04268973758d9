"""Prints the number of requests to the CDK's Node process for a stack's first registration and for each further one."""

import aws_cdk as cdk
from jsii._kernel.providers.process import _NodeProcess

from cdk_sms_registration import Registration, RegistrationType

send, sent = _NodeProcess.send, []


def counted(process, request, response_type):
    sent.append(request)
    return send(process, request, response_type)


stack = cdk.Stack(cdk.App(), "Stack")
_NodeProcess.send = counted
for name in ("First", "Second"):
    sent.clear()
    Registration(stack, name, registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)
    print(len(sent))
