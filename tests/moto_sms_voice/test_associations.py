"""Associations of registrations, and how they end."""

from __future__ import annotations

import pytest

from support.fake_help import BRAND, CAMPAIGN, RCS, SINGAPORE, TFN, VETTING, create, fill, refused, statuses, submitted
from support.fake_help import toll_free_number as request


def associate(client, registration_id, resource_id):
    return client.create_registration_association(RegistrationId=registration_id, ResourceId=resource_id)


def associations(client, registration_id):
    response = client.list_registration_associations(RegistrationId=registration_id)
    return [one["ResourceId"] for one in response["RegistrationAssociations"]]


def complete(client, fake, registration_type=BRAND):
    registration_id = submitted(client, registration_type)
    fake.review.approve(registration_id)
    return registration_id


def number_status(client, number_id):
    (number,) = client.describe_phone_numbers(PhoneNumberIds=[number_id])["PhoneNumbers"]
    return number["Status"]


def test_number_before_submit(client):
    registration_id, number_id = create(client, TFN), request(client)
    fill(client, registration_id)
    with refused("ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.submit_registration_version(RegistrationId=registration_id)
    response = associate(client, registration_id, number_id)
    assert (response["ResourceType"], response["IsoCountryCode"]) == ("TOLL_FREE", "US")
    assert response["PhoneNumber"].startswith("+1")
    client.submit_registration_version(RegistrationId=registration_id)
    (number,) = client.describe_phone_numbers(PhoneNumberIds=[number_id])["PhoneNumbers"]
    assert number["RegistrationId"] == registration_id


def test_number_can_be_requested_for_a_registration(client, fake):
    registration_id = create(client, TFN)
    number_id = request(client, RegistrationId=registration_id)
    assert associations(client, registration_id) == [number_id]
    with refused("ConflictException", "REGISTRATION_NOT_COMPLETE"):
        client.request_phone_number(
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="TEN_DLC",
            RegistrationId=campaign(client, fake),
        )
    assert list(fake.store.phone_numbers) == [number_id], "a refused request leases nothing"


def campaign(client, fake):
    registration_id = create(client, CAMPAIGN)
    associate(client, registration_id, complete(client, fake))
    fill(client, registration_id)
    return registration_id


def test_number_is_pending_until_it_is_registered(client, fake):
    registration_id = create(client, TFN)
    number_id = request(client, RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    assert number_status(client, number_id) == "PENDING"
    assert number_status(client, number_id) == "PENDING"
    fake.review.approve(registration_id)
    assert number_status(client, number_id) == "PENDING"
    assert number_status(client, number_id) == "ACTIVE"


def test_repeated_association(client, fake):
    registration_id, number_id = create(client, TFN), request(client)
    associate(client, registration_id, number_id)
    with refused("ConflictException", "RESOURCE_ALREADY_ASSOCIATED"):
        associate(client, registration_id, number_id)
    fake.configure(repeated_association="accepted")
    associate(client, registration_id, fake.arn(f"phone-number/{number_id}"))
    assert associations(client, registration_id) == [number_id]


def test_number_belongs_to_one_registration(client):
    number_id = request(client, RegistrationId=create(client, TFN))
    with refused("ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION") as response:
        associate(client, create(client, TFN), number_id)
    assert response["ResourceType"] == "phone-number"


def test_number_of_another_region(client):
    arn = "arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-0"
    with refused("ConflictException", "PHONE_NUMBER_NOT_IN_REGISTRATION_REGION"):
        associate(client, create(client, TFN), arn)


@pytest.mark.parametrize("resource_id", ["phone-0", "rcs-0", "registration-0", "EXAMPLE"])
def test_association_with_an_unknown_resource(client, resource_id):
    with refused("ResourceNotFoundException"):
        associate(client, create(client, TFN), resource_id)


def test_association_with_an_unsupported_resource(client, fake):
    with refused("ValidationException", "INVALID_REGISTRATION_ASSOCIATION"):
        associate(client, create(client, BRAND), request(client))
    with refused("ValidationException", "INVALID_REGISTRATION_ASSOCIATION"):
        associate(client, create(client, TFN), complete(client, fake))


def test_submitted_version_accepts_no_association(client, fake):
    registration_id = create(client, TFN)
    request(client, RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "RESOURCE_MODIFICATION_NOT_ALLOWED"):
        associate(client, registration_id, request(client))


def test_brand_must_be_complete(client, fake):
    brand = create(client)
    with refused("ConflictException", "REGISTRATION_NOT_COMPLETE"):
        associate(client, create(client, VETTING), brand)
    fake.configure(incomplete_parent="submit")
    vetting = create(client, VETTING)
    associate(client, vetting, brand)
    with refused("ConflictException", "REGISTRATION_NOT_COMPLETE"):
        client.submit_registration_version(RegistrationId=vetting)
    fake.configure(incomplete_parent="never")
    client.submit_registration_version(RegistrationId=vetting)


def test_vetting_has_no_form(client, fake):
    vetting = create(client, VETTING)
    associate(client, vetting, complete(client, fake))
    client.submit_registration_version(RegistrationId=vetting)
    assert statuses(client, vetting) == ("SUBMITTED", "SUBMITTED")


def test_campaign_takes_numbers_when_complete(client, fake):
    registration_id = campaign(client, fake)
    number_id = client.request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TEN_DLC"
    )["PhoneNumberId"]
    with refused("ConflictException", "REGISTRATION_NOT_COMPLETE"):
        associate(client, registration_id, number_id)
    client.submit_registration_version(RegistrationId=registration_id)
    fake.review.approve(registration_id)
    associate(client, registration_id, number_id)
    assert number_status(client, number_id) == "PENDING"
    assert number_status(client, number_id) == "ACTIVE"
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_registration(RegistrationId=registration_id)
    client.release_phone_number(PhoneNumberId=number_id)
    client.delete_registration(RegistrationId=registration_id)


def test_brand_outlives_its_campaigns(client, fake):
    registration_id = campaign(client, fake)
    (brand,) = associations(client, registration_id)
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_registration(RegistrationId=brand)
    client.delete_registration(RegistrationId=registration_id)
    client.delete_registration(RegistrationId=brand)


def test_releasing_the_number_closes_the_registration(client, fake):
    registration_id = create(client, TFN)
    number_id = request(client, RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "DISASSOCIATE_REGISTRATION_NOT_ALLOWED"):
        client.release_phone_number(PhoneNumberId=number_id)
    fake.review.approve(registration_id)
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_registration(RegistrationId=registration_id)
    assert client.release_phone_number(PhoneNumberId=number_id)["Status"] == "DELETED"
    assert statuses(client, registration_id) == ("CLOSED", "APPROVED")
    with refused("ResourceNotFoundException"):
        client.describe_phone_numbers(PhoneNumberIds=[number_id])
    client.delete_registration(RegistrationId=registration_id)


@pytest.mark.parametrize(("closes", "expected"), [(False, "CREATED"), (True, "CLOSED")])
def test_releasing_the_number_of_a_draft(client, fake, closes, expected):
    fake.configure(release_closes_unapproved=closes)
    registration_id = create(client, TFN)
    client.release_phone_number(PhoneNumberId=request(client, RegistrationId=registration_id))
    assert statuses(client, registration_id) == (expected, "DRAFT")


def test_a_type_whose_deletion_disassociates(client, fake):
    fake.definitions[TFN].type_definition["SupportedAssociations"][0]["DisassociationBehavior"] = (
        "DELETE_REGISTRATION_DISASSOCIATES"
    )
    registration_id = create(client, TFN)
    number_id = request(client, RegistrationId=registration_id)
    client.delete_registration(RegistrationId=registration_id)
    (number,) = client.describe_phone_numbers(PhoneNumberIds=[number_id])["PhoneNumbers"]
    assert "RegistrationId" not in number
    client.create_registration_association(RegistrationId=create(client, TFN), ResourceId=number_id)


def test_protected_number_is_not_released(client):
    number_id = request(client, DeletionProtectionEnabled=True)
    with refused("ConflictException", "DELETION_PROTECTION_ENABLED"):
        client.release_phone_number(PhoneNumberId=number_id)
    client.update_phone_number(PhoneNumberId=number_id, DeletionProtectionEnabled=False)
    client.release_phone_number(PhoneNumberId=number_id)


def test_rcs_agent(client, fake):
    agent_id = client.create_rcs_agent(DeletionProtectionEnabled=True)["RcsAgentId"]
    registration_id = create(client, RCS)
    associate(client, registration_id, agent_id)
    with refused("ConflictException", "RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE"):
        associate(client, create(client, RCS), agent_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)

    def testing_agent():
        (agent,) = client.describe_rcs_agents(RcsAgentIds=[agent_id])["RcsAgents"]
        return agent["Status"], agent["TestingAgent"]

    assert testing_agent() == ("CREATED", {"Status": "PENDING", "RegistrationId": registration_id})
    fake.review.approve(registration_id)
    assert testing_agent() == ("TESTING", {"Status": "ACTIVE", "RegistrationId": registration_id})
    with refused("ConflictException", "DELETION_PROTECTION_ENABLED"):
        client.delete_rcs_agent(RcsAgentId=agent_id)
    client.update_rcs_agent(RcsAgentId=agent_id, DeletionProtectionEnabled=False)
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_rcs_agent(RcsAgentId=agent_id)
    fake.configure(attempts_until_teardown=1)
    client.delete_registration(RegistrationId=registration_id)
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_rcs_agent(RcsAgentId=agent_id)
    client.delete_rcs_agent(RcsAgentId=agent_id)
    assert client.describe_rcs_agents()["RcsAgents"] == []


def test_sender_id_appears_on_approval(client, fake):
    registration_id = submitted(client, SINGAPORE)
    assert client.describe_sender_ids()["SenderIds"] == []
    fake.review.approve(registration_id)
    (sender,) = client.describe_sender_ids()["SenderIds"]
    assert (sender["SenderId"], sender["IsoCountryCode"], sender["Registered"]) == ("EXAMPL", "SG", True)
    assert sender["SenderIdArn"].endswith(":sender-id/EXAMPL/SG")
    assert associations(client, registration_id) == ["EXAMPL"]
    with refused("ConflictException", "RESOURCE_NOT_EMPTY"):
        client.delete_registration(RegistrationId=registration_id)
    client.release_sender_id(SenderId="EXAMPL", IsoCountryCode="SG")
    assert statuses(client, registration_id) == ("CLOSED", "APPROVED")
    client.delete_registration(RegistrationId=registration_id)


def test_names_of_resource_types_are_switchable(client, fake):
    fake.configure(rcs_agent_resource_type="rcs-agent")
    (definition,) = client.describe_registration_type_definitions(RegistrationTypes=[RCS])[
        "RegistrationTypeDefinitions"
    ]
    assert definition["SupportedAssociations"][0]["ResourceType"] == "rcs-agent"
    response = associate(client, create(client, RCS), client.create_rcs_agent()["RcsAgentId"])
    assert response["ResourceType"] == "rcs-agent"


def test_quotas_of_associations(client, fake):
    fake.configure(associations_per_registration=1)
    registration_id = create(client, TFN)
    request(client, RegistrationId=registration_id)
    with refused("ServiceQuotaExceededException", "ASSOCIATIONS_PER_REGISTRATION"):
        request(client, RegistrationId=registration_id)
    fake.configure(associations_per_registration=9, phone_numbers_per_registration=1)
    with refused("ServiceQuotaExceededException", "PHONE_NUMBERS_PER_REGISTRATION"):
        request(client, RegistrationId=registration_id)
