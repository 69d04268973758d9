"""Fields of a form that come from a form file, and know where in it they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sms_registration_forms.content import Place, nearest_place


class FormFields(dict[str, Any]):
    """A dict of field path to value. Merged with ``|``, the result still knows the places; ``{**fields}`` is a plain dict.

    Args:
        values: The values by field path.
        places: Where each value is in a form file. A value that is replaced later has no place.
        file: The form file.
    """

    def __init__(self, values: Mapping[str, Any], places: Mapping[str, Place], file: str) -> None:
        super().__init__(values)
        self._placed = {path: (values[path], place) for path, place in places.items() if path in values}
        self._file = file

    def _place_of(self, path: str) -> Place | None:
        """Where a field is; for one that is missing, where its section begins. None if the field is not of the file.

        Args:
            path: The field's path.
        """
        if path not in self:
            places = {each: place for each, (_, place) in self._placed.items()}
            return nearest_place(places, path) or Place(self._file, 1, 1)
        value, place = self._placed.get(path, (None, None))
        return place if self[path] is value else None

    def copy(self) -> FormFields:
        """The same fields, with their places."""
        return self | {}

    def __or__(self, other: object) -> FormFields:  # type: ignore[override] # The values are Any in any case.
        """These fields with others, which win."""
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = FormFields({**self, **other}, {}, self._file)
        merged._placed = {**self._placed, **(other._placed if isinstance(other, FormFields) else {})}
        return merged

    def __ror__(self, other: object) -> FormFields:  # type: ignore[override] # As above.
        """Others with these fields, which win."""
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = FormFields({**other, **self}, {}, self._file)
        merged._placed = dict(self._placed)
        return merged
