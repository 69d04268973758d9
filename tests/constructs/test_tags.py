"""Tags that the service would refuse are refused at synth, wherever they come from."""

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment, RegistrationType, checks
from sms_registration_handler.resource import owner_tags, tagging

TOLL_FREE = RegistrationType.US_TOLL_FREE_REGISTRATION


def test_the_number_of_own_tags_is_the_handlers():
    assert checks.MAXIMUM_OWN_TAGS == owner_tags.MAX_OWN_TAGS
    assert checks.MAXIMUM_TAGS + owner_tags.MAX_OWN_TAGS == tagging.MAX_TAGS


REFUSED = [
    ({"cdk-sms-registration:stack": "x"}, "begins with 'cdk-sms-registration:', which the provider function reserves"),
    ({"aws:team": "x"}, "begins with 'aws:', which AWS reserves"),
    ({"k" * 129: "x"}, "has 129 characters, expected 1 to 128"),
    ({"k": "v" * 257}, "has 257 characters, expected at most 256"),
    ({f"k{n}": "" for n in range(29)}, "got 29 tags, expected at most 28: a resource can have 50"),
]


@pytest.mark.fault(77)
@pytest.mark.parametrize(("tags", "problem"), REFUSED)
def test_tags_of_the_argument_are_refused(stack, tags, problem):
    with pytest.raises(ValueError, match=r"^Registration 'Test/TollFree': tags") as error:
        Registration(stack, "TollFree", registration_type=TOLL_FREE, tags=tags)

    assert problem in str(error.value)


@pytest.mark.fault(77)
@pytest.mark.parametrize(("tags", "problem"), REFUSED)
def test_tags_of_a_scope_are_refused_at_synth(app, stack, tags, problem):
    Registration(stack, "TollFree", registration_type=TOLL_FREE)
    for key, value in tags.items():
        cdk.Tags.of(stack).add(key, value)

    with pytest.raises(RuntimeError) as error:
        app.synth()

    assert "[Test/TollFree/Resource] tags: " in str(error.value) or "[Test/TollFree/Resource] tags[" in str(error.value)
    assert problem in str(error.value)


@pytest.mark.fault(77)
def test_own_tags_and_those_of_a_scope_count_together(app, stack):
    tags = {f"own{n}": "" for n in range(20)}
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags=tags)
    for n in range(15):
        cdk.Tags.of(stack).add(f"scope{n}", "")

    with pytest.raises(RuntimeError, match="got 35 tags"):
        app.synth()


def test_tags_of_files_are_refused_too(app, stack, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n0")
    attachment = RegistrationAttachment(stack, "OptIn", source=AttachmentSource.from_asset(path))
    cdk.Tags.of(attachment).add("aws:team", "x")

    with pytest.raises(RuntimeError, match=r"Test/OptIn/Resource.*'aws:', which AWS reserves"):
        app.synth()


def test_as_many_tags_as_fit_and_tokens_are_accepted(stack):
    tags = {f"k{n}": "" for n in range(27)}
    Registration(stack, "TollFree", registration_type=TOLL_FREE, tags=tags)
    cdk.Tags.of(stack).add("stage", cdk.CfnParameter(stack, "Stage").value_as_string)

    (resource,) = Template.from_stack(stack).find_resources("Custom::SmsRegistration").values()
    assert len(resource["Properties"]["Tags"]) == 28
