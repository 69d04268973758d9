"""Keys of tags that the deployment, the watch and the command line share. Standard library only.

Apart from `marks` and `told`, which read and write their values: the function knows these keys at every start, and the values
rarely.
"""

from collections.abc import Iterable

PREFIX = "cdk-sms-registration:"
SUBMISSION = PREFIX + "awaits-submission:"
ASSOCIATION = PREFIX + "awaits-association:"
"""With SUBMISSION: the beginnings of what `marks` describes."""
TOLD = PREFIX + "told"
"""What the watch told people about the registration and its form: see `told`."""

OWN_MARKS = 2
"""For so many marks there is always room: one submission, and six resources by ID. More are written while the resource has
fewer than `marks.MAX_TAGS` tags: 49 numbers, the service's limit for a campaign, take nine tags."""


def of_marks(tags: Iterable[str]) -> list[str]:
    """The keys of marks among these keys."""
    return sorted(key for key in tags if key.startswith((SUBMISSION, ASSOCIATION)))
