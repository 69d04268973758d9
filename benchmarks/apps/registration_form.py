"""This library's forms, each of a registration of CloudFormation's native type: half of the number each."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_smsvoice as smsvoice

from cdk_sms_registration import RegistrationForm

app = cdk.App()
stack = cdk.Stack(app, "Stack")
for number in range(int(sys.argv[1]) // 2):
    registration = smsvoice.CfnRegistration(
        stack, f"Registration{number}", registration_type="US_TOLL_FREE_REGISTRATION"
    )
    RegistrationForm(stack, f"Form{number}", registration=registration, fields={"companyInfo.companyName": "Example"})
app.synth()
