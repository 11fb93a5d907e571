"""Ingresses and Services as an API server takes them, right and wrong, and records of others."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from bluegreen.publishing.ownership import RecordSet
from localcloud.cluster.kube import Object

PREFIX = "external-dns.alpha.kubernetes.io/"

# Few, so that objects share them, and names are taken already.
POOL = ("shop", "www", "api", "grafana", "a.b", "*.shop", "*", "_dmarc", "cname-shop", "a-shop")

_ODD = (
    "Shop", "SHOP.Www", "shop.", "shop..", ".shop", "a..b", "", " ", ",", "shop,", ",www", "sh op",
    "shop.devinfra.fr", "shop.eks-blue", "www.eks-green", "eks-blue", "eks-bluebird", "x.team",
    "-shop", "shop-", "*shop", "shop.*", "a.*.b", "**", "café", "xn--caf-dma", "straße", "shop\n",
    "\tshop", " shop ", "\u00a0shop", "\x1cshop", "www,\u2003shop\x0b", "shop\\052",
    "{{ .Name }}", '"shop"', "a_b", "_tcp", "1", "10.0.0.1", "mx-shop",
    "aaaa-shop", "x" * 57, "x" * 58, "x" * 63, "x" * 64, ".".join(["y" * 50] * 4),
    ".".join(["z" * 61] * 4), ".".join(["z" * 59] * 4) + ".zz",
)  # fmt: skip

_label = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?", fullmatch=True)
_relative = st.one_of(
    st.sampled_from(POOL),
    st.lists(_label, min_size=1, max_size=3).map(".".join),
    st.lists(_label, min_size=1, max_size=2).map(lambda labels: ".".join(["*", *labels])),
)
_asked = st.one_of(
    st.sampled_from(POOL),
    _relative,
    st.lists(_relative, min_size=2, max_size=4).flatmap(
        lambda names: st.sampled_from([",", ", ", " ,", ",\n"]).map(lambda comma: comma.join(names))
    ),
    st.sampled_from(_ODD),
    st.text(alphabet="aZ0-_.*, \tÉ", max_size=12),
)

HOSTS = (
    "k8s-a-shop-0123456789-111111111.eu-west-1.elb.amazonaws.com",
    "k8s-b-web-0123456789-222222222.eu-west-1.elb.amazonaws.com",
    "dualstack.k8s-c-api-0123456789-333333333.eu-west-1.elb.amazonaws.com",
    "k8s-d-tcp-0123456789-0123456789abcdef.elb.eu-west-1.amazonaws.com",
    "internal-k8s-e-444444444.mars-north-1.elb.amazonaws.com",
    "balancer.example.com",
    "elb.amazonaws.com.example.org",
)
_ADDRESSES = ("192.0.2.1", "192.0.2.2", "2001:db8::1", "::ffff:192.0.2.9")
_entry = st.one_of(
    st.sampled_from(HOSTS[:4]).map(lambda host: {"hostname": host}),
    st.sampled_from(HOSTS).map(lambda host: {"hostname": host}),
    st.sampled_from(_ADDRESSES).map(lambda address: {"ip": address}),
    st.just({"ip": "192.0.2.3", "hostname": HOSTS[0]}),
)
_status = st.one_of(
    st.lists(_entry, min_size=1, max_size=1),
    st.lists(_entry, max_size=3),
).map(lambda entries: {"loadBalancer": {"ingress": entries}})

_targets = st.sampled_from(
    (
        "d111111abcdef8.cloudfront.net", "abc.awsglobalaccelerator.com", "shop.cdn.example.net",
        "192.0.2.77", "2001:db8::77",
        "shop.cdn.example.net.", "a.example.net, b.example.net", "192.0.2.8,2001:db8::8",
        "192.0.2.8,shop.cdn.example.net", ",", "", "Shop.CDN.example.net",
    )
)  # fmt: skip
_ours = st.fixed_dictionaries(
    {},
    optional={
        f"{PREFIX}target": _targets,
        f"{PREFIX}ttl": st.sampled_from(("60", "1m", "1h30m", "0", "-5", "x", "99999999999", "+7")),
        f"{PREFIX}controller": st.sampled_from(("dns-controller", "somebody-else", "")),
    },
)
_ignored = st.fixed_dictionaries(
    {},
    optional={
        f"{PREFIX}hostname": st.sampled_from(
            ("evil.devinfra.fr", "shop.devinfra.fr,b.example.com")
        ),
        "external-dns.kubernetes.io/hostname": st.just("evil2.devinfra.fr"),
        f"{PREFIX}internal-hostname": st.just("inside.devinfra.fr"),
        f"{PREFIX}ingress-hostname-source": st.sampled_from(
            ("annotation-only", "defined-hosts-only")
        ),
        f"{PREFIX}gateway-hostname-source": st.just("annotation-only"),
        f"{PREFIX}access": st.sampled_from(("public", "private")),
        f"{PREFIX}endpoints-type": st.just("NodeExternalIP"),
        f"{PREFIX}ingress": st.just("other"),
        f"{PREFIX}cloudflare-proxied": st.just("true"),
        f"{PREFIX}webhook-x": st.just("y"),
        f"{PREFIX}aws-evaluate-target-health": st.sampled_from(("false", "true", "maybe")),
    },
)
_special = st.one_of(
    st.just(dict[str, str]()),
    st.just(dict[str, str]()),
    st.just(dict[str, str]()),
    st.fixed_dictionaries(
        {},
        optional={
            f"{PREFIX}set-identifier": st.sampled_from(("one", "two")),
            f"{PREFIX}aws-weight": st.sampled_from(("1", "x")),
            f"{PREFIX}aws-region": st.just("eu-west-1"),
            f"{PREFIX}aws-target-hosted-zone": st.just("Z1"),
            f"{PREFIX}alias": st.sampled_from(("true", "false")),
            f"{PREFIX}record-type": st.just("ptr"),
        },
    ),
)


@st.composite
def annotations(draw: st.DrawFn) -> dict[str, str]:
    """Annotations of an object; most ask for a public name."""
    asked: dict[str, str] = {}
    if draw(st.integers(0, 9)):
        asked["PublicDNSName"] = draw(_asked)
    if not draw(st.integers(0, 4)):
        asked["PrivateDNSName"] = draw(_asked)
    return {**draw(_ours), **draw(_ignored), **draw(_special), **asked}


_hosts = st.one_of(
    st.just(""), st.sampled_from(("shop.devinfra.fr", "evil.devinfra.fr", "*.devinfra.fr", "x.org"))
)


@st.composite
def ingress(draw: st.DrawFn, number: int) -> Object:
    """An Ingress with hosts of rules and of TLS."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    rules: list[dict[str, Any]] = [
        {**({"host": host} if host else {}), "http": http}
        for host in draw(st.lists(_hosts, min_size=1, max_size=3, unique=True))
    ]
    tls = [{"hosts": [host]} for host in draw(st.lists(_hosts, max_size=1)) if host]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": f"it-{number}", "annotations": draw(annotations())},
        "spec": {"ingressClassName": "alb", "rules": rules, **({"tls": tls} if tls else {})},
        "status": draw(_status),
    }


_types = st.sampled_from(
    (
        "LoadBalancer",
        "LoadBalancer",
        "LoadBalancer",
        "ClusterIP",
        "NodePort",
        "ExternalName",
        "None",
    )
)


@st.composite
def service(draw: st.DrawFn, number: int) -> Object:
    """A Service of any type; ``None`` is a headless one."""
    kind = draw(_types)
    spec: dict[str, Any] = {"ports": [{"port": 80}], "selector": {"app": "web"}}
    if kind == "None":
        spec["clusterIP"] = "None"
    elif kind == "ExternalName":
        spec = {"type": kind, "externalName": "elsewhere.example.org"}
    else:
        spec["type"] = kind
    if kind != "ExternalName" and not draw(st.integers(0, 5)):
        spec["externalIPs"] = draw(st.sampled_from((["192.0.2.50"], ["192.0.2.51", "192.0.2.50"])))
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"it-{number}", "annotations": draw(annotations())},
        "spec": spec,
        # Only of this type may it have an address.
        "status": draw(_status) if kind == "LoadBalancer" else {},
    }


@st.composite
def objects(draw: st.DrawFn, least: int, most: int) -> Sequence[Object]:
    """Objects of one cluster."""
    how_many = draw(st.integers(least, most))
    return [draw(st.one_of(ingress(n), service(n))) for n in range(how_many)]


def _claim(owner: str) -> str:
    return f'"heritage=external-dns,external-dns/owner={owner},external-dns/resource=ingress/a/b"'


_claims = st.sampled_from(
    (
        _claim("ingress.devinfra.fr"), _claim("somebody"), '"v=spf1 -all"',
        '"heritage=external-dns-2,external-dns/owner=ingress.devinfra.fr"',
        '"heritage=external-dns"',
    )
)  # fmt: skip


@st.composite
def strangers(draw: st.DrawFn) -> Sequence[RecordSet]:
    """Record sets that stand in the zone before, of others or left of earlier times."""
    found: list[RecordSet] = []
    for name in draw(st.lists(st.sampled_from([f"{it}.devinfra.fr" for it in POOL]), max_size=3)):
        kind = draw(st.sampled_from(("A", "AAAA", "CNAME", "TXT", "MX", "nothing")))
        value = {
            "A": "203.0.113.7", "AAAA": "2001:db8::7", "CNAME": "old.example.org",
            "TXT": '"v=spf1 -all"', "MX": "10 mail.example.org",
        }  # fmt: skip
        if kind in value:
            found.append(RecordSet(name, kind, False, (value[kind],), ttl=60))
        for prefix in draw(
            st.lists(st.sampled_from(("cname-", "a-", "aaaa-", "")), max_size=2, unique=True)
        ):
            found.append(RecordSet(f"{prefix}{name}", "TXT", False, (draw(_claims),), ttl=60))
    return found
