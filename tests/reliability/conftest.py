"""An account in which things happen, for the sequences that soaks and reviews found."""

from collections.abc import Iterator

import pytest

from support import world as worlds_module
from support.registration_machine import RegistrationMachine
from support.world import Worlds


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


@pytest.fixture
def account(worlds: Worlds) -> RegistrationMachine:
    """Its methods are what happens in the account; each checks the invariants at its end."""
    return type("Account", (RegistrationMachine,), {"worlds": worlds})()
