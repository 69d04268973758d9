"""What becomes of an existing registration that a construct names: adopted, taken over, or refused. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sms_registration_cli import account
from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.planning.assembly import DeclaredRegistration


@dataclass(frozen=True)
class Adoption:
    """What the deployment does to own a registration.

    Attributes:
        words: What it does; empty if the construct owns the registration already, or creates it.
        refusal: Why it fails; empty if it does not.
    """

    words: str = ""
    refusal: str = ""


def foresee(
    declared: DeclaredRegistration,
    found: FoundRegistration | None,
    region: str,
    has_stack: Callable[[str], bool | None],
) -> Adoption:
    """Decide as the function does, which compares the type and the owner tags.

    Args:
        declared: The registration that the app declares.
        found: What the account has under the ID that it names; None if it has nothing.
        region: The Region that was asked.
        has_stack: Tells whether CloudFormation has a stack of this name, None if it does not tell. Called only if the tags do
            not tell whose the registration is.
    """
    if not declared.existing_id:
        return Adoption()
    if found is None:
        return Adoption(
            refusal=f"registration {declared.existing_id} does not exist in {region} in this account; check "
            "existing_registration_id and the Region of the stack"
        )
    if found.type != declared.registration_type:
        return Adoption(
            refusal=f"registration {found.id} is a {found.type}, not a {declared.registration_type}: declare the type that it "
            "has"
        )
    stack_id, logical_id = found.tags.get(account.STACK), found.tags.get(account.LOGICAL_ID)
    if stack_id is None and logical_id is None:
        return Adoption("adopt it")
    stack = account.stack_name(stack_id or "") or "?"
    # What a deleted stack retained keeps its tags, and the next stack of this name is another owner.
    is_former = stack == declared.stack and has_stack(stack) is False
    if (stack, logical_id) == (declared.stack, declared.logical_id) and not is_former:
        return Adoption()
    owner = f"{logical_id or '?'} of {'a former' if is_former else 'the'} stack {stack}"
    if declared.take_over:
        return Adoption(f"take it over from {owner}")
    there = "" if is_former else ", and remove it there"
    return Adoption(
        refusal=f"registration {found.id} belongs to {owner}; set take_over=True if this stack should manage it from now on"
        + there
    )
