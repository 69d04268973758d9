"""Writes the difference between wanted and described tags, within the service's limit of tags per resource."""

from collections.abc import Collection, Mapping

from sms_registration_handler.resource.invocation import Run

MAX_TAGS = 50
"""Tags per resource (TagResource: TAGS_PER_RESOURCE)."""


def write_tags(
    run: Run, arn: str, described: Mapping[str, str], wanted: Mapping[str, str], obsolete: Collection[str]
) -> None:
    """Tag and untag a resource of ours. Nothing is written when nothing differs.

    Args:
        run: The run.
        arn: The resource.
        described: The tags that it has.
        wanted: The tags that it must have; others stay.
        obsolete: Keys to remove.
    """
    changed = {key: value for key, value in wanted.items() if described.get(key) != value}
    removed = sorted(set(obsolete) & set(described))
    # Tag first, so that an interruption leaves too many tags rather than too few; untag first where both do not fit.
    untag_first = bool(changed) and len({*described, *wanted}) > MAX_TAGS
    fence = run.fence.before_write
    if removed and untag_first:
        run.service.untag(arn, removed, fence=fence)
    if changed:
        run.service.tag(arn, {**run.owner.tags(), **changed}, fence=fence)
    if removed and not untag_first:
        run.service.untag(arn, removed, fence=fence)
