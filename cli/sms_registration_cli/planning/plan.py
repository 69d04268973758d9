"""Matches what an app declares with what an account has, and gathers what a deployment would do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sms_registration_cli import account
from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.denied import final_reasons
from sms_registration_cli.planning import adoption, assembly, contents, duplicates, foresight
from sms_registration_cli.planning.assembly import DeclaredForm, DeclaredRegistration, Reference, Stack, Unknown
from sms_registration_cli.planning.deployed import DeployedStacks
from sms_registration_cli.planning.files import Files
from sms_registration_cli.planning.identities import Identities
from sms_registration_cli.planning.numbers import Numbers
from sms_registration_cli.planning.result import RegionPlan, RegistrationPlan
from sms_registration_cli.snapshots import TypeForm
from sms_registration_rules.denials.model import Form
from sms_registration_rules.planning import inputs
from sms_registration_rules.planning.inputs import DescribedForm
from sms_registration_rules.planning.plan import Plan
from sms_registration_rules.validation import by_path, precedence
from sms_registration_rules.values import TypedValue, described_value

if TYPE_CHECKING:
    from sms_registration_cli.paced import Service

FORM_REVISION, FORM_DIGEST = account.TAG_PREFIX + "form-revision", account.TAG_PREFIX + "form-digest"


def make(
    stacks: Sequence[Stack],
    service: Service,
    definitions_of: Callable[[str], TypeForm],
    deployed: DeployedStacks,
    *,
    quiet: bool = False,
) -> RegionPlan:
    """Plan the stacks of one Region.

    Args:
        stacks: Stacks that are deployed to the service's Region.
        service: The service.
        definitions_of: Gives a type's definitions.
        deployed: What CloudFormation has of the stacks.
        quiet: Whether to show no progress bar.

    Raises:
        CommandError: The service refuses.
    """
    return _Planner(stacks, service, definitions_of, Identities(stacks, deployed), quiet).plan()


class _Planner:
    def __init__(
        self,
        stacks: Sequence[Stack],
        service: Service,
        definitions_of: Callable[[str], TypeForm],
        identities: Identities,
        quiet: bool,
    ) -> None:
        self._stacks = stacks
        self._service = service
        self._definitions_of = definitions_of
        self._identities = identities
        self._quiet = quiet
        self._found = account.find(service, quiet=quiet)
        self._by_id = {each.id: each for each in self._found}
        self._by_owner = {
            (each.stack_name, each.logical_id): each for each in self._found if each.tags.get(account.STACK)
        }
        self._declared = {(each.stack, each.logical_id): each for stack in stacks for each in stack.registrations}
        self._forms = {self._key(form): form for stack in stacks for form in stack.forms}
        self._files = Files(service, stacks, self._found)
        self._numbers = Numbers(service)
        self._versions: dict[str, FoundRegistration] = {}
        self._names: dict[str, str] = {}

    def plan(self) -> RegionPlan:
        result = RegionPlan(self._service.region, limits=account.limits(self._service))
        result.new_attachments = self._files.new()
        result.new_numbers = self._new_numbers()
        result.present = Counter(each.type for each in self._found)
        forms = dict(self._forms)
        for key, declared in self._declared.items():
            result.plans.append(self._registration(declared, forms.pop(key, None)))
        for form in forms.values():
            result.plans.append(self._foreign(form))
        names = {stack.name for stack in self._stacks}
        used = {plan.found.id for plan in result.plans if plan.found}
        left = [
            each
            for each in self._found
            if each.tags.get(account.STACK) and each.stack_name in names and each.id not in used
        ]
        result.undeclared = [each for each in left if self._identities.is_deployed(each.stack_name, each.id)]
        result.retained = {
            each.id for each in result.undeclared if self._identities.is_retained(each.stack_name, each.id)
        }
        result.notes = [
            f"{stack.name} has {stack.nested} nested stack{'s' if stack.nested > 1 else ''}: registrations and numbers in "
            f"{'them' if stack.nested > 1 else 'it'} are missing from this plan"
            for stack in self._stacks
            if stack.nested
        ]
        result.new_types = {
            each.id: new.registration_type
            for each in result.undeclared
            if (new := self._declared.get((each.stack_name, each.logical_id))) and not new.existing_id
        }
        submitted = self._submitted_anew(result)
        result.notes += [
            f"{each.stack_name} {each.logical_id}: {each.id} ({each.status}) is not in the stack any more and stays as it is; "
            f'existing_registration_id="{each.id}" with take_over=True adopts it'
            + _otherwise(submitted.get((each.stack_name, each.type)))
            for each in left
            if each not in result.undeclared
        ]
        result.notes += self._renamed(result, submitted)
        result.notes += [*self._identities.notes, *self._numbers.notes]
        return result

    def _submitted_anew(self, result: RegionPlan) -> dict[tuple[str, str], RegistrationPlan]:
        """The registrations that the deployment creates and submits, by stack and type."""
        return {
            (stack, plan.registration_type): plan
            for (stack, _), plan in zip(
                self._declared, result.plans, strict=False
            )  # the plans begin with those of these
            if plan.is_created and plan.submits
        }

    @staticmethod
    def _renamed(result: RegionPlan, submitted: Mapping[tuple[str, str], RegistrationPlan]) -> Iterator[str]:
        """Constructs that may have been renamed: the function refuses to submit the same form twice."""
        for each in result.undeclared:
            plan = submitted.get((each.stack_name, each.type))
            # The status may stay CREATED for a day after the submission, before which the function writes the digest.
            is_told = plan and each.id in (plan.refusal or "")
            if plan and not is_told and (each.status != "CREATED" or FORM_DIGEST in each.tags):
                yield (
                    f"{plan.path} is new, and {each.id} ({each.status}) of the same type and stack is not declared any more. If "
                    "the construct was renamed, give it its former ID again, or declare "
                    f'existing_registration_id="{each.id}" with take_over=True: the same form is not submitted twice'
                )

    @staticmethod
    def _key(form: DeclaredForm) -> tuple[str, str]:
        target = form.registration
        return (target.stack, target.logical_id) if isinstance(target, Reference) else (form.stack, form.logical_id)

    def _existing(self, declared: DeclaredRegistration) -> FoundRegistration | None:
        if declared.existing_id:
            return self._by_id.get(declared.existing_id)
        found = self._by_owner.get((declared.stack, declared.logical_id))
        known = self._identities.registration(declared.stack, declared.logical_id) if found else None
        if known is not None:
            # A former stack of the same name leaves registrations that are tagged the same way.
            found = self._by_id.get(known)
        # Another type replaces it.
        return found if found and found.type == declared.registration_type else None

    def _registration(self, declared: DeclaredRegistration, form: DeclaredForm | None) -> RegistrationPlan:
        found = self._existing(declared)
        is_created = found is None and not declared.existing_id
        adopted = adoption.foresee(declared, found, self._service.region, self._identities.has_stack)
        if form is None or adopted.refusal:
            found = self._with_versions(found) if found and form else found
            plan = RegistrationPlan(declared.path, declared.registration_type, found, is_created)
        else:
            plan = self._formed(form, declared.path, declared.registration_type, found, is_created)
        return dataclasses.replace(plan, adoption=adopted)

    def _foreign(self, form: DeclaredForm) -> RegistrationPlan:
        """A form of a registration that something else makes."""
        target = form.registration
        identity = self._identities.of(target) if isinstance(target, Reference) else None
        found = self._by_id.get(target if isinstance(target, str) else (identity.id if identity else None) or "")
        if found is None:
            reason = "its registration is made elsewhere: what happens to it is known when it is deployed"
            return RegistrationPlan(form.path, "", None, False, Plan(notes=(reason,)), submits=form.submit)
        return self._formed(form, form.path, found.type, found, False)

    def _formed(
        self, form: DeclaredForm, path: str, registration_type: str, found: FoundRegistration | None, is_created: bool
    ) -> RegistrationPlan:
        from sms_registration_rules.denials.check import check as find_denials
        from sms_registration_rules.validation import check as validate

        definitions = self._definitions_of(registration_type)
        declared, unknown = contents.values(form)
        checked = validate(
            definitions.fields,
            declared,
            unknown=unknown,
            keeps_undeclared=form.keep_undeclared,
            complete=form.submit,
        )
        wanted = inputs.DeclaredForm(
            values={**checked.values, **dict.fromkeys(unknown, foresight.UNKNOWN)},
            precedence=precedence(by_path(definitions.fields).values()),
            cleared=checked.cleared,
            associations=tuple(self._resource(each) for each in form.associations),
            submit=form.submit,
            on_locked="keep" if form.on_locked == "keep" else "fail",
            delete_undeclared=not form.keep_undeclared,
            allow_closing=form.allow_closing,
        )
        described = DescribedForm(
            path,
            "CREATED",
            1,
            inputs.DRAFT,
            {1: {}},
            supported_associations=definitions.associations,
            incomplete_parents=self._incomplete(wanted.associations),
        )
        if found is not None:
            found = self._with_versions(found)
            described = self._described(found, described, form, wanted.associations)
            wanted = self._updating(wanted, form, found, described)
        findings = find_denials(self._denial_form(form, registration_type), associated=self._associated(form))
        # What a draft lacks may still come.
        findings = [each for each in findings if form.submit or not form.fields.keys().isdisjoint(each.paths)]
        foreseen = self._foreseen(form, wanted, described, unknown)
        refusal = self._numbers.refusal(form.associations, wanted.associations, found.id if found else "")
        if refusal is None and is_created and form.submit and not unknown:
            refusal = self._duplicate(registration_type, checked.values, wanted.associations)
        return RegistrationPlan(
            path,
            registration_type,
            found,
            is_created,
            Plan(refusal=refusal) if refusal else foreseen.plan,
            checked.problems,
            findings,
            form.submit,
            () if form.submit and not form.keep_undeclared else checked.missing,
            form.associations,
            foreseen.changed,
        )

    def _duplicate(
        self, registration_type: str, values: Mapping[str, TypedValue], associated: Sequence[str]
    ) -> str | None:
        """Why the function will not submit a new registration, because another one has the same form; None if it will."""
        own = duplicates.digest(registration_type, values, associated)
        same = [each for each in self._found if own and each.tags.get(FORM_DIGEST) == own and each.status != "CLOSED"]
        refusals = (duplicates.refusal(self._with_versions(each)) for each in same if each.type == registration_type)
        return next(filter(None, refusals), None)

    # --- what the account has ---

    def _with_versions(self, found: FoundRegistration) -> FoundRegistration:
        if found.id not in self._versions:
            (self._versions[found.id],) = account.with_versions(self._service, [found], quiet=self._quiet)
        return self._versions[found.id]

    def _foreseen(
        self, form: DeclaredForm, wanted: inputs.DeclaredForm, described: DescribedForm, unknown: frozenset[str]
    ) -> foresight.Foreseen:
        def read(number: int) -> Mapping[str, TypedValue]:
            members = account.field_values(self._service, described.registration_id, number)
            values = {str(each["FieldPath"]): described_value(each) for each in members}
            held = {path: self._files.held(form, path, value) for path, value in values.items() if value is not None}
            return foresight.with_unknown(held, unknown)

        return foresight.named(foresight.foresee(wanted, described, read), self._names)

    def _described(
        self, found: FoundRegistration, new: DescribedForm, form: DeclaredForm, declared: Sequence[str]
    ) -> DescribedForm:
        version = found.version
        targets = zip(declared, form.associations, strict=True)
        guessed = [name for name, target in targets if not isinstance(target, str) and not self._is_known(target)]
        made = self._service.pages("ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=found.id)
        return dataclasses.replace(
            new,
            registration_id=found.id,
            registration_status=found.status,
            version_number=version.number if version else 1,
            version_status=version.status if version else inputs.DRAFT,
            values={},
            approved_version=found.description.get("ApprovedVersionNumber"),
            denied_version=found.description.get("LatestDeniedVersionNumber"),
            associations=foresight.taken_as_declared(declared, list(made), guessed),
            final_reasons=final_reasons(found),
        )

    def _updating(
        self, wanted: inputs.DeclaredForm, form: DeclaredForm, found: FoundRegistration, described: DescribedForm
    ) -> inputs.DeclaredForm:
        """What an update adds to a declaration: a revision to submit again, associations that may be given up."""
        version = found.version
        if account.FORM_STACK not in found.tags or version is None:
            return wanted
        _, _, noted = found.tags.get(FORM_REVISION, "0:").partition(":")
        after = version.number - (version.status == inputs.DRAFT) if form.revision and noted != form.revision else 0
        former = self._identities.former_associations(form) if described.associations else ()
        if former is None:
            former = foresight.formerly_declared(described.associations, described.supported_associations)
        return dataclasses.replace(wanted, resubmit_after=after or None, previous_associations=former)

    def _incomplete(self, associations: Sequence[str]) -> frozenset[str]:
        parents = [each for each in associations if each.rpartition("/")[2].startswith("registration-")]
        return frozenset(
            each
            for each in parents
            if (found := self._by_id.get(each.rpartition("/")[2])) is None or found.status != "COMPLETE"
        )

    def _new_numbers(self) -> int:
        """Declared phone numbers that the deployment requests.

        Where CloudFormation does not tell: one counts as new until a registration that it is associated with exists, or any of
        its stack if it is associated with none.
        """
        numbers = [number for stack in self._stacks for number in stack.numbers]
        identities = {number: self._identities.of(number) for number in numbers}
        unknown = [number for number, identity in identities.items() if identity is None]
        new = sum(identity is not None and identity.id is None for identity in identities.values())
        if not unknown:
            return new
        present = {key for key, each in self._declared.items() if self._existing(each)}
        stacks = {stack for stack, _ in present}
        users: dict[Reference, list[bool]] = {}
        for key, form in self._forms.items():
            for target in form.associations:
                if isinstance(target, Reference):
                    users.setdefault(target, []).append(key in present)
        return new + sum(not any(users.get(each, [each.stack in stacks])) for each in unknown)

    # --- what the app declares ---

    def _is_known(self, target: Reference | Unknown) -> bool:
        """Whether it is known what a reference is, or that it does not exist yet."""
        if isinstance(target, Unknown):
            return False
        return (target.stack, target.logical_id) in self._declared or self._identities.of(target) is not None

    def _resource(self, target: Reference | str | Unknown) -> str:
        """The ID of a declared association; a made-up one of the same kind if it does not exist yet, or is not known."""
        if isinstance(target, str):
            return target
        if isinstance(target, Unknown):
            return "unknown"
        declared = self._declared.get((target.stack, target.logical_id))
        found = self._existing(declared) if declared else None
        if found:
            return found.id
        identity = None if declared else self._identities.of(target)
        if identity and identity.id:
            return identity.id
        made_up = f"{assembly.NEW_IDS.get(target.resource_type, '')}{target.logical_id.lower()}"
        name = declared.path if declared else target.logical_id
        self._names[made_up] = f"the new {name}" if identity and identity.replaces else name
        return made_up

    def _associated(self, form: DeclaredForm) -> list[Form]:
        """The forms of the app's registrations that this one is associated with."""
        found = []
        for target in form.associations:
            key = (target.stack, target.logical_id) if isinstance(target, Reference) else ("", "")
            if key in self._forms and key in self._declared:
                found.append(self._denial_form(self._forms[key], self._declared[key].registration_type))
        return found

    def _denial_form(self, form: DeclaredForm, registration_type: str) -> Form:
        return contents.denial_form(form, registration_type, self._files.declared, self._service.region)


def _otherwise(plan: RegistrationPlan | None) -> str:
    """What happens to a declaration that looks like a registration of a former stack, if it does not adopt it."""
    if plan is None or plan.refusal:
        return ""
    return f". Otherwise {plan.path} is another one: it costs its fees again, or fails because the form is the same"
