"""Each rule about an account: it passes, each thing that is lacking is named, with a remedy."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bluegreen.finding import Finding
from bluegreen.preflight import account, capacity, pins, zones
from bluegreen.preflight.account import Caller, Simulated, State
from bluegreen.preflight.capacity import ADDRESSES, CLUSTERS, VPCS, Offer, QuotaKey, Subnet, Usage
from bluegreen.preflight.looks import Unseen
from bluegreen.preflight.pins import ClusterVersion
from bluegreen.preflight.wanted import Wanted
from bluegreen.preflight.zones import FoundZone
from bluegreen.world import stack_settings
from catalogue.addons import DESCHEDULER
from catalogue.instance_types import instance_type
from catalogue.minors import MINORS
from catalogue.versions import CLUSTER_AUTOSCALER_IMAGE, COREDNS, EBS_CSI
from settings.network import ExistingVpc
from tests.unit.bluegreen.preflight.files import wanted
from tests.unit.documentation.commands import ROOT

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
TODAY = date(2026, 6, 1)
SILENT = Unseen("AccessDenied: not for you")
IDLE = Usage(vcpus={}, vpcs=0, addresses=0, clusters=0, own_network=False)


@pytest.fixture
def shipped(tmp_path: Path) -> Wanted:
    return wanted(tmp_path)


def offers(wanted: Wanted) -> dict[str, Offer]:
    return {it: Offer(instance_type(it), frozenset(ZONES)) for it in wanted.instance_types}


def versions(wanted: Wanted) -> dict[str, ClusterVersion]:
    later = ClusterVersion("STANDARD_SUPPORT", date(2027, 6, 1))
    return dict.fromkeys(wanted.minors, later)


def limits(wanted: Wanted, **values: float) -> dict[QuotaKey, float]:
    """Quotas that suffice, but for those of some codes (``L_1`` for ``L-1``)."""
    given = {code.replace("_", "-"): value for code, value in values.items()}
    return {key: given.get(key.code, 1000.0) for key in capacity.quotas(wanted)}


def passes(*found: Finding) -> bool:
    return {finding.verdict for finding in found} == {"pass"}


def test_shipped_stack_files_are_read(shipped: Wanted) -> None:
    assert shipped.mistakes == ()
    assert list(shipped.colours) == ["blue", "green"]


def test_a_type_that_is_misspelt_is_a_mistake_of_its_file_alone(tmp_path: Path) -> None:
    group = {"capacity": "on-demand", "instanceTypes": ["m7i.lagre"], "min": 1, "max": 2}
    found = wanted(tmp_path, blue={"nodeGroups": {"base": group}})
    (mistake,) = found.mistakes
    assert "Pulumi.blue.yaml: eks-platform:nodeGroups.base.instanceTypes[0]" in mistake
    assert "did you mean m7i.large?" in mistake
    assert (found.shared is not None, list(found.colours)) == (True, ["green"])


@pytest.mark.parametrize(
    ("text", "says"),
    [("[]", "a map"), ("config: []", "a map"), ("{", "cannot be read"), ("\ud800", "cannot be")],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str, says: str) -> None:
    wanted(tmp_path)
    (tmp_path / "Pulumi.green.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    (mistake,) = stack_settings.read(tmp_path).mistakes
    assert mistake.startswith("Pulumi.green.yaml cannot be read: ")
    assert says in mistake


@pytest.mark.parametrize("written", ["1.10", "0123", "2026-01-01", "2026-01-01 10:00:00"])
def test_a_scalar_that_the_engine_changes_is_seen_before_it_writes_the_file(
    tmp_path: Path, written: str
) -> None:
    """`pulumi stack init` writes the file anew; what was meant is gone then."""
    wanted(tmp_path)
    file = tmp_path / "Pulumi.green.yaml"
    file.write_text(f"{file.read_text()}  eks-platform:tags: {{Since: {written}}}\n")
    (mistake,) = stack_settings.read(tmp_path).mistakes
    assert mistake.startswith("Pulumi.green.yaml: eks-platform:tags.Since: ")
    assert "quotes" in mistake


def test_minors_that_eks_has_pass(shipped: Wanted) -> None:
    assert passes(pins.kubernetes(shipped, versions(shipped), TODAY))


@pytest.mark.parametrize(
    ("status", "says"), [(None, "does not know it"), ("UNSUPPORTED", "ended its support")]
)
def test_a_minor_that_eks_lacks(shipped: Wanted, status: str | None, says: str) -> None:
    minor, *others = shipped.minors
    found = {it: ClusterVersion("STANDARD_SUPPORT", None) for it in others}
    if status is not None:
        found[minor] = ClusterVersion(status, None)
    finding = pins.kubernetes(shipped, found, TODAY)
    assert finding.verdict == "fail"
    assert finding.details[0] == f"{minor}: EKS {says}"
    assert "kubernetesVersion" in finding.remedy


@pytest.mark.parametrize(
    "version",
    [
        ClusterVersion("STANDARD_SUPPORT", date(2026, 7, 1)),
        ClusterVersion("EXTENDED_SUPPORT", date(2026, 1, 1)),
    ],
)
def test_a_minor_that_soon_costs_more_is_worth_knowing(
    shipped: Wanted, version: ClusterVersion
) -> None:
    found = versions(shipped) | {shipped.minors[0]: version}
    finding = pins.kubernetes(shipped, found, TODAY)
    assert finding.verdict == "note"
    assert f"standard support ends on {version.standard_until}" in finding.details[0]


def test_node_images(shipped: Wanted) -> None:
    names = pins.node_image_names(shipped)
    assert passes(pins.node_images(shipped, names))
    finding = pins.node_images(shipped, names[1:])
    assert (finding.verdict, finding.details) == ("fail", (f"no SSM parameter {names[0]}",))


def test_a_pin_of_an_add_on_that_eks_lacks(shipped: Wanted) -> None:
    offered = {
        (entry.name, minor): [entry.version(minor), "v1.0.0-eksbuild.1"]
        for entry in pins.EKS_ADDONS
        for minor in shipped.minors
    }
    assert passes(pins.eks_addons(shipped, offered))
    minor = shipped.minors[0]
    offered[COREDNS.name, minor] = ["v1.0.0-eksbuild.1"]
    del offered[EBS_CSI.name, minor]
    finding = pins.eks_addons(shipped, offered)
    assert finding.details == (
        f"coredns {COREDNS.version(minor)} for {minor}; EKS has: v1.0.0-eksbuild.1",
        f"aws-ebs-csi-driver {EBS_CSI.version(minor)} for {minor}; EKS has: none",
    )
    assert "catalogue/minors.py" in finding.remedy


def test_types_in_each_zone(shipped: Wanted) -> None:
    assert passes(*capacity.instance_types(shipped, offers(shipped), ZONES))


def test_what_ec2_lacks_or_says_otherwise(tmp_path: Path) -> None:
    group = {"capacity": "on-demand", "instanceTypes": ["m7i.large", "m7a.large"]}
    few = wanted(tmp_path, "blue", blue={"nodeGroups": {"base": group | {"min": 1, "max": 2}}})
    seen = offers(few)
    seen["m7i.large"] = Offer(None, frozenset())
    other = replace(instance_type("m7a.large"), interfaces=4)
    seen["m7a.large"] = Offer(other, frozenset(ZONES[:2]))
    (finding,) = capacity.instance_types(few, seen, ZONES)
    assert finding.verdict == "fail"
    assert finding.details == (
        (
            "m7a.large: EC2 says x86_64, 4 interfaces of 10 addresses, prefixes; the catalogue says"
            " x86_64, 3 interfaces of 10 addresses, prefixes: correct"
            " catalogue/instance_types_added.txt"
        ),
        "m7i.large: EC2 does not have it in the region",
        "group base of blue: none of its types can be had in eu-west-1c",
    )


def test_types_without_prefixes_are_worth_knowing(tmp_path: Path) -> None:
    group = {"capacity": "on-demand", "instanceTypes": ["m4.large"], "min": 1, "max": 2}
    old = wanted(tmp_path, "blue", blue={"nodeGroups": {"base": group}})
    first, second = capacity.instance_types(old, offers(old), ZONES)
    assert (first.verdict, second.verdict) == ("pass", "note")
    assert second.details[0].startswith("m4.large takes none")


def test_quotas_for_all_nodes_of_max(shipped: Wanted) -> None:
    assert passes(capacity.quotas_suffice(shipped, limits(shipped), IDLE))
    low = limits(shipped, L_1216C47A=35, L_34B43A08=160, L_0263D0A3=2, L_F678F1CE=1)
    finding = capacity.quotas_suffice(shipped, low, IDLE)
    assert finding.details == (
        "Elastic IP addresses: 3 wanted, the quota is 2",
        "vCPUs of on-demand instances (L-1216C47A): 36 wanted, the quota is 35",
    )
    _, *commands = finding.remedy.splitlines()
    assert commands[1] == (
        "aws service-quotas request-service-quota-increase --service-code ec2"
        " --quota-code L-1216C47A --desired-value 36"
    )


def test_what_others_have_counts_and_the_own_network_does_not(shipped: Wanted) -> None:
    exact = limits(shipped, L_1216C47A=36, L_0263D0A3=3, L_F678F1CE=1, L_1194D53C=2)
    assert passes(capacity.quotas_suffice(shipped, exact, IDLE))
    used = replace(IDLE, vcpus={"L-1216C47A": 2}, vpcs=1, addresses=3, clusters=1)
    finding = capacity.quotas_suffice(shipped, exact, used)
    assert [line.partition(":")[0] for line in finding.details] == [
        CLUSTERS.name, VPCS.name, ADDRESSES.name, "vCPUs of on-demand instances (L-1216C47A)",
    ]  # fmt: skip
    assert "36 wanted beside 2 of others" in finding.details[3]
    standing = replace(IDLE, vpcs=1, addresses=3, own_network=True)
    assert passes(capacity.quotas_suffice(shipped, exact, standing))


@pytest.mark.parametrize(
    ("name", "capacity_kind", "code"),
    [
        ("m7i.large", "on-demand", "L-1216C47A"),
        ("t3.large", "spot", "L-34B43A08"),
        ("is4gen.large", "on-demand", "L-1216C47A"),
        ("x2idn.16xlarge", "spot", "L-E3A00192"),
        ("u-6tb1.metal", "on-demand", "L-43DA4232"),
        ("u7i-12tb.224xlarge", "on-demand", "L-43DA4232"),
        ("hpc7a.96xlarge", "on-demand", "L-F7808C92"),
        ("p5.48xlarge", "on-demand", None),
    ],
)
def test_the_quota_of_a_type(name: str, capacity_kind: str, code: str | None) -> None:
    assert capacity.vcpu_quota(name, capacity_kind) == code


def test_addresses_of_subnets(shipped: Wanted) -> None:
    # 9 nodes of m7i.large with 29 pods (1 + 2 prefixes), 20 of xlarge with 58, both colours.
    each = -(-2 * (9 * 33 + 20 * 65) // 3) + 8
    subnets = [Subnet(f"subnet-{zone}", zone, each) for zone in ZONES]
    assert passes(capacity.addresses(shipped, subnets, ()))
    subnets[1] = replace(subnets[1], free=each - 1)
    finding = capacity.addresses(shipped, subnets, ())
    (line,) = finding.details
    assert line.startswith(f"subnet-eu-west-1b in eu-west-1b has {each - 1} free addresses")
    assert passes(capacity.addresses(shipped, subnets, ["blue"]))


def test_who_asks() -> None:
    asks = Caller("123456789012", "arn:aws:iam::123456789012:user/u", "eu-south-1", opted_in=True)
    finding = account.caller(asks)
    assert (finding.verdict, "account 123456789012" in finding.details[0]) == ("pass", True)
    finding = account.caller(replace(asks, opted_in=False))
    assert finding.verdict == "fail"
    assert finding.remedy.endswith("\naws account enable-region --region-name eu-south-1")


def linked(**there: bool) -> Mapping[str, bool]:
    return {
        f"{name}.amazonaws.com": there.get(name, True)
        for name in ("spot", "autoscaling", "eks", "elasticloadbalancing")
    }


def test_roles_of_services(shipped: Wanted) -> None:
    assert passes(*account.linked_roles(shipped, linked()))
    (finding,) = account.linked_roles(shipped, linked(spot=False))
    assert finding.remedy == (
        "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"
    )
    assert finding.verdict == "fail"
    first, second = account.linked_roles(shipped, linked(eks=False))
    assert (first.verdict, second.verdict) == ("pass", "note")


def test_without_spot_groups_its_role_is_not_needed(tmp_path: Path) -> None:
    group = {"capacity": "on-demand", "instanceTypes": ["m7i.large"], "min": 1, "max": 2}
    few = wanted(tmp_path, "blue", blue={"nodeGroups": {"base": group}})
    assert passes(*account.linked_roles(few, linked(spot=False)))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Simulated((), ()), "pass"),
        (Simulated(("eks:CreateCluster: not allowed",), ("x",)), "fail"),
        (Simulated((), ("ec2:CreateVpc: not allowed on every resource",)), "unseen"),
    ],
)
def test_permissions(seen: Simulated, verdict: str) -> None:
    finding = account.permissions(seen)
    assert (finding.verdict, finding.details) == (verdict, (*seen.denied, *seen.unsure))


SERVERS = ("ns-1.awsdns-01.com", "ns-2.awsdns-02.org")
PUBLIC = FoundZone("Z1", private=False, servers=SERVERS, vpcs=())
PRIVATE = FoundZone("Z2", private=True, servers=(), vpcs=("vpc-1",))


def test_zones_that_are_looked_up(tmp_path: Path) -> None:
    names = {"public": "devinfra.fr", "private": "devinfra.local", "api": "devinfra.info"}
    given = wanted(tmp_path, shared={"zones": {kind: {"name": it} for kind, it in names.items()}})
    found = {"devinfra.fr": [PUBLIC], "devinfra.local": [PRIVATE], "devinfra.info": [PUBLIC]}
    assert passes(zones.zones(given, found))
    finding = zones.zones(given, {**found, "devinfra.local": [PUBLIC], "devinfra.fr": [PUBLIC] * 2})
    assert finding.details == (
        "zones.public: Route 53 has 2 public zones devinfra.fr",
        "zones.private: Route 53 has no private zones devinfra.local",
    )


def test_zones_that_are_to_be_made_need_not_be_there(shipped: Wanted) -> None:
    names = ("devinfra.fr", "devinfra.local", "devinfra.info")
    assert passes(zones.zones(shipped, {name: [] for name in names}))


def test_a_zone_that_would_be_made_a_second_time(shipped: Wanted) -> None:
    none: dict[str, list[FoundZone]] = {"devinfra.local": [], "devinfra.info": []}
    ours = replace(PUBLIC, ours=True)
    assert zones.second_zones(shipped, {**none, "devinfra.fr": [ours]}) is None
    # A private zone of a public one's name is another zone.
    assert zones.second_zones(shipped, {**none, "devinfra.fr": [PRIVATE]}) is None
    finding = zones.second_zones(shipped, {**none, "devinfra.fr": [PUBLIC]})
    assert finding is not None
    assert (finding.verdict, len(finding.details)) == ("note", 1)
    assert finding.details[0].startswith("zones.public: devinfra.fr is there already as Z1")


def test_delegation() -> None:
    same = [f"{name.upper()}." for name in reversed(SERVERS)]
    assert passes(zones.delegation("devinfra.fr", PUBLIC, same))
    finding = zones.delegation("devinfra.fr", PUBLIC, [])
    assert (finding.verdict, finding.details) == ("note", ("resolvers know: none",))
    assert ", ".join(SERVERS) in finding.remedy
    assert zones.delegation("devinfra.fr", PUBLIC, SILENT).verdict == "unseen"
    assert zones.delegation("devinfra.fr", None, ()).verdict == "note"


def test_a_private_zone_of_before_answers_in_the_vpc(shipped: Wanted) -> None:
    assert passes(zones.association(shipped, PRIVATE, "vpc-1"))
    finding = zones.association(shipped, PRIVATE, "vpc-2")
    assert (finding.verdict, finding.details) == ("fail", ("Z2 is not associated with vpc-2",))
    command = "aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z2 --vpc"
    assert finding.remedy == f"{command} VPCRegion=eu-west-1,VPCId=vpc-2"
    later = zones.association(shipped, PRIVATE, None)
    assert (later.verdict, command in later.remedy) == ("note", True)
    assert zones.association(shipped, PRIVATE, SILENT).verdict == "unseen"


def test_name_servers_that_are_silent() -> None:
    assert passes(zones.heard({"devinfra.fr": [], "devinfra.local": []}, "devinfra.local"))
    outside = zones.heard({"devinfra.fr": [], "devinfra.local": ["x: REFUSED"]}, "devinfra.local")
    assert (outside.verdict, outside.details) == ("note", ("devinfra.local: x: REFUSED",))
    silent = zones.heard({"devinfra.fr": ["ns-1: timeout"]}, "devinfra.local")
    assert (silent.verdict, silent.details) == ("unseen", ("devinfra.fr: ns-1: timeout",))


def test_a_network_that_is_given() -> None:
    ids = [f"subnet-0000000{number}" for number in range(6)]
    given = ExistingVpc.model_validate(
        {
            "vpcId": "vpc-12345678",
            "publicSubnetIds": tuple(ids[:3]),
            "privateSubnetIds": tuple(ids[3:]),
        }
    )
    there = dict.fromkeys((given.vpc_id, *ids), given.vpc_id)
    assert passes(capacity.network(given, there))
    del there[ids[0]]
    finding = capacity.network(given, there | {ids[5]: "vpc-87654321"})
    assert (finding.verdict, finding.details) == (
        "fail",
        (f"{ids[0]} is not there", f"{ids[5]} lies in vpc-87654321, not in vpc-12345678"),
    )
    assert capacity.network(given, SILENT).verdict == "unseen"


def test_pins_that_nobody_could_confirm(
    tmp_path: Path, shipped: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = ("coredns", "ebs_csi", "cluster_autoscaler", "descheduler")
    monkeypatch.setitem(MINORS, "1.37", replace(MINORS["1.37"], unconfirmed=doubtful))
    assert pins.unconfirmed(shipped, [], {}, {}) is None
    later = wanted(tmp_path, "blue", blue={"kubernetesVersion": "1.37"})
    addons = {(it.name, "1.37"): [it.version("1.37")] for it in pins.EKS_ADDONS}
    image = CLUSTER_AUTOSCALER_IMAGE.reference("1.37")
    chart = DESCHEDULER.chart
    assert chart is not None
    looks: dict[str, bool | Unseen] = {
        image: True,
        pins.chart_in_words(chart, chart.version("1.37")): True,
    }
    finding = pins.unconfirmed(later, [], addons, looks)
    assert finding is not None
    assert (finding.verdict, len(finding.details)) == ("pass", len(doubtful))
    assert all(line.endswith("for 1.37: it is there") for line in finding.details)
    finding = pins.unconfirmed(later, [], SILENT, {**looks, image: False})
    assert finding is not None
    assert (finding.verdict, [line.rpartition(": ")[2] for line in finding.details]) == (
        "note",
        ["not seen", "not seen", "it is not there", "it is there"],
    )


def test_the_place_of_the_state() -> None:
    good = State("s3://bucket", "awskms://alias/x", "", versioned=True)
    assert passes(*account.state(good))
    (finding,) = account.state(replace(good, provider_says="AccessDenied"))
    assert (finding.verdict, finding.details) == ("fail", ("awskms://alias/x: AccessDenied",))
    first, second = account.state(replace(good, versioned=False))
    assert "--bucket bucket --versioning" in second.remedy
    assert (first.verdict, second.verdict) == ("pass", "note")


def test_downloads() -> None:
    def judge(looks: Mapping[str, bool | Unseen]) -> Finding:
        return pins.downloads("charts", "they are there", looks, "take another")

    assert passes(judge({"a": True}))
    assert judge({"a": True, "b": SILENT}).verdict == "unseen"
    finding = judge({"a": False, "b": SILENT})
    assert (finding.verdict, finding.details) == ("fail", ("a is not there", f"b: {SILENT.why}"))


def test_what_was_not_seen_is_no_pass_and_no_advice(shipped: Wanted) -> None:
    found = [
        pins.kubernetes(shipped, SILENT, TODAY),
        pins.node_images(shipped, SILENT),
        pins.eks_addons(shipped, SILENT),
        *capacity.instance_types(shipped, SILENT, ZONES),
        *capacity.instance_types(shipped, offers(shipped), SILENT),
        capacity.quotas_suffice(shipped, SILENT, IDLE),
        capacity.quotas_suffice(shipped, limits(shipped), SILENT),
        capacity.addresses(shipped, SILENT, ()),
        account.caller(SILENT),
        *account.linked_roles(shipped, SILENT),
        account.permissions(SILENT),
        zones.zones(shipped, SILENT),
        *account.state(SILENT),
    ]
    assert {(it.verdict, it.details, it.remedy) for it in found} == {("unseen", (SILENT.why,), "")}


KARPENTER = {"autoscaler": "karpenter", "karpenter": {"maxVcpus": 640, "architecture": "arm64"}}


@pytest.fixture
def with_karpenter(tmp_path: Path) -> Wanted:
    """Green with Karpenter, blue without."""
    files = yaml.safe_load((ROOT / "Pulumi.green.yaml").read_text())["config"]
    kept = {
        name: it
        for name, it in files["eks-platform:nodeGroups"].items()
        if it["capacity"] == "on-demand"
    }
    return wanted(tmp_path, green={"nodes": KARPENTER, "nodeGroups": kept})


def test_pools_of_karpenter_draw_on_quotas_images_and_charts(
    shipped: Wanted, with_karpenter: Wanted
) -> None:
    assert not with_karpenter.mistakes
    assert with_karpenter.has_spot
    lacking = capacity.quotas_suffice(
        with_karpenter, dict.fromkeys(capacity.quotas(with_karpenter), 600.0), IDLE
    )
    assert lacking.verdict == "fail"
    said = " ".join(lacking.details)
    assert "vCPUs of on-demand" in said
    assert "vCPUs of spot" in said
    new = set(pins.node_image_names(with_karpenter)) - set(pins.node_image_names(shipped))
    assert [name for name in new if "arm64" in name]
    assert any("karpenter/controller:" in it for it in pins.images(with_karpenter))
    assert not any("karpenter" in it for it in pins.images(shipped))
    charts = {it.chart.name for it in pins.charts_of(with_karpenter.colours["green"])}
    before = {it.chart.name for it in pins.charts_of(shipped.colours["green"])}
    assert charts - before == {"karpenter", "karpenter-crd"}


def test_keda_is_looked_for_where_a_stack_file_asks_for_it(tmp_path: Path, shipped: Wanted) -> None:
    asked = wanted(tmp_path, green={"kubernetesVersion": "1.36", "keda": {}})
    assert not asked.mistakes
    more = set(pins.images(asked)) - set(pins.images(shipped))
    assert {it.partition(":")[0] for it in more if "kubectl" in it} == {"registry.k8s.io/kubectl"}
    charts, before = (
        {it.chart.name for it in pins.charts_of(of.colours["green"])} for of in (asked, shipped)
    )
    assert charts - before == {"keda"}
