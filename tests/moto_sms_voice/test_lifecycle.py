"""The lifecycle of registrations and their versions."""

from __future__ import annotations

import pytest

from moto_sms_voice import ReviewError
from moto_sms_voice.denied_reasons import CODES, RCS_CODES, SEEN_TITLES, TOLL_FREE_TITLES
from support.fake_help import BRAND, create, fill, make_client, refused, statuses, submitted

UNDER_REVIEW = {
    "start": ("REVIEWING", "REVIEWING"),
    "aws_review": ("AWS_REVIEWING", "AWS_REVIEWING"),
    "require_authentication": ("REQUIRES_AUTHENTICATION", "REQUIRES_AUTHENTICATION"),
    "offline_review": ("REVIEWING", "REQUIRES_OFFLINE_REVIEW"),
}


def test_create_returns_an_empty_first_draft(client):
    response = client.create_registration(RegistrationType=BRAND, Tags=[{"Key": "team", "Value": "growth"}])
    registration_id = response["RegistrationId"]
    assert response["RegistrationArn"] == f"arn:aws:sms-voice:us-east-1:123456789012:registration/{registration_id}"
    assert (response["RegistrationStatus"], response["CurrentVersionNumber"]) == ("CREATED", 1)
    assert response["Tags"] == [{"Key": "team", "Value": "growth"}]
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")
    values = client.describe_registration_field_values(RegistrationId=registration_id)
    assert values["RegistrationFieldValues"] == []


def test_submit_moves_both(client):
    registration_id = create(client)
    fill(client, registration_id)
    response = client.submit_registration_version(RegistrationId=registration_id)
    assert response["RegistrationVersionStatus"] == "SUBMITTED"
    assert response["AwsReview"] is False
    assert response["RegistrationVersionStatusHistory"]["SubmittedTimestamp"]
    assert statuses(client, registration_id) == ("SUBMITTED", "SUBMITTED")


def test_submit_with_aws_review(client):
    registration_id = create(client)
    fill(client, registration_id)
    assert client.submit_registration_version(RegistrationId=registration_id, AwsReview=True)["AwsReview"] is True
    assert statuses(client, registration_id) == ("AWS_REVIEWING", "AWS_REVIEWING")


def test_submission_may_show_created_for_a_while(client, fake):
    fake.configure(registration_status_after_submit="CREATED")
    registration_id = submitted(client)
    assert statuses(client, registration_id) == ("CREATED", "SUBMITTED")
    with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED"):
        client.delete_registration(RegistrationId=registration_id)


@pytest.mark.parametrize(("step", "expected"), UNDER_REVIEW.items())
def test_under_review_everything_is_locked(client, fake, step, expected):
    registration_id = submitted(client)
    getattr(fake.review, step)(registration_id)
    assert statuses(client, registration_id) == expected
    with refused("ConflictException", "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED"):
        client.put_registration_field_value(
            RegistrationId=registration_id, FieldPath="companyInfo.companyName", TextValue="Other"
        )
    with refused("ConflictException", "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED"):
        client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.companyName")
    with refused("ConflictException", "CREATE_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.create_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.discard_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "REGISTRATION_ALREADY_SUBMITTED"):
        client.submit_registration_version(RegistrationId=registration_id)
    with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED") as response:
        client.delete_registration(RegistrationId=registration_id)
    assert (response["ResourceType"], response["ResourceId"]) == ("registration", registration_id)


def test_repeated_submit_may_be_accepted(client, fake):
    fake.configure(repeated_submit="accepted")
    registration_id = submitted(client)
    writes = len(fake.writes)
    assert client.submit_registration_version(RegistrationId=registration_id)["VersionNumber"] == 1
    assert len(fake.writes) == writes, "a repeated submission changes nothing"


def test_approval(client, fake):
    registration_id = submitted(client)
    fake.review.start(registration_id)
    fake.review.approve(registration_id)
    assert statuses(client, registration_id) == ("COMPLETE", "APPROVED")
    (registration,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    assert registration["ApprovedVersionNumber"] == 1
    history = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"][0][
        "RegistrationVersionStatusHistory"
    ]
    assert {"DraftTimestamp", "SubmittedTimestamp", "ReviewingTimestamp", "ApprovedTimestamp"} == set(history)


def test_provisioning_comes_before_complete(client, fake):
    registration_id = submitted(client)
    fake.review.provisioning(registration_id)
    assert statuses(client, registration_id) == ("PROVISIONING", "APPROVED")
    with refused("ConflictException", "RESOURCE_DELETION_NOT_ALLOWED"):
        client.delete_registration(RegistrationId=registration_id)
    fake.review.approve(registration_id)
    assert statuses(client, registration_id) == ("COMPLETE", "APPROVED")


def test_denial_says_why(client, fake):
    registration_id = submitted(client)
    fake.review.deny(
        registration_id,
        reasons=[
            "BUSINESS_NOT_FOUND",
            {"Reason": "TAX_ID", "ShortDescription": "No match", "LongDescription": "See form"},
        ],
        fields={"companyInfo.taxId": "Does not match"},
        feedback="Check the number",
    )
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
    (version,) = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    assert version["DeniedReasons"] == [
        {"Reason": "BUSINESS_NOT_FOUND", "ShortDescription": "BUSINESS_NOT_FOUND"},
        {"Reason": "TAX_ID", "ShortDescription": "No match", "LongDescription": "See form"},
    ]
    assert version["Feedback"] == "Check the number"
    (value,) = client.describe_registration_field_values(
        RegistrationId=registration_id, FieldPaths=["companyInfo.taxId"]
    )["RegistrationFieldValues"]
    assert (value["TextValue"], value["DeniedReason"]) == ("123456789", "Does not match")
    (registration,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    assert registration["LatestDeniedVersionNumber"] == 1


@pytest.mark.parametrize(
    ("given_as", "given", "reason", "title"),
    [
        ("code", "BRAND_EMAIL_PUBLIC_DOMAIN", "BRAND_EMAIL_PUBLIC_DOMAIN", "Public email domain"),
        ("title", "BRAND_EMAIL_PUBLIC_DOMAIN", "Public email domain", "Public email domain"),
        ("code", "Public email domain", "Public email domain", "Public email domain"),
        ("code", "Compliant Opt In Missing", "Compliant Opt In Missing", "Compliant Opt In Missing"),
        ("title", "IMAGE_SIZE_EXCEEDED", "IMAGE_SIZE_EXCEEDED", "IMAGE_SIZE_EXCEEDED"),
    ],
)
def test_published_reasons_come_with_title_and_page(client, fake, given_as, given, reason, title):
    fake.configure(denied_reasons_as=given_as)
    registration_id = submitted(client)
    fake.review.deny(registration_id, reasons=[given])
    (version,) = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    (denied,) = version["DeniedReasons"]
    assert (denied["Reason"], denied["ShortDescription"]) == (reason, title)
    assert denied["DocumentationLink"].startswith("https://docs.aws.amazon.com/sms-voice/latest/userguide/")


def test_every_published_reason_fits_the_model(client, fake):
    published = [*CODES, *TOLL_FREE_TITLES, *SEEN_TITLES, *RCS_CODES]
    assert (len(CODES), len(TOLL_FREE_TITLES), len(RCS_CODES)) == (134, 12, 11)
    registration_id = submitted(client)
    fake.review.deny(registration_id, reasons=published)
    (version,) = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    assert [reason["Reason"] for reason in version["DeniedReasons"]] == published


@pytest.mark.parametrize(
    ("path", "said"),
    [("companyInfo.taxID", "Closest: companyInfo.taxId"), ("x", "It has: ")],
)
def test_denial_of_a_field_that_the_type_does_not_have_is_refused(fake, client, path, said):
    registration_id = submitted(client)
    with pytest.raises(ReviewError, match=f"US_TEN_DLC_BRAND_REGISTRATION has no field {path}. {said}"):
        fake.review.deny(registration_id, fields={path: "Wrong"})
    assert statuses(client, registration_id)[1] == "SUBMITTED"


def test_new_version_is_blank_and_the_old_one_stays(client, fake):
    registration_id = submitted(client)
    fake.review.deny(registration_id)
    assert client.create_registration_version(RegistrationId=registration_id)["VersionNumber"] == 2
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DRAFT")

    def values(**arguments):
        response = client.describe_registration_field_values(RegistrationId=registration_id, **arguments)
        return response["VersionNumber"], len(response["RegistrationFieldValues"])

    assert values() == (2, 0)
    assert values(VersionNumber=1, MaxResults=100)[1] > 0
    with refused("ValidationException", "UNKNOWN_REGISTRATION_VERSION"):
        values(VersionNumber=3)
    with refused("ConflictException", "CREATE_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.create_registration_version(RegistrationId=registration_id)


def test_status_with_a_new_draft_is_switchable(client, fake):
    fake.configure(registration_status_with_new_draft="CREATED")
    registration_id = submitted(client)
    fake.review.deny(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")


def test_second_approval_archives_the_first(client, fake):
    registration_id = submitted(client)
    fake.review.approve(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    fake.review.approve(registration_id)
    versions = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    assert [(one["VersionNumber"], one["RegistrationVersionStatus"]) for one in versions] == [
        (2, "APPROVED"),
        (1, "ARCHIVED"),
    ]


def test_discard_and_begin_again(client, fake):
    registration_id = submitted(client)
    response = client.discard_registration_version(RegistrationId=registration_id)
    assert response["RegistrationVersionStatus"] == "DISCARDED"
    assert statuses(client, registration_id) == ("CREATED", "DISCARDED")
    with refused("ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.submit_registration_version(RegistrationId=registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")


def test_discard_returns_to_what_was_before_the_submission(client, fake):
    registration_id = submitted(client)
    fake.review.approve(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    client.discard_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("COMPLETE", "DISCARDED")


def test_draft_can_be_discarded_only_by_switch(client, fake):
    registration_id = create(client)
    with refused("ConflictException", "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.discard_registration_version(RegistrationId=registration_id)
    fake.configure(version_statuses_discardable=frozenset({"DRAFT", "SUBMITTED"}))
    client.discard_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("CREATED", "DISCARDED")


def test_revocation(client, fake):
    registration_id = submitted(client)
    fake.review.approve(registration_id)
    fake.review.revoke(registration_id)
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "REVOKED")
    client.create_registration_version(RegistrationId=registration_id)


def test_revocation_leaves_a_review_of_a_newer_version_alone(client, fake):
    registration_id = submitted(client)
    fake.review.approve(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    fake.review.revoke(registration_id)
    assert statuses(client, registration_id) == ("SUBMITTED", "SUBMITTED")
    client.discard_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DISCARDED")


def test_closed_registration_accepts_no_change(client, fake):
    registration_id = submitted(client)
    fake.review.approve(registration_id)
    fake.review.close(registration_id)
    with refused("ConflictException", "CREATE_REGISTRATION_VERSION_NOT_ALLOWED"):
        client.create_registration_version(RegistrationId=registration_id)
    client.delete_registration(RegistrationId=registration_id)


def test_unknown_statuses_can_be_shown(fake):
    client = make_client(conforming=False)
    registration_id = create(client)
    fake.review.set_status(registration_id, registration_status="COMPLETE", version_status="ARCHIVED")
    assert statuses(client, registration_id) == ("COMPLETE", "ARCHIVED")
    fake.review.set_status(registration_id, registration_status="PAUSED", version_status="PAUSED_BY_CARRIER")
    assert statuses(client, registration_id) == ("PAUSED", "PAUSED_BY_CARRIER")


def test_review_of_a_draft_raises_a_review_error(client, fake):
    registration_id = create(client)
    with pytest.raises(ReviewError, match=r"is DRAFT.*Submit it first"):
        fake.review.approve(registration_id)
    with pytest.raises(ReviewError, match="no approved version"):
        fake.review.revoke(registration_id)


def test_delete(client, fake):
    registration_id = create(client)
    assert client.delete_registration(RegistrationId=registration_id)["RegistrationStatus"] == "DELETED"
    assert fake.live_registrations() == []
    assert client.describe_registrations()["Registrations"] == []
    with refused("ResourceNotFoundException") as response:
        client.describe_registrations(RegistrationIds=[registration_id])
    assert (response["ResourceType"], response["ResourceId"]) == ("registration", registration_id)
    with refused("ResourceNotFoundException"):
        client.delete_registration(RegistrationId=registration_id)
    with refused("ResourceNotFoundException"):
        client.list_tags_for_resource(ResourceArn=fake.arn(f"registration/{registration_id}"))


def test_deleted_may_stay_describable(client, fake):
    fake.configure(describes_until_deleted_gone=1)
    registration_id = create(client)
    client.delete_registration(RegistrationId=registration_id)
    (shown,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    assert shown["RegistrationStatus"] == "DELETED"
    with refused("ResourceNotFoundException"):
        client.describe_registrations(RegistrationIds=[registration_id])


def test_ids_and_arns_are_the_same_to_the_service(client, fake):
    registration_id = create(client)
    arn = fake.arn(f"registration/{registration_id}")
    for name in (registration_id, arn):
        (found,) = client.describe_registrations(RegistrationIds=[name])["Registrations"]
        assert found["RegistrationId"] == registration_id


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sms-voice:us-east-1:999999999999:registration/{}",
        "arn:aws:sms-voice:eu-west-1:123456789012:registration/{}",
    ],
)
def test_arns_of_other_accounts_and_regions_are_not_found(client, arn):
    registration_id = create(client)
    with refused("ResourceNotFoundException"):
        client.delete_registration(RegistrationId=arn.format(registration_id))


def test_arn_of_another_type_is_invalid(client):
    with refused("ValidationException", "INVALID_ARN"):
        client.delete_registration(RegistrationId="arn:aws:sms-voice:us-east-1:123456789012:pool/pool-1")


def test_unknown_type(client):
    with refused("ValidationException", "UNKNOWN_REGISTRATION_TYPE") as response:
        create(client, "US_TOLL_FREE_VERIFICATION")
    assert response["Fields"][0]["Name"] == "registrationType"
