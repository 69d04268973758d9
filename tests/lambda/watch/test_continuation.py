"""The watch goes on where a deployment had to stop, under four conditions, and never more than once."""

import json
from typing import Any

import pytest

from sms_registration_handler.resource import owner_tags
from sms_registration_rules import marks
from support.small_forms import NAME
from support.stack import Stack
from support.watch_world import CAMPAIGN_FIELDS, SCHEDULE, Watched, chain


def test_a_chain_goes_through_without_a_deployment(sms: Watched) -> None:
    numbers = [sms.number(), sms.number()]
    template = chain(*numbers, vetting=True)
    assert sms.deploy(template) == "CREATE_COMPLETE"
    sms.watch()
    assert sms.outbox.told() == []
    assert [sms.status(each) for each in ("Brand", "Vetting", "Campaign")] == ["SUBMITTED", "DRAFT", "DRAFT"]

    sms.approve("Brand")
    sms.watch(sms.event("Brand"))
    assert [sms.status(each) for each in ("Vetting", "Campaign")] == ["SUBMITTED", "DRAFT"]
    assert set(sms.outbox.told()) == {("approved", "Brand"), ("continued", "Vetting")}

    sms.approve("Vetting")
    sms.watch(sms.event("Vetting"))
    assert sms.status("Campaign") == "SUBMITTED"
    assert set(sms.outbox.told()) == {("approved", "Vetting"), ("continued", "Campaign")}

    sms.approve("Campaign")
    sms.watch(sms.event("Campaign"))
    assert sms.associated("Campaign") == {sms.id("Brand"), *numbers}
    assert set(sms.outbox.told()) == {("continued", "Campaign"), ("approved", "Campaign")}

    writes = sms.writes()
    sms.watch()
    assert sms.deploy(template, touch=True) == "UPDATE_COMPLETE"
    assert sms.outbox.told() == []
    assert sms.writes() == writes


@pytest.fixture
def waiting(sms: Watched) -> Watched:
    """A campaign that waits for its brand, which is approved now."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.watch(sms.event("Brand"))
    return sms


@pytest.fixture
def ready(sms: Watched) -> Watched:
    """A campaign that waits for its brand, which is approved now; the watch does not know yet."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    return sms


# --- at most once, whatever wakes it ---


@pytest.mark.parametrize("event", [SCHEDULE, {}, None, "text", {"source": 1, "detail": []}])
def test_any_trigger_makes_a_pass(ready: Watched, event: Any) -> None:
    ready.watch(event)
    assert ready.status("Campaign") == "SUBMITTED"


def test_an_event_about_something_else_continues_too(ready: Watched) -> None:
    """The event about the brand may be lost; any other one makes up for it."""
    event = ready.event("Brand")
    event["detail"]["registrationDetails"]["registrationId"] = "registration-of-somebody-else"
    ready.watch(event)
    assert ready.status("Campaign") == "SUBMITTED"


def test_late_and_repeated_events_change_nothing(waiting: Watched) -> None:
    waiting.outbox.told()
    writes = waiting.writes()
    for event in (waiting.event("Brand"), waiting.event("Campaign"), SCHEDULE, waiting.event("Brand")):
        waiting.watch(event)
    assert waiting.writes() == writes
    assert waiting.outbox.told() == []


def test_the_mark_is_gone_afterwards(waiting: Watched) -> None:
    assert not marks.parse(waiting.tags("Campaign"))


def test_a_deployment_afterwards_writes_nothing(waiting: Watched) -> None:
    writes = waiting.writes()
    assert waiting.deploy(chain(), touch=True) == "UPDATE_COMPLETE"
    assert waiting.writes() == writes


def test_a_denied_campaign_is_not_submitted_again(waiting: Watched) -> None:
    waiting.fake.review.deny(waiting.id("Campaign"))
    for _ in range(3):
        waiting.watch({})
        waiting.pass_time(days=1)
    assert waiting.status("Campaign") == "DENIED"
    assert waiting.registration("Campaign").current_version_number == 1


# --- the four conditions ---


@pytest.mark.parametrize(
    "status",
    [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "ROLLBACK_COMPLETE",
        "DELETE_IN_PROGRESS",
        "REVIEW_IN_PROGRESS",
        "SOMETHING_NEW",
    ],
)
def test_nothing_is_continued_during_a_deployment(ready: Watched, status: str) -> None:
    ready.stack.stack_status = status
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"
    assert ready.associated("Campaign") == set()
    assert "cannot_continue" not in {kind for kind, _ in ready.outbox.told()}
    ready.stack.stack_status = "UPDATE_COMPLETE"
    ready.watch()
    assert ready.status("Campaign") == "SUBMITTED"


def test_an_unknown_state_of_the_stack_means_later(ready: Watched) -> None:
    ready.stack.denied = True
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"


@pytest.fixture
def root(ready: Watched, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The root of the stack, which is a nested one."""
    root = ready.world.stack("Root")
    describe = ready.stack.describe

    def nested(operation: str, logical_id: str | None) -> tuple[int, dict[str, Any]]:
        status, response = describe(operation, logical_id)
        if operation == "DescribeStacks":
            response["Stacks"][0]["RootId"] = root.stack_id
        return status, response

    monkeypatch.setattr(ready.stack, "describe", nested)
    return root


def test_a_nested_stack_waits_for_its_root(ready: Watched, root: Stack) -> None:
    root.stack_status = "UPDATE_IN_PROGRESS"
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"
    root.stack_status = "UPDATE_COMPLETE"
    ready.watch({})
    assert ready.status("Campaign") == "SUBMITTED"


def test_who_may_not_describe_the_root_relies_on_the_nested_stack(ready: Watched, root: Stack) -> None:
    root.denied = True
    ready.watch({})
    assert ready.status("Campaign") == "SUBMITTED"


def test_a_value_that_somebody_changed_is_not_submitted(ready: Watched) -> None:
    ready.fake.put_registration_field_value(registration_id=ready.id("Campaign"), field_path=NAME, text_value="by hand")
    ready.watch()
    assert ready.status("Campaign") == "DRAFT"
    assert ("cannot_continue", "Campaign") in ready.outbox.told()
    ready.fake.put_registration_field_value(
        registration_id=ready.id("Campaign"), field_path=NAME, text_value=CAMPAIGN_FIELDS[NAME]
    )
    ready.watch()
    assert ready.status("Campaign") == "SUBMITTED"


def test_what_a_deployment_has_not_finished_is_no_obstacle(ready: Watched) -> None:
    ready.stack.stack_status = "UPDATE_IN_PROGRESS"
    ready.fake.put_registration_field_value(
        registration_id=ready.id("Campaign"), field_path=NAME, text_value="half a deployment"
    )
    ready.watch()
    assert ready.outbox.told() == [("approved", "Brand")]
    ready.stack.stack_status = "UPDATE_COMPLETE"
    ready.watch()
    assert ready.outbox.told() == [("cannot_continue", "Campaign")]


def test_a_submission_by_hand_counts(ready: Watched) -> None:
    campaign = ready.id("Campaign")
    ready.fake.create_registration_association(registration_id=campaign, resource_id=ready.id("Brand"))
    ready.fake.submit_registration_version(registration_id=campaign)
    ready.watch()
    assert ("continued", "Campaign") in ready.outbox.told()
    assert not marks.parse(ready.tags("Campaign"))


def test_a_version_that_somebody_replaced_is_not_submitted(ready: Watched) -> None:
    campaign = ready.id("Campaign")
    ready.fake.create_registration_association(registration_id=campaign, resource_id=ready.id("Brand"))
    ready.fake.submit_registration_version(registration_id=campaign)
    ready.fake.discard_registration_version(registration_id=campaign)
    ready.fake.create_registration_version(registration_id=campaign)
    ready.watch()
    assert ready.status("Campaign") == "DRAFT"


def test_the_form_of_another_stack_is_not_continued(ready: Watched) -> None:
    arn = ready.registration("Campaign").registration_arn
    taken = [{"Key": owner_tags.FORM_STACK, "Value": "another stack"}]
    ready.fake.tag_resource(resource_arn=arn, tags=taken)
    ready.watch()
    assert ready.status("Campaign") == "DRAFT"
    assert ready.outbox.told() == [("approved", "Brand")]


def test_content_that_was_denied_is_never_submitted(ready: Watched) -> None:
    """A later deployment marks the same content again, and only a changed form or a revision may be submitted."""
    ready.watch()
    campaign = ready.id("Campaign")
    ready.fake.review.deny(campaign)
    ready.registration("Brand").registration_status = "REVIEWING"
    changed = chain(campaign={NAME: "another name"})
    assert ready.deploy(changed) == "UPDATE_COMPLETE"
    assert marks.parse(ready.tags("Campaign")).submission is not None
    assert ready.deploy(chain()) == "UPDATE_COMPLETE"
    ready.watch()
    ready.outbox.told()
    ready.registration("Brand").registration_status = "COMPLETE"
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"
    assert [kind for kind, name in ready.outbox.told() if name == "Campaign"] == ["cannot_continue"]


def test_a_new_revision_submits_denied_content(ready: Watched) -> None:
    ready.watch()
    ready.fake.review.deny(ready.id("Campaign"))
    ready.registration("Brand").registration_status = "REVIEWING"
    assert ready.deploy(chain(Revision="2")) == "UPDATE_COMPLETE"
    assert ready.status("Campaign") == "DRAFT"
    ready.registration("Brand").registration_status = "COMPLETE"
    ready.watch({})
    assert ready.status("Campaign") == "SUBMITTED"
    assert ready.registration("Campaign").current_version_number == 2


def test_it_can_be_told_not_to_continue(ready: Watched) -> None:
    ready.environment["CONTINUE_PENDING"] = "false"
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"
    assert ready.outbox.told() == [("approved", "Brand")]


# --- deployments and rollbacks ---


def test_a_deployment_that_submits_removes_the_mark_first(ready: Watched) -> None:
    assert ready.deploy(chain(Revision="2")) == "UPDATE_COMPLETE"
    assert ready.status("Campaign") == "SUBMITTED"
    assert not marks.parse(ready.tags("Campaign"))
    ready.watch()
    assert ("continued", "Campaign") not in ready.outbox.told()


def test_a_changed_form_is_marked_anew(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    first = marks.parse(sms.tags("Campaign")).submission
    assert sms.deploy(chain(campaign={NAME: "another name"})) == "UPDATE_COMPLETE"
    second = marks.parse(sms.tags("Campaign")).submission
    assert first is not None
    assert second is not None
    assert first.digest != second.digest
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"


def test_a_rollback_restores_the_mark(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    before = marks.parse(sms.tags("Campaign"))
    other = {"Other": {"Type": "AWS::Other", "DependsOn": "CampaignForm"}}
    sms.stack.failing = {"Other"}
    assert sms.deploy({**chain(campaign={NAME: "another name"}), **other}) == "UPDATE_ROLLBACK_COMPLETE"
    assert marks.parse(sms.tags("Campaign")) == before


def test_a_form_that_is_not_to_be_submitted_any_more_is_not_marked(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    assert sms.deploy(chain(Submit=False)) == "UPDATE_COMPLETE"
    assert marks.parse(sms.tags("Campaign")).submission is None
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "DRAFT"
    assert sms.associated("Campaign") == {sms.id("Brand")}


def test_removing_the_form_removes_its_tags(ready: Watched) -> None:
    template = chain()
    del template["CampaignForm"]
    assert ready.deploy(template) == "UPDATE_COMPLETE"
    left = [key for key in ready.tags("Campaign") if "form" in key or "awaits" in key or "told" in key]
    assert left == [owner_tags.FORM_DIGEST]
    ready.watch({})
    assert ready.status("Campaign") == "DRAFT"


def test_a_deployment_that_changes_nothing_writes_nothing(sms: Watched) -> None:
    template = chain(sms.number())
    assert sms.deploy(template) == "CREATE_COMPLETE"
    writes = sms.writes()
    assert sms.deploy(template, touch=True) == "UPDATE_COMPLETE"
    assert sms.writes() == writes


# --- equal forms ---


def test_of_two_equal_forms_that_wait_one_is_submitted(sms: Watched) -> None:
    """No deployment could tell: neither was submitted."""
    template = chain()
    template["Other"] = {**template["Campaign"]}
    template["OtherForm"] = json.loads(json.dumps(template["CampaignForm"]).replace("Campaign", "Other"))
    assert sms.deploy(template) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.watch()
    sms.watch()
    assert sorted(sms.status(name) for name in ("Campaign", "Other")) == ["DRAFT", "SUBMITTED"]
    kinds = [kind for kind, name in sms.outbox.told() if name != "Brand"]
    assert sorted(kinds) == ["cannot_continue", "continued"]


def test_forms_that_differ_in_a_secret_only_are_both_submitted(sms: Watched) -> None:
    secret = {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:name-AbCdEf"}
    template = chain(campaign={NAME: secret})
    template["Other"] = {**template["Campaign"]}
    template["OtherForm"] = json.loads(json.dumps(template["CampaignForm"]).replace("Campaign", "Other"))
    assert sms.deploy(template) == "CREATE_COMPLETE"
    other = sms.registration("Other").current_version.values[NAME]
    other.text_value = "another secret"
    sms.approve("Brand")
    sms.watch()
    assert [sms.status(name) for name in ("Campaign", "Other")] == ["SUBMITTED", "SUBMITTED"]


# --- what is declared in other ways ---


def test_a_parent_that_is_associated_already_is_waited_for(sms: Watched) -> None:
    sms.fake.configure(incomplete_parent="never")
    assert sms.deploy(chain(Submit=False)) == "CREATE_COMPLETE"
    sms.fake.create_registration_association(registration_id=sms.id("Campaign"), resource_id=sms.id("Brand"))
    assert sms.deploy(chain()) == "UPDATE_COMPLETE"
    waiting = marks.parse(sms.tags("Campaign"))
    assert waiting.submission is not None
    assert waiting.resources == ()
    sms.watch()
    assert sms.status("Campaign") == "DRAFT"
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"


def test_resources_that_are_declared_by_arn_are_associated(sms: Watched) -> None:
    number = sms.number()
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:phone-number/{number}"
    template = chain(arn)
    template["CampaignForm"]["Properties"]["Associations"][0] = {"Fn::GetAtt": ["Brand", "RegistrationArn"]}
    assert sms.deploy(template) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"
    sms.approve("Campaign")
    sms.watch()
    assert sms.associated("Campaign") == {sms.id("Brand"), number}
    assert not marks.parse(sms.tags("Campaign"))
    writes = sms.writes()
    assert sms.deploy(template, touch=True) == "UPDATE_COMPLETE"
    assert sms.writes() == writes


@pytest.mark.parametrize(
    "switch",
    [
        {"repeated_submit": "accepted"},
        {"repeated_association": "accepted"},
        {"incomplete_parent": "submit"},
        {"reads_until_tags_visible": 2},
        {"registration_status_after_submit": "CREATED"},
        {"form_check": "denial"},
        {"page_size": 1},
    ],
    ids=str,
)
def test_a_chain_goes_through_whatever_the_service_does(sms: Watched, switch: dict[str, Any]) -> None:
    sms.fake.configure(**switch)
    numbers = [sms.number(), sms.number()]
    assert sms.deploy(chain(*numbers)) == "CREATE_COMPLETE"
    for name in ("Brand", "Campaign"):
        sms.approve(name)
        for _ in range(3):
            sms.watch()
            sms.pass_time(minutes=5)
    assert sms.status("Campaign") == "APPROVED"
    assert sms.submissions("Campaign") == 1
    assert sms.associated("Campaign") == {sms.id("Brand"), *numbers}
