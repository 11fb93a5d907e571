"""What an application team is warned of: what is ignored, and what two objects ask for."""

from collections.abc import Mapping, Sequence

from components.addons.external_dns.name_policy.cel import Rule, literal, literals, names
from components.addons.external_dns.name_policy.refused import PREFIX
from handover.name_annotation import ANNOTATIONS, Visibility

CONTROLLER = f"{PREFIX}controller"
OWN_CONTROLLER = "dns-controller"
"""Annotation that has ExternalDNS pass an object over, and the value with which it does not."""

GROUP = "alb.ingress.kubernetes.io/group.name"
"""Annotation of Ingresses that share a load balancer."""

_BOTH = ("object", "params")

OTHER_NAMES = tuple(
    PREFIX + name for name in ("hostname", "internal-hostname", "ingress-hostname-source")
)
"""ExternalDNS's annotations about names, which the platform's writers do not read."""


def ignored() -> Sequence[Rule]:
    """What an object asks for in vain."""
    asked = f"{literals(list(ANNOTATIONS.values()))}.filter(it, it in object.metadata.annotations)"
    controller = f"object.metadata.?annotations[?{literal(CONTROLLER)}]"
    return (
        Rule(
            "withoutLoadBalancer",
            f"{_published('object')} ? [] : {asked}",
            "Ignored on a Service of this type: {}. Expected: type LoadBalancer.",
        ),
        Rule(
            "ofAnother",
            f"{controller}.optMap(it, it == '{OWN_CONTROLLER}' ? [] : [it]).orValue([])",
            f"{CONTROLLER}: with {{}} no name is published. Expected: no such annotation.",
        ),
        Rule(
            "otherNames",
            f"{literals(OTHER_NAMES)}.filter(it, it in object.metadata.annotations)",
            f"Ignored: {{}}. Expected: names in {' and '.join(ANNOTATIONS.values())} alone.",
        ),
    )


def shared(visibilities: Sequence[Visibility], kind: str) -> Sequence[Rule]:
    """Names that another object of a kind asks for, which is ``params``.

    Args:
        visibilities: kinds of names.
        kind: kind of the other object.
    """
    return tuple(
        Rule(
            f"{visibility}Shared",
            f"variables.{visibility}Names.filter(it, it in variables.{visibility}NamesOfOther)",
            f"{ANNOTATIONS[visibility]}: {kind} {{other}} of this namespace asks for {{}}, too."
            " Expected: each name on one object of a cluster, as only one of them gets it.",
        )
        for visibility in visibilities
    )


def shared_variables(visibilities: Sequence[Visibility]) -> Mapping[str, str]:
    """What the rules of `shared` read, in CEL by its name."""
    own = {f"{it}Names": names("object", it) for it in visibilities}
    return own | {f"{it}NamesOfOther": names("params", it) for it in visibilities}


def another_publishes(kind: str) -> str:
    """CEL: whether ``params`` is another object that publishes names, on another load balancer.

    Args:
        kind: kind of the other object.
    """
    same = f"request.kind.kind == '{kind}' && object.metadata.name == params.metadata.name"
    # Ingresses of one group share a load balancer, so they may share a name.
    group = f"object.metadata.?annotations[?'{GROUP}']"
    other = f"params.metadata.?annotations[?'{GROUP}']"
    grouped = f"{group}.hasValue() && {group} == {other}"
    # Most others ask for nothing: what takes time comes behind the conditions.
    both = "it in object.metadata.annotations && it in params.metadata.?annotations.orValue({})"
    asks = f"{literals(list(ANNOTATIONS.values()))}.exists(it, {both})"
    return f"!({same}) && {asks} && !({grouped}) && {' && '.join(map(_published, _BOTH))}"


def _published(who: str) -> str:
    """CEL: whether an object is one whose names are published; other types of Services are not."""
    return f"dyn({who}.spec).?type.orValue('LoadBalancer') == 'LoadBalancer'"
