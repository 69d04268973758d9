"""Registrations as they exist in the service. `adoption` says whose they are, and `removal` deletes them."""

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.exactly_once import Described
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.scope import Scope


class DescribedRegistration(Described):
    """A registration as DescribeRegistrations and ListTagsForResource return it."""

    NOUN = "Registration"

    @property
    def registration_type(self) -> str:
        """The RegistrationType."""
        return str(self.description["RegistrationType"])


def describe(run: Run, registration_id: str) -> DescribedRegistration | None:
    """Describe one registration and its tags; None when it does not exist or is deleted."""
    registration = run.service.find(registration_id)
    return (
        DescribedRegistration(registration, run.service.tags(registration["RegistrationArn"])) if registration else None
    )


def describe_existing(run: Run, registration_id: str) -> DescribedRegistration | None:
    """Describe a registration that should exist: one that is not found may not be visible yet, so ask twice."""
    described = describe(run, registration_id)
    if described is None:
        run.service.pause(VISIBLE_AFTER_SECONDS)
        described = describe(run, registration_id)
    return described


def describe_all(run: Run, scope: Scope) -> list[DescribedRegistration]:
    """Describe every registration of ours in a scope, newest first.

    This costs one DescribeRegistrations per page and one ListTagsForResource per registration, so only rare events use it.
    """
    found = []
    for registration in scope.registrations(run.service):
        tags = run.service.tags(registration["RegistrationArn"])
        if Owner.of(tags) == run.owner:
            found.append(DescribedRegistration(registration, tags))
    return sorted(found, key=lambda each: each.description["CreatedTimestamp"], reverse=True)


class _Registrations:
    """Registrations, as `exactly_once` handles them."""

    NOUN = DescribedRegistration.NOUN

    def ours(self, run: Run, scope: Scope) -> list[DescribedRegistration]:
        return describe_all(run, scope)

    def describe(self, run: Run, identity: str) -> DescribedRegistration | None:
        return describe(run, identity)

    def remove(self, run: Run, identity: str) -> None:
        # Imported here, because a Create deletes nothing, and its cold start would pay for it.
        from sms_registration_handler.registration import removal

        removal.remove(run, identity)

    def sweep(self, run: Run, described: DescribedRegistration) -> None:
        """Delete a registration that we created; release one that was only adopted."""
        if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
            from sms_registration_handler.registration import adoption

            adoption.release(run, described, restore=True)
        else:
            self.remove(run, described.identity)


REGISTRATIONS = _Registrations()
