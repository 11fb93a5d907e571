"""The DNS cache of each node."""

from components.addons.node_local_dns import arguments, corefile
from tests.unit.components.addons.deployed import deployed

DAEMON = "kubernetes:apps/v1:DaemonSet"
REDIRECT = "kubernetes:cilium.io/v2:CiliumLocalRedirectPolicy"
UPSTREAM = "kubernetes:core/v1:Service"


def test_it_sets_nothing_up_on_the_node() -> None:
    said = arguments("172.20.0.0/16")
    assert said[:2] == ["-localip", "169.254.20.10,172.20.0.10"]
    assert {"-skipteardown=true", "-setupinterface=false", "-setupiptables=false"} <= set(said)
    spec = deployed().only(DAEMON).inputs["spec"]["template"]["spec"]
    assert "hostNetwork" not in spec
    (container,) = spec["containers"]
    assert container["securityContext"]["capabilities"] == {
        "drop": ["ALL"],
        "add": ["NET_BIND_SERVICE"],
    }


def test_the_cluster_is_asked_for_its_names_and_the_vpc_for_the_rest() -> None:
    zones = corefile().split("\n}\n")
    assert [zone.partition(":53")[0] for zone in zones if zone] == [
        "cluster.local",
        "in-addr.arpa",
        "ip6.arpa",
        ".",
    ]
    assert all("forward . __PILLAR__CLUSTER__DNS__ {" in zone for zone in zones[:3])
    assert "forward . __PILLAR__UPSTREAM__SERVERS__" in zones[3]
    assert corefile().count("{") == corefile().count("}")
    assert all("bind 0.0.0.0" in zone for zone in zones[:4])
    assert "health" in zones[0]


def test_its_upstream_is_there_first_and_the_redirect_comes_last() -> None:
    ran = deployed()
    daemon = ran.only(DAEMON)
    config = ran.only("kubernetes:core/v1:ConfigMap", "node-local-dns-configmap-node-local-dns")
    assert daemon.waits_for(config)
    assert config.waits_for(ran.only(UPSTREAM))
    assert ran.only(REDIRECT).waits_for(daemon)


def test_the_redirect_finds_the_pods_and_their_ports() -> None:
    ran = deployed()
    spec = ran.only(REDIRECT).inputs["spec"]
    template = ran.only(DAEMON).inputs["spec"]["template"]
    backend = spec["redirectBackend"]
    assert backend["localEndpointSelector"]["matchLabels"] == template["metadata"]["labels"]
    ports = {(it["name"], it["protocol"]) for it in backend["toPorts"]}
    (container,) = template["spec"]["containers"]
    assert ports <= {(it["name"], it["protocol"]) for it in container["ports"]}
    assert spec["redirectFrontend"]["serviceMatcher"]["serviceName"] == "kube-dns"
