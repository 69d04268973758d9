"""The contract tests of CloudFormation's own resources, translated for registrations as custom resources.

They run what a template declares through create, update, replacement and delete, with the provider function as it ships, the
faked service and a simulated CloudFormation. The names follow CloudFormation's suite (`cfn test`); where custom resources differ,
the docstring says how.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from moto_sms_voice.definitions import Definitions, TypeDefinition
from sms_registration_contract.cloudformation import Killed
from sms_registration_contract.declaration import Declaration, declarations, read
from sms_registration_contract.deployment import OWNER_TAG, Answer, Deployment, environment

SHELL_ATTRIBUTES = {
    "RegistrationArn",
    "RegistrationId",
    "RegistrationType",
    "RegistrationStatus",
    "CurrentVersionNumber",
}
FORM_ATTRIBUTES = {
    "VersionNumber",
    "VersionStatus",
    "RegistrationStatus",
    "PendingSubmission",
    "PendingAssociations",
    "PendingChanges",
    "DeniedReasons",
    "MissingFields",
}
CHANGES_OF_A_FORM = {
    "PutRegistrationFieldValue",
    "DeleteRegistrationFieldValue",
    "CreateRegistrationVersion",
    "DiscardRegistrationVersion",
    "SubmitRegistrationVersion",
}
NOBODYS_ID = "registration-00000000000000000000000000000000"


class ContractSuite:
    """Derive a class from it, whose name begins with `Test`, and say what template it tests.

        class TestRegistrations(ContractSuite):
            def template(self):
                return Template.from_stack(SmsStack(cdk.App(), "Sms"))

    Each test runs once for each registration of the template, by its logical id. A registration that the template adopts is
    treated as one that it creates; resources that a form is associated with are the fake's own.

    Attributes:
        template: A path, a dict, an `aws_cdk.assertions.Template`, or a method that gives one of these.
        parameters: Values of the template's parameters, beside their defaults.
        definitions: Files with forms of your account, saved from `describe-registration-field-definitions`; the fake's own
            forms, made from AWS's documents, if omitted. See docs/contract.md.
    """

    template: Any = None
    parameters: ClassVar[Mapping[str, str]] = {}
    definitions: ClassVar[Sequence[str | os.PathLike[str]]] = ()

    _declarations: ClassVar[dict[type, list[Declaration]]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test for each registration of the template."""
        if "declared" not in metafunc.fixturenames:
            return
        owner = type(self)
        if owner not in self._declarations:
            template = self.template() if callable(self.template) else self.template
            self._declarations[owner] = declarations(read(template), self.parameters)
        found = self._declarations[owner]
        metafunc.parametrize("declared", found, ids=[each.name for each in found])

    @pytest.fixture
    def contract(self, declared: Declaration, request: pytest.FixtureRequest) -> Iterator[Deployment]:
        """The registration, not deployed yet."""
        files = [*self.definitions, *(request.config.getoption("sms_registration_definitions", None) or ())]
        with environment(declared, [_definition(Path(each)) for each in files]) as deployment:
            yield deployment
            _check_answers(deployment)

    @pytest.fixture
    def form(self, contract: Deployment) -> Deployment:
        """The registration, which has a form."""
        if not contract.form_id:
            pytest.skip(f"{contract.declared.name} has no form")
        return contract

    # --- create ---

    def test_create_delete(self, contract: Deployment) -> None:
        """Created as declared, and nothing is left after the Delete."""
        shell = contract.create()
        assert set(shell["Data"]) == SHELL_ATTRIBUTES
        assert shell["Data"]["RegistrationType"] == contract.declared.registration_type
        if contract.form_id:
            assert contract.held() == contract.expected()
        contract.delete()
        assert contract.owned() == []

    def test_create_create(self, contract: Deployment) -> None:
        """Another request makes another registration; one that exists is adopted by its owner only."""
        contract.create()
        first = contract.registration_id
        properties = {**contract.shell_properties(), "ExistingRegistrationId": first}
        answer = contract.stack.create(properties, "Another")
        assert answer is not None
        assert answer["Status"] == "FAILED"
        assert contract.shell_id in answer["Reason"], "the owner is named"
        assert contract.owned() == [first]
        put = contract.stack.deliver(contract.stack.event("Create", "Retained", contract.shell_properties()))
        assert put is not None
        assert put.answer["PhysicalResourceId"] != first

    def test_create_read(self, contract: Deployment) -> None:
        """What is read back is what was declared, and attributes say what the service says."""
        shell = contract.create()
        described = contract.fake.registration(contract.registration_id)
        assert shell["Data"]["RegistrationId"] == shell["PhysicalResourceId"] == described.registration_id
        assert shell["Data"]["RegistrationArn"] == described.registration_arn
        if contract.form_id:
            attributes = contract.stack.resources[contract.form_id].attributes
            version = described.current_version
            assert set(attributes) == FORM_ATTRIBUTES
            assert attributes["VersionNumber"] == str(version.version_number)
            assert attributes["VersionStatus"] == version.registration_version_status
            assert attributes["RegistrationStatus"] == described.registration_status

    def test_create_submits_what_is_to_be_submitted(self, form: Deployment) -> None:
        """A form with `submit=True` is filed, or says what it waits for; any other stays a draft."""
        form.create()
        attributes = form.stack.resources[form.form_id].attributes
        filed = attributes["VersionStatus"] == "SUBMITTED"
        assert filed == (form.declared.submit and attributes["PendingSubmission"] == "false")

    def test_create_list(self, contract: Deployment) -> None:
        """The owner's tags lead to exactly the registration that was answered with."""
        contract.create()
        assert contract.owned() == [contract.registration_id]

    def test_create_taggable(self, contract: Deployment) -> None:
        """It has the declared tags and the owner's, which no declared tag may be."""
        contract.create()
        tags = contract.tags()
        assert {key: tags.get(key) for key in contract.declared.tags} == dict(contract.declared.tags)
        assert tags[f"{OWNER_TAG}logical-id"] == contract.shell_id
        forged = contract.shell_properties(Tags=[{"Key": f"{OWNER_TAG}stack", "Value": "somebody else"}])
        answer = contract.stack.create(forged, "Forged")
        assert answer is not None
        assert answer["Status"] == "FAILED"
        assert contract.owned() == [contract.registration_id]

    def test_create_is_idempotent(self, contract: Deployment) -> None:
        """The same request, delivered again: the same answer, and one registration."""
        event = contract.stack.event("Create", contract.shell_id, contract.shell_properties())
        answers = [put.answer for put in (contract.stack.deliver(event), contract.stack.deliver(event)) if put]
        assert answers[0] == answers[1]
        assert contract.owned() == [answers[0]["PhysicalResourceId"]]

    @pytest.mark.parametrize("deliveries", [1, 3])
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("operation", ["CreateRegistration", "TagResource"])
    def test_create_leaks_nothing(self, contract: Deployment, operation: str, when: Any, deliveries: int) -> None:
        """A function that dies: the next delivery goes on, and when there is none, the rollback finds what was made."""
        contract.fake.inject(operation, when=when, error=Killed, times=deliveries)
        answer = contract.stack.create(contract.shell_properties(), contract.shell_id)
        if deliveries == 1 or (answer and answer["Status"] == "SUCCESS"):
            assert contract.owned() == [_succeeded(answer)["PhysicalResourceId"]]
        else:
            assert contract.fake.live_registrations() == []

    # --- update ---

    def test_update_read(self, form: Deployment) -> None:
        """Changed values are changed, removed ones removed, and it is still the same registration."""
        form.create()
        before = (form.registration_id, form.physical_id(form.form_id))
        fields = form.changed_fields()
        if fields is None:
            pytest.skip("no text of this form can be changed alone")
        form.update_form(Fields=fields)
        assert form.held() == form.expected({"Fields": fields})
        assert (form.registration_id, form.physical_id(form.form_id)) == before

    def test_update_list(self, contract: Deployment) -> None:
        """Still the one that the owner's tags lead to."""
        contract.create()
        before = contract.registration_id
        contract.update_shell(Tags=[{"Key": "contract", "Value": "changed"}])
        assert contract.owned() == [before] == [contract.registration_id]

    def test_update_without_changes(self, contract: Deployment) -> None:
        """Nothing is written, whatever the order of the properties."""
        contract.create()
        before = len(contract.fake.writes)
        if contract.form_id:
            contract.update_form()
        contract.update_shell(ServiceTimeout=1800)
        assert [call.operation for call in contract.fake.writes[before:]] == []

    def test_update_tag_updatable(self, contract: Deployment) -> None:
        """Tags change without a change of the form or its versions."""
        contract.create()
        before = len(contract.fake.writes)
        contract.update_shell(Tags=[{"Key": "contract", "Value": "changed"}])
        assert contract.tags()["contract"] == "changed"
        assert not set(contract.declared.tags) - {"contract"} & set(contract.tags()), "tags are declared in full"
        assert not {call.operation for call in contract.fake.writes[before:]} & CHANGES_OF_A_FORM

    def test_update_create_only_property(self, contract: Deployment) -> None:
        """Another type is a replacement (in CloudFormation's suite: an error); a rollback takes up the original again."""
        contract.create()
        original = contract.registration_id
        other = next(
            each.name for each in contract.fake.definitions.all() if each.name != contract.declared.registration_type
        )
        changed = {**contract.shell_properties(), "RegistrationType": other}
        stack, logical_id = contract.stack, contract.shell_id
        stack.stack_status = stack.resources[logical_id].status = "UPDATE_IN_PROGRESS"
        event = stack.event("Update", logical_id, changed, physical_id=original, old=contract.shell_properties())
        put = stack.deliver(event)
        replacement = _succeeded(put.answer if put else None)["PhysicalResourceId"]
        assert replacement != original
        assert sorted(contract.owned()) == sorted([original, replacement])
        stack.resources[logical_id].physical_id = replacement
        stack.roll_back(logical_id, changed, contract.shell_properties())
        assert contract.owned() == [original] == [contract.registration_id]

    def test_update_without_create(self, contract: Deployment) -> None:
        """An Update of a registration that does not exist fails with its id and a message, and makes none."""
        contract.stack.resources.clear()
        event = contract.stack.event(
            "Update",
            contract.shell_id,
            contract.shell_properties(),
            physical_id=NOBODYS_ID,
            old=contract.shell_properties(),
        )
        put = contract.stack.deliver(event)
        _failed(put.answer if put else None, NOBODYS_ID)
        assert contract.fake.live_registrations() == []

    def test_update_that_fails_rolls_back(self, form: Deployment) -> None:
        """A form with a mistake is refused with the field's path, before anything is written; the old one stays."""
        form.create()
        before = (form.held(), len(form.fake.writes))
        fields = {**form.form_properties()["Fields"], "contract.noSuchField": "x"}
        answer = form.stack.update(form.form_properties(Fields=fields), form.form_id)
        assert answer is not None
        assert answer["Status"] == "FAILED"
        assert "contract.noSuchField" in answer["Reason"]
        assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
        assert (form.held(), len(form.fake.writes)) == before

    def test_update_of_a_denied_form(self, form: Deployment) -> None:
        """After a denial the same form is not filed again; with a new revision it is, whole, in a new version."""
        form.create()
        if form.stack.resources[form.form_id].attributes["VersionStatus"] != "SUBMITTED":
            pytest.skip("the form is not submitted")
        form.fake.review.deny(form.registration_id)
        before = len(form.fake.writes)
        form.update_form()
        assert not {call.operation for call in form.fake.writes[before:]} & CHANGES_OF_A_FORM
        answer = form.update_form(Revision="after the denial")
        assert (answer["Data"]["VersionNumber"], answer["Data"]["VersionStatus"]) == ("2", "SUBMITTED")
        assert form.held() == form.expected()

    # --- delete ---

    def test_delete_read(self, contract: Deployment) -> None:
        """What was deleted cannot be described."""
        contract.create()
        registration_id = contract.registration_id
        contract.delete()
        assert registration_id not in {each.registration_id for each in contract.fake.live_registrations()}

    def test_delete_list(self, contract: Deployment) -> None:
        """The owner's tags lead to nothing."""
        contract.create()
        contract.delete()
        assert contract.owned() == []

    def test_delete_update(self, contract: Deployment) -> None:
        """An Update after the Delete fails, and makes nothing."""
        contract.create()
        registration_id = contract.registration_id
        contract.delete()
        event = contract.stack.event(
            "Update", contract.shell_id, contract.shell_properties(), physical_id=registration_id, old={}
        )
        put = contract.stack.deliver(event)
        _failed(put.answer if put else None, registration_id)
        assert contract.owned() == []

    def test_delete_delete(self, contract: Deployment) -> None:
        """A second Delete succeeds (in CloudFormation's suite: an error), because an event may come twice."""
        contract.create()
        first = contract.delete()
        assert [each["PhysicalResourceId"] for each in contract.delete()] == [
            each["PhysicalResourceId"] for each in first
        ]

    def test_delete_create(self, contract: Deployment) -> None:
        """After a Delete it can be created again, as another registration."""
        contract.create()
        first = contract.registration_id
        contract.delete()
        contract.stack.stack_status = "CREATE_IN_PROGRESS"
        contract.create()
        assert contract.registration_id != first
        assert contract.owned() == [contract.registration_id]

    # --- the suite itself ---

    def test_asserts_work(self) -> None:
        """Python was not told to strip assertions (-O), without which no test here tests anything."""
        with pytest.raises(AssertionError):
            assert False, "asserts work"  # noqa: B011, PT015 - python -O would strip it, and this test would fail


def _check_answers(deployment: Deployment) -> None:
    """At most one content for each request, valid, and no value of the form in any attribute."""
    answers: dict[str, Answer] = {}
    secret = {path for path, value in deployment.declared.fields.items() if isinstance(value, str) and len(value) > 12}
    for answer in deployment.stack.endpoint.answers:
        assert answers.setdefault(answer["RequestId"], answer) == answer, "two different answers to one request"
        data = json.dumps(answer.get("Data", {}))
        for path in secret:
            assert str(deployment.declared.fields[path]) not in data, f"the value of {path} is in an attribute"


def _succeeded(answer: Answer | None) -> Answer:
    assert answer is not None, "no answer"
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    return answer


def _failed(answer: Answer | None, physical_id: str) -> None:
    assert answer is not None, "no answer"
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"] == physical_id
    assert answer["Reason"]


def _definition(path: Path) -> TypeDefinition:
    """A form, as the service describes it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    known = Definitions()
    name = str(content["RegistrationType"])
    type_definition = known[name].type_definition if name in known else {"RegistrationType": name}
    fields = content["RegistrationFieldDefinitions"]
    sections = sorted({field["SectionPath"] for field in fields})
    return TypeDefinition(
        type_definition, [{"SectionPath": each, "DisplayHints": {"Title": each}} for each in sections], fields
    )
