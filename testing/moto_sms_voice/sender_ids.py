"""Sender IDs, which the fake creates on approval of their registration only."""

from __future__ import annotations

from typing import Any

from .identities import SENDER_ID, Identities, attribute_readers
from .state import Filter
from .store import SenderId

SENDER_ID_FILTERS = {
    "sender-id": "sender_id",
    "iso-country-code": "iso_country_code",
    "message-type": "message_types",
    "deletion-protection-enabled": "deletion_protection_enabled",
    "registered": "registered",
}


class SenderIds(Identities):
    """Operations on sender IDs."""

    def describe_sender_ids(
        self,
        *,
        sender_ids: list[dict[str, str]] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
        owner: str | None = None,
    ) -> dict[str, Any]:
        """Describe some sender IDs, or all. The fake shares nothing between accounts."""
        chosen = list(self.store.sender_ids.values()) if owner != "SHARED" else []
        if sender_ids:
            chosen = [self.sender_id(one["SenderId"], one["IsoCountryCode"]) for one in sender_ids]
        matching = self.filtered(chosen, filters, attribute_readers(SENDER_ID_FILTERS))
        page, token = self.page(matching, max_results, next_token)
        return {"SenderIds": page, "NextToken": token}

    def release_sender_id(self, *, sender_id: str, iso_country_code: str) -> SenderId:
        """Release a sender ID; its registration loses it."""
        one = self.sender_id(sender_id, iso_country_code)
        self.check_unprotected(one.deletion_protection_enabled, SENDER_ID, one.sender_id)
        self.disassociate(one.sender_id_arn)
        del self.store.sender_ids[f"{one.sender_id}/{one.iso_country_code}"]
        self.store.tags.pop(one.sender_id_arn, None)
        return one
