"""The peer: what a handler without any care does, and no response."""

import boto3

client = boto3.client("pinpoint-sms-voice-v2")


def handler(event, context):
    client.create_registration(
        RegistrationType=event["ResourceProperties"]["RegistrationType"], ClientToken=event["RequestId"]
    )
