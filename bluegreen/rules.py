"""What must hold before a switch, and what must always hold: small rules over a snapshot.

Each rule is a function from a snapshot to a `Finding`. None of them asks the world anything.
"""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from bluegreen import health_rules, name_rules, support_rules
from bluegreen.finding import Finding, judged, no_update, note, unseen, waivable
from bluegreen.leftovers import unseen_clusters
from bluegreen.snapshot import ColourView, Snapshot
from bluegreen.switch_state import switch_state_of
from handover.assignment import Assignment
from handover.steps import NotReadyError, is_halfway
from settings.names import COLOURS, Colour, cluster_name

_UNSURE = ", interrupted or being done now: this backend does not show whether an update runs"


Changes: TypeAlias = Mapping[str, Collection[str]]
"""Stack name → changes, ``OPERATION NAME`` each."""


def before_switch(
    snapshot: Snapshot,
    to: Colour,
    *,
    waived: Collection[str] = (),
    only: Collection[str] = (),
    before: Assignment | None = None,
) -> list[Finding]:
    """Every rule that must hold before production moves to a colour.

    Args:
        snapshot: the platform.
        to: colour that is to become active.
        waived: names of what may be as it is: live names, nodes, workloads and so on.
        only: live names that move, of a canary; empty: all.
        before: who writes what if the switch is taken back; None: as now.
    """
    view = snapshot.colour(to)
    return [
        judged("stacks", f"shared and {to} have come up, and shared lists {to}",
                 _stacks(snapshot, to), f"run `bluegreen bootstrap --colour {to}`"),
        no_update(snapshot),
        _api_servers(snapshot, to),
        *health_rules.colour_health(view, waived, begun=bool(_halfway(snapshot))),
        *health_rules.load_balancer_health(snapshot, to, waived),
        *name_rules.before_switch(snapshot, to, waived=waived, only=only, before=before),
        _one_writer(snapshot),
        support_rules.support_left(snapshot),
        support_rules.not_sooner(snapshot, to),
        _kubeconfigs(snapshot),
    ]  # fmt: skip


def name_servers_answer(unheard: Mapping[str, str], waived: Collection[str] = ()) -> Finding:
    """The rule that a switch can be watched from here.

    Args:
        unheard: name servers that give no address of live names → that in words.
        waived: those that need not be heard.
    """
    return waivable(
        "name-servers",
        "the zones' name servers can be asked from here",
        unheard,
        waived,
        "run this where live names can be resolved, as in the VPC or through its VPN, or give a"
        " resolver that knows them with --resolver; or let Route 53 alone say that names have"
        " moved, with --waive and the first word of each line",
    )


def no_pending_changes(
    drift: Changes, unapplied: Changes, waived: Collection[str] = ()
) -> list[Finding]:
    """Rules about what a switch updates: it must be as the program and the state say.

    Args:
        drift: what differs in the world from the state.
        unapplied: what an update would change already now.
        waived: changes that may be made along the way, ``STACK/NAME`` each.
    """
    return [
        waivable(
            "drift",
            "the live DNS writers are as the stacks say",
            _changes(drift),
            waived,
            "run `pulumi refresh` and `pulumi up` on the stack, or undo the change by hand",
        ),
        waivable(
            "unapplied",
            "the program and the stack files have been applied, and shared has not drifted",
            _changes(unapplied),
            waived,
            "run `pulumi up` on the stack first: a switch moves names and nothing else; or let"
            " the switch make the change too, with `--waive STACK/NAME`",
        ),
    ]


def _changes(of_stacks: Changes) -> dict[str, str]:
    return {
        f"{stack}/{change.rpartition(' ')[2]}": f"{stack}: {change}"
        for stack, changes in of_stacks.items()
        for change in changes
    }


def invariants(snapshot: Snapshot) -> list[Finding]:
    """Rules that hold at every moment; a broken one needs a human or another command."""
    return [
        _every_cluster_seen(snapshot),
        _one_writer(snapshot),
        judged("api-records", "the API CNAME and TXT name the same colour",
                 _api_records(snapshot), "run `pulumi up -s shared`"),
        *name_rules.invariants(snapshot),
        judged("halfway", "no switch or update stands halfway",
                 [*_halfway(snapshot), *_interrupted(snapshot)],
                 "run the interrupted command again (`pulumi up` after `bluegreen recover`), or"
                 " `bluegreen switch` to either colour"),
        support_rules.support_left(snapshot),
        support_rules.as_configured(snapshot),
        _kubeconfigs(snapshot),
    ]  # fmt: skip


def _stacks(snapshot: Snapshot, to: Colour) -> list[str]:
    shared, view = snapshot.shared, snapshot.colour(to)
    broken: list[str] = []
    if shared.live_writer is None:
        broken.append("stack shared has not come up")
    if view.cluster is None:
        broken.append(f"stack {to} has not come up")
    if to not in shared.listed:
        broken.append(f"eks-platform:colours of shared does not list {to}")
    return broken


def _every_cluster_seen(snapshot: Snapshot) -> Finding:
    """That nothing was overlooked: what a silent cluster writes and asks for nobody knows."""
    says = "every cluster that stands can be seen"
    silent = [
        f"{view.colour}: {view.kube.error if view.kube else 'it could not be asked'}"
        for view in snapshot.colours
        if view.cluster is not None and not view.leaving and (view.kube is None or view.kube.error)
    ]
    return unseen("seen", says, silent) if silent else judged("seen", says, (), "")


def _api_servers(snapshot: Snapshot, to: Colour) -> Finding:
    """That what both colours run and publish was seen; the old one may be absent."""
    says = f"the API servers of {to}, and of the other colour where it stands, answer"
    silent = [
        f"{view.colour}: {view.kube.error}"
        for view in snapshot.colours
        if view.kube and view.kube.error
    ]
    not_asked = [
        f"{view.colour}: {'it could not be asked' if view.cluster else 'there is no cluster'}"
        for view in snapshot.colours
        if view.kube is None and ((view.cluster and not view.leaving) or view.colour == to)
    ]
    if not_asked and not silent:
        return unseen("api-server", says, not_asked)
    return judged(
        "api-server",
        says,
        [*silent, *not_asked],
        "run this from where the VPC can be reached, and check the cluster",
    )


def _one_writer(snapshot: Snapshot) -> Finding:
    writing = snapshot.shared.assigned.colours
    stopping = snapshot.shared.live_writer.unconfirmed if snapshot.shared.live_writer else ()
    stray = [
        f"{pod} on {view.colour}"
        for view in snapshot.colours
        for pod in view.writing
        if view.colour not in writing and view.colour not in stopping
    ]
    return judged(
        "one-writer",
        "only colours that shared names write live names",
        stray,
        "run `pulumi up` on the colours named",
    )


def _kubeconfigs(snapshot: Snapshot) -> Finding:
    """That stable kubeconfigs of before the younger cluster know one certificate authority alone.

    What people and pipelines have on their machines nobody sees, so this is said, not judged.
    """
    standing = [view for view in snapshot.colours if view.cluster is not None]
    old: list[str] = []
    if len(standing) == len(COLOURS):
        younger = max(standing, key=lambda it: it.eks.created if it.eks else "")
        since = younger.eks.created if younger.eks else ""
        who = younger.colour if since else "the younger cluster"
        when = f"{since}, when {who} was made," if since else f"{who} was made"
        old.append(
            f"one fetched before {when} does not trust {who}: its contexts eks, eks-admin and so"
            " on fail there with a certificate signed by an unknown authority"
        )
    return note(
        "kubeconfigs",
        "stable kubeconfigs of people and pipelines trust both clusters",
        old,
        "let everybody run `eks-platform-kubeconfig --stack shared` again before the switch, once"
        " shared lists both colours; those of contract 1.5 or later renew themselves, where the AWS"
        " CLI is",
    )


def _api_records(snapshot: Snapshot) -> list[str]:
    zones = snapshot.shared.zones
    if zones is None:
        return []
    said = {
        (r.name, r.type): r.targets
        for r in snapshot.records
        if r.zone == "api" and r.type in ("CNAME", "TXT")
    }
    host = "".join(said.get((f"api.{zones.api.name}", "CNAME"), ()))
    cluster = "".join(said.get((f"eks.{zones.api.name}", "TXT"), ())).strip('"')
    active = snapshot.shared.active
    by_host = {_endpoint_host(view): view.colour for view in snapshot.colours if view.cluster}
    of_host = by_host.get(host)
    of_cluster = next((c for c in COLOURS if cluster == cluster_name(c)), None)
    if of_host != of_cluster or bool(host) != bool(cluster):
        return [f"CNAME names {of_host or host or 'nothing'}, TXT {cluster or 'nothing'}"]
    if active is not None and of_host != active:
        return [f"both name {of_host or 'nothing'}, and the active colour is {active}"]
    return []


def _endpoint_host(view: ColourView) -> str:
    endpoint = view.cluster.endpoint if view.cluster else ""
    return endpoint.removeprefix("https://").rstrip("/").lower()


def _halfway(snapshot: Snapshot) -> list[str]:
    try:
        stand = switch_state_of(snapshot)
        begun = is_halfway(stand)
    except NotReadyError as error:
        return [] if snapshot.shared.live_writer is None else [str(error)]
    if not begun:
        return []
    named = stand.named.assignment
    return [f"by the shared stack, {named.in_words}{_still_writing(snapshot, named)}"]


def _still_writing(snapshot: Snapshot, named: Assignment) -> str:
    """What writes live names though nobody names its colour, in words after a sentence."""
    told: list[str] = []
    for view in snapshot.colours:
        if view.writing and view.colour not in named.colours:
            told.append(f"; on {view.colour} there still run {', '.join(view.writing)}")
        elif view.colour in unseen_clusters(snapshot):
            told.append(f"; what runs on {view.colour} was not seen")
    return "".join(told)


def _interrupted(snapshot: Snapshot) -> list[str]:
    return [
        f"{state.name}: {text}{'' if state.locks_read else _UNSURE}"
        for state in snapshot.states
        for text in state.interrupted
    ]
