"""This library's registrations, without forms."""

import sys

import aws_cdk as cdk

from cdk_sms_registration import Registration, RegistrationType

app = cdk.App()
stack = cdk.Stack(app, "Stack")
for number in range(int(sys.argv[1])):
    Registration(stack, f"Registration{number}", registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)
app.synth()
