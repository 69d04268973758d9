"""`status`: what waits, and for what, as a deployment has marked it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone

from sms_registration_cli import pending
from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.next_steps import next_step
from sms_registration_rules import marks, tag_keys, told
from support.fake_help import CAMPAIGN, TFN, create, toll_free_number

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
ARN = "arn:aws:sms-voice:us-east-1:123456789012:registration/registration-0123"
NUMBERS = tuple(f"phone-{number:032x}" for number in range(5))
WATCH = "A RegistrationWatch in the stack does that by itself; without one, deploy with another revision."


def submission(*after: str) -> dict[str, str]:
    tag = marks.Submission(version_number=3, digest="0123456789abcdefghijkl", after=after).tag()
    assert tag is not None
    return dict([tag])


def found(status: str = "CREATED", **tags: str) -> FoundRegistration:
    return FoundRegistration({"RegistrationId": "registration-1", "RegistrationStatus": status}, tags)


def test_nothing_waits():
    assert pending.sentences(found()) == []
    assert pending.to_json(found()) is None


def test_a_submission_waits_for_its_brand():
    registration = found(**submission(ARN))

    assert pending.sentences(registration) == [
        "Version 3 waits to be submitted until registration-0123 is complete.",
        WATCH,
    ]
    assert pending.to_json(registration) == {
        "submission": {"versionNumber": 3, "after": [ARN]},
        "associations": [],
        "unreadableTags": [],
    }


def test_numbers_wait_for_the_campaign():
    registration = found("REVIEWING", **marks.association_tags(NUMBERS))

    assert pending.sentences(registration) == [
        f"{', '.join(NUMBERS[:3])} and 2 more wait to be associated until this registration is complete.",
        WATCH,
    ]
    assert pending.to_json(registration)["associations"] == list(NUMBERS)


def test_a_campaign_waits_for_its_brand_and_numbers_for_the_campaign():
    registration = found(**marks.association_tags([ARN, NUMBERS[0]]))

    assert pending.sentences(registration) == [
        "registration-0123 waits to be associated until it is complete.",
        f"{NUMBERS[0]} waits to be associated until this registration is complete.",
        WATCH,
    ]


def test_what_is_associated_does_not_wait():
    """One tag names a campaign's brand and its numbers, and stays until the numbers are associated."""
    registration = found("SUBMITTED", **marks.association_tags([ARN, NUMBERS[0]]))
    registration = replace(registration, associations=[{"ResourceId": "registration-0123", "ResourceArn": ARN}])

    assert pending.sentences(registration)[0] == (
        f"{NUMBERS[0]} waits to be associated until this registration is complete."
    )
    assert pending.to_json(registration)["associations"] == [NUMBERS[0]]


def test_the_next_step_names_what_waits():
    step = next_step(found("COMPLETE", **marks.association_tags(NUMBERS[:1])), NOW)

    assert step.text.endswith(f"{NUMBERS[0]} waits to be associated. {WATCH}")


def test_a_tag_that_was_changed_by_hand():
    registration = found(**{f"{tag_keys.SUBMISSION}AAAAAAAA": "something else"})

    (sentence,) = pending.sentences(registration)
    assert f"{tag_keys.SUBMISSION}AAAAAAAA" in sentence
    assert "deploy with another revision" in sentence


def tell(*entries: told.Entry) -> dict[str, str]:
    return {tag_keys.TOLD: told.value({f"d{number}": each for number, each in enumerate(entries)})}


FIRST = told.Entry.new(NOW.timestamp())


def test_nothing_was_told():
    assert pending.told_last(found()) == ""
    assert pending.told_json(found()) is None


def test_told_once():
    registration = found(**tell(FIRST))

    assert pending.told_last(registration) == "The watch reported this on 2026-11-26 12:00 UTC."
    assert pending.told_json(registration) == {"first": NOW, "last": NOW, "reminders": 0}


def test_reminded_is_what_was_told_last():
    later = FIRST.again(NOW.timestamp() + 86400).again(NOW.timestamp() + 2 * 86400)

    text = pending.told_last(found(**tell(FIRST, later)))

    assert text == "The watch reported this, and reminded people 2 times, last on 2026-11-28 12:00 UTC."


def test_in_the_command(client, run):
    tags = {**submission("registration-0123"), **tell(FIRST)}
    create(client, CAMPAIGN, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    text = " ".join(run("status").stdout.split())
    assert "Version 3 waits to be submitted until registration-0123 is complete." in text
    assert "deploy with submit=True" not in text
    assert "The watch reported this on 2026-11-26 12:00 UTC." in text
    (registration,) = json.loads(run("status", "--json").stdout)["registrations"]
    assert registration["pending"]["submission"] == {"versionNumber": 3, "after": ["registration-0123"]}
    assert registration["told"]["reminders"] == 0
    assert not registration["next"]["needs_a_person"]


def test_the_command_reads_what_is_associated(client, run):
    number = toll_free_number(client)
    tags = marks.association_tags([number, NUMBERS[0]])
    registration = create(client, TFN, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    client.create_registration_association(RegistrationId=registration, ResourceId=number)

    text = " ".join(run("status").stdout.split())

    assert f"{NUMBERS[0]} waits to be associated until this registration is complete." in text
    assert number not in text
