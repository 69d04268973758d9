"""A custom resource that is controlled by its properties: `{"Create": "fail", "Delete": "describe", "Name": "an-id"}`."""

import json
import os
import time
import urllib.request

import boto3


def handler(event, context):
    properties = event["ResourceProperties"]
    response = {name: event[name] for name in ("RequestId", "StackId", "LogicalResourceId")}
    response.update(Status="SUCCESS", PhysicalResourceId=properties.get("Name", "a-name"), Reason="told to", Data={})
    print(f"{event['RequestType']} {event.get('PhysicalResourceId', '')}")
    behavior = properties.get(event["RequestType"], "succeed")
    for step in behavior.split():
        if step == "fail":
            response["Status"] = "FAILED"
        elif step == "crash":
            os._exit(1)
        elif step == "silent":
            return
        elif step == "describe":
            response["Data"].update(statuses(event))
        elif step == "register":
            service = boto3.client("pinpoint-sms-voice-v2")
            made = service.create_registration(
                RegistrationType="US_TOLL_FREE_REGISTRATION", ClientToken=event["RequestId"]
            )
            response["PhysicalResourceId"] = made["RegistrationId"]
        elif step == "wait":
            time.sleep(1)
        elif step != "succeed":
            raise ValueError(step)
    put(event["ResponseURL"], response)


def statuses(event):
    cloudformation = boto3.client("cloudformation")
    names = {"StackName": event["StackId"], "LogicalResourceId": event["LogicalResourceId"]}
    resource = cloudformation.describe_stack_resource(**names)["StackResourceDetail"]
    stack = cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"][0]
    return {
        "ResourceStatus": resource["ResourceStatus"],
        "ResourceId": resource.get("PhysicalResourceId", ""),
        "StackStatus": stack["StackStatus"],
    }


def put(url, response):
    request = urllib.request.Request(url, json.dumps(response).encode(), method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(request, timeout=10).read()
