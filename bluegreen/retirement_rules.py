"""What must hold before a colour is deleted: small rules over a snapshot."""

from collections.abc import Collection, Mapping

from bluegreen.finding import Finding, judged, no_update, unseen, waivable
from bluegreen.snapshot import ADDRESS_TYPES, Snapshot, other_colour
from handover.writers import writers
from settings.names import Colour


def before_retirement(
    snapshot: Snapshot,
    colour: Colour,
    traffic: Mapping[str, str],
    ignored: Collection[str] = (),
) -> list[Finding]:
    """Rules that a colour must meet to be deleted.

    Args:
        snapshot: the platform.
        colour: colour to be deleted.
        traffic: load balancers of it that still get traffic → that in words.
        ignored: load balancers and objects whose traffic is accepted.
    """
    other = other_colour(colour)
    return [
        judged("idle", f"{colour} is not the active colour, nor a canary's",
                 _describe_use(snapshot, colour), f"run `bluegreen switch --to {other}` first"),
        judged("named", f"no record but its own names a load balancer of {colour}",
                 still_named(snapshot, colour),
                 f"let an object on {other} ask for the name, whose writers then take it"
                 f" over; or give it up: delete the object on {colour}, then run `bluegreen"
                 " leftovers --remove NAME`. A record that is not the platform's, change by hand"),
        waivable("traffic", f"no traffic comes to {colour}", traffic, ignored,
                  f"run `bluegreen drain --colour {colour}`, or accept what comes with"
                  " `--ignore-traffic NAME`"),
        _watched(snapshot, colour, ignored),
        judged("api-server", f"the API server of {colour} answers",
                 unanswered(snapshot, colour), f"check the cluster eks-{colour}: what it has"
                 " cannot be seen, and could not be emptied"),
        no_update(snapshot),
    ]  # fmt: skip


def _watched(snapshot: Snapshot, colour: Colour, ignored: Collection[str]) -> Finding:
    says = f"every load balancer of {colour} can be watched"
    silent = unanswered(snapshot, colour)
    if silent:
        return unseen("unwatched", says, [f"which objects of {colour} have one: {silent[0]}"])
    return waivable(
        "unwatched",
        says,
        unwatched(snapshot, colour),
        ignored,
        "see its own metrics (in CloudWatch: AWS/ELB of a classic one) or the applications' logs;"
        " then delete the object, or accept what comes with"
        " `--ignore-traffic KIND/NAMESPACE/NAME`",
    )


def still_named(snapshot: Snapshot, colour: Colour) -> list[str]:
    """Records other than the colour's own that lead to its load balancers, in words."""
    own = own_owners(snapshot, colour)
    return [
        f"{record.name} {record.type} -> {host}"
        for record in snapshot.records
        if record.type in ADDRESS_TYPES and record.owner not in own
        for host in record.targets
        if snapshot.colour_of_host(host) == colour
    ]


def unwatched(snapshot: Snapshot, colour: Colour) -> dict[str, str]:
    """Objects of a colour whose load balancers cannot be watched → that in words."""
    return {
        source: f"{source} -> {', '.join(hosts)}"
        for source, hosts in snapshot.unwatched(colour).items()
    }


def unanswered(snapshot: Snapshot, colour: Colour) -> list[str]:
    """Why a colour's objects are not seen, in words; not of one that is being destroyed."""
    view = snapshot.colour(colour)
    return [view.kube.error] if view.kube and view.kube.error and not view.leaving else []


def own_owners(snapshot: Snapshot, colour: Colour) -> frozenset[str]:
    """TXT owner ids of a colour's own DNS writers."""
    zones = snapshot.shared.zones
    if zones is None:
        return frozenset()
    return frozenset(writer.owner_id for writer in writers(colour, zones, live=False))


def _describe_use(snapshot: Snapshot, colour: Colour) -> list[str]:
    shared, view = snapshot.shared, snapshot.colour(colour)
    broken: list[str] = []
    if colour in shared.assigned.colours:
        broken.append("shared names it")
    if colour in shared.configured.colours:
        broken.append("Pulumi.shared.yaml names it")
    if view.report is not None and view.report.running:
        broken.append("its stack says that its live DNS writers run")
    broken += [f"pod {pod} writes live names" for pod in view.writing]
    return broken
