"""The peer: the bare boto3 call of a handler, without a response."""

import boto3

client = boto3.client("pinpoint-sms-voice-v2")


def handler(event, context):
    client.create_registration(
        RegistrationType=event["ResourceProperties"]["RegistrationType"], ClientToken=event["RequestId"]
    )
