"""What a denial tells, and where: whole in the log, short in the response, without a value of a secret anywhere."""

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.aws import reads
from support.form_help import TEXT, Form
from support.handler_help import succeeded

MAX_RESPONSE_BYTES = 4096
TAX_ID = "987654321"
SECRET = {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tax-AbCdEf"}
REASON = {
    "Reason": "BRAND_ADDRESS_INVALID",
    "ShortDescription": "Brand address invalid",
    "LongDescription": "The address cannot be verified.",
    "DocumentationLink": "https://docs.example/why",
}


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    form = Form(stack, fake)
    succeeded(form.create())
    return form


def reasons(response: dict[str, Any] | None) -> str:
    return str(succeeded(response)["Data"]["DeniedReasons"])


# --- told ---


def test_the_next_submission_still_says_why(form: Form, fake: Any, caplog: pytest.LogCaptureFixture) -> None:
    fake.review.deny(form.registration_id, [REASON], fields={TEXT: "BRAND_ADDRESS_INVALID"})
    caplog.clear()
    response = form.update(change={TEXT: "Boston"})
    assert "BRAND_ADDRESS_INVALID" in reasons(response)
    assert [line for line in caplog.messages if "a new version follows this denial" in line and TEXT in line]


def test_the_attribute_is_a_sentence_with_its_link(form: Form, fake: Any) -> None:
    fake.review.deny(form.registration_id, [REASON])
    assert reasons(form.update(OnLocked="keep")) == (
        "Version 1 was denied: BRAND_ADDRESS_INVALID: Brand address invalid. The address cannot be verified "
        "(https://docs.example/why)"
    )


def test_a_denial_is_forgotten_with_an_approval(form: Form, fake: Any) -> None:
    fake.review.deny(form.registration_id, [REASON])
    succeeded(form.update(change={TEXT: "Boston"}))
    fake.review.approve(form.registration_id)
    assert reasons(form.update(change={TEXT: "Boston"}, OnLocked="keep")) == ""


# --- long ---


@pytest.mark.fault(80)
@pytest.mark.parametrize("character", ["x", "é", "\U0001f512", '"', "\\"])
def test_a_long_denial_rolls_nothing_back(form: Form, fake: Any, character: str) -> None:
    long = {**REASON, "LongDescription": character * (4000 // len(character.encode()))}
    fake.review.deny(form.registration_id, [long])
    response = form.update(OnLocked="keep")
    data = succeeded(response)["Data"]
    assert data["DeniedReasons"].startswith("Version 1 was denied: BRAND_ADDRESS_INVALID")
    assert data["DeniedReasons"].endswith("(shortened; the function's log has all of it)")
    assert data.keys() >= {"VersionNumber", "VersionStatus", "RegistrationStatus", "PendingSubmission", "MissingFields"}
    assert len(json.dumps(response, separators=(",", ":"), ensure_ascii=True)) <= MAX_RESPONSE_BYTES


def test_a_long_denial_leaves_room_for_the_other_attributes(form: Form, fake: Any) -> None:
    """Two such attributes fit into one response, so that it has to shorten neither again."""
    fake.review.deny(form.registration_id, [{**REASON, "LongDescription": "x" * 4000}])
    shown = json.dumps(reasons(form.update(OnLocked="keep")))[1:-1]
    assert len(shown) == 1500
    assert 2 * len(shown) < MAX_RESPONSE_BYTES - 1000


def test_the_log_has_all_of_a_long_denial(form: Form, fake: Any, caplog: pytest.LogCaptureFixture) -> None:
    fake.review.deny(form.registration_id, [{**REASON, "LongDescription": "\U0001f512" * 1000 + " the end"}])
    succeeded(form.update(OnLocked="keep"))
    assert "\U0001f512" * 1000 + " the end" in caplog.text


# --- secret ---


@pytest.fixture
def with_secret(stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Form:
    """A form whose tax ID comes from a secret, submitted."""

    class Client:
        def get_secret_value(self, **_: str) -> dict[str, Any]:
            return {"SecretString": TAX_ID}

    monkeypatch.setattr(reads, "client", lambda name: Client())
    form = Form(stack, fake)
    form.fields["companyInfo.taxId"] = SECRET
    succeeded(form.create())
    return form


QUOTES = [f"tax ID {each} does not match" for each in (TAX_ID, "98-7654321", "98-7...", "***4321")]


@pytest.mark.fault(81)
@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("member", ["Reason", "ShortDescription", "LongDescription", "field"])
def test_a_quoted_secret_is_removed(
    with_secret: Form, fake: Any, caplog: pytest.LogCaptureFixture, member: str, quote: str
) -> None:
    reason = {**REASON, **({} if member == "field" else {member: quote})}
    fields = {"companyInfo.taxId": quote} if member == "field" else {}
    fake.review.deny(with_secret.registration_id, [reason], fields=fields)
    caplog.clear()
    responses = [
        with_secret.update(OnLocked="keep"),
        with_secret.update(change={TEXT: ""}),  # refused: the message ends with the denial
        with_secret.update(change={TEXT: "Boston"}),
    ]
    # Random IDs of registrations and requests may contain these digits.
    told = re.sub(r"[0-9a-f-]{32,}", "ID", caplog.text + json.dumps(responses))
    assert "[redacted] does not match" in told
    for part in (TAX_ID, "98-7", "4321"):
        assert part not in told


@pytest.mark.fault(81)
def test_a_final_reason_that_quotes_a_secret_is_redacted(
    with_secret: Form, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fake.review.deny(with_secret.registration_id, [f"Tax ID {TAX_ID}: not eligible for resubmission"])
    responses = [with_secret.update(Revision="2"), with_secret.update(change={TEXT: "Boston"})]
    told = caplog.text + json.dumps(responses)
    assert "does not accept" in told
    assert TAX_ID not in told


@pytest.mark.fault(81)
def test_a_rollback_that_read_no_secret_shows_codes_only(
    with_secret: Form, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.review.deny(with_secret.registration_id, [f"Wrong: {TAX_ID}", TAX_ID, "BRAND_ADDRESS_INVALID"])
    monkeypatch.setattr(reads, "client", lambda name: SimpleNamespace())
    restored = with_secret.stack.roll_back(
        "Form", with_secret.properties(change={TEXT: "Boston"}), with_secret.properties()
    )
    assert reasons(restored) == "Version 1 was denied: BRAND_ADDRESS_INVALID"


def test_feedback_on_the_version_is_part_of_it(with_secret: Form, fake: Any) -> None:
    fake.review.deny(with_secret.registration_id, [REASON], feedback=f"Say who {TAX_ID} is.")
    told = reasons(with_secret.update(OnLocked="keep"))
    assert told.endswith("Say who [redacted] is")
