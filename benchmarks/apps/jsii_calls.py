"""Prints how many requests go to the CDK's Node process for one further registration."""

import aws_cdk as cdk
from jsii._kernel.providers.process import _NodeProcess

from cdk_sms_registration import Registration, RegistrationType

TYPE = RegistrationType.US_TOLL_FREE_REGISTRATION
send, sent = _NodeProcess.send, []


def counted(process, request, response_type):
    sent.append(request)
    return send(process, request, response_type)


stack = cdk.Stack(cdk.App(), "Stack")
Registration(stack, "First", registration_type=TYPE)
_NodeProcess.send = counted
Registration(stack, "Second", registration_type=TYPE)
print(len(sent))
