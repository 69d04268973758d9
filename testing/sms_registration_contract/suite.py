"""CloudFormation's resource contract tests, adapted to registrations as custom resources.

They take the registrations of a template through create, update, replacement and delete, with the provider function as shipped,
the faked service and a simulated CloudFormation. The names follow CloudFormation's suite (`cfn test`); the docstrings say where
custom resources differ.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sms_registration_contract.checks import check_responses, definition, failed, succeeded
from sms_registration_contract.cloudformation import Killed
from sms_registration_contract.declaration import Declaration, declarations, read
from sms_registration_contract.deployment import OWNER_TAG, Deployment, environment

REGISTRATION_ATTRIBUTES = {
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
FORM_WRITES = {
    "PutRegistrationFieldValue",
    "DeleteRegistrationFieldValue",
    "CreateRegistrationVersion",
    "DiscardRegistrationVersion",
    "SubmitRegistrationVersion",
}
NONEXISTENT_ID = "registration-00000000000000000000000000000000"


class ContractSuite:
    """Subclass it with a name that begins with `Test`, and set the template to test.

        class TestRegistrations(ContractSuite):
            def template(self):
                return Template.from_stack(SmsStack(cdk.App(), "Sms"))

    Each test runs once for each registration of the template, named by its logical ID. An adopted registration is treated as
    one that the template creates; associated resources are created in the fake.

    Attributes:
        template: A path, a dict, an `aws_cdk.assertions.Template`, or a method that returns one of these.
        parameters: Values for the template's parameters. Omitted: their defaults.
        definitions: Files with the forms of your account, saved from `describe-registration-field-definitions`. Omitted: the
            fake's forms, made from AWS's documentation. See docs/contract.md.
    """

    template: Any = None
    parameters: ClassVar[Mapping[str, str]] = {}
    definitions: ClassVar[Sequence[str | os.PathLike[str]]] = ()

    _declarations: ClassVar[dict[type, list[Declaration]]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test once for each registration of the template."""
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
        """The registration, not yet deployed."""
        files = [*self.definitions, *(request.config.getoption("sms_registration_definitions", None) or ())]
        with environment(declared, [definition(Path(each)) for each in files]) as deployment:
            yield deployment
            check_responses(deployment)

    @pytest.fixture
    def form(self, contract: Deployment) -> Deployment:
        """The registration with its form; the test is skipped without one."""
        if not contract.form_logical_id:
            pytest.skip(f"{contract.declared.name} has no form")
        return contract

    # --- create ---

    def test_create_delete(self, contract: Deployment) -> None:
        """It is created as declared, and the Delete leaves nothing behind."""
        registration = contract.create()
        assert set(registration["Data"]) == REGISTRATION_ATTRIBUTES
        assert registration["Data"]["RegistrationType"] == contract.declared.registration_type
        if contract.form_logical_id:
            assert contract.held() == contract.expected()
        contract.delete()
        assert contract.owned() == []

    def test_create_create(self, contract: Deployment) -> None:
        """Another request creates another registration; an existing one can be adopted by its owner only."""
        contract.create()
        first = contract.registration_id
        properties = {**contract.registration_properties(), "ExistingRegistrationId": first}
        response = contract.stack.create(properties, "Another")
        assert response is not None
        assert response["Status"] == "FAILED"
        assert contract.registration_logical_id in response["Reason"], "the reason names the owner"
        assert contract.owned() == [first]
        put = contract.stack.deliver(contract.stack.event("Create", "Retained", contract.registration_properties()))
        assert put is not None
        assert put.response["PhysicalResourceId"] != first

    def test_create_read(self, contract: Deployment) -> None:
        """The service describes what was declared, and the attributes agree with it."""
        registration = contract.create()
        described = contract.fake.registration(contract.registration_id)
        assert registration["Data"]["RegistrationId"] == registration["PhysicalResourceId"] == described.registration_id
        assert registration["Data"]["RegistrationArn"] == described.registration_arn
        if contract.form_logical_id:
            attributes = contract.stack.resources[contract.form_logical_id].attributes
            version = described.current_version
            assert set(attributes) == FORM_ATTRIBUTES
            assert attributes["VersionNumber"] == str(version.version_number)
            assert attributes["VersionStatus"] == version.registration_version_status
            assert attributes["RegistrationStatus"] == described.registration_status

    def test_create_submits_only_when_declared(self, form: Deployment) -> None:
        """A form with `submit=True` is submitted, or its attributes say that it waits; any other stays a draft."""
        form.create()
        attributes = form.stack.resources[form.form_logical_id].attributes
        is_submitted = attributes["VersionStatus"] == "SUBMITTED"
        assert is_submitted == (form.declared.submit and attributes["PendingSubmission"] == "false")

    def test_create_list(self, contract: Deployment) -> None:
        """The owner tags lead to exactly the registration in the response."""
        contract.create()
        assert contract.owned() == [contract.registration_id]

    def test_create_taggable(self, contract: Deployment) -> None:
        """It has the declared tags and the owner tags; a declared tag cannot be an owner tag."""
        contract.create()
        tags = contract.tags()
        assert {key: tags.get(key) for key in contract.declared.tags} == dict(contract.declared.tags)
        assert tags[f"{OWNER_TAG}logical-id"] == contract.registration_logical_id
        forged = contract.registration_properties(Tags=[{"Key": f"{OWNER_TAG}stack", "Value": "somebody else"}])
        response = contract.stack.create(forged, "Forged")
        assert response is not None
        assert response["Status"] == "FAILED"
        assert contract.owned() == [contract.registration_id]

    def test_create_is_idempotent(self, contract: Deployment) -> None:
        """The same request delivered twice gives the same response and one registration."""
        event = contract.stack.event("Create", contract.registration_logical_id, contract.registration_properties())
        responses = [put.response for put in (contract.stack.deliver(event), contract.stack.deliver(event)) if put]
        assert responses[0] == responses[1]
        assert contract.owned() == [responses[0]["PhysicalResourceId"]]

    @pytest.mark.parametrize("deliveries", [1, 3])
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("operation", ["CreateRegistration", "TagResource"])
    def test_create_leaks_nothing(self, contract: Deployment, operation: str, when: Any, deliveries: int) -> None:
        """After a crash, the next delivery continues; if there is none, the rollback deletes what was created."""
        contract.fake.inject(operation, when=when, error=Killed, times=deliveries)
        response = contract.stack.create(contract.registration_properties(), contract.registration_logical_id)
        if deliveries == 1 or (response and response["Status"] == "SUCCESS"):
            assert contract.owned() == [succeeded(response)["PhysicalResourceId"]]
        else:
            assert contract.fake.live_registrations() == []

    # --- update ---

    def test_update_read(self, form: Deployment) -> None:
        """Values are changed and removed as declared, in the same registration."""
        form.create()
        before = (form.registration_id, form.physical_id(form.form_logical_id))
        fields = form.changed_fields()
        if fields is None:
            pytest.skip("no text of this form can be changed by itself")
        form.update_form(Fields=fields)
        assert form.held() == form.expected({"Fields": fields})
        assert (form.registration_id, form.physical_id(form.form_logical_id)) == before

    def test_update_list(self, contract: Deployment) -> None:
        """The owner tags still lead to the same registration."""
        contract.create()
        before = contract.registration_id
        contract.update_registration(Tags=[{"Key": "contract", "Value": "changed"}])
        assert contract.owned() == [before] == [contract.registration_id]

    def test_update_without_changes(self, contract: Deployment) -> None:
        """An Update without changes writes nothing, whatever the order of the properties."""
        contract.create()
        before = len(contract.fake.writes)
        if contract.form_logical_id:
            contract.update_form()
        contract.update_registration(ServiceTimeout=1800)
        assert [call.operation for call in contract.fake.writes[before:]] == []

    def test_update_tag_updatable(self, contract: Deployment) -> None:
        """Tags can change without changing the form or its versions."""
        contract.create()
        before = len(contract.fake.writes)
        contract.update_registration(Tags=[{"Key": "contract", "Value": "changed"}])
        assert contract.tags()["contract"] == "changed"
        assert not set(contract.declared.tags) - {"contract"} & set(contract.tags()), "undeclared tags are removed"
        assert not {call.operation for call in contract.fake.writes[before:]} & FORM_WRITES

    def test_update_create_only_property(self, contract: Deployment) -> None:
        """A new type is a replacement (in CloudFormation's suite: an error); a rollback returns to the original."""
        contract.create()
        original = contract.registration_id
        other = next(
            each.name for each in contract.fake.definitions.all() if each.name != contract.declared.registration_type
        )
        changed = {**contract.registration_properties(), "RegistrationType": other}
        stack, logical_id = contract.stack, contract.registration_logical_id
        stack.stack_status = stack.resources[logical_id].status = "UPDATE_IN_PROGRESS"
        event = stack.event("Update", logical_id, changed, physical_id=original, old=contract.registration_properties())
        put = stack.deliver(event)
        replacement = succeeded(put.response if put else None)["PhysicalResourceId"]
        assert replacement != original
        assert sorted(contract.owned()) == sorted([original, replacement])
        stack.resources[logical_id].physical_id = replacement
        stack.roll_back(logical_id, changed, contract.registration_properties())
        assert contract.owned() == [original] == [contract.registration_id]

    def test_update_without_create(self, contract: Deployment) -> None:
        """An Update of a registration that does not exist fails with its ID and a message, and creates none."""
        contract.stack.resources.clear()
        event = contract.stack.event(
            "Update",
            contract.registration_logical_id,
            contract.registration_properties(),
            physical_id=NONEXISTENT_ID,
            old=contract.registration_properties(),
        )
        put = contract.stack.deliver(event)
        failed(put.response if put else None, NONEXISTENT_ID)
        assert contract.fake.live_registrations() == []

    def test_update_that_fails_rolls_back(self, form: Deployment) -> None:
        """An invalid form is refused with the field's path before the first write; the former form stays."""
        form.create()
        before = (form.held(), len(form.fake.writes))
        fields = {**form.form_properties()["Fields"], "contract.noSuchField": "x"}
        response = form.stack.update(form.form_properties(Fields=fields), form.form_logical_id)
        assert response is not None
        assert response["Status"] == "FAILED"
        assert "contract.noSuchField" in response["Reason"]
        assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
        assert (form.held(), len(form.fake.writes)) == before

    def test_update_of_a_denied_form(self, form: Deployment) -> None:
        """After a denial the same form is not submitted again; with a new revision it is, in full, as a new version."""
        form.create()
        if form.stack.resources[form.form_logical_id].attributes["VersionStatus"] != "SUBMITTED":
            pytest.skip("the form is not submitted")
        form.fake.review.deny(form.registration_id)
        before = len(form.fake.writes)
        form.update_form()
        assert not {call.operation for call in form.fake.writes[before:]} & FORM_WRITES
        response = form.update_form(Revision="after the denial")
        assert (response["Data"]["VersionNumber"], response["Data"]["VersionStatus"]) == ("2", "SUBMITTED")
        assert form.held() == form.expected()

    # --- delete ---

    def test_delete_read(self, contract: Deployment) -> None:
        """A deleted registration cannot be described."""
        contract.create()
        registration_id = contract.registration_id
        contract.delete()
        assert registration_id not in {each.registration_id for each in contract.fake.live_registrations()}

    def test_delete_list(self, contract: Deployment) -> None:
        """The owner tags lead to no registration."""
        contract.create()
        contract.delete()
        assert contract.owned() == []

    def test_delete_update(self, contract: Deployment) -> None:
        """An Update after the Delete fails and creates nothing."""
        contract.create()
        registration_id = contract.registration_id
        contract.delete()
        event = contract.stack.event(
            "Update",
            contract.registration_logical_id,
            contract.registration_properties(),
            physical_id=registration_id,
            old={},
        )
        put = contract.stack.deliver(event)
        failed(put.response if put else None, registration_id)
        assert contract.owned() == []

    def test_delete_delete(self, contract: Deployment) -> None:
        """A second Delete succeeds (in CloudFormation's suite: an error), because an event can be delivered twice."""
        contract.create()
        first = contract.delete()
        assert [each["PhysicalResourceId"] for each in contract.delete()] == [
            each["PhysicalResourceId"] for each in first
        ]

    def test_delete_create(self, contract: Deployment) -> None:
        """After a Delete it can be created again, as a new registration."""
        contract.create()
        first = contract.registration_id
        contract.delete()
        contract.stack.stack_status = "CREATE_IN_PROGRESS"
        contract.create()
        assert contract.registration_id != first
        assert contract.owned() == [contract.registration_id]

    # --- the suite itself ---

    def test_asserts_work(self) -> None:
        """Python runs without -O, which would strip every assertion of these tests."""
        with pytest.raises(AssertionError):
            assert False, "asserts work"  # noqa: B011, PT015 - python -O would strip it, and this test would fail
