"""Plain custom resources with one function, as a user would write them without a library."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from cdk_sms_registration.asset import handler_asset

app = cdk.App()
stack = cdk.Stack(app, "Stack")
asset = handler_asset()
function = lambda_.Function(
    stack,
    "Function",
    runtime=lambda_.Runtime.PYTHON_3_14,
    handler="index.handler",
    code=lambda_.Code.from_asset(str(asset.archive), asset_hash=asset.content_hash),
)
for number in range(int(sys.argv[1])):
    cdk.CustomResource(
        stack,
        f"Registration{number}",
        service_token=function.function_arn,
        resource_type="Custom::SmsRegistration",
        properties={"RegistrationType": "US_TOLL_FREE_REGISTRATION"},
    )
app.synth()
