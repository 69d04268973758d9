"""The fake keeps its rules for any calls in any order."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from moto.core.exceptions import ServiceException

from moto_sms_voice import ReviewError, SmsVoiceBackend
from moto_sms_voice.review import Review
from moto_sms_voice.store import UNDER_REVIEW
from support.fake_help import BRAND, CAMPAIGN, INDONESIA, PNG, RCS, SINGAPORE, TFN, VETTING

REGISTRATION_STATUS_BY_VERSION = {
    "SUBMITTED": {"SUBMITTED"},
    "AWS_REVIEWING": {"AWS_REVIEWING"},
    "REVIEWING": {"REVIEWING"},
    "REQUIRES_AUTHENTICATION": {"REQUIRES_AUTHENTICATION"},
    "REQUIRES_OFFLINE_REVIEW": {"REVIEWING"},
    "APPROVED": {"COMPLETE", "PROVISIONING", "CLOSED"},
    "DENIED": {"REQUIRES_UPDATES", "CLOSED"},
}
NUMBER = {"IsoCountryCode": "US", "MessageType": "TRANSACTIONAL", "NumberCapabilities": ["SMS"]}
STEPS = [step for step in Review.ACTIONS if step not in ("set_status", "close")]


class AnyOrder(RuleBasedStateMachine):
    """Valid and invalid calls on a few resources."""

    registrations = Bundle("registrations")
    resources = Bundle("resources")
    attachments = Bundle("attachments")

    @initialize(
        form_check=st.sampled_from(["submit", "conflict", "denial", "none"]),
        parent=st.sampled_from(["associate", "submit", "never"]),
        held_by=st.sampled_from(["any", "current"]),
    )
    def begin(self, form_check: str, parent: str, held_by: str) -> None:
        self.fake = SmsVoiceBackend("us-east-1", "123456789012")
        self.fake.configure(
            form_check=form_check,
            incomplete_parent=parent,
            attachment_held_by=held_by,
            registrations_per_account=4,
            attachments_per_account=2,
            phone_numbers_per_account=2,
            versions_per_day=3,
            associations_per_registration=3,
            describes_until_uploaded=0,
        )
        self.frozen: dict[tuple[str, int], Any] = {}

    def call(self, operation: str, **parameters: Any) -> Any:
        """Perform a call; return None if the service refuses it. Some names are in snake case, because nothing is serialized."""
        before = len(self.fake.writes)
        try:
            response = self.fake.perform(operation, parameters)
        except ServiceException:
            assert len(self.fake.writes) == before, "a refused call is no write"
            return None
        return response

    @rule(
        target=registrations,
        kind=st.sampled_from([TFN, BRAND, VETTING, CAMPAIGN, RCS, SINGAPORE]),
        token=st.integers(0, 2),
    )
    def create(self, kind: str, token: int) -> Any:
        response = self.call("CreateRegistration", RegistrationType=kind, ClientToken=f"{kind}-{token}")
        return response["RegistrationId"] if response else multiple()

    @rule(target=registrations, kind=st.sampled_from([BRAND, TFN, RCS, SINGAPORE, INDONESIA]))
    def create_and_submit(self, kind: str) -> Any:
        response = self.call("CreateRegistration", RegistrationType=kind)
        if response is None:
            return multiple()
        registration = response["RegistrationId"]
        if kind == TFN:
            self.call("RequestPhoneNumber", **NUMBER, NumberType="TOLL_FREE", RegistrationId=registration)
        if kind == RCS:
            agent = self.call("CreateRcsAgent")
            self.associate(registration, agent["rcs_agent_id"] if agent else "rcs-0")
        self.fill_and_submit(registration)
        return registration

    @rule(registration=registrations)
    def resubmit(self, registration: str) -> None:
        self.call("CreateRegistrationVersion", RegistrationId=registration)
        self.fill_and_submit(registration)

    def fill_and_submit(self, registration: str) -> None:
        if not self.fake.live_attachments():
            self.call("CreateRegistrationAttachment", AttachmentBody=PNG)
        self.fill(registration, self.fake.live_attachments()[0].registration_attachment_id, complete=True)
        self.call("SubmitRegistrationVersion", RegistrationId=registration)

    @rule(registration=registrations, step=st.sampled_from(["approve", "deny", "revoke"]))
    def decide(self, registration: str, step: str) -> None:
        self.review(registration, step)

    @rule(target=attachments, body=st.sampled_from([PNG, PNG + b"1"]))
    def upload(self, body: bytes) -> Any:
        response = self.call("CreateRegistrationAttachment", AttachmentBody=body)
        return response["registration_attachment_id"] if response else multiple()

    @rule(target=resources, kind=st.sampled_from(["TOLL_FREE", "TEN_DLC", "LONG_CODE"]))
    def request_number(self, kind: str) -> Any:
        response = self.call("RequestPhoneNumber", **NUMBER, NumberType=kind)
        return response["phone_number_id"] if response else multiple()

    @rule(target=resources)
    def create_agent(self) -> Any:
        response = self.call("CreateRcsAgent")
        return response["rcs_agent_id"] if response else multiple()

    @rule(registration=registrations, resource=st.one_of(resources, registrations))
    def associate(self, registration: str, resource: str) -> None:
        self.call("CreateRegistrationAssociation", RegistrationId=registration, ResourceId=resource)

    @rule(registration=registrations, attachment=attachments, complete=st.booleans())
    def fill(self, registration: str, attachment: str, complete: bool) -> None:
        known = self.fake.store.registrations[registration]
        form = self.fake.example_form(known.registration_type, attachment_id=attachment)
        for path, value in list(form.items())[: None if complete else 1]:
            self.call("PutRegistrationFieldValue", RegistrationId=registration, FieldPath=path, **value)

    @rule(registration=registrations)
    def clear(self, registration: str) -> None:
        for path in list(self.fake.store.registrations[registration].current_version.values)[:2]:
            self.call("DeleteRegistrationFieldValue", RegistrationId=registration, FieldPath=path)

    @rule(registration=registrations, aws_review=st.booleans())
    def submit(self, registration: str, aws_review: bool) -> None:
        self.call("SubmitRegistrationVersion", RegistrationId=registration, AwsReview=aws_review)

    @rule(registration=registrations)
    def discard(self, registration: str) -> None:
        self.call("DiscardRegistrationVersion", RegistrationId=registration)

    @rule(registration=registrations)
    def new_version(self, registration: str) -> None:
        response = self.call("CreateRegistrationVersion", RegistrationId=registration)
        if response is not None:
            values = self.call("DescribeRegistrationFieldValues", RegistrationId=registration)
            assert values["VersionNumber"] == response["VersionNumber"]
            assert values["RegistrationFieldValues"] == [], "a new version is blank"

    @rule(registration=registrations)
    def describe(self, registration: str) -> None:
        self.call("DescribeRegistrations", RegistrationIds=[registration])
        self.call("DescribeRegistrationVersions", RegistrationId=registration)

    @rule(registration=registrations, step=st.sampled_from(STEPS))
    def review(self, registration: str, step: str) -> None:
        with suppress(ReviewError, ServiceException):
            getattr(self.fake.review, step)(registration)

    @rule(registration=registrations)
    def delete(self, registration: str) -> None:
        self.call("DeleteRegistration", RegistrationId=registration)

    @rule(attachment=attachments)
    def delete_attachment(self, attachment: str) -> None:
        self.call("DeleteRegistrationAttachment", RegistrationAttachmentId=attachment)

    @rule(resource=consumes(resources))
    def give_back(self, resource: str) -> None:
        if resource.startswith("phone-"):
            self.call("ReleasePhoneNumber", PhoneNumberId=resource)
        else:
            self.call("DeleteRcsAgent", RcsAgentId=resource)

    @invariant()
    def versions_are_in_order(self) -> None:
        for registration in self.fake.store.registrations.values():
            numbers = [version.version_number for version in registration.versions]
            assert numbers == list(range(1, len(numbers) + 1))
            older = [version.registration_version_status for version in registration.versions[:-1]]
            assert not UNDER_REVIEW & set(older)
            assert "DRAFT" not in older
            approved = [one for one in registration.versions if one.registration_version_status == "APPROVED"]
            assert [one.version_number for one in approved] == (
                [registration.approved_version_number] if registration.approved_version_number else []
            )

    @invariant()
    def previous_versions_are_read_only(self) -> None:
        for registration in self.fake.store.registrations.values():
            for version in registration.versions[:-1]:
                key = (registration.registration_id, version.version_number)
                assert self.frozen.setdefault(key, dict(version.values)) == version.values

    @invariant()
    def statuses_fit(self) -> None:
        for registration in self.fake.live_registrations():
            status = registration.current_version.registration_version_status
            expected = REGISTRATION_STATUS_BY_VERSION.get(status)
            assert expected is None or registration.registration_status in expected, status
            assert (registration.latest_denied_version_number is not None) == any(
                one.registration_version_status == "DENIED" for one in registration.versions
            )

    @invariant()
    def submitted_has_what_it_needs(self) -> None:
        for registration in self.fake.live_registrations():
            if registration.is_under_review:
                assert self.fake.missing_associations(registration) == []

    @invariant()
    def associations_fit_both_ways(self) -> None:
        for registration in self.fake.live_registrations():
            arns = [one.resource_arn for one in registration.associations]
            assert len(arns) == len(set(arns))
            for one in registration.associations:
                if one.phone_number is not None:
                    number = self.fake.store.phone_numbers[one.resource_id]
                    assert number.registration_id == registration.registration_id
                elif one.resource_id.startswith("registration-"):
                    assert not self.fake.store.registrations[one.resource_id].is_deleted
        for number in self.fake.store.phone_numbers.values():
            holders = [one.registration_id for one in self.fake.holders(number.phone_number_arn)]
            assert holders == ([number.registration_id] if number.registration_id else [])

    @invariant()
    def files_in_use_exist(self) -> None:
        for registration in self.fake.live_registrations():
            for value in registration.current_version.values.values():
                if value.registration_attachment_id is not None:
                    attachment = self.fake.store.attachments[value.registration_attachment_id]
                    assert attachment.attachment_status != "DELETED"

    @invariant()
    def quotas_hold(self) -> None:
        behavior = self.fake.behavior
        assert len(self.fake.live_registrations()) <= behavior.registrations_per_account
        assert len(self.fake.live_attachments()) <= behavior.attachments_per_account
        assert len(self.fake.store.phone_numbers) <= behavior.phone_numbers_per_account
        made = sum(len(registration.versions) - 1 for registration in self.fake.store.registrations.values())
        assert made <= behavior.versions_per_day

    @invariant()
    def tags_belong_to_something(self) -> None:
        store = self.fake.store
        assert set(store.tags) == (
            {one.registration_arn for one in self.fake.live_registrations()}
            | {one.registration_attachment_arn for one in self.fake.live_attachments()}
            | {one.phone_number_arn for one in store.phone_numbers.values()}
            | {one.rcs_agent_arn for one in store.rcs_agents.values()}
            | {one.sender_id_arn for one in store.sender_ids.values()}
        )


AnyOrder.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestAnyOrder = AnyOrder.TestCase
