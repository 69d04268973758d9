"""How much one stack, and one account, can deploy: the function as it ships, in virtual time, under a strict quota.

The templates are synthesized, so that CloudFormation starts as much at once as they allow. To compare with an older commit, copy
this module and `tests/support` into a checkout of it.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk

from benchmarks.report import Row, at_most, print_table, progress
from cdk_sms_registration import Registration, RegistrationType
from sms_registration_contract import function

function.prepare()

from support import large_stacks  # noqa: E402 - it imports the function
from support.dependencies import Template  # noqa: E402
from support.quota import text_path  # noqa: E402

FIELDS = 30
FORMS = (50, 75, 80, 85, 90, 100, 150, 200, 247)
"""Forms of one stack, each with its registration; the first number that fails is the wall. With the provider's five resources,
247 are all that fit into the 500 of a stack."""

REGISTRATIONS, OTHERS = 100, 1000
"""Registrations of a stack, and those that its account holds already."""

STACKS = ((10, 25), (20, 4))
"""Stacks that are deployed at the same time, and the forms of each. Those with four forms are not chained."""

CLOUDFORMATION_SECONDS = 2.0
"""How often CloudFormation looks for responses. Not known (docs/performance.md)."""

_TYPE = RegistrationType.US_TOLL_FREE_REGISTRATION


@functools.cache
def forms(number: int, fields: int = FIELDS) -> Template:
    """The custom resources of a synthesized stack with this many forms."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    for each in range(number):
        values = {text_path(field): f"value {field} of {each}" for field in range(fields)}
        Registration(stack, f"Tenant{each}", registration_type=_TYPE, fields=values)
    return large_stacks.custom_resources(app.synth().get_stack_by_name("Stack").template)


@functools.cache
def registrations(number: int, wrong: int = 0) -> Template:
    """The custom resources of a synthesized stack with this many registrations, of which the last ones have a wrong type."""
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Stack")
    for each in range(number):
        Registration(stack, f"Tenant{each}", registration_type=_TYPE if each < number - wrong else "NO_SUCH_TYPE")
    return large_stacks.custom_resources(app.synth().get_stack_by_name("Stack").template)


def largest_stack() -> Row:
    """The largest number of forms that one stack deploys."""
    deployed, wall = 0, ""
    for number in FORMS:
        progress(f"walls, {number} forms of {FIELDS} fields")
        ended = _deployed(forms(number))
        if ended.status != "CREATE_COMPLETE":
            wall = f"; {number} fail after {_minutes(ended.seconds)}: {ended.failures[0][:60]}"
            break
        deployed = number
    return Row(
        f"forms of {FIELDS} fields that one stack deploys",
        f"{deployed}{wall}",
        f"{FORMS[-1]} fit into a stack of 500 resources",
        "",
        f"{FORMS[-1]}",
        deployed == FORMS[-1],
    )


def one_large_stack() -> list[Row]:
    """The largest stack, and its rollback when another resource fails near its end."""
    number = FORMS[-1]
    quota = number * FIELDS
    name = f"{number} forms of {FIELDS} fields in one stack"
    progress(f"walls, {name}")
    ended = _deployed(forms(number))
    fails_after = min(0.93 * quota, 0.93 * ended.seconds)
    progress(f"walls, {name}, of which one fails")
    failed = _deployed(forms(number), fails_after=fails_after)
    left = f"{failed.left} registrations left"
    return [
        _row(name, ended, quota, 1.05, "CREATE_COMPLETE"),
        _row(
            f"its rollback, when a resource fails after {_minutes(fails_after)}",
            failed,
            0.1 * quota,
            1.0,
            "ROLLBACK_COMPLETE",
            seconds=failed.rollback_seconds,
            note=left,
            is_clean=not failed.left,
        ),
    ]


def many_registrations() -> list[Row]:
    """Registrations in an account that holds others."""
    name = f"{REGISTRATIONS} registrations, {OTHERS} others in the account"
    rows = []
    with large_stacks.account() as account:
        account.hold(OTHERS)
        stack = account.stack("Stack", looks_every_seconds=CLOUDFORMATION_SECONDS)
        progress(f"walls, {name}")
        ended = account.act(stack, lambda: stack.deploy(registrations(REGISTRATIONS)))
        rows.append(_row(name, ended, REGISTRATIONS, 1.15, "CREATE_COMPLETE"))
        progress(f"walls, {name}: deletion")
        ended = account.act(stack, stack.destroy)
        rows.append(
            _row("their deletion", ended, REGISTRATIONS, 2.0, "DELETE_COMPLETE", is_clean=ended.left == -REGISTRATIONS)
        )
    with large_stacks.account() as account:
        account.hold(OTHERS)
        stack = account.stack("Stack", looks_every_seconds=CLOUDFORMATION_SECONDS)
        progress(f"walls, {name}: one fails")
        ended = account.act(stack, lambda: stack.deploy(registrations(REGISTRATIONS)), fails_after=5.0)
        rows.append(
            _row(
                "its rollback, when a resource fails after 5 s",
                ended,
                300,
                1.0,
                "ROLLBACK_COMPLETE",
                seconds=ended.rollback_seconds,
                note=f"{ended.canceled} canceled, {ended.left} registrations left",
                is_clean=not ended.left,
            )
        )
    with large_stacks.account() as account:
        account.hold(OTHERS)
        stack = account.stack("Stack", looks_every_seconds=CLOUDFORMATION_SECONDS)
        stack.rolls_back = False
        progress(f"walls, {name}: --no-rollback, and again")
        account.act(stack, lambda: stack.deploy(registrations(REGISTRATIONS, wrong=1)))
        ended = account.act(stack, lambda: stack.deploy(registrations(REGISTRATIONS)))
        rows.append(
            _row(
                "the retry after `--no-rollback`, one had failed",
                ended,
                300,
                1.0,
                "CREATE_COMPLETE",
                note=f"{len(ended.failures)} failures",
                is_clean=ended.left == 1,
            )
        )
    return rows


def stacks_at_once() -> list[Row]:
    """Several stacks that are deployed at the same time."""
    rows = []
    for stacks, number in STACKS:
        name = f"{stacks} stacks of {number} forms of {FIELDS} fields at once"
        progress(f"walls, {name}")
        quota = stacks * number * FIELDS
        with large_stacks.account(fields=FIELDS) as account:
            made = [account.stack(f"Stack{each}", looks_every_seconds=CLOUDFORMATION_SECONDS) for each in range(stacks)]
            acts: list[tuple[Any, Callable[[], str]]] = [
                (stack, functools.partial(stack.deploy, forms(number))) for stack in made
            ]
            ended = account.act_at_once(acts)
        complete = sum(each.status == "CREATE_COMPLETE" for each in ended)
        seconds = max(each.seconds for each in ended)
        row = at_most(
            name,
            ours=f"{complete} of {stacks} complete, after {seconds:,.0f} s",
            peer=f"the quota's own {quota:,} s",
            ratio=seconds / quota,
            limit=1.15,
        )
        rows.append(row if complete == stacks else Row(row.what, row.ours, row.peer, row.ratio, row.aim, False))
    return rows


def _deployed(template: Template, *, fails_after: float | None = None) -> large_stacks.Ended:
    with large_stacks.account(fields=FIELDS) as account:
        stack = account.stack("Stack", looks_every_seconds=CLOUDFORMATION_SECONDS)
        return account.act(stack, lambda: stack.deploy(template), fails_after=fails_after)


def _row(
    what: str,
    ended: large_stacks.Ended,
    quota: float,
    limit: float,
    status: str,
    *,
    seconds: float | None = None,
    note: str = "",
    is_clean: bool = True,
) -> Row:
    seconds = ended.seconds if seconds is None else seconds
    row = at_most(
        what,
        ours=f"{ended.status}, {seconds:,.0f} s{f', {note}' if note else ''}",
        peer=f"{quota:,.0f} s",
        ratio=seconds / quota,
        limit=limit,
    )
    is_reached = bool(row.reached) and ended.status == status and is_clean
    return Row(row.what, row.ours, row.peer, row.ratio, row.aim, is_reached)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


def rows() -> list[Row]:
    """All walls. This takes several minutes."""
    logging.disable(logging.CRITICAL)
    try:
        return [largest_stack(), *one_large_stack(), *many_registrations(), *stacks_at_once()]
    finally:
        logging.disable(logging.NOTSET)


if __name__ == "__main__":
    print_table(rows())
