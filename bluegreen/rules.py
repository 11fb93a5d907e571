"""What must hold before a switch, and what must always hold: small rules over a snapshot.

Each rule is a function from a snapshot to a `Finding`. None of them asks the world anything.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from bluegreen.finding import Finding, judged, no_update, waivable
from bluegreen.phase import NotReadyError, between, say, stand_of
from bluegreen.retirement_rules import unwatched
from bluegreen.snapshot import (
    ADDRESS_TYPES,
    ColourView,
    LoadBalancer,
    Record,
    Snapshot,
    live_owners,
)
from settings.names import COLOURS, Colour

_BALANCER_HOST = re.compile(r"[a-z0-9.-]+\.elb\.(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?")
"""Hosts of AWS load balancers: ``NAME.REGION.elb.amazonaws.com`` of application and classic ones,
``NAME.elb.REGION.amazonaws.com`` of network ones; in China with ``.cn``.
https://docs.aws.amazon.com/general/latest/gr/elb.html"""

_BY_CONTROLLER = (
    "make the Service anew with `loadBalancerClass: service.k8s.aws/nlb` (an Ingress with"
    " `ingressClassName: alb`): else something other than the AWS Load Balancer Controller makes"
    " its load balancer, and neither its targets nor its traffic are seen"
)

_UNSURE = ", interrupted or being done now: this backend does not show whether an update runs"


Changes: TypeAlias = Mapping[str, Collection[str]]
"""Stack name → changes, ``OPERATION NAME`` each."""


def before_switch(
    snapshot: Snapshot, to: Colour, *, waived: Collection[str] = (), only: Collection[str] = ()
) -> list[Finding]:
    """Every rule that must hold before production moves to a colour.

    Args:
        snapshot: the platform.
        to: colour that is to become active.
        waived: live names that may be left behind.
        only: live names that move, of a canary; empty: all.
    """
    view = snapshot.colour(to)
    return [
        judged("stacks", f"shared and {to} have come up, and shared lists {to}",
                 _stacks(snapshot, to), f"run `bluegreen bootstrap --colour {to}`"),
        no_update(snapshot),
        judged("api-server", "both API servers answer", _api_servers(snapshot),
                 "run this from where the VPC can be reached, and check the cluster"),
        judged("nodes", f"every node of {to} is Ready", _nodes(view),
                 f"see `kubectl --context {to} describe node NAME`"),
        judged("workloads", f"the platform's workloads on {to} are available",
                 _workloads(view, begun=bool(_halfway(snapshot))),
                 f"see `kubectl --context {to} get pods -A`"),
        judged("add-ons", f"the EKS add-ons of {to} are ACTIVE", _addons(view),
                 f"see `aws eks describe-addon --cluster-name eks-{to} --addon-name NAME`"),
        judged("load-balancers", f"load balancers of {to} are active, their targets healthy",
                 _balancers(snapshot, to), "mend the applications behind them"),
        judged("unwatched", f"every load balancer that {to} publishes can be watched",
                 _unwatched_names(snapshot, to), _BY_CONTROLLER),
        _counterparts(snapshot, to, waived, only),
        judged("foreign-records", "nobody else owns a record of a live name",
                 [_say_foreign(r) for r in foreign(snapshot)],
                 "delete the record, or take the name from the application: ExternalDNS never"
                 " touches a record that is not its own"),
        judged("one-writer", "only colours that shared names write live names",
                 _stray_writers(snapshot), "run `pulumi up` on the colours named"),
    ]  # fmt: skip


def heard(unheard: Sequence[str]) -> Finding:
    """The rule that a switch can be watched from here.

    Args:
        unheard: name servers that give no address of live names, in words.
    """
    return judged(
        "name-servers",
        "the zones' name servers can be asked from here",
        unheard,
        "run this where live names can be resolved, as in the VPC or through its VPN, or give a"
        " resolver that knows them with --resolver",
    )


def untouched(drift: Changes, unapplied: Changes) -> list[Finding]:
    """Rules about what a switch updates: it must be as the program and the state say.

    Args:
        drift: what differs in the world from the state.
        unapplied: what an update would change already now.
    """
    return [
        judged(
            "drift",
            "the live DNS writers are as the stacks say",
            [f"{stack}: {change}" for stack, all_of in drift.items() for change in all_of],
            "run `pulumi refresh` and `pulumi up` on the stack, or undo the change by hand",
        ),
        judged(
            "unapplied",
            "the program and the stack files have been applied, and shared has not drifted",
            [f"{stack}: {change}" for stack, all_of in unapplied.items() for change in all_of],
            "run `pulumi up` on the stack first: a switch moves names and nothing else",
        ),
    ]


def always(snapshot: Snapshot) -> list[Finding]:
    """Rules that hold at every moment; a broken one needs a human or another command."""
    return [
        judged("one-writer", "only colours that shared names write live names",
                 _stray_writers(snapshot), "run `pulumi up` on the colours named"),
        judged("api-records", "the API CNAME and TXT name the same colour",
                 _api_records(snapshot), "run `pulumi up -s shared`"),
        judged("dangling", "every live name leads to a load balancer that exists",
                 dangling(snapshot), "see where the application's Ingress has gone"),
        judged("foreign-records", "nobody else owns a record of a live name",
                 [_say_foreign(r) for r in foreign(snapshot)],
                 "delete the record, or take the name from the application"),
        judged("halfway", "no switch or update stands halfway",
                 [*_halfway(snapshot), *_interrupted(snapshot)],
                 "run the interrupted command again (`pulumi up` after `bluegreen recover`), or"
                 " `bluegreen switch` to either colour"),
    ]  # fmt: skip


def foreign(snapshot: Snapshot) -> list[Record]:
    """Records of live names that clusters ask for and live DNS writers do not own."""
    zones = snapshot.shared.zones
    if zones is None:
        return []
    owners = live_owners(zones)
    wanted = {
        (name.zone, name.name)
        for view in snapshot.colours
        if view.kube
        for name in view.kube.published
    }
    return [
        record
        for record in snapshot.records
        if (record.zone, record.name) in wanted
        and record.type in ADDRESS_TYPES
        and record.owner != owners[record.zone]
    ]


def left_behind(snapshot: Snapshot, to: Colour, only: Collection[str] = ()) -> list[str]:
    """Live names that nothing on a colour publishes, or not with a load balancer yet.

    Args:
        snapshot: the platform.
        to: the colour.
        only: names to look at; empty: all that have a record.
    """
    view = snapshot.colour(to)
    offered = view.kube.published if view.kube else ()
    ready = {(name.zone, name.name) for name in offered if name.hosts}
    if only:
        offered_names = {name for _, name in ready}
        return sorted(name for name in only if name not in offered_names)
    return sorted({r.name for r in snapshot.live_records() if (r.zone, r.name) not in ready})


def dangling(snapshot: Snapshot) -> list[str]:
    """Live record sets whose load balancer does not exist, in words."""
    return [
        f"{record.name} {record.type} -> {host}"
        for record in snapshot.live_records()
        for host in record.targets
        if record.type in ADDRESS_TYPES
        and _BALANCER_HOST.fullmatch(host)
        and snapshot.where(host) is None
    ]


def _counterparts(
    snapshot: Snapshot, to: Colour, waived: Collection[str], only: Collection[str]
) -> Finding:
    behind = left_behind(snapshot, to, only)
    return waivable("counterparts", f"every live name has its counterpart on {to}",
                     {name: name for name in behind}, waived,
                     f"deploy the application on {to}, or leave the name behind with"
                     " `--waive NAME`")  # fmt: skip


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


def _api_servers(snapshot: Snapshot) -> list[str]:
    return [
        f"{view.colour}: {view.kube.error}"
        for view in snapshot.colours
        if view.kube and view.kube.error
    ]


def _nodes(view: ColourView) -> list[str]:
    if view.kube is None or view.kube.error:
        return ["not seen"]
    if not view.kube.nodes:
        return ["there is none"]
    return [node.name for node in view.kube.nodes if not node.ready]


def _workloads(view: ColourView, *, begun: bool) -> list[str]:
    # Live writers that a begun switch has just started are waited for by their own update.
    if view.kube is None or view.kube.error:
        return ["not seen"]
    return [
        f"{it.name}: {it.available} of {it.wanted}"
        for it in view.kube.workloads
        if it.available < it.wanted and not (begun and it.live_writer)
    ]


def _addons(view: ColourView) -> list[str]:
    if view.eks is None:
        return ["EKS knows no such cluster"]
    broken = [f"{a.name} {a.version}: {a.status}" for a in view.eks.addons if a.status != "ACTIVE"]
    return broken if view.eks.status == "ACTIVE" else [f"the cluster: {view.eks.status}", *broken]


def _balancers(snapshot: Snapshot, to: Colour) -> list[str]:
    return [text for balancer in snapshot.balancers_of(to) for text in _balancer(balancer)]


def _balancer(balancer: LoadBalancer) -> Iterator[str]:
    if balancer.state != "active":
        yield f"{balancer.name}: {balancer.state}"
    for group in balancer.groups:
        bad = {s: n for s, n in group.states.items() if s not in ("healthy", "draining")}
        if bad or not group.states.get("healthy"):
            seen = ", ".join(f"{n} {s}" for s, n in sorted(group.states.items())) or "no targets"
            yield f"{balancer.name}, target group {group.name}: {seen}"


def _unwatched_names(snapshot: Snapshot, to: Colour) -> list[str]:
    """As `unwatched`, of objects that ask for a live name alone."""
    kube = snapshot.colour(to).kube
    asking = {source for name in (kube.published if kube else ()) for source in name.sources}
    return [text for source, text in unwatched(snapshot, to).items() if source in asking]


def _stray_writers(snapshot: Snapshot) -> list[str]:
    writing = snapshot.shared.assigned.colours
    stopping = snapshot.shared.live_writer.unconfirmed if snapshot.shared.live_writer else ()
    return [
        f"{pod} on {view.colour}"
        for view in snapshot.colours
        for pod in view.writing
        if view.colour not in writing and view.colour not in stopping
    ]


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
    of_cluster = next((c for c in COLOURS if cluster == f"eks-{c}"), None)
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
        stand = stand_of(snapshot)
        begun = between(stand)
    except NotReadyError as error:
        return [] if snapshot.shared.live_writer is None else [str(error)]
    return [f"as it stands, {say(stand.named.assignment)}"] if begun else []


def _interrupted(snapshot: Snapshot) -> list[str]:
    return [
        f"{state.name}: {text}{'' if state.locks_read else _UNSURE}"
        for state in snapshot.states
        for text in state.interrupted
    ]


def _say_foreign(record: Record) -> str:
    owner = f"owner {record.owner}" if record.owner else "no owner"
    return f"{record.name} {record.type} ({owner})"
