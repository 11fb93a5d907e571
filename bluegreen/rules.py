"""What must hold before a switch, and what must always hold: small rules over a snapshot.

Each rule is a function from a snapshot to a `Finding`. None of them asks the world anything.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from bluegreen.phase import NotReadyError, between, say, stand_of
from bluegreen.snapshot import (
    ADDRESS_TYPES,
    ColourView,
    LoadBalancer,
    Record,
    Seen,
    Snapshot,
    live_owners,
    other,
)
from settings.names import COLOURS, Colour

Verdict = Literal["pass", "fail", "waived"]

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


class Finding(Seen):
    """What a rule found.

    Attributes:
        rule: short name.
        says: what it demands.
        verdict: pass, fail or waived.
        details: what breaks it, or what was waived, one thing each.
        remedy: what to do about it.
    """

    rule: str
    says: str
    verdict: Verdict
    details: tuple[str, ...] = ()
    remedy: str = ""


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
        _finding("stacks", f"shared and {to} have come up, and shared lists {to}",
                 _stacks(snapshot, to), f"run `bluegreen bootstrap --colour {to}`"),
        _no_update(snapshot),
        _finding("api-server", "both API servers answer", _api_servers(snapshot),
                 "run this from where the VPC can be reached, and check the cluster"),
        _finding("nodes", f"every node of {to} is Ready", _nodes(view),
                 f"see `kubectl --context {to} describe node NAME`"),
        _finding("workloads", f"the platform's workloads on {to} are available",
                 _workloads(view, begun=bool(_halfway(snapshot))),
                 f"see `kubectl --context {to} get pods -A`"),
        _finding("add-ons", f"the EKS add-ons of {to} are ACTIVE", _addons(view),
                 f"see `aws eks describe-addon --cluster-name eks-{to} --addon-name NAME`"),
        _finding("load-balancers", f"load balancers of {to} are active, their targets healthy",
                 _balancers(snapshot, to), "mend the applications behind them"),
        _finding("unwatched", f"every load balancer that {to} publishes can be watched",
                 _unwatched_names(snapshot, to), _BY_CONTROLLER),
        _counterparts(snapshot, to, waived, only),
        _finding("foreign-records", "nobody else owns a record of a live name",
                 [_say_foreign(r) for r in foreign(snapshot)],
                 "delete the record, or take the name from the application: ExternalDNS never"
                 " touches a record that is not its own"),
        _finding("one-writer", "only colours that shared names write live names",
                 _stray_writers(snapshot), "run `pulumi up` on the colours named"),
    ]  # fmt: skip


def heard(unheard: Sequence[str]) -> Finding:
    """The rule that a switch can be watched from here.

    Args:
        unheard: name servers that give no address of live names, in words.
    """
    return _finding(
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
        _finding(
            "drift",
            "the live DNS writers are as the stacks say",
            [f"{stack}: {change}" for stack, all_of in drift.items() for change in all_of],
            "run `pulumi refresh` and `pulumi up` on the stack, or undo the change by hand",
        ),
        _finding(
            "unapplied",
            "the program and the stack files have been applied, and shared has not drifted",
            [f"{stack}: {change}" for stack, all_of in unapplied.items() for change in all_of],
            "run `pulumi up` on the stack first: a switch moves names and nothing else",
        ),
    ]


def always(snapshot: Snapshot) -> list[Finding]:
    """Rules that hold at every moment; a broken one needs a human or another command."""
    return [
        _finding("one-writer", "only colours that shared names write live names",
                 _stray_writers(snapshot), "run `pulumi up` on the colours named"),
        _finding("api-records", "the API CNAME and TXT name the same colour",
                 _api_records(snapshot), "run `pulumi up -s shared`"),
        _finding("dangling", "every live name leads to a load balancer that exists",
                 dangling(snapshot), "see where the application's Ingress has gone"),
        _finding("foreign-records", "nobody else owns a record of a live name",
                 [_say_foreign(r) for r in foreign(snapshot)],
                 "delete the record, or take the name from the application"),
        _finding("halfway", "no switch or update stands halfway",
                 [*_halfway(snapshot), *_interrupted(snapshot)],
                 "run the interrupted command again (`pulumi up` after `bluegreen recover`), or"
                 " `bluegreen switch` to either colour"),
    ]  # fmt: skip


def refused(findings: Sequence[Finding]) -> list[Finding]:
    """Those that fail."""
    return [finding for finding in findings if finding.verdict == "fail"]


def reasons(findings: Sequence[Finding]) -> str:
    """Rules that fail, what breaks them and what to do, a line each."""
    lines: list[str] = []
    for finding in refused(findings):
        lines.append(f"  not so: {finding.says}")
        lines += [f"    {detail}" for detail in finding.details]
        lines.append(f"    {finding.remedy}")
    return "\n".join(lines)


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


def _finding(rule: str, says: str, broken: Sequence[str], remedy: str) -> Finding:
    return Finding(
        rule=rule,
        says=says,
        verdict="fail" if broken else "pass",
        details=tuple(broken),
        remedy=remedy if broken else "",
    )


def _waivable(
    rule: str, says: str, broken: Mapping[str, str], waived: Collection[str], remedy: str
) -> Finding:
    """A rule whose breaches (name → in words) may be waived one by one, by name."""
    kept = [text for name, text in broken.items() if name not in waived]
    if kept or not broken:
        return _finding(rule, says, kept, remedy)
    return Finding(rule=rule, says=says, verdict="waived", details=tuple(broken.values()))


def _counterparts(
    snapshot: Snapshot, to: Colour, waived: Collection[str], only: Collection[str]
) -> Finding:
    behind = left_behind(snapshot, to, only)
    return _waivable("counterparts", f"every live name has its counterpart on {to}",
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


def _no_update(snapshot: Snapshot) -> Finding:
    # A dead holder is no update that runs; the switch removes its lock.
    running = [
        f"{state.name}: {lock.said}"
        for state in snapshot.states
        for lock in state.locks
        if not lock.dead
    ]
    says = "no update runs on any stack"
    if not all(state.locks_read for state in snapshot.states):
        says += (
            "; not looked at: locks of this backend are not read before an update, and Pulumi"
            " itself refuses a second one"
        )
    remedy = "wait for it, or run `pulumi cancel -s STACK` if it has died"
    return _finding("locks", says, running, remedy)


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


def retirement(
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
    return [
        _finding("idle", f"{colour} is not the active colour, nor a canary's",
                 _active(snapshot, colour), f"run `bluegreen switch --to {other(colour)}` first"),
        _finding("named", f"no record but its own names a load balancer of {colour}",
                 still_named(snapshot, colour), f"run `bluegreen drain --colour {colour}`"),
        _waivable("traffic", f"no traffic comes to {colour}", traffic, ignored,
                  f"run `bluegreen drain --colour {colour}`, or accept what comes with"
                  " `--ignore-traffic NAME`"),
        _waivable("unwatched", f"every load balancer of {colour} can be watched",
                  unwatched(snapshot, colour), ignored,
                  "see its own metrics (in CloudWatch: AWS/ELB of a classic one) or the"
                  " applications' logs; then delete the object, or accept what comes with"
                  " `--ignore-traffic KIND/NAMESPACE/NAME`"),
        _finding("api-server", f"the API server of {colour} answers",
                 unanswered(snapshot, colour), f"check the cluster eks-{colour}: what it has"
                 " cannot be seen, and could not be emptied"),
        _no_update(snapshot),
    ]  # fmt: skip


def still_named(snapshot: Snapshot, colour: Colour) -> list[str]:
    """Records other than the colour's own that lead to its load balancers, in words."""
    own = own_owners(snapshot, colour)
    return [
        f"{record.name} {record.type} -> {host}"
        for record in snapshot.records
        if record.type in ADDRESS_TYPES and record.owner not in own
        for host in record.targets
        if snapshot.where(host) == colour
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
    return frozenset(f"ingress-eks-{colour}.{zone.name}" for zone in (zones.public, zones.private))


def _active(snapshot: Snapshot, colour: Colour) -> list[str]:
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
