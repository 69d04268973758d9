import inspect

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template

from cdk_sms_registration import ProviderMetrics, Registration, RegistrationProvider
from sms_registration_handler.cloudformation import metrics as counted

METRICS = {
    "refused_deletes": counted.REFUSED_DELETES,
    "denied_forms": counted.DENIED_FORMS,
    "pending_submissions": counted.PENDING_SUBMISSIONS,
    "leftovers": counted.LEFTOVERS,
    "unrestored_rollbacks": counted.UNRESTORED_ROLLBACKS,
}


@pytest.fixture
def provider(stack):
    Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")
    return RegistrationProvider.get_or_create(stack)


def test_every_counted_thing_has_a_method():
    assert set(METRICS) == {name for name in vars(ProviderMetrics) if not name.startswith("_")} - {"metric"}
    names = {value for name, value in inspect.getmembers(counted) if name.isupper() and name != "NAMESPACE"}
    assert set(METRICS.values()) == names


@pytest.mark.parametrize(("method", "name"), METRICS.items())
def test_names_what_the_function_writes(stack, provider, method, name):
    metric = getattr(provider.metrics, method)(period=cdk.Duration.hours(1), statistic="Maximum")

    written = counted.counted(name)["_aws"]["CloudWatchMetrics"][0]
    assert metric.namespace == written["Namespace"]
    assert [metric.metric_name] == [each["Name"] for each in written["Metrics"]]
    assert [list(metric.dimensions)] == written["Dimensions"]
    assert stack.resolve(metric.dimensions["FunctionName"]) == {"Ref": "SmsRegistrationProviderFunctionF386247D"}
    assert metric.period.to_hours() == 1
    assert metric.statistic == "Maximum"


def test_alarm_on_a_metric(stack, provider):
    provider.metrics.refused_deletes().create_alarm(
        stack,
        "RefusedDeletes",
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )

    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "cdk-sms-registration",
            "MetricName": "RefusedDeletes",
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "SmsRegistrationProviderFunctionF386247D"}}],
            "Statistic": "Sum",
            "Period": 300,
            "TreatMissingData": "notBreaching",
        },
    )


def test_unused_metric_is_not_in_the_template(stack, provider):
    provider.metrics.leftovers()

    assert not Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm")
