"""`plan`: what a deployment would do, told from templates and the account."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from moto_sms_voice.exceptions import AccessDeniedException
from sms_registration_cli.planning import duplicates
from sms_registration_handler.form import duplicates as function_duplicates
from sms_registration_rules.denials.explanations import all_explanations
from sms_registration_rules.values import RegistrationAttachmentId, SelectChoices, TextValue
from support.assemblies import PHONE_NUMBER, assembly, form, registration
from support.cli_help import BRAND_FORM
from support.deployed_stacks import deploy
from support.fake_help import BRAND, CAMPAIGN, PNG, TFN, create, fill, submitted, toll_free_number

STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Sms/0123"


def brand_app(*, submit: bool = True, fields: dict[str, Any] | None = None, **more: Any) -> None:
    own = {**BRAND_FORM, **(fields or {})}
    assembly({"Brand": registration(), "BrandForm": form({"Ref": "Brand"}, own, Submit=submit, **more)})


def own(client: Any, kind: str = BRAND, logical_id: str = "Brand") -> str:
    """A registration as the stack Sms creates it."""
    registration_id = create(client, kind, Tags=owned(logical_id))
    deploy({logical_id: registration_id})
    return registration_id


def owned(logical_id: str = "Brand") -> list[dict[str, str]]:
    tags = {
        "cdk-sms-registration:stack": STACK_ID,
        "cdk-sms-registration:logical-id": logical_id,
        "cdk-sms-registration:form-stack": STACK_ID,
        "cdk-sms-registration:form-logical-id": f"{logical_id}Form",
    }
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def deployed(client: Any, *, submit: bool = True) -> str:
    """The registration of `brand_app`, as its deployment leaves it."""
    registration_id = own(client)
    put(client, registration_id)
    if submit:
        client.submit_registration_version(RegistrationId=registration_id)
    return registration_id


def put(client: Any, registration_id: str, *, without: str = "") -> None:
    for path, value in BRAND_FORM.items():
        if path == without:
            continue
        member = {"SelectChoices": [value]} if path.endswith(("legalType", "vertical")) else {"TextValue": value}
        client.put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **member)


def only(run_json: Any, code: int = 0) -> dict[str, Any]:
    (region,) = run_json("plan", code=code)
    (plan,) = region["registrations"]
    return {**plan, "region": region}


def test_a_new_registration(fake, run, run_json):
    brand_app()
    plan = only(run_json)
    assert plan["created"]
    assert plan["submitted"]
    assert plan["calls"].count("PutRegistrationFieldValue") == len(BRAND_FORM)
    quota = {"used": 0, "max": 25, "needed": 1, "exceeded": False}
    assert plan["region"]["quotas"] == {
        "REGISTRATIONS": {**quota, "default": False},
        "TEN_DLC_COMPANIES": {**quota, "default": True},
    }
    text = run("plan").stdout
    for expected in (
        "create the registration",
        "put 14 values",
        "submit it for review",
        "fee: registration",
        "about 19 seconds",
    ):
        assert expected in text


def test_a_draft_costs_nothing(fake, run, run_json):
    brand_app(submit=False)
    assert only(run_json)["fees"] == []
    assert "leave it a draft" in run("plan").stdout


def test_what_is_approved_is_not_left_a_draft(client, fake, run):
    registration_id = own(client, CAMPAIGN)
    brand_id = submitted(client)
    fill(client, registration_id)
    fake.review.approve(brand_id)
    client.create_registration_association(RegistrationId=registration_id, ResourceId=brand_id)
    client.submit_registration_version(RegistrationId=registration_id)
    fake.review.approve(registration_id)
    number = toll_free_number(client)
    own_form = form({"Ref": "Brand"}, {}, KeepUndeclared=True, Associations=[brand_id, number])
    assembly({"Brand": registration(CAMPAIGN), "BrandForm": own_form})
    text = run("plan").stdout
    assert "    make 1 association\n" in text
    assert "  1 call that writes, about 6 seconds" in text


def with_number(number: str) -> None:
    assembly({"Brand": registration(TFN), "BrandForm": form({"Ref": "Brand"}, {}, Associations=[number])})


def test_a_number_that_does_not_exist_fails(fake, run_json):
    with_number("phone-0123")
    assert only(run_json, code=2)["refusal"].startswith("phone number phone-0123 does not exist in us-east-1")


def test_a_number_of_another_registration_fails(client, fake, run_json):
    holder = own(client, TFN, "Former")
    number = toll_free_number(client)
    client.create_registration_association(RegistrationId=holder, ResourceId=number)
    with_number(number)
    refusal = only(run_json, code=2)["refusal"]
    assert f"({number}) is associated with {holder}, and a number cannot be moved" in refusal
    assert f'existing_registration_id="{holder}" with take_over=True' in refusal


def test_a_number_of_its_own_registration_and_one_that_is_free_do_not_fail(client, fake, run_json):
    free, own_number = toll_free_number(client), toll_free_number(client)
    with_number(free)
    assert only(run_json)["refusal"] is None
    holder = own(client, TFN)
    client.create_registration_association(RegistrationId=holder, ResourceId=own_number)
    with_number(own_number)
    assert only(run_json)["refusal"] is None


def test_a_number_that_another_account_shares_may_exist(fake, run_json):
    with_number("arn:aws:sms-voice:us-east-1:999999999999:phone-number/phone-0123")
    assert only(run_json)["refusal"] is None


def test_numbers_that_cannot_be_looked_up_are_noted(client, fake, run_json):
    with_number("phone-0123")
    fake.inject("DescribePhoneNumbers", error=AccessDeniedException("User is not authorized"), times=99)
    plan = only(run_json)
    assert plan["refusal"] is None
    assert "the phone numbers in associations were not looked up" in str(plan["region"]["notes"])


def test_what_would_fail_makes_no_calls(fake, run, run_json):
    brand_app(fields={"companyInfo.taxId": "12-3456789"})
    assert only(run_json, code=2)["calls"] == []
    assert "that write" not in run("plan", code=2).stdout


def test_nothing_changes(client, run, run_json):
    deployed(client)
    brand_app()
    assert only(run_json)["calls"] == []
    assert "nothing changes" in run("plan").stdout


def test_a_change_of_an_approved_form_is_reviewed_again(client, fake, run, run_json):
    registration_id = deployed(client)
    fake.review.approve(registration_id)
    brand_app(fields={"contactInfo.dbaName": "Example Shop"})
    plan = only(run_json)
    assert plan["newVersion"]
    assert plan["submitted"]
    assert len(plan["calls"]) == 1 + len(BRAND_FORM) + 1, "a new version begins blank"
    assert plan["changed"] == ["contactInfo.dbaName"]
    text = run("plan").stdout
    assert f"{registration_id} COMPLETE, version 1 APPROVED" in text
    assert "open a new version because contactInfo.dbaName changed, put 14 values, submit it for review" in text


def test_a_value_that_is_no_longer_declared_is_a_change(client, fake, run_json):
    fake.review.approve(deployed(client))
    fields = {path: value for path, value in BRAND_FORM.items() if path != "contactInfo.website"}
    assembly({"Brand": registration(), "BrandForm": form({"Ref": "Brand"}, fields)})
    assert only(run_json)["changed"] == ["contactInfo.website"]


def test_a_change_during_a_review_would_fail(client, fake, run):
    registration_id = deployed(client)
    fake.review.start(registration_id)
    brand_app(fields={"contactInfo.dbaName": "Example Shop"})
    text = run("plan", code=2).stdout
    assert f"the deployment would fail: version 1 of {registration_id} is REVIEWING" in text
    assert "differs in contactInfo.dbaName" in text
    brand_app(fields={"contactInfo.dbaName": "Example Shop"}, OnLocked="keep")
    text = run("plan").stdout
    assert "would fail" not in text
    assert "cannot be changed until its review ends" in text


def test_the_same_form_is_not_submitted_again_after_a_denial(client, fake, run):
    registration_id = deployed(client)
    fake.review.deny(registration_id)
    brand_app()
    assert "nothing changes" in run("plan").stdout


def test_a_new_revision_submits_again(client, fake, run_json):
    registration_id = deployed(client)
    fake.review.deny(registration_id)
    brand_app(Revision="2")
    plan = only(run_json)
    assert plan["newVersion"]
    assert plan["changed"] == []
    assert plan["submitted"]


def test_what_aws_does_not_accept_again_would_fail(client, fake, run):
    final = next(each for each in all_explanations() if each.submit_again == "no" and each.code)
    registration_id = deployed(client)
    fake.review.deny(registration_id, [final.code])
    brand_app(Revision="2")
    assert "AWS does not accept this form again" in run("plan", code=2).stdout
    brand_app(fields={"contactInfo.dbaName": "Example Shop"})
    assert "submitted because the form changed, although AWS does not accept a form again" in run("plan").stdout


def test_a_closed_registration_would_fail(client, fake, run, run_json):
    registration_id = deployed(client)
    fake.review.close(registration_id)
    brand_app()
    assert f"the deployment would fail: {registration_id} is CLOSED" in run("plan", code=2).stdout
    assert only(run_json, code=2)["calls"] == []


def test_an_adopted_registration(client, run_json):
    registration_id = create(client)
    put(client, registration_id)
    assembly(
        {
            "Brand": registration(ExistingRegistrationId=registration_id),
            "BrandForm": form({"Ref": "Brand"}, {"contactInfo.dbaName": "Shop"}, KeepUndeclared=True),
        }
    )
    plan = only(run_json)
    assert not plan["created"]
    assert plan["calls"] == ["PutRegistrationFieldValue"]
    assert plan["adoption"] == "adopt it"


def adopting(registration_id: str, kind: str = BRAND, **more: Any) -> None:
    """An app that adopts a registration whose form it declares as `put` leaves it."""
    resources = {
        "Brand": registration(kind, ExistingRegistrationId=registration_id, **more),
        "BrandForm": form({"Ref": "Brand"}, BRAND_FORM, KeepUndeclared=True),
    }
    assembly(resources)


def of_stack(name: str, logical_id: str = "Brand") -> list[dict[str, str]]:
    return [{**tag, "Value": tag["Value"].replace("stack/Sms/", f"stack/{name}/")} for tag in owned(logical_id)]


def test_an_adoption_is_told_even_if_the_form_is_the_same(client, run):
    registration_id = create(client)
    put(client, registration_id)
    adopting(registration_id)
    assert "    adopt it, which writes tags only\n" in run("plan").stdout


def test_what_is_adopted_already_is_not_adopted_again(client, run):
    adopting(deployed(client))
    assert "nothing changes" in run("plan").stdout


def test_a_registration_to_adopt_that_does_not_exist(client, run, run_json):
    adopting("registration-0123")
    plan = only(run_json, code=2)
    assert plan["fails"]
    assert plan["calls"] == []
    text = run("plan", code=2).stdout
    assert (
        "the deployment would fail: registration registration-0123 does not exist in us-east-1 in this account" in text
    )


@pytest.mark.parametrize("kind", [CAMPAIGN, "US_TENDLC_BRAND_REGISTRATION"])
def test_a_registration_to_adopt_of_another_type(client, run, run_json, kind):
    registration_id = create(client)
    adopting(registration_id, kind)
    assert only(run_json, code=2)["problems"] == [], "the fields of another form would hide the cause"
    assert f"registration {registration_id} is a {BRAND}, not a {kind}: declare" in run("plan", code=2).stdout


def test_a_registration_to_adopt_that_another_stack_owns(client, run):
    registration_id = create(client, Tags=of_stack("Other"))
    put(client, registration_id)
    adopting(registration_id)
    refusal = f"the deployment would fail: registration {registration_id} belongs to Brand of the stack Other; set take_over=True"
    text = run("plan", code=2).stdout
    assert refusal in text
    assert text.count(", and remove it there") == 1
    adopting(registration_id, TakeOver=True)
    assert "take it over from Brand of the stack Other, which writes tags only" in run("plan").stdout


def test_a_registration_to_adopt_under_another_logical_id(client, run):
    registration_id = own(client, logical_id="Former")
    adopting(registration_id)
    assert f"{registration_id} belongs to Former of the stack Sms; set take_over=True" in run("plan", code=2).stdout


def test_a_registration_to_adopt_that_a_former_stack_of_the_same_name_retained(client, run):
    registration_id = create(client, Tags=owned())
    put(client, registration_id)
    adopting(registration_id)
    text = run("plan", code=2).stdout
    assert f"{registration_id} belongs to Brand of a former stack Sms; set take_over=True" in text
    assert "remove it there" not in text, "it is not there any more"
    adopting(registration_id, TakeOver=True)
    assert "take it over from Brand of a former stack Sms" in run("plan").stdout


@pytest.mark.parametrize("keeps", [True, False])
def test_what_an_adopted_registration_may_hold_is_no_finding(client, run_json, keeps):
    registration_id = create(client, CAMPAIGN)
    resources = {
        "Campaign": registration(CAMPAIGN, ExistingRegistrationId=registration_id),
        "CampaignForm": form(
            {"Ref": "Campaign"}, {"campaignInfo.campaignName": "Example"}, Submit=True, KeepUndeclared=keeps
        ),
    }
    assembly(resources)
    found = {each["rule_id"] for each in only(run_json, code=2)["findings"]}
    assert ("privacy-policy-missing" in found) != keeps


def test_what_the_definitions_do_not_accept(fake, run):
    brand_app(fields={"companyInfo.taxId": "12-3456789", "companyInfo.cty": "x"})
    text = run("plan", code=2).stdout
    assert "error: companyInfo.taxId: does not match" in text
    assert "error: companyInfo.cty: is not a field" in text
    assert "12-3456789" not in text


def test_a_draft_may_be_incomplete(fake, run, run_json):
    assembly(
        {"Brand": registration(), "BrandForm": form({"Ref": "Brand"}, {"companyInfo.companyName": "Example Corp"})}
    )
    run("plan")
    assert "to be submitted it still lacks: companyInfo.taxIdIssuingCountry" in run("plan").stdout
    assert len(only(run_json)["missing"]) == len(BRAND_FORM) - 1


def test_findings_have_an_exit_code_of_their_own(fake, run):
    brand_app(fields={"contactInfo.supportEmail": "example@gmail.com"})
    assert "warning: contactInfo.supportEmail" in run("plan", code=1).stdout


def test_a_campaign_waits_for_its_brand(fake, run):
    assembly(
        {
            "Brand": registration(),
            "BrandForm": form({"Ref": "Brand"}, BRAND_FORM, Submit=True),
            "Campaign": registration(CAMPAIGN),
            "CampaignForm": form({"Ref": "Campaign"}, {}, Associations=[{"Ref": "Brand"}]),
        }
    )
    assert "not associated with Sms/Brand: it must be COMPLETE first" in run("plan").stdout
    assembly({"Campaign": registration(CAMPAIGN), "CampaignForm": form({"Ref": "Campaign"}, {}, Submit=True)})
    assert "error: campaignInfo.campaignName: is required" in run("plan", code=2).stdout


def test_secrets_are_taken_for_what_the_registration_holds(client, run_json):
    deployed(client)
    brand_app(fields={"companyInfo.taxId": {"SecretId": "brand", "JsonField": "ein"}})
    assert only(run_json)["calls"] == []


def test_a_new_secret_is_put(client, run_json):
    put(client, own(client), without="companyInfo.taxId")
    brand_app(submit=False, fields={"companyInfo.taxId": {"SecretId": "brand", "JsonField": "ein"}})
    assert only(run_json)["calls"] == ["PutRegistrationFieldValue"]


def test_a_number_that_is_no_longer_declared_would_fail(client, run, run_json):
    values = toll_free(client)
    (found,) = client.describe_registrations()["Registrations"]
    client.submit_registration_version(RegistrationId=found["RegistrationId"])

    def app(**more: Any) -> None:
        files = {
            "OptIn": {"Type": "Custom::SmsRegistrationAttachment", "Properties": {"Bucket": "b", "Key": "abc.png"}}
        }
        assembly({**files, "Tfn": registration(TFN), "TfnForm": form({"Ref": "Tfn"}, values, Submit=True, **more)})

    app()
    text = run("plan", code=2).stdout
    assert f"{found['RegistrationId']} is SUBMITTED with +1" in text
    assert "set allow_closing=True" in text
    app(AllowClosing=True)
    assert only(run_json, code=1)["refusal"] is None
    app(Associations=[{"Ref": "Number"}])
    assert only(run_json, code=1)["refusal"] is None, "an ID that is not known is taken for the number's"


def toll_free(client, content: bytes = PNG) -> dict[str, Any]:
    Path("cdk.out").mkdir(exist_ok=True)
    Path("cdk.out/asset.abc.png").write_bytes(content)
    registration_id = own(client, TFN, "Tfn")
    fill(client, registration_id)
    held = client.describe_registration_field_values(RegistrationId=registration_id, MaxResults=100)
    values = {
        each["FieldPath"]: each.get("TextValue") or each.get("SelectChoices")
        for each in held["RegistrationFieldValues"]
    }
    values["messagingUseCase.optInImage"] = {"AttachmentId": {"Ref": "OptIn"}}
    (attachment,) = client.describe_registration_attachments()["RegistrationAttachments"]
    tags = {
        "cdk-sms-registration:stack": STACK_ID,
        "cdk-sms-registration:logical-id": "OptIn",
        "cdk-sms-registration:content": hashlib.sha256(PNG).hexdigest(),
    }
    client.tag_resource(
        ResourceArn=attachment["RegistrationAttachmentArn"],
        Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
    )
    number = toll_free_number(client)
    client.create_registration_association(RegistrationId=registration_id, ResourceId=number)
    assembly(
        {
            "Number": PHONE_NUMBER,
            "OptIn": {"Type": "Custom::SmsRegistrationAttachment", "Properties": {"Bucket": "b", "Key": "abc.png"}},
            "Tfn": registration(TFN),
            "TfnForm": form({"Ref": "Tfn"}, values, Associations=[{"Ref": "Number"}]),
        }
    )
    deploy({"Number": number, "Tfn": registration_id, "TfnForm": f"form-{registration_id}"})
    return values


def test_a_file_with_the_same_bytes_is_the_same(client, run_json):
    toll_free(client)
    (region,) = run_json("plan", code=1)
    assert region["calls"] == {}


def test_a_changed_file_is_uploaded_and_put(client, run_json):
    toll_free(client, PNG + b"changed")
    (region,) = run_json("plan", code=1)
    assert region["calls"] == {"PutRegistrationFieldValue": 1, "CreateRegistrationAttachment": 1}


def test_a_reference_to_another_stack(client, run_json):
    export = {"Id": {"Value": {"Ref": "Brand"}, "Export": {"Name": "Sms:Brand"}}}
    assembly({"Brand": registration()}, outputs=export)
    assembly({"Form": form({"Fn::ImportValue": "Sms:Brand"}, BRAND_FORM, Submit=True)}, name="Other")
    plan = only(run_json)
    assert plan["created"]
    assert plan["submitted"]


def test_a_registration_made_elsewhere(client, run):
    assembly({"Form": form({"Fn::ImportValue": "Unknown"}, BRAND_FORM)})
    assert "made elsewhere" in run("plan").stdout


def test_what_is_not_declared_any_more(client, run):
    registration_id = deployed(client, submit=False)
    assembly({"Another": registration()})
    text = run("plan").stdout
    assert f"not declared any more: {registration_id} would be deleted, unless it is retained" in text


def test_a_renamed_construct_is_suspected(client, run_json):
    registration_id = deployed(client)
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=True)})
    (region,) = run_json("plan")
    assert region["registrations"][0]["created"]
    (note,) = region["notes"]
    assert note.startswith(
        f"Sms/Company is new, and {registration_id} (SUBMITTED) of the same type and stack is not declared"
    )
    assert f'existing_registration_id="{registration_id}" with take_over=True' in note


def test_a_renamed_construct_is_suspected_before_its_submission_shows(client, run_json):
    digest = {"Key": "cdk-sms-registration:form-digest", "Value": "0"}
    registration_id = create(client, Tags=[*owned(), digest])
    deploy({"Brand": registration_id})
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=True)})
    (note,) = only(run_json)["region"]["notes"]
    assert f"{registration_id} (CREATED)" in note


def same_form(client: Any, **changed: str) -> str:
    """A submitted registration with the tag that the function gives it."""
    values = {
        path: SelectChoices((value,)) if path.endswith(("legalType", "vertical")) else TextValue(value)
        for path, value in {**BRAND_FORM, **changed}.items()
    }
    registration_id = deployed(client)
    (found,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    tag = {"Key": "cdk-sms-registration:form-digest", "Value": function_duplicates.digest(BRAND, values, ())}
    client.tag_resource(ResourceArn=found["RegistrationArn"], Tags=[tag])
    return registration_id


def test_a_form_that_was_submitted_already_fails(client, run_json):
    registration_id = same_form(client)
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=True)})
    (region,) = run_json("plan", code=2)
    assert region["registrations"][0]["refusal"].startswith(
        f"the same form is SUBMITTED already as version 1 of {registration_id}"
    )
    assert region["notes"] == [], "the refusal says it"
    assert region["calls"] == {}


def test_a_form_that_a_destroyed_stack_left_fails(client, run_json):
    registration_id = same_form(client)
    deploy({})
    brand_app()
    (region,) = run_json("plan", code=2)
    assert registration_id in region["registrations"][0]["refusal"]
    (note,) = region["notes"]
    assert note.endswith("with take_over=True adopts it")


@pytest.mark.parametrize("submit", [False, True])
def test_another_form_may_be_submitted(client, run_json, submit):
    same_form(client, **{"contactInfo.dbaName": "Another"})
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=submit)})
    assert only(run_json)["refusal"] is None


def test_the_form_of_a_denied_version_may_be_submitted(client, fake, run_json):
    registration_id = same_form(client)
    fake.review.deny(registration_id)
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=True)})
    assert only(run_json)["refusal"] is None


def test_what_counts_as_submitted_is_the_same_as_in_the_function():
    assert duplicates.LIVE == function_duplicates._LIVE


def test_a_file_makes_the_digest_uncertain():
    assert duplicates.digest(BRAND, {"a.file": RegistrationAttachmentId("attachment-1")}, ()) is None


def test_a_draft_is_not_taken_for_renamed(client, run_json):
    deployed(client, submit=False)
    assembly({"Company": registration(), "CompanyForm": form({"Ref": "Company"}, BRAND_FORM, Submit=True)})
    assert only(run_json)["region"]["notes"] == []


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_is_not_declared_any_more_and_retained(client, run, run_json, policy):
    registration_id = create(client, Tags=owned())
    deploy({"Brand": registration_id}, template={"Resources": {"Brand": {**registration(), "DeletionPolicy": policy}}})
    assembly({"Another": registration()})
    assert f"not declared any more: {registration_id} stays, because its stack retains it" in run("plan").stdout
    (region,) = run_json("plan")
    assert region["undeclared"] == region["retained"] == [registration_id]


def test_no_room_in_the_quota_fails(client, fake, run):
    fake.configure(registrations_per_account=1)
    create(client)
    brand_app()
    assert "the quota is used up" in run("plan", code=2).stdout


def test_each_region_is_asked_for_itself(fake, run_json):
    assembly({"Brand": registration()}, name="East", region="us-east-1")
    assembly({"Brand": registration()}, name="West", region="us-west-2")
    assert [each["region"] for each in run_json("plan")] == ["us-east-1", "us-west-2"]


def test_stages_and_nested_stacks(fake, run):
    nested = {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}
    assembly({"Brand": registration(), **nested})
    Path("cdk.out").rename("stage")
    Path("cdk.out").mkdir()
    Path("stage").rename("cdk.out/assembly-Stage")
    artifact = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}}
    Path("cdk.out/manifest.json").write_text(json.dumps({"artifacts": {"Stage": artifact}}))
    text = run("plan").stdout
    assert "create the registration" in text
    assert "Sms has 1 nested stack: registrations and numbers in it are missing from this plan" in text


def test_paths_of_constructs_are_shown(fake, run):
    assembly({"Brand": {**registration(), "Metadata": {"aws:cdk:path": "Sms/Marketing/Brand/Resource"}}})
    assert "  Sms/Marketing/Brand (US_TEN_DLC" in run("plan").stdout


@pytest.mark.parametrize("content", [None, "[]", "{"])
def test_no_assembly(run, content):
    if content:
        Path("cdk.out").mkdir()
        Path("cdk.out/manifest.json").write_text(content)
    assert "cdk" in run("plan", code=2).stderr


def test_an_app_without_registrations(run):
    assembly({"Bucket": {"Type": "AWS::S3::Bucket"}})
    assert "declares no registration" in run("plan").stderr


def test_nothing_is_written(client, fake, run):
    deployed(client)
    before = len(fake.writes)
    brand_app(fields={"contactInfo.dbaName": "Other"})
    run("plan")
    assert len(fake.writes) == before


@pytest.mark.parametrize(
    ("policy", "becomes"),
    [("Retain", "stays, because its stack retains it"), ("Delete", "would be deleted, unless it is retained")],
)
def test_another_type_replaces(client, run, policy, becomes):
    registration_id = create(client, Tags=owned())
    deploy({"Brand": registration_id}, template={"Resources": {"Brand": {**registration(), "DeletionPolicy": policy}}})
    assembly({"Brand": registration(TFN)})
    text = run("plan").stdout
    why = f"{BRAND} became {TFN}, so a new registration replaces this one"
    assert f"Sms Brand: {why}: {registration_id} {becomes}" in text
    assert "not declared any more" not in text
