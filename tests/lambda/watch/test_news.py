"""What each kind of message says, to whom, and that none ever has a field value."""

import json
from typing import Any

import pytest

from moto_sms_voice import exceptions
from sms_registration_handler.resource import owner_tags
from sms_registration_rules import news
from support.small_forms import BRAND, KIND, NAME
from support.stack import Template
from support.watch_world import CANARY, TOPIC_ARN, Watched, chain

REASON = {
    "Reason": "CAMPAIGN_UNCLEAR",
    "ShortDescription": "Campaign unclear",
    "LongDescription": "The description does not say who sends what.",
    "DocumentationLink": "https://docs.aws.amazon.com/why",
}


@pytest.fixture
def deployed(sms: Watched) -> Watched:
    """A brand that was submitted."""
    assert sms.deploy(brand()) == "CREATE_COMPLETE"
    return sms


@pytest.fixture
def chained(sms: Watched) -> Watched:
    """A brand that was submitted, and a campaign that waits for it."""
    assert sms.deploy(chain()) == "CREATE_COMPLETE"
    return sms


def brand(name: str = f"{CANARY} brand") -> Template:
    template = chain()
    template["BrandForm"]["Properties"]["Fields"][NAME] = name
    return {each: template[each] for each in ("Brand", "BrandForm")}


def only(sms: Watched) -> dict[str, Any]:
    """The detail of the only event."""
    (detail,) = sms.outbox.details()
    return detail


# --- kinds ---


def test_a_denial_has_everything(deployed: Watched) -> None:
    title = {"Reason": "Unclear Opt-in Language", "LongDescription": "Something of its own."}
    deployed.fake.review.deny(
        deployed.id("Brand"),
        [REASON, title],
        fields={NAME: "BRAND_ADDRESS_INVALID"},
        feedback="Say who sends what.",
    )
    deployed.watch(deployed.event("Brand"))
    (text,) = deployed.outbox.texts()
    for part in (
        "Brand was denied.",
        "Version 1 is DENIED, and the registration is REQUIRES_UPDATES.",
        "1. CAMPAIGN_UNCLEAR",
        "AWS says: Campaign unclear",
        "AWS says: The description does not say who sends what.",
        "See: https://docs.aws.amazon.com/why",
        "It means: ",
        "Change: ",
        "2. Unclear Opt-in Language",
        "AWS says: Something of its own.",
        f"3. {NAME}: BRAND_ADDRESS_INVALID",
        "Feedback on the version: Say who sends what.",
        "AWS accepts a corrected form again.",
        "cdk deploy Sms",
        f"sms-registration status {deployed.id('Brand')}",
        f"Registration: {deployed.id('Brand')}, US_TEN_DLC_BRAND_REGISTRATION",
        "Stack: Sms (us-east-1, account 123456789012), logical ID Brand",
    ):
        assert part in text
    detail = only(deployed)
    assert detail["kind"] == "denied"
    assert detail["submitAgain"] == "yes"
    assert [each["reason"] for each in detail["reasons"]] == [
        "CAMPAIGN_UNCLEAR",
        "Unclear Opt-in Language",
        "BRAND_ADDRESS_INVALID",
    ]
    assert detail["reasons"][2]["field"] == NAME
    assert detail["feedback"] == "Say who sends what."


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        ("SPAM_OR_PHISHING_ASSOCIATION", "no"),
        ("Something new", "unknown"),
        ("BRAND_NON_COMPLIANT_SWEEPSTAKES", "depends"),
        ({"Reason": "Anything", "LongDescription": "Not eligible for resubmission."}, "no"),
    ],
)
def test_a_denial_says_whether_it_may_be_filed_again(deployed: Watched, reason: Any, answer: str) -> None:
    deployed.fake.review.deny(deployed.id("Brand"), [reason])
    deployed.watch()
    assert only(deployed)["submitAgain"] == answer
    (text,) = deployed.outbox.texts()
    assert ("AWS Support" in text) == (answer == "no")


def test_a_denial_without_reasons(deployed: Watched) -> None:
    deployed.fake.review.deny(deployed.id("Brand"), [])
    deployed.watch()
    assert "AWS gives no reason." in deployed.outbox.texts()[0]


def test_a_denial_is_told_after_the_next_submission_too(deployed: Watched) -> None:
    deployed.fake.review.deny(deployed.id("Brand"), [REASON])
    assert deployed.deploy(brand("another name")) == "UPDATE_COMPLETE"
    deployed.watch()
    (text,) = deployed.outbox.texts()
    assert "CAMPAIGN_UNCLEAR" in text
    assert "The current version is 2, which is SUBMITTED." in text
    assert "cdk deploy" not in text


def test_it_needs_a_person(deployed: Watched) -> None:
    deployed.fake.review.require_authentication(deployed.id("Brand"))
    deployed.watch()
    assert "must follow the link" in deployed.outbox.texts()[0]
    assert deployed.outbox.told() == [("needs_a_person", "Brand")]
    deployed.fake.review.offline_review(deployed.id("Brand"))
    deployed.watch()
    assert "Open a case with AWS Support" in deployed.outbox.texts()[0]
    assert deployed.outbox.told() == [("needs_a_person", "Brand")]


def test_it_is_approved(deployed: Watched) -> None:
    deployed.environment["CONTINUE_PENDING"] = "false"
    deployed.approve("Brand")
    deployed.watch()
    (text,) = deployed.outbox.texts()
    assert text.startswith("Brand is approved.")
    assert "There is nothing to do." in text


def test_it_is_closed(chained: Watched) -> None:
    chained.fake.review.close(chained.id("Brand"))
    chained.watch()
    assert set(chained.outbox.told()) == {("closed", "Brand"), ("cannot_continue", "Campaign")}


def test_it_lost_its_approval(deployed: Watched) -> None:
    deployed.environment["CONTINUE_PENDING"] = "false"
    deployed.approve("Brand")
    deployed.watch()
    deployed.outbox.told()
    deployed.fake.review.revoke(deployed.id("Brand"))
    deployed.watch()
    assert deployed.outbox.texts()[0].startswith("Brand lost its approval.")
    assert deployed.outbox.told() == [("closed", "Brand")]


def test_it_was_continued(chained: Watched) -> None:
    chained.approve("Brand")
    chained.watch(chained.event("Brand"))
    text = next(each for each in chained.outbox.texts() if each.startswith("Campaign was continued"))
    assert "Version 1 was submitted." in text


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        ("close", "which is CLOSED and can never be COMPLETE"),
        ("deny", "which was denied"),
    ],
)
def test_it_cannot_be_continued(chained: Watched, trouble: str, cause: str) -> None:
    getattr(chained.fake.review, trouble)(chained.id("Brand"))
    chained.watch()
    text = next(each for each in chained.outbox.texts() if each.startswith("Campaign cannot be continued"))
    assert cause in text
    assert chained.id("Brand") in text


def test_a_refusal_is_told_and_tried_again_the_next_day(chained: Watched) -> None:
    refusal = exceptions.ServiceQuotaExceededException(f"{CANARY} too many", "ASSOCIATIONS_PER_REGISTRATION")
    chained.fake.inject("CreateRegistrationAssociation", error=lambda: refusal, nth=1, times=2)
    chained.approve("Brand")
    chained.watch()
    text = next(each for each in chained.outbox.texts() if each.startswith("Campaign cannot be continued"))
    assert "ASSOCIATIONS_PER_REGISTRATION" in text
    assert CANARY not in text
    chained.outbox.told()

    def tries() -> int:
        return [each.operation for each in chained.fake.calls].count("CreateRegistrationAssociation")

    chained.pass_time(hours=1)
    chained.watch()
    assert tries() == 1
    chained.pass_time(hours=24)
    chained.watch()
    assert tries() == 2
    assert chained.outbox.told() == [("reminder", "Campaign")]
    chained.watch({})  # a person has removed the cause and does not want to wait
    assert chained.outbox.told() == [("continued", "Campaign")]


# --- the clock ---


def test_a_review_is_overdue_once_and_then_weekly(deployed: Watched) -> None:
    deployed.pass_time(days=4)
    deployed.watch()
    assert deployed.outbox.told() == []
    deployed.pass_time(days=2)
    deployed.watch()
    (text,) = deployed.outbox.texts()
    assert "It was submitted 6 days ago. AWS publishes 2.8 days for this type." in text
    assert deployed.outbox.told() == [("overdue", "Brand")]
    deployed.pass_time(days=6)
    deployed.watch()
    assert deployed.outbox.told() == []
    deployed.pass_time(days=1)
    deployed.watch()
    assert deployed.outbox.told() == [("reminder", "Brand")]


def test_the_factor_can_be_set(deployed: Watched) -> None:
    deployed.environment["OVERDUE_FACTOR"] = "4.5"
    deployed.pass_time(days=12)
    deployed.watch()
    assert deployed.outbox.told() == []
    deployed.pass_time(days=1)
    deployed.watch()
    assert deployed.outbox.told() == [("overdue", "Brand")]


def test_a_submission_that_does_not_show_is_told_after_a_day(sms: Watched) -> None:
    sms.fake.configure(registration_status_after_submit="CREATED")
    assert sms.deploy(brand()) == "CREATE_COMPLETE"
    sms.pass_time(hours=23)
    sms.watch()
    assert sms.outbox.told() == []
    sms.pass_time(hours=2)
    sms.watch()
    assert sms.outbox.texts()[0].startswith("Brand does not show its submission.")
    assert sms.outbox.told() == [("overdue", "Brand")]
    sms.pass_time(hours=24)
    sms.watch()
    assert sms.outbox.told() == [("reminder", "Brand")]


def test_reminders_are_daily_for_a_week_and_then_weekly(deployed: Watched) -> None:
    deployed.fake.review.require_authentication(deployed.id("Brand"))
    told = []
    for hour in range(24 * 30):
        deployed.watch()
        told += [(hour // 24, kind) for kind, _ in deployed.outbox.told()]
        deployed.pass_time(hours=1)
    assert told == [
        (0, "needs_a_person"),
        *((day, "reminder") for day in range(1, 7)),
        (13, "reminder"),
        (20, "reminder"),
        (27, "reminder"),
    ]


def test_there_is_no_reminder_after_somebody_acted(deployed: Watched) -> None:
    deployed.fake.review.deny(deployed.id("Brand"))
    deployed.watch()
    deployed.outbox.told()
    deployed.fake.create_registration_version(registration_id=deployed.id("Brand"))
    deployed.pass_time(days=3)
    deployed.watch()
    assert [kind for kind, name in deployed.outbox.told() if name == "Brand"] == []


def test_reminders_can_be_turned_off(deployed: Watched) -> None:
    deployed.environment["REMINDERS"] = "false"
    deployed.fake.review.require_authentication(deployed.id("Brand"))
    deployed.watch()
    deployed.pass_time(days=3)
    deployed.watch()
    assert deployed.outbox.told() == [("needs_a_person", "Brand")]


def test_an_old_approval_is_no_news(sms: Watched) -> None:
    """A watch that is added to a stack does not tell what everybody knows."""
    assert sms.deploy(brand()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.pass_time(days=31)
    sms.environment["CONTINUE_PENDING"] = "false"
    writes = sms.writes()
    sms.watch()
    assert sms.outbox.told() == []
    assert sms.writes() == writes


# --- channels ---


def test_the_topic_gets_text_for_people_and_json_for_programs(deployed: Watched) -> None:
    deployed.fake.review.deny(deployed.id("Brand"), [REASON])
    deployed.watch(deployed.event("Brand"))
    (published,) = deployed.outbox.published
    assert published["TopicArn"] == TOPIC_ARN
    assert published["Subject"] == "Brand was denied (US_TEN_DLC_BRAND_REGISTRATION, stack Sms)"
    assert published["MessageStructure"] == "json"
    assert published["MessageAttributes"] == {
        "kind": {"DataType": "String", "StringValue": "denied"},
        "registrationType": {"DataType": "String", "StringValue": "US_TEN_DLC_BRAND_REGISTRATION"},
        "stack": {"DataType": "String", "StringValue": "Sms"},
    }
    by_protocol = json.loads(published["Message"])
    assert by_protocol["default"].startswith("Brand was denied.")
    assert by_protocol["sms"] == published["Subject"]
    for protocol in ("sqs", "lambda", "http", "https", "firehose"):
        assert json.loads(by_protocol[protocol]) == only(deployed)


def test_the_bus_gets_an_event(deployed: Watched) -> None:
    deployed.fake.review.deny(deployed.id("Brand"))
    deployed.watch(deployed.event("Brand"))
    (event,) = deployed.outbox.events
    assert (event["Source"], event["DetailType"]) == (news.EVENT_SOURCE, news.DETAIL_TYPE)
    assert event["Resources"] == [deployed.registration("Brand").registration_arn]
    assert {*news.MESSAGE_ATTRIBUTES} <= only(deployed).keys()


def test_a_watch_without_a_topic_puts_events_only(deployed: Watched) -> None:
    del deployed.environment["TOPIC_ARN"]
    deployed.fake.review.deny(deployed.id("Brand"))
    deployed.watch(deployed.event("Brand"))
    deployed.watch(deployed.event("Brand"))
    assert deployed.outbox.published == []
    assert only(deployed)["kind"] == "denied"


def test_a_chat_gets_a_custom_notification(deployed: Watched) -> None:
    deployed.environment["TOPIC_FORMAT"] = "chat"
    deployed.fake.review.deny(deployed.id("Brand"), [{**REASON, "LongDescription": "x" * 20_000}])
    deployed.watch(deployed.event("Brand"))
    (published,) = deployed.outbox.published
    assert "MessageStructure" not in published
    notification = json.loads(published["Message"])
    assert (notification["version"], notification["source"]) == ("1.0", "custom")
    assert notification["content"]["textType"] == "client-markdown"
    assert notification["content"]["title"] == published["Subject"]
    assert "more characters; to see them, run: sms-registration status" in notification["content"]["description"]
    assert notification["content"]["nextSteps"] == only(deployed)["nextSteps"]
    assert notification["metadata"]["threadId"] == deployed.id("Brand")
    assert all(isinstance(each, str) for each in notification["metadata"]["additionalContext"].values())


@pytest.mark.parametrize("character", ["x", '"', "\\", "é", "\U0001f512"])
@pytest.mark.parametrize("count", [1, 200])
def test_nothing_is_cut_silently(deployed: Watched, character: str, count: int) -> None:
    reasons = [{"Reason": f"Reason {number}", "LongDescription": character * 3000} for number in range(count)]
    deployed.fake.review.deny(deployed.id("Brand"), reasons)
    deployed.watch(deployed.event("Brand"))
    (published,) = deployed.outbox.published
    size = len(json.dumps(published, ensure_ascii=False).encode())
    assert size < 256 * 1024
    (text,) = deployed.outbox.texts()
    assert "Reason 0" in text
    if count > 1:
        assert "more characters; to see them, run: sms-registration status" in text
        assert "more reasons; to see them, run: sms-registration status" in text
    else:
        assert character * 3000 in text


def test_a_subject_is_one_line_of_ascii(sms: Watched) -> None:
    sms.stack = sms.world.stack("S" * 120)
    assert sms.deploy(brand()) == "CREATE_COMPLETE"
    sms.approve("Brand")
    sms.watch(sms.event("Brand"))
    for published in sms.outbox.published:
        assert published["Subject"].isascii()
        assert len(published["Subject"]) < 100


# --- values ---


@pytest.mark.parametrize("member", ["Reason", "ShortDescription", "LongDescription", "DocumentationLink", "field"])
@pytest.mark.parametrize("quote", ["{value}", "{upper}", "{start}...", "https://example.com/?q={value}"])
def test_a_value_that_aws_quotes_is_removed(deployed: Watched, member: str, quote: str) -> None:
    value = f"{CANARY} brand"
    text = "Wrong: " + quote.format(value=value, upper=value.upper(), start=f"{CANARY} b")
    reasons = [] if member == "field" else [{"Reason": "SOMETHING", member: text}]
    deployed.fake.review.deny(
        deployed.id("Brand"), reasons, fields={NAME: text} if member == "field" else {}, feedback=text
    )
    for topic_format in ("text", "chat"):
        deployed.environment["TOPIC_FORMAT"] = topic_format
        deployed.watch(deployed.event("Brand"))
        deployed.pass_time(days=1)
    sent = json.dumps([deployed.outbox.published, deployed.outbox.events])
    assert "denied" in sent
    assert CANARY not in sent
    assert CANARY not in str(deployed.tags("Brand"))


def test_a_published_title_that_has_a_value_as_a_part_stays(sms: Watched) -> None:
    """CHARITY is a choice of many forms, and a part of a code."""
    assert sms.deploy(brand("CHARITY")) == "CREATE_COMPLETE"
    sms.fake.review.deny(
        sms.id("Brand"), [{"Reason": "CAMPAIGN_MISMATCH_CHARITY", "LongDescription": "CHARITY is wrong"}]
    )
    sms.watch(sms.event("Brand"))
    (text,) = sms.outbox.texts()
    assert "1. CAMPAIGN_MISMATCH_CHARITY" in text
    assert "[redacted] is wrong" in text


def test_kinds_are_those_that_are_public() -> None:
    assert set(news.KINDS) == {
        "denied",
        "needs_a_person",
        "approved",
        "continued",
        "cannot_continue",
        "closed",
        "overdue",
        "reminder",
    }


# --- registrations without a form in this stack ---


def test_a_registration_without_a_form_is_watched_too(sms: Watched) -> None:
    """Somebody fills it in by hand, and the stack has its tags."""
    assert sms.deploy({"Brand": chain()["Brand"]}) == "CREATE_COMPLETE"
    identity = sms.id("Brand")
    for path, value in {NAME: {"text_value": f"{CANARY} brand"}, KIND: {"select_choices": ["PRIVATE"]}}.items():
        sms.fake.put_registration_field_value(registration_id=identity, field_path=path, **value)
    sms.fake.submit_registration_version(registration_id=identity)
    sms.fake.review.deny(identity, [REASON])
    sms.watch()
    assert sms.outbox.told() == [("denied", "Brand")]
    sms.watch()
    assert sms.outbox.told() == []


def test_a_registration_that_may_not_be_tagged_is_not_told_again_and_again(sms: Watched) -> None:
    assert sms.deploy({"Brand": chain()["Brand"]}) == "CREATE_COMPLETE"
    sms.fake.review.close(sms.id("Brand"))
    sms.pass_time(minutes=5)
    sms.fake.inject("TagResource", error=exceptions.AccessDeniedException, nth=1, times=99)
    for _ in range(3):
        sms.watch()
    assert sms.outbox.told() == []
    sms.fake.journal.faults.clear()
    sms.watch()
    assert sms.outbox.told() == [("closed", "Brand")]


def test_a_form_on_the_registration_of_another_stack_is_watched_by_its_own(sms: Watched) -> None:
    assert sms.deploy({"Brand": chain()["Brand"]}) == "CREATE_COMPLETE"
    other = Watched(sms.world, sms.world.stack("Forms"))
    form = chain()["BrandForm"]
    form["Properties"]["RegistrationId"] = sms.id("Brand")
    assert other.deploy({"BrandForm": form}) == "CREATE_COMPLETE"
    sms.fake.review.deny(sms.id("Brand"), [REASON])
    sms.watch()
    other.watch()
    assert sms.outbox.told() == []
    assert other.outbox.told() == [("denied", "BrandForm")]


def test_what_was_told_leaves_with_the_owner(sms: Watched) -> None:
    """An adopted registration that is released has no tag of the watch."""
    by_hand = sms.fake.create_registration(registration_type=BRAND, tags=[])["RegistrationId"]
    properties = {"RegistrationType": BRAND, "ExistingRegistrationId": by_hand}
    adopted = {"Type": "Custom::SmsRegistration", "Properties": properties}
    assert sms.deploy({"Brand": adopted}) == "CREATE_COMPLETE"
    sms.fake.review.close(by_hand)
    sms.watch()
    assert sms.outbox.told() == [("closed", "Brand")]
    assert owner_tags.TOLD in sms.tags("Brand")
    arn = sms.registration("Brand").registration_arn
    assert sms.stack.destroy() == "DELETE_COMPLETE"
    assert not [key for key in sms.fake.store.tags[arn].current if key.startswith("cdk-sms-registration:")]
