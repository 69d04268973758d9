"""Writes the difference between wanted and described tags, within the service's limit of tags per resource."""

from collections.abc import Collection, Mapping

from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.properties import declared_tag_keys

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
    untag_first = len({*described, *wanted}) > MAX_TAGS
    fence = run.fence.before_write
    if removed and untag_first:
        run.service.untag(arn, removed, fence=fence)
    elif changed and owner_tags.REPLACING in removed:
        # If this request is interrupted before it is removed, a sweep must not follow what it says.
        changed[owner_tags.REPLACING] = run.event.request_id
    if changed:
        run.service.tag(arn, {**run.owner.tags(), **changed}, fence=fence)
    if removed and not untag_first:
        run.service.untag(arn, removed, fence=fence)


def update_tags(
    run: Run,
    described: exactly_once.Described,
    *,
    declared: Mapping[str, str],
    own: Mapping[str, str],
    obsolete: Collection[str] = (),
    replaces: str | None = None,
) -> None:
    """Write the tags of an Update that leads to this resource.

    Args:
        run: The run.
        described: The resource, which is the current one or becomes it.
        declared: The declared tags.
        own: Our own tags that it must have.
        obsolete: Keys of our own tags to remove. If omitted, only those of the replacement are removed.
        replaces: The resource that it replaces, recorded so that a rollback restores exactly that one. If omitted, none.
    """
    wanted = {**declared, **own}
    if replaces and not run.stack.is_rolling_back():
        wanted[owner_tags.REPLACES] = replaces
    # Old properties only name candidates for removal: a tag that somebody else added is not ours to remove.
    removed = {*obsolete, *(declared_tag_keys(run.event.old_properties) - set(declared))}
    write_tags(run, described.arn, described.tags, wanted, {*removed, owner_tags.REPLACING})
