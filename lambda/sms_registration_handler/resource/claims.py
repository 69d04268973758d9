"""Claims of a registration, or of its form, that two may make at the same moment.

A claim is a pair of owner tags, and the last writer wins. So the same call also writes a tag whose key only this owner has, and
the tags are read again after it: another owner's key that was not there before means that both claimed. Then one of them yields.

IAM keeps a claim from overwriting that of another stack, where the policy's conditions are evaluated; two resources of one stack
have the same permissions.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, Service
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.owner_tags import Owner

logger = logging.getLogger(__name__)

_MAX_VALUE_CHARACTERS = 256


@dataclass(frozen=True)
class Claims:
    """One kind of claim.

    Attributes:
        prefix: Of the keys that only one owner has.
        owner: Reads the owner from tags.
        tags: Returns an owner's tags.
    """

    prefix: str
    owner: Callable[[Mapping[str, str]], Owner | None]
    tags: Callable[[Owner], dict[str, str]]

    def key(self, owner: Owner) -> str:
        """The key that only this owner writes."""
        return self.prefix + hashlib.sha256(f"{owner.stack_id} {owner.logical_resource_id}".encode()).hexdigest()[:12]

    def of(self, owner: Owner) -> dict[str, str]:
        """The tags that claim for this owner."""
        return {**self.tags(owner), self.key(owner): compact(owner)[:_MAX_VALUE_CHARACTERS]}

    def keys(self, tags: Mapping[str, str]) -> list[str]:
        """The keys among these tags that owners wrote."""
        return sorted(key for key in tags if key.startswith(self.prefix))

    def rivals(self, own: Owner, tags: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
        """The keys that other owners wrote since the tags were read before."""
        return [key for key in self.keys(tags) if key not in before and key != self.key(own)]

    def release(
        self,
        service: Service,
        arn: str,
        own: Owner,
        before: Mapping[str, str],
        keys: Sequence[str],
        *,
        state: str = "",
        fence: Callable[[], None] | None = None,
    ) -> None:
        """Remove tags with a claim. Another owner may have taken over at the same moment: then restore what this removed.

        Args:
            service: The service.
            arn: The registration.
            own: Who releases it.
            before: The tags that were read before.
            keys: What to remove.
            state: The state of what the other one owns. If omitted, none.
            fence: As for `Service.untag`.
        """
        service.untag(arn, list(keys), fence=fence)
        tags = service.tags(arn)
        rivals = self.rivals(own, tags, before)
        if rivals and self.owner(tags) is None:
            restored = self.tags(expanded(tags[rivals[0]], own))
            service.tag(arn, {**restored, owner_tags.STATE: state} if state else restored)

    def yielded_to(self, service: Service, arn: str, own: Owner, before: Mapping[str, str]) -> Owner | None:
        """Read the tags after a claim. When another owner claimed at the same moment, yield to it.

        Args:
            service: The service.
            arn: The registration.
            own: Who has just claimed it.
            before: The tags that were read before the claim.

        Returns:
            The other owner; None when the claim holds.
        """
        for is_last in (False, True):
            tags = service.tags(arn)
            current = self.owner(tags)
            rivals = self.rivals(own, tags, before)
            if current not in (None, own):
                self._withdraw(service, arn, own, tags)
                return current
            if not rivals:
                return None
            if not is_last:
                service.pause(VISIBLE_AFTER_SECONDS)  # the other one may be yielding
        rival = expanded(tags[rivals[0]], own)
        logger.warning("%s claimed %s at the same moment", rival, arn)
        self._withdraw(service, arn, own, tags)
        service.tag(arn, self.tags(rival))
        return rival

    def _withdraw(self, service: Service, arn: str, own: Owner, tags: Mapping[str, str]) -> None:
        if self.key(own) in tags:
            service.untag(arn, [self.key(own)])


REGISTRATION = Claims(owner_tags.CLAIM, Owner.of, Owner.tags)
FORM = Claims(owner_tags.FORM_CLAIM, Owner.of_form, Owner.form_tags)


def compact(owner: Owner) -> str:
    """An owner in one tag's value: the name and the UUID of its stack, and the logical ID."""
    return f"{owner.stack_id.rpartition(':stack/')[2]}/{owner.logical_resource_id}"


def expanded(text: str, own: Owner) -> Owner:
    """Read an owner from a tag's value. Its stack is in the same account and Region as our own."""
    stack, _, logical_id = text.rpartition("/")
    return Owner(f"{own.stack_id.partition(':stack/')[0]}:stack/{stack}", logical_id)
