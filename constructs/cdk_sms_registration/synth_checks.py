"""Checks the forms of an app: for what reviewers deny, and with snapshots of the live definitions.

Warnings are added when a form is created, as the CDK's own are, so that acknowledging them works the same. What a form is
compared with may be declared later. Therefore each stack with forms has one validation, which the CDK calls when it synthesizes,
before it collects warnings. The first one that is called validates the forms of the whole app, and compares again where there is
more to compare with.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import aws_cdk as cdk
import jsii

from cdk_sms_registration import snapshots
from cdk_sms_registration.checked_form import CheckedForm
from cdk_sms_registration.form_props import FormProps
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.registration_base import RegistrationBase
from cdk_sms_registration.registration_type import RegistrationType
from constructs import Construct, IValidation

_CAMPAIGN = RegistrationType.US_TEN_DLC_CAMPAIGN_REGISTRATION.name


def check_form(
    construct: Construct, provider: RegistrationProvider, registration: object, registration_id: str, props: FormProps
) -> CheckedForm:
    """Warns of what reviewers would deny, and has the form validated when its app is synthesized.

    Args:
        construct: The form.
        provider: The provider of its stack.
        registration: Its registration; None if only the ID is known.
        registration_id: The registration's ID.
        props: What the form declares.

    Returns:
        The form, as the checks see it.
    """
    stack = _stacks.get(provider)
    if stack is None:
        stack = _stacks[provider] = _StackForms.of(cdk.Stack.of(provider))
    form = CheckedForm.of(construct, stack.stack, registration, registration_id, props)
    stack.app.add(form)
    return form


@jsii.implements(IValidation)
class _StackForms:
    """The forms of a stack: the validation by which the CDK has them checked."""

    def __init__(self, stack: cdk.Stack, app: _AppForms) -> None:
        self.stack = stack
        self.app = app

    @classmethod
    def of(cls, stack: cdk.Stack) -> _StackForms:
        root = stack.node.root
        made = cls(stack, _apps.setdefault(root, _AppForms()))
        stack.node.add_validation(made)
        return made

    def validate(self) -> list[str]:
        """Checks the app's forms that are not checked yet. Returns problems that belong to no form of this stage."""
        self.app.check(self.stack)
        return [problem for problem, stack in self.app.problems.items() if stack is self.stack]


class _AppForms:
    """The forms of an app.

    Attributes:
        forms: In the order of their creation.
        problems: Problems that belong to no form of the stage that is synthesized, and the stack whose validation tells them.
    """

    def __init__(self) -> None:
        self.forms: list[CheckedForm] = []
        self.problems: dict[str, cdk.Stack] = {}
        self._checked = 0
        self._definitions: dict[str, Any] = {}

    def add(self, form: CheckedForm) -> None:
        """Adds a form, and warns of it."""
        self._warn(form, self.forms)
        self.forms.append(form)

    def check(self, stack: cdk.Stack) -> None:
        """Checks the forms that are not checked yet.

        Problems become validations of their forms: the CDK calls those after the validation of the stack. It does not visit
        other stages, so their problems are told here: all problems of the app are in one error.

        Args:
            stack: The stack that is validated.
        """
        start, self._checked = self._checked, len(self.forms)
        for position, form in enumerate(self.forms[start:], start):
            problems = self._problems(form, stack)
            if problems and cdk.Stage.of(form.construct) is cdk.Stage.of(stack):
                form.construct.node.add_validation(_FormProblems(problems))
            else:
                self.problems |= {f"{form.construct.node.path}: {problem}": stack for problem in problems}
            self._warn(form, self.forms[:position])

    def _problems(self, form: CheckedForm, stack: cdk.Stack) -> list[str]:
        """What the definitions do not accept, if there is a snapshot of them."""
        definitions = self._definitions_of(form.registration_type, stack) if form.registration_type else None
        return [] if definitions is None else form.problems(definitions)

    def _definitions_of(self, registration_type: str, stack: cdk.Stack) -> Any:
        if registration_type not in self._definitions:
            definitions = None
            try:
                definitions = snapshots.definitions(registration_type, stack)
            except ValueError as error:
                self.problems[str(error)] = stack
            self._definitions[registration_type] = definitions
        return self._definitions[registration_type]

    def _warn(self, form: CheckedForm, before: Sequence[CheckedForm]) -> None:
        """Warns of a form that is to be submitted; again only if there is more that it is compared with."""
        if not form.submit or not form.registration_type:
            return
        associated = list(self._associated(form))
        if associated == form.compared_with:
            return
        from sms_registration_rules.denials.check import check

        siblings = [other.denial_form for other in before if _are_siblings(form, other)]
        for finding in check(form.denial_form, associated=associated, siblings=siblings):
            if finding.rule_id not in form.findings:
                text = f"{form.place_of(finding.path)}{', '.join(finding.paths)}: {finding.problem} {finding.change}"
                cdk.Annotations.of(form.construct).add_warning_v2(finding.warning_id, text)
                form.findings.add(finding.rule_id)
        form.compared_with = associated

    def _associated(self, form: CheckedForm) -> Iterator[Any]:
        """The forms of what a form is associated with; of imported brands, their names."""
        from sms_registration_rules.denials.codes import BRAND
        from sms_registration_rules.denials.model import Form

        yield from (other.denial_form for other in self.forms if other.registration_id in form.association_ids)
        for each in form.associations:
            for name in each._known_names if isinstance(each, RegistrationBase) else ():
                yield Form(BRAND, {"companyInfo.companyName": name})


@jsii.implements(IValidation)
class _FormProblems:
    """Problems that a form always has."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def validate(self) -> list[str]:
        """Returns the problems."""
        return self._problems


def _are_siblings(form: CheckedForm, other: CheckedForm) -> bool:
    """Whether two forms are submitted in one account and Region, with the same type; campaigns for the same brand."""
    if not other.submit or form.registration_type != other.registration_type:
        return False
    if form.registration_type == _CAMPAIGN and form.association_ids.isdisjoint(other.association_ids):
        return False
    return form.stack is other.stack or _environment(form.stack) == _environment(other.stack)


@functools.cache
def _environment(stack: cdk.Stack) -> tuple[str, str]:
    """What two stacks of one account and Region have in common, as far as it is known: the stage and the environment."""
    stage = cdk.Stage.of(stack)
    return (stage.node.path if stage is not None else "", stack.environment)


_stacks: WeakKeyDictionary[Construct, _StackForms] = WeakKeyDictionary()
"""What is known of each stack, by its provider."""

_apps: WeakKeyDictionary[Any, _AppForms] = WeakKeyDictionary()
