"""What the function's role may do with the tags that its own permissions depend on: nothing that gives it more.

The statements are those of a synthesized stack, without the handler: what a forged event, or anything else that has the role, can
do. The resource's tags, the request's tags and the request's keys vary independently of each other.
"""

import itertools
from collections.abc import Iterable, Mapping

import pytest

from support import iam
from support.handler_help import PREFIX
from support.permissions import CONSTANT, NAMED_FORM, NAMED_REGISTRATION, OURS

OTHER = "arn:aws:cloudformation:us-east-1:123456789012:stack/Other/1"
STACK, FORM_STACK = PREFIX + "stack", PREFIX + "form-stack"
OF_FORM = (
    PREFIX + "form-revision",
    PREFIX + "claim-1",
    PREFIX + "previous-form-stack",
    PREFIX + "waits-1",
    PREFIX + "told",
)
NOT_OF_FORM = (PREFIX + "state", "team", "elasticbeanstalk:environment-id")
"""A registration's own key, a user's, and another system's."""

REGISTRATION = iam.ARN.format("sms-voice", "registration/registration-1")
ATTACHMENT = iam.ARN.format("sms-voice", "registration-attachment/attachment-1")

Tags = dict[str, str]


def owners(*keys: str) -> list[Tags]:
    """Every combination of no stack, ours and another one in these tags."""
    return [
        {key: value for key, value in zip(keys, values, strict=True) if value is not None}
        for values in itertools.product((None, OURS, OTHER), repeat=len(keys))
    ]


def some_of(*keys: str) -> Iterable[tuple[str, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(keys, count) for count in range(len(keys) + 1))


STATES = owners(STACK, FORM_STACK)
"""Of a registration."""
KEYS = list(some_of(OF_FORM[0], *NOT_OF_FORM))


def tagging(resource: Tags, arn: str = REGISTRATION) -> Iterable[tuple[Tags, iam.Request]]:
    """Every TagResource: owner tags as wished, with any other keys."""
    for owner, keys in itertools.product(owners(STACK, FORM_STACK), KEYS):
        given = {**owner, **dict.fromkeys(keys, "value")}
        if given:
            yield given, iam.Request("sms-voice:TagResource", arn).change_of_tags(resource=resource, request=given)


def untagging(resource: Tags, arn: str = REGISTRATION) -> Iterable[tuple[tuple[str, ...], iam.Request]]:
    for keys in some_of(STACK, FORM_STACK, OF_FORM[0], *NOT_OF_FORM):
        if keys:
            yield keys, iam.Request("sms-voice:UntagResource", arn).change_of_tags(resource=resource, keys=keys)


def is_free(resource: Tags, key: str) -> bool:
    """Whether no other stack's tag stands in the way."""
    return resource.get(key) in (None, OURS)


def of_form(keys: Iterable[str]) -> bool:
    return set(keys) <= {FORM_STACK, *OF_FORM}


def may_tag(resource: Tags, given: Mapping[str, str]) -> bool:
    as_owner = is_free(resource, STACK) and given.get(STACK) == OURS and FORM_STACK not in given
    as_form = all(is_free(resource, key) for key in (STACK, FORM_STACK)) and given.get(FORM_STACK) == OURS
    return as_owner or (as_form and of_form(given))


def may_untag(resource: Tags, keys: tuple[str, ...]) -> bool:
    as_owner = resource.get(STACK) == OURS and FORM_STACK not in keys
    return as_owner or (resource.get(FORM_STACK) == OURS and of_form(keys))


@pytest.mark.fault(51, 61)
@pytest.mark.parametrize("resource", STATES, ids=str)
def test_nothing_of_another_stack_is_tagged(resource: Tags) -> None:
    """Neither a registration, nor a form, nor any key along with those that may be written."""
    for given, request in tagging(resource):
        assert CONSTANT.allows(request) == may_tag(resource, given), given
    for keys, request in untagging(resource):
        assert CONSTANT.allows(request) == may_untag(resource, keys), keys


@pytest.mark.parametrize("resource", owners(STACK), ids=str)
def test_no_file_of_another_stack_is_tagged(resource: Tags) -> None:
    for given, request in tagging(resource, ATTACHMENT):
        allowed = is_free(resource, STACK) and given.get(STACK) == OURS and FORM_STACK not in given
        assert CONSTANT.allows(request) == allowed, given
    for keys, request in untagging(resource, ATTACHMENT):
        assert CONSTANT.allows(request) == (resource.get(STACK) == OURS and FORM_STACK not in keys), keys


@pytest.mark.fault(51, 61)
@pytest.mark.parametrize("start", STATES, ids=str)
def test_no_sequence_of_changes_takes_what_another_stack_has(start: Tags) -> None:
    """Every state that any number of requests can lead to, from every state."""
    reached, pending = [start], [start]
    while pending:
        state = pending.pop()
        for given, request in tagging(state):
            if CONSTANT.allows(request):
                owner = {key: given[key] for key in (STACK, FORM_STACK) if key in given}
                found = {**state, **owner}
                if found not in reached:
                    reached.append(found)
                    pending.append(found)
        for keys, request in untagging(state):
            if CONSTANT.allows(request):
                found = {key: value for key, value in state.items() if key not in keys}
                if found not in reached:
                    reached.append(found)
                    pending.append(found)

    for key in (STACK, FORM_STACK):
        if start.get(key) == OTHER:
            assert {state.get(key) for state in reached} == {OTHER}
        else:
            assert OTHER not in {state.get(key) for state in reached}
    if start.get(STACK) == OTHER and start.get(FORM_STACK) != OURS:
        assert reached == [start]


@pytest.mark.fault(51, 61)
@pytest.mark.parametrize("resource", STATES, ids=str)
def test_every_other_change_needs_the_tag(resource: Tags) -> None:
    for action in sorted({action for each in CONSTANT.statements for action in each.actions}):
        operation = action.removeprefix("sms-voice:")
        if operation == action or operation.startswith(("Describe", "List", "Tag", "Untag")):
            continue
        request = iam.Request(action, REGISTRATION).change_of_tags(resource=resource)
        by_owner, by_form = resource.get(STACK) == OURS, resource.get(FORM_STACK) == OURS
        expected = {
            "CreateRegistration": False,
            "CreateRegistrationAttachment": False,
            "CreateRegistrationAssociation": True,
            "DeleteRegistration": by_owner,
            "DeleteRegistrationAttachment": by_owner,
            "DiscardRegistrationVersion": by_owner or by_form,
        }.get(operation, by_form)
        assert CONSTANT.allows(request) == expected, action


@pytest.mark.parametrize("operation", ["CreateRegistration", "CreateRegistrationAttachment"])
def test_only_what_is_tagged_as_ours_is_created(operation: str) -> None:
    for given in owners(STACK, FORM_STACK):
        request = iam.Request(f"sms-voice:{operation}", "*").change_of_tags(resource={}, request=given)
        assert CONSTANT.allows(request) == (given.get(STACK) == OURS)


# --- the registrations that the template names by their ID ---


@pytest.mark.parametrize("resource", STATES, ids=str)
def test_only_the_named_registration_is_taken_over_and_given_back(resource: Tags) -> None:
    """Whoever owns it: with the keys of this library and the declared tags, and no others."""
    permitted = {STACK, FORM_STACK, *OF_FORM, NOT_OF_FORM[0], "team"}
    named, unnamed = iam.ARN.format("sms-voice", f"registration/{NAMED_REGISTRATION.id}"), REGISTRATION
    for given, request in tagging(resource, named):
        assert NAMED_REGISTRATION.policy.allows(request) == (given.keys() <= permitted), given
    for keys, request in untagging(resource, named):
        assert NAMED_REGISTRATION.policy.allows(request) == (set(keys) <= permitted), keys
    for _, request in (*tagging(resource, unnamed), *untagging(resource, unnamed)):
        assert not NAMED_REGISTRATION.policy.allows(request)


@pytest.mark.parametrize("resource", STATES, ids=str)
def test_only_the_form_of_the_named_registration_is_taken_over(resource: Tags) -> None:
    named, unnamed = iam.ARN.format("sms-voice", f"registration/{NAMED_FORM.id}"), REGISTRATION
    for given, request in tagging(resource, named):
        assert NAMED_FORM.policy.allows(request) == of_form(given), given
    for keys, request in untagging(resource, named):
        assert NAMED_FORM.policy.allows(request) == of_form(keys), keys
    for _, request in (*tagging(resource, unnamed), *untagging(resource, unnamed)):
        assert not NAMED_FORM.policy.allows(request)


def test_a_named_registration_permits_nothing_but_tags() -> None:
    for named in (NAMED_REGISTRATION, NAMED_FORM):
        actions = {action for statement in named.policy.statements for action in statement.actions}
        assert actions == {"sms-voice:TagResource", "sms-voice:UntagResource"}
