"""Whether the new colour's minor serves what the old colour's objects and clients use."""

from collections.abc import Collection

from bluegreen.finding import Finding, judged, note, unseen, waivable
from bluegreen.snapshot import RemovedUse, RemovedUses
from settings.names import Colour

_OBJECTS = "removed-apis"
_REQUESTS = "requested-apis"
_REMEDY = (
    "write the manifest or chart with the version that it names, and deploy it to both colours;"
    " or accept one with `--waive KIND/NAMESPACE/NAME`"
)


def apis_served(
    uses: RemovedUses | None, old: Colour, new: Colour, waived: Collection[str] = ()
) -> list[Finding]:
    """Rules about APIs that the new colour's minor has removed.

    Args:
        uses: what the old colour uses of them; None where the new minor is not a later one.
        old: the colour that production leaves.
        new: the colour that it moves to.
        waived: objects that may be as they are, or ``removed-apis`` for what was not seen.
    """
    says = f"{new} serves every API version that objects and Helm releases of {old} are written in"
    asked = f"clients of {old} ask for no API that {new} does not serve"
    if uses is None:
        return [judged(_OBJECTS, says, (), ""), note(_REQUESTS, asked, ())]
    if uses.not_seen and _OBJECTS not in waived:
        why = [*uses.not_seen, "go on without it with `--waive removed-apis`"]
        return [unseen(_OBJECTS, says, why), note(_REQUESTS, asked, uses.requested)]
    if uses.not_seen and not uses.objects:
        overlooked = Finding(rule=_OBJECTS, says=says, verdict="waived", details=uses.not_seen)
        return [overlooked, note(_REQUESTS, asked, uses.requested)]
    broken = {use.name: _in_words(use) for use in uses.objects}
    return [
        waivable(_OBJECTS, says, broken, waived, _REMEDY),
        note(_REQUESTS, asked, uses.requested, "see which client it is in the audit log"),
    ]


def _in_words(use: RemovedUse) -> str:
    where = f"namespace {use.namespace}" if use.namespace else "no namespace"
    instead = f"; use {use.instead}" if use.instead else ""
    return (
        f"{use.name} ({where}, of {use.owner}): {use.api_version} was removed in"
        f" {use.removed_in}{instead}"
    )
