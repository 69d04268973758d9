"""The peer with crhelper, used as in its README."""

import boto3
from crhelper import CfnResource

helper = CfnResource(log_level="INFO")
client = boto3.client("pinpoint-sms-voice-v2")


@helper.create
def create(event, context):
    return client.create_registration(
        RegistrationType=event["ResourceProperties"]["RegistrationType"], ClientToken=event["RequestId"]
    )["RegistrationId"]


def handler(event, context):
    helper(event, context)
