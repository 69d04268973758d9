"""What a deployment marks: nothing secret, nothing twice, and as much as the registration has room for."""

from typing import Any

import pytest

from sms_registration_handler.resource import owner_tags, tagging
from sms_registration_rules import marks
from sms_registration_rules.values import TextValue
from support.small_forms import NAME
from support.watch_world import Watched, chain
from support.world import SECRET

SECRET_VALUE = {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:name-AbCdEf"}


def writes(sms: Watched, since: int) -> list[str]:
    campaign = sms.registration("Campaign")
    mine = (campaign.registration_id, campaign.registration_arn)
    return [
        each.operation
        for each in sms.fake.writes[since:]
        if each.parameters.get("RegistrationId") in mine or each.parameters.get("ResourceArn") in mine
    ]


def test_marking_takes_no_request_of_its_own(sms: Watched) -> None:
    assert sms.deploy(chain(sms.number())) == "CREATE_COMPLETE"
    made = writes(sms, 0)
    # The first one ends the creation of the registration, the second one claims the form.
    assert made == ["TagResource", "TagResource", "PutRegistrationFieldValue"]
    waiting = marks.parse(sms.tags("Campaign"))
    assert waiting.submission is not None
    assert waiting.submission.after == (sms.id("Brand"),)
    assert len(waiting.resources) == 2


def test_the_number_of_tags_is_that_which_the_constructs_leave_room_for(sms: Watched) -> None:
    assert marks.MAX_TAGS == tagging.MAX_TAGS
    assert owner_tags.MAX_OWN_TAGS == 16


def test_the_digest_tells_nothing_about_a_secret(sms: Watched) -> None:
    assert sms.deploy(chain(campaign={NAME: SECRET_VALUE})) == "CREATE_COMPLETE"
    submission = marks.parse(sms.tags("Campaign")).submission
    assert submission is not None
    assert submission.left_out == {marks.path_hash(NAME)}
    held = sms.registration("Campaign").current_version.values[NAME].text_value
    assert held == SECRET
    assert submission.digest == marks.digest({NAME: TextValue("anything else")}, submission.left_out)
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"


def test_forty_nine_numbers_are_associated(sms: Watched) -> None:
    sms.fake.configure(phone_numbers_per_account=60, tags_per_resource=50)
    numbers = [sms.number() for _ in range(49)]
    assert sms.deploy(chain(*numbers)) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.watch()
    sms.approve("Campaign")
    sms.watch()
    assert sms.associated("Campaign") == {sms.id("Brand"), *numbers}
    assert not marks.parse(sms.tags("Campaign"))


def test_what_has_no_room_is_reported_and_left_to_a_deployment(sms: Watched) -> None:
    sms.fake.configure(phone_numbers_per_account=60, tags_per_resource=50)
    numbers = [sms.number() for _ in range(30)]
    template: dict[str, Any] = chain(*numbers)
    template["Campaign"]["Properties"]["Tags"] = [{"Key": f"k{number}", "Value": "v"} for number in range(34)]
    assert sms.deploy(template) == "CREATE_COMPLETE"
    assert len(sms.tags("Campaign")) <= tagging.MAX_TAGS
    waiting = marks.parse(sms.tags("Campaign"))
    assert waiting.submission is not None
    assert len(waiting.resources) == 6
    assert any("has no room for more tags" in line.getMessage() for line in sms.world.lines)
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "SUBMITTED"


@pytest.mark.parametrize("way", ["take the number away", "add a number"])
def test_a_changed_number_is_marked_anew(sms: Watched, way: str) -> None:
    first, second = sms.number(), sms.number()
    before, after = ([first, second], [first]) if way == "take the number away" else ([first], [first, second])
    assert sms.deploy(chain(*before)) == "CREATE_COMPLETE"
    assert sms.deploy(chain(*after)) == "UPDATE_COMPLETE"
    assert set(marks.parse(sms.tags("Campaign")).resources) == {sms.id("Brand"), *after}


def test_a_mark_that_somebody_changed_is_told_and_not_acted_on(sms: Watched) -> None:
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    (key,) = marks.parse(sms.tags("Campaign")).submissions
    arn = sms.registration("Campaign").registration_arn
    sms.fake.tag_resource(resource_arn=arn, tags=[{"Key": key, "Value": "version=1"}])
    sms.approve("Brand")
    sms.watch()
    assert sms.status("Campaign") == "DRAFT"
    assert ("cannot_continue", "Campaign") in sms.outbox.told()
