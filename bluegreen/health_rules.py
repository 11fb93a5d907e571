"""Whether a colour is well: its nodes, workloads, add-ons and load balancers, over a snapshot."""

from collections.abc import Collection, Iterator

from bluegreen.finding import Finding, judged, unseen, waivable
from bluegreen.retirement_rules import unwatched
from bluegreen.snapshot import ColourView, KubeView, LoadBalancer, Snapshot
from settings.names import Colour, cluster_name

_BY_CONTROLLER = (
    "make the Service anew with `loadBalancerClass: service.k8s.aws/nlb` (an Ingress with"
    " `ingressClassName: alb`): else something other than the AWS Load Balancer Controller makes"
    " its load balancer, and neither its targets nor its traffic are seen"
)


def colour_health(view: ColourView, waived: Collection[str], *, begun: bool) -> list[Finding]:
    """Rules about a colour's cluster.

    Args:
        view: the colour.
        waived: nodes, workloads (``KIND/NAMESPACE/NAME``) and add-ons that may be as they are.
        begun: whether a switch has begun, so that live writers may just have started.
    """
    return [*_cluster_health(view, waived, begun=begun), _addons(view, waived)]


def load_balancer_health(snapshot: Snapshot, to: Colour, waived: Collection[str]) -> list[Finding]:
    """Rules about the load balancers to which live names are to lead.

    Args:
        snapshot: the platform.
        to: the colour that has them.
        waived: load balancers, and objects (``KIND/NAMESPACE/NAME``), that may be as they are.
    """
    return [
        waivable(
            "load-balancers",
            f"load balancers of {to} are active, their targets healthy",
            {
                balancer.name: ", ".join(bad)
                for balancer in snapshot.balancers_of(to)
                if (bad := list(_describe_unhealthy(balancer)))
            },
            waived,
            "mend the applications behind them, or accept one with `--waive NAME`",
        ),
        _watched(snapshot, to, waived),
    ]


def _watched(snapshot: Snapshot, to: Colour, waived: Collection[str]) -> Finding:
    says = f"every load balancer that {to} publishes can be watched"
    kube = snapshot.colour(to).kube
    if kube is None or kube.error:
        return unseen("unwatched", says, [kube.error if kube else "there is no cluster"])
    asking = {source for name in kube.published for source in name.sources}
    return waivable(
        "unwatched",
        says,
        {source: text for source, text in unwatched(snapshot, to).items() if source in asking},
        waived,
        f"{_BY_CONTROLLER}; or go on without seeing them, with `--waive KIND/NAMESPACE/NAME`",
    )


def _cluster_health(view: ColourView, waived: Collection[str], *, begun: bool) -> list[Finding]:
    colour, kube = view.colour, view.kube
    says = {
        "nodes": f"every node of {colour} that is to stay is Ready",
        "workloads": f"the platform's workloads on {colour} are available",
    }
    if kube is None or kube.error:
        why = kube.error if kube else "there is no cluster"
        return [unseen(rule, said, [why]) for rule, said in says.items()]
    nodes = {node.name: node.name for node in kube.nodes if not node.ready and not node.passing}
    remedy = f"see `kubectl --context {colour} describe node NAME`"
    if not any(node.ready for node in kube.nodes):
        return [judged("nodes", says["nodes"], _none_ready(kube), remedy), _workloads(
            kube, says["workloads"], colour, waived, begun=begun)]  # fmt: skip
    return [
        waivable("nodes", says["nodes"], nodes, waived,
                 f"{remedy}, or accept it with `--waive NAME`"),
        _workloads(kube, says["workloads"], colour, waived, begun=begun),
    ]  # fmt: skip


def _none_ready(kube: KubeView) -> list[str]:
    return [f"{node.name}, and no other is Ready" for node in kube.nodes] or ["there is none"]


def _workloads(
    kube: KubeView, says: str, colour: Colour, waived: Collection[str], *, begun: bool
) -> Finding:
    # Live writers that a begun switch has just started are waited for by their own update.
    # What runs on a node that comes or goes is not there for a while; reserve is there to give way.
    passing = sum(node.passing and not node.ready for node in kube.nodes)
    broken = {
        (name := it.name.replace(" ", "/")): f"{name}: {it.available} of {it.wanted}"
        for it in kube.workloads
        if it.available < min(it.wanted, max(1, it.wanted - passing))
        and not it.reserve
        and not (begun and it.live_writer)
    }
    return waivable(
        "workloads",
        says,
        broken,
        waived,
        f"see `kubectl --context {colour} get pods -A`, or accept it with"
        " `--waive KIND/NAMESPACE/NAME`",
    )


def _addons(view: ColourView, waived: Collection[str]) -> Finding:
    colour, says = view.colour, f"the EKS add-ons of {view.colour} are ACTIVE"
    remedy = f"see `aws eks describe-addon --cluster-name {cluster_name(colour)} --addon-name NAME`"
    if view.eks is None:
        return judged("add-ons", says, ["EKS knows no such cluster"], remedy)
    if view.eks.status != "ACTIVE":
        return judged("add-ons", says, [f"the cluster: {view.eks.status}"], remedy)
    broken = {
        a.name: f"{a.name} {a.version}: {a.status}" for a in view.eks.addons if a.status != "ACTIVE"
    }
    return waivable("add-ons", says, broken, waived, f"{remedy}, or accept it with `--waive NAME`")


def _describe_unhealthy(balancer: LoadBalancer) -> Iterator[str]:
    if balancer.state != "active":
        yield f"{balancer.name}: {balancer.state}"
    for group in balancer.groups:
        bad = {s: n for s, n in group.states.items() if s not in ("healthy", "draining")}
        if bad or not group.states.get("healthy"):
            seen = ", ".join(f"{n} {s}" for s, n in sorted(group.states.items())) or "no targets"
            yield f"{balancer.name}, target group {group.name}: {seen}"
