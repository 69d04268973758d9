"""Registrations of CloudFormation's native type, without forms."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice

app = cdk.App()
stack = cdk.Stack(app, "Stack")
for number in range(int(sys.argv[1])):
    smsvoice.CfnRegistration(stack, f"Registration{number}", registration_type="US_TOLL_FREE_REGISTRATION")
app.synth()
