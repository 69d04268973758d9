"""Two stacks, logical IDs or forms with one registration: refused with the owner's name, taken over, retained, deployed again."""

import io
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.aws import reads
from support.form_help import FORM, TEXT, Form
from support.handler_help import (
    BRAND,
    PREFIX,
    PROPERTIES,
    TOLL_FREE,
    failed,
    live_ids,
    made_by_hand,
    succeeded,
    tags_of,
)

ADOPTED: dict[str, Any] = {"RegistrationType": BRAND}


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    """The first stack's registration and form."""
    return Form(stack, fake)


@pytest.fixture
def other_stack(stack: CloudFormation) -> CloudFormation:
    """A second stack of the same account and Region."""
    other = CloudFormation(stack.endpoint, stack.clock, stack.handler, "Other")
    other.types["Form"] = FORM
    return other


@pytest.fixture
def theirs(other_stack: CloudFormation, fake: Any, form: Form) -> Form:
    """A form in the second stack, for the first stack's registration."""
    return Form(other_stack, fake, registration_id=form.registration_id)


def form_owner(fake: Any, registration_id: str) -> tuple[str | None, str | None]:
    tags = tags_of(fake, registration_id)
    return tags.get(PREFIX + "form-stack"), tags.get(PREFIX + "form-logical-id")


# --- two forms, one registration ---


@pytest.mark.fault(69)
@pytest.mark.parametrize("submitted", [True, False])
def test_form_in_another_stack_is_refused_naming_the_owner(form: Form, theirs: Form, submitted: bool) -> None:
    succeeded(form.create(Submit=submitted))
    before = len(form.fake.writes)

    refused = theirs.create(change={TEXT: "Tacoma"})

    response = failed(refused, "logical ID Form", form.stack.stack_id, "take_over=True")
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert form.fake.writes[before:] == [], "the Delete that follows a failed Create writes nothing either"
    assert form_owner(form.fake, form.registration_id) == (form.stack.stack_id, "Form")
    succeeded(form.update(change={TEXT: "Olympia"}))
    assert form.held()[TEXT] == "Olympia"


@pytest.mark.fault(69)
def test_form_has_one_owner_before_and_after_takeover(form: Form, theirs: Form) -> None:
    succeeded(form.create(Submit=False))
    succeeded(theirs.create(Submit=False, TakeOver=True, change={TEXT: "Tacoma"}))
    assert form_owner(form.fake, form.registration_id) == (theirs.stack.stack_id, "Form")
    form.writes()

    failed(form.update(Submit=False, change={TEXT: "Olympia"}), theirs.stack.stack_id, "take_over=True")
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    succeeded(form.stack.delete("Form"))

    assert form.writes() == [], "the previous owner no longer writes"
    assert form.held()[TEXT] == "Tacoma"
    assert form_owner(form.fake, form.registration_id) == (theirs.stack.stack_id, "Form")
    theirs.writes()
    succeeded(theirs.update(Submit=False, change={TEXT: "Spokane"}))
    assert theirs.writes() == ["PutRegistrationFieldValue"]


@pytest.mark.fault(69)
def test_takeover_refused_by_a_review_changes_no_owner(form: Form, theirs: Form) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    before = len(form.fake.writes)

    failed(theirs.create(TakeOver=True, change={TEXT: "Tacoma"}), "REVIEWING", TEXT)

    assert form.fake.writes[before:] == []
    assert form_owner(form.fake, form.registration_id) == (form.stack.stack_id, "Form")


@pytest.mark.fault(69)
def test_takeover_of_an_identical_form_writes_only_the_claim(form: Form, theirs: Form) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    before = len(form.fake.writes)

    succeeded(theirs.create(TakeOver=True))

    assert [call.operation for call in form.fake.writes[before:]] == ["TagResource"]
    assert form_owner(form.fake, form.registration_id) == (theirs.stack.stack_id, "Form")
    failed(form.update(), theirs.stack.stack_id)


# --- two stacks, one registration with its form ---


def adopting(form: Form, **more: Any) -> dict[str, Any]:
    return {**ADOPTED, "ExistingRegistrationId": form.registration_id, **more}


@pytest.mark.fault(69)
@pytest.mark.parametrize("first", ["registration", "form"])
def test_registration_and_form_move_to_another_stack(form: Form, theirs: Form, first: str) -> None:
    """The second stack takes over and the first one deletes: nothing is lost, and the previous owner changes nothing."""
    succeeded(form.create())
    failed(theirs.stack.create(adopting(form), "Adopted"), form.stack.stack_id, "logical ID Registration")
    theirs.stack.stack_status = "CREATE_IN_PROGRESS"
    succeeded(theirs.stack.create(adopting(form, TakeOver=True), "Adopted"))
    succeeded(theirs.create(TakeOver=True))

    before = len(form.fake.writes)
    for logical_id in ("Registration", "Form") if first == "registration" else ("Form", "Registration"):
        succeeded(form.stack.delete(logical_id))

    assert form.fake.writes[before:] == []
    assert live_ids(form.fake) == {form.registration_id}
    assert form.status == "SUBMITTED"
    theirs.writes()
    succeeded(theirs.update())
    assert theirs.writes() == []
    succeeded(theirs.stack.update(adopting(form, TakeOver=True, Tags=[{"Key": "a", "Value": "1"}]), "Adopted"))
    assert tags_of(form.fake, form.registration_id)["a"] == "1"


@pytest.mark.fault(69)
def test_two_stacks_with_takeover_do_not_undo_each_other(form: Form, theirs: Form) -> None:
    """Each deployment takes the registration over. Neither reverts the other's changes, and the Delete of the loser spares it."""
    succeeded(form.stack.update({**ADOPTED, "TakeOver": True}, "Registration"))
    succeeded(theirs.stack.create(adopting(form, TakeOver=True), "Adopted"))
    assert tags_of(form.fake, form.registration_id)[PREFIX + "stack"] == theirs.stack.stack_id

    succeeded(form.stack.delete("Registration"))
    assert live_ids(form.fake) == {form.registration_id}
    theirs.stack.stack_status = "CREATE_COMPLETE"
    succeeded(theirs.stack.delete("Adopted"))
    assert live_ids(form.fake) == {form.registration_id}, "adopted: released"
    assert not [key for key in tags_of(form.fake, form.registration_id) if key.startswith(PREFIX)]


@pytest.mark.fault(69)
def test_two_logical_ids_cannot_adopt_one_registration(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    both = {**PROPERTIES, "ExistingRegistrationId": existing}
    succeeded(stack.create(both, "One"))

    failed(stack.create(both, "Two"), "logical ID One", stack.stack_id)

    assert tags_of(fake, existing)[PREFIX + "logical-id"] == "One"
    succeeded(stack.update(both, "One"))


# --- retain, destroy, deploy again ---


FILE = b"\x89PNG\r\n\x1a\n" + b"file" * 50


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The objects in the bucket, by key."""
    objects = {"opt-in.png": FILE}

    class Client:
        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            return {"Body": io.BytesIO(objects[Key])}

    monkeypatch.setattr(reads, "client", lambda service: Client())
    return objects


class Deployment:
    """A stack with a toll-free registration, its attachment and its form, all retained."""

    def __init__(self, stack: CloudFormation, fake: Any) -> None:
        self.stack, self.fake = stack, fake
        stack.types.update({"Form": FORM, "File": "Custom::SmsRegistrationAttachment"})
        # The service requires a number before it accepts a submission. These tests do not need one.
        fake.definitions[TOLL_FREE].type_definition["SupportedAssociations"] = []

    def deploy(self, existing: str | None = None, city: str | None = None) -> str:
        adopt = {"ExistingRegistrationId": existing, "TakeOver": True} if existing else {}
        file = succeeded(self.stack.create({"Bucket": "assets", "Key": "opt-in.png"}, "File"))["PhysicalResourceId"]
        created = succeeded(self.stack.create({"RegistrationType": TOLL_FREE, **adopt}, "Registration"))
        example = self.fake.example_form(TOLL_FREE, attachment_id=file)
        fields = {
            path: {"AttachmentId": file} if "RegistrationAttachmentId" in value else next(iter(value.values()))
            for path, value in example.items()
        }
        if city:
            fields["companyInfo.city"] = city
        properties = {"RegistrationId": created["PhysicalResourceId"], "Fields": fields, "Submit": True}
        succeeded(self.stack.create({**properties, **({"TakeOver": True} if existing else {})}, "Form"))
        return str(created["PhysicalResourceId"])


@pytest.mark.fault(14, 69)
@pytest.mark.parametrize("form_was_deleted", [True, False])
@pytest.mark.parametrize("state", ["submitted", "in review", "approved"])
def test_retained_registration_is_adopted_without_resubmission(
    stack: CloudFormation,
    other_stack: CloudFormation,
    fake: Any,
    files: dict[str, bytes],
    state: str,
    form_was_deleted: bool,
) -> None:
    """The same app, deployed again after its stack was deleted, continues with its registration and resubmits nothing."""
    registration_id = Deployment(stack, fake).deploy()
    if form_was_deleted:
        # `cdk destroy` deletes the form, which has no removal policy. `delete-stack --retain-resources` may not.
        succeeded(stack.delete("Form"))
    if state != "submitted":
        fake.review.start(registration_id)
    if state == "approved":
        fake.review.approve(registration_id)
    before = len(fake.calls)

    again = Deployment(other_stack, fake)
    assert again.deploy(existing=registration_id) == registration_id

    forbidden = {"SubmitRegistrationVersion", "CreateRegistrationVersion", "DiscardRegistrationVersion"}
    made = [call.operation for call in fake.calls[before:]]
    assert not forbidden & set(made)
    assert "PutRegistrationFieldValue" not in made
    assert "CreateRegistration" not in made
    assert live_ids(fake) == {registration_id}
