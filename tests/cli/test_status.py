"""`status`: what became of registrations, and what to do."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from moto_sms_voice.exceptions import AccessDeniedException
from sms_registration_cli import status_report
from sms_registration_cli.account import FoundRegistration, Version
from sms_registration_cli.commands import status as status_command
from sms_registration_cli.next_steps import next_step
from support.fake_help import BRAND, TFN, attach, create, submitted

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Sms/0123"
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)


def owned(**more):
    tags = {"cdk-sms-registration:stack": STACK_ID, "cdk-sms-registration:logical-id": "Brand", **more}
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def test_nothing_there(fake, run):
    text = run("status").stdout
    assert "No registrations in us-east-1." in text
    assert "registrations 0 of 25" in text


def test_both_statuses_and_the_owner_are_shown(client, run):
    registration_id = create(client, Tags=[*owned(), {"Key": "Name", "Value": "Our brand"}])
    text = run("status").stdout
    for expected in (registration_id, "Our brand", "CREATED", "version 1 DRAFT", "Sms", "deploy with submit=True"):
        assert expected in text


def test_a_denial_is_explained_per_field_beside_awss_words(client, fake, run):
    registration_id = submitted(client)
    reason = {
        "Reason": "BRAND_DBA_NAME_MISMATCH",
        "ShortDescription": "The name does not match",
        "LongDescription": "AWS's own long words.",
        "DocumentationLink": "https://docs.aws.amazon.com/x",
    }
    fake.review.deny(registration_id, [reason], {"contactInfo.dbaName": "MISMATCH"}, feedback="Try again.")
    text = run("status", registration_id).stdout
    for expected in (
        "version 1 DENIED",
        f"{registration_id}, version 1, was denied",
        "Feedback      Try again.",
        "BRAND_DBA_NAME_MISMATCH",
        "AWS says      The name does not match AWS's own long words.",
        "Cause ",
        "Change ",
        "https://docs.aws.amazon.com/x",
        "contactInfo.dbaName: MISMATCH",
    ):
        assert expected in text


def test_lines_of_text_are_not_broken(client, fake, run, monkeypatch):
    """A person may search for them, or copy them."""
    monkeypatch.setenv("COLUMNS", "60")
    registration_id = submitted(client)
    fake.review.deny(registration_id, [{"Reason": "R1", "ShortDescription": "word " * 30 + "end"}])
    assert "word " * 30 + "end" in run("status").stdout


def test_a_title_in_the_short_description_is_explained_too(client, fake, run_json):
    registration_id = submitted(client)
    fake.review.deny(registration_id, [{"Reason": "R1", "ShortDescription": "Unofficial Business Email"}])
    (denial,) = run_json("status", registration_id)["registrations"][0]["denials"]
    assert denial["fields"] == ["contactInfo.supportEmail"]


def test_what_aws_does_not_accept_again_is_said_at_once(client, fake, run_json):
    from sms_registration_rules.denials.explanations import all_explanations

    final = next(each for each in all_explanations() if each.submit_again == "no" and each.code)
    registration_id = submitted(client)
    fake.review.deny(registration_id, [final.code])
    (found,) = run_json("status")["registrations"]
    assert "contact AWS Support" in found["next"]["text"]


def test_a_denial_says_that_an_older_version_is_still_approved(client, fake, run_json):
    registration_id = submitted(client)
    fake.review.deny(registration_id, ["BRAND_DBA_NAME_MISMATCH"])
    assert "still the approved one" not in run_json("status")["registrations"][0]["next"]["text"]
    approved = submitted(client)
    fake.review.approve(approved)
    client.create_registration_version(RegistrationId=approved)
    fake.review.set_status(approved, version_status="DENIED")
    (found,) = run_json("status", approved)["registrations"]
    assert "Version 1 is still the approved one." in found["next"]["text"]


def test_an_unknown_reason_is_shown_as_it_is(client, fake, run):
    registration_id = submitted(client)
    fake.review.deny(registration_id, ["SOMETHING_NEW"])
    assert "SOMETHING_NEW" in run("status").stdout


def test_only_a_stack(client, run_json):
    mine = create(client, Tags=owned())
    create(client)
    found = run_json("status", "--stack", "Sms")["registrations"]
    assert [each["registrationId"] for each in found] == [mine]
    assert (found[0]["stack"], found[0]["logicalId"]) == ("Sms", "Brand")


def test_by_arn(client, fake, run_json):
    registration_id = create(client)
    found = run_json("status", fake.arn(f"registration/{registration_id}"))["registrations"]
    assert [each["registrationId"] for each in found] == [registration_id]


def test_an_id_that_does_not_exist(fake, run):
    assert "registration-0 does not exist in us-east-1" in run("status", "registration-0", code=2).stderr


def test_leftovers_are_named(client, fake, run, run_json):
    stray = create(client, TFN)
    unfinished = create(client, Tags=owned(**{"cdk-sms-registration:state": "pending"}))
    kept = create(client, Tags=owned(**{"cdk-sms-registration:state": "owned"}))
    closed = submitted(client)
    fake.review.close(closed)
    found = {each["registrationId"]: each["leftover"] for each in run_json("status")["registrations"]}
    assert found[stray] == "a draft that no stack owns"
    assert "interrupted deployment of the stack Sms" in found[unfinished]
    assert found[kept] is None
    assert found[closed] == "closed"
    assert "delete-registration" in run("status").stdout


def test_leftover_attachments_are_named(client, fake, run, run_json):
    left, kept = attach(client), attach(client)
    arns = {
        each["RegistrationAttachmentId"]: each["RegistrationAttachmentArn"]
        for each in client.describe_registration_attachments()["RegistrationAttachments"]
    }
    client.tag_resource(ResourceArn=arns[left], Tags=owned(**{"cdk-sms-registration:state": "leftover"}))
    client.tag_resource(ResourceArn=arns[kept], Tags=owned(**{"cdk-sms-registration:state": "owned"}))
    assert run_json("status")["leftoverAttachments"] == [{"registrationAttachmentId": left, "stack": "Sms"}]
    text = run("status").stdout
    assert f"{left}  stack Sms" in text
    assert kept not in text
    assert left not in run("status", "--stack", "Sms").stdout, "leftovers are about the whole account"


def test_a_missing_permission_names_its_action(fake, run):
    fake.inject("DescribeRegistrations", error=AccessDeniedException("User is not authorized"))
    assert "sms-voice:DescribeRegistrations in us-east-1" in run("status", code=2).stderr


def test_statuses_of_the_future_are_survived(client, fake, run):
    registration_id = submitted(client)
    fake.review.set_status(registration_id, "ENCHANTED", "BEWITCHED")
    assert "does not know the status BEWITCHED" in run("status").stdout


def test_watch_looks_again_until_it_is_interrupted(client, fake, run, monkeypatch):
    registration_id = submitted(client)
    waited = []

    def wait(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            raise KeyboardInterrupt
        fake.review.approve(registration_id)

    monkeypatch.setattr(status_command.time, "sleep", wait)
    text = run("status", "--watch", "--interval", "5").stdout
    assert waited == [5.0, 5.0]
    assert "Approved. Nothing to do." in text


def test_watch_and_json_do_not_go_together(fake, run):
    assert "--watch" in run("status", "--watch", "--json", code=2).stderr


# --- what comes next ---


def registration(status, version_status, *, registration_type=BRAND, days=0.0, number=1, **tags):
    since = NOW - timedelta(days=days)
    names = {"SUBMITTED": "SubmittedTimestamp", "REVIEWING": "ReviewingTimestamp"}
    history = {"DraftTimestamp": NOW - timedelta(days=400), names.get(version_status, "DraftTimestamp"): since}
    version = {
        "VersionNumber": number,
        "RegistrationVersionStatus": version_status,
        "RegistrationVersionStatusHistory": history,
    }
    description = {
        "RegistrationId": "registration-1",
        "RegistrationType": registration_type,
        "RegistrationStatus": status,
    }
    return FoundRegistration(description, tags, [Version(version)])


@pytest.mark.parametrize(
    ("found", "words", "needs_a_person"),
    [
        (registration("REVIEWING", "REVIEWING", days=1), "AWS expects 2 business days", False),
        (registration("REVIEWING", "REVIEWING", days=9), "takes much longer", True),
        (registration("CREATED", "SUBMITTED", days=0.5), "Nothing to do", False),
        (registration("CREATED", "SUBMITTED", days=1.5), "has not begun", True),
        (registration("REVIEWING", "REVIEWING", registration_type="XX_NEW"), "publishes no duration", False),
        (
            registration("REVIEWING", "REVIEWING", registration_type="TEST_RCS_LAUNCH_REGISTRATION"),
            "AWS expects minutes",
            False,
        ),
        (registration("REQUIRES_AUTHENTICATION", "REQUIRES_AUTHENTICATION"), "e-mail", True),
        (registration("REVIEWING", "REQUIRES_OFFLINE_REVIEW"), "support case", True),
        (registration("PROVISIONING", "APPROVED"), "creating the number", False),
        (registration("COMPLETE", "APPROVED"), "Nothing to do", False),
        (registration("CLOSED", "APPROVED"), "Delete it", True),
        (registration("REQUIRES_UPDATES", "DENIED"), "sms-registration export", True),
        (
            registration("REQUIRES_UPDATES", "DENIED", **{"cdk-sms-registration:stack": STACK_ID}),
            "deploy with submit=True: ",  # what was adopted may not be submitted yet
            True,
        ),
        (registration("REQUIRES_UPDATES", "REVOKED"), "taken back", True),
        (registration("CREATED", "DISCARDED"), "next deployment", True),
    ],
)
def test_what_comes_next(found, words, needs_a_person):
    step = next_step(found, NOW)
    assert words in step.text
    assert step.needs_a_person is needs_a_person


def test_a_report_without_versions_is_possible():
    found = FoundRegistration({"RegistrationId": "r", "RegistrationType": "T", "RegistrationStatus": "CREATED"})
    report = status_report.Report([found], {}, NOW, "us-east-1")
    assert status_report.to_json(report)["registrations"][0]["versionNumber"] is None
    assert list(status_report.renderables(report))
