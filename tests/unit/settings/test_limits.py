"""Values at the edge of what is right: they load, editors accept them, and one more is wrong."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from catalogue.minors import KUBERNETES_VERSIONS
from settings import schema
from tests.unit.settings.stack_files import GONE, Changes, config_of, load, mistakes

Case = tuple[str, Changes]
MANY_TYPES = tuple(
    f"{family}{generation}.{size}"
    for generation in ("5", "6i", "6a", "7i", "7a")
    for family in "cmr"
    for size in ("large", "xlarge", "2xlarge")
)


def zone(name: str) -> Case:
    return "shared", {"eks-platform:zones": {"public": {"name": name}}}


def network(**keys: object) -> Case:
    return "shared", {"eks-platform:network": keys}


def base(**keys: object) -> Case:
    return "blue", {"eks-platform:nodeGroups": {"base": keys}}


def spot(**keys: object) -> Case:
    return "blue", {"eks-platform:nodeGroups": {"spot": keys}}


def blue(key: str, value: object) -> Case:
    return "blue", {f"eks-platform:{key}": value}


def shared(key: str, value: object) -> Case:
    return "shared", {f"eks-platform:{key}": value}


def public(*cidrs: str) -> Case:
    return blue("endpoint", {"public": True, "publicCidrs": list(cidrs)})


def karpenter(**keys: object) -> Case:
    return "blue", {
        "eks-platform:nodes": {"autoscaler": "karpenter", "karpenter": keys},
        "eks-platform:nodeGroups": {"spot": GONE},
    }


def group(name: str) -> Case:
    spot_group = {"capacity": "spot", "instanceTypes": ["m7i.large", "c7a.large"]}
    return blue("nodeGroups", {name: spot_group | {"min": 0, "max": 1}})


def accounts(count: int, region: str = "eu-west-1") -> Case:
    ids = [f"{number:012}" for number in range(count)]
    return "shared", {
        "aws:region": region,
        "eks-platform:humanRoles": {"trustedAccountIds": ids},
    }


def many_marks(last: int) -> Case:
    """Labels and taints of 12,244 characters and those of the last value."""
    taints = [
        {"key": f"{number:02}{'k' * 61}", "value": "v" * 63, "effect": effect}
        for number in range(29)
        for effect in ("NoSchedule", "NoExecute", "PreferNoSchedule")
    ]
    return spot(labels={"last": "v" * last}, taints=taints)


def ci(**keys: object) -> Case:
    forge = {} if "gitlab" in keys else {"github": {"repository": "acme/platform"}}
    up = {"upPolicies": ["arn:aws:iam::123456789012:policy/up"]}
    return shared("ci", {**forge, **up, **keys})


def dns_name(length: int) -> str:
    """A DNS name of so many characters, more than 192."""
    return f"{'.'.join(['a' * 63] * 3)}.{'b' * (length - 195)}.fr"


LABEL_DOMAIN = "d" * 18
LABELS = {f"l{n}": "" for n in range(41)}
RIGHT: dict[str, Case] = {
    "another region": ("shared", {"aws:region": "ap-southeast-2"}),
    "a region of GovCloud": ("shared", {"aws:region": "us-gov-west-1"}),
    "the widest VPC": network(cidr="172.16.0.0/16"),
    "the narrowest VPC": network(cidr="192.168.240.0/20"),
    "the last private range": network(cidr="172.31.0.0/16"),
    "one NAT gateway": network(natGateways="one"),
    "three zones": network(availabilityZones=["eu-west-1f", "eu-west-1a", "eu-west-1c"]),
    "an existing network": network(
        existing={
            "vpcId": "vpc-12345678",
            "publicSubnetIds": ["subnet-0000000a", "subnet-0000000b", "subnet-0000000c"],
            "privateSubnetIds": [f"subnet-1{n:016x}" for n in range(3)],
        }
    ),
    "sister zones": zone("infra.info"),
    "a zone like another's end": zone("xdevinfra.info"),
    "a zone name of 63 a label": zone("z" * 63 + ".fr"),
    "the longest public zone": zone(dns_name(235)),
    "the longest API zone": shared("zones", {"api": {"name": dns_name(249)}}),
    "a bucket of 63": ci(stateBucket="b" * 63),
    "a bucket of 3 with a dot": ci(stateBucket="a.b"),
    "a bucket almost like an address": ci(stateBucket="192.168.1.1a"),
    "a key of several regions": ci(
        stateKey=f"arn:aws:kms:eu-west-1:123456789012:key/mrk-{'0' * 32}"
    ),
    "a boundary": shared("permissionsBoundary", "arn:aws:iam::123456789012:policy/platform"),
    "a boundary of a colour": blue(
        "permissionsBoundary", "arn:aws:iam::123456789012:policy/platform"
    ),
    "the longest policy": ci(
        permissionsBoundary=f"arn:aws:iam::123456789012:policy/{'p' * 510}/{'n' * 128}"
    ),
    "the longest host and path of GitLab": ci(
        gitlab={"project": f"g/{'p' * 253}", "host": dns_name(247)}
    ),
    "a role prefix of 52": shared("humanRoles", {"namePrefix": "x" * 52}),
    "no role prefix": shared("humanRoles", {"namePrefix": ""}),
    "every sign in a role prefix": shared("humanRoles", {"namePrefix": "aZ0_+=,.@-"}),
    "an account id with zeros first": shared("humanRoles", {"trustedAccountIds": ["000000000001"]}),
    "as many accounts as a trust policy holds": accounts(58),
    "as many accounts as it holds in GovCloud": accounts(48, "us-gov-west-1"),
    "no colours": shared("colours", []),
    "both colours": shared("colours", ["green", "blue"]),
    "a listed active colour": shared("activeColour", "blue"),
    "a canary on no colour": shared("canary", {"names": ["web.devinfra.fr"]}),
    "a canary on the active colour": (
        "shared",
        {
            "eks-platform:activeColour": "blue",
            "eks-platform:canary": {"colour": "blue", "names": ["a.b.devinfra.local"]},
        },
    ),
    "a canary's name like a cluster's": shared("canary", {"names": ["eks-bluebird.devinfra.fr"]}),
    "a forgotten colour": shared("forgetColours", ["green"]),
    "40 tags": shared("tags", {f"t{n}": "" for n in range(40)}),
    "the longest tag": shared("tags", {"k" * 128: "v" * 256}),
    "letters of any language in a tag": shared("tags", {"équipe": "à voir"}),
    "the newest version": blue("kubernetesVersion", KUBERNETES_VERSIONS[-1]),
    "a public range of /8": public("8.0.0.0/8"),
    "a public address": public("8.8.8.8/32"),
    "40 public ranges": public(*(f"198.51.100.{n}/32" for n in range(40))),
    "every private network": blue(
        "endpoint",
        {"privateCidrs": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]},
    ),
    "one private address": blue("endpoint", {"privateCidrs": ["10.8.0.1/32"]}),
    "40 private ranges": blue("endpoint", {"privateCidrs": [f"10.{n}.0.0/16" for n in range(40)]}),
    "a private endpoint, said": blue("endpoint", {"public": False, "publicCidrs": []}),
    "the shortest retention": blue("logging", {"retentionDays": 1}),
    "the longest retention": blue("logging", {"retentionDays": 3653}),
    "no logs": blue("logging", {"types": []}),
    "a namespace of 63": blue("access", {"debugNamespaces": ["n" * 63]}),
    "namespaces of their own": blue("isolateNamespaces", True),
    "the most frequent DNS passes": blue("externalDns", {"intervalSeconds": 10}),
    "karpenter that takes its time": karpenter(
        architecture="arm64", categories=["r"], spot=False, maxVcpus=20_000, drainMinutes=60
    ),
    "karpenter as short as can be": karpenter(
        maxVcpus=2, diskGiB=20, drainMinutes=2, consolidateAfterMinutes=1
    ),
    "one reserve pod at most": blue("reserve", {"least": 0, "most": 1}),
    "a reserve of fixed size": blue("reserve", {"least": 4, "most": 4, "capacity": "on-demand"}),
    "keda that reads nothing": blue("keda", {}),
    "keda with queues of the longest names": blue(
        "keda", {"queues": ["q" * 80, f"{'q' * 75}.fifo"], "cloudwatch": True}
    ),
    "the rarest DNS passes": blue("externalDns", {"intervalSeconds": 3600}),
    "nothing but alarms": blue("monitoring", {"dashboard": False}),
    "as many topics as an alarm takes": blue(
        "monitoring",
        {"alarmTopics": [f"arn:aws:sns:eu-west-1:123456789012:{n * 256}" for n in "abcde"]},
    ),
    "both colours on one dashboard": shared("dashboard", True),
    "the longest folder of secrets": blue("externalSecrets", {"prefix": f"{'p' * 510}/"}),
    "the deepest folder of secrets": blue("externalSecrets", {"prefix": "a/" * 14}),
    "a folder with aws in it": blue("externalSecrets", {"prefix": "my-aws/ssm/"}),
    "no deletion protection": blue("deletionProtection", False),
    "charts of the public repositories": blue("charts", "public"),
    "charts of a folder above": blue("charts", "../kept/charts.d"),
    "a group's name of 30": group("g" * 30),
    "a group's name of 1": group("g"),
    "40 types": base(instanceTypes=list(MANY_TYPES[:40])),
    "two types of spot": spot(instanceTypes=["m7i.large", "m6a.large"]),
    "a type with the fewest pods": base(instanceTypes=["t3a.small"]),
    "a type without prefixes": base(instanceTypes=["m4.large"]),
    "a bare metal type of an old name": base(instanceTypes=["u-6tb1.metal"]),
    "a type with a dash": base(instanceTypes=["u7i-12tb.224xlarge"]),
    "a bare metal type": base(instanceTypes=["m7i.metal-24xl"]),
    "no nodes for now": base(min=0, max=1, desired=0),
    "450 nodes": base(min=450, max=450),
    "desired at min": base(desired=3),
    "desired at max": base(desired=9),
    "the smallest disk": base(diskGiB=20),
    "the largest disk": base(diskGiB=16384),
    "the longest label": base(labels={f"{LABEL_DOMAIN}/{'k' * 63}": "v" * 63}),
    "the longest taint": spot(
        taints=[{"key": f"{LABEL_DOMAIN}/{'k' * 63}", "value": "v" * 63, "effect": "NoExecute"}]
    ),
    "a domain of several parts": base(labels={"a.b-c.d/team": ""}),
    "as many labels and taints as user data holds": many_marks(44),
    "41 labels": base(labels=LABELS),
    "40 labels of spot": spot(labels=dict(list(LABELS.items())[:40])),
    "40 tags and a spot group without labels": blue("tags", {f"t{n}": "" for n in range(40)}),
    "an empty label": base(labels={"team": ""}),
    "a label for kubelets": base(labels={"node.kubernetes.io/pool": "a"}),
    "a label below a domain for kubelets": base(labels={"x.kubelet.kubernetes.io/pool": "a"}),
    "one taint key with two effects": spot(
        taints=[{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}]
    ),
    "the AWS provider's own key": ("blue", {"aws:maxRetries": "5"}),
    "Pulumi's tags of a stack": ("blue", {"pulumi:tags": {"team": "infra"}}),
}


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_right_value_loads(case: Case) -> None:
    load(*case)


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_editors_accept_a_right_value(case: Case) -> None:
    stack, changes = case
    # What the engine gave as text is YAML again, but for text that looks like something else.
    config: dict[str, Any] = {
        key: text if key.endswith("ersion") else yaml.safe_load(text)
        for key, text in config_of(stack, changes).items()
    }
    kind = "shared" if stack == "shared" else "colour"
    Draft7Validator(schema.build(f"{kind}.schema.json")).validate({"config": config})


TOO_MANY: dict[str, tuple[Case, str]] = {
    "41 tags": (
        shared("tags", {f"t{n}": "" for n in range(41)}),
        (
            'Pulumi.shared.yaml: eks-platform:tags: found {"t0": "", "t1": "", "t2": "", "t3": "",'
            ' "t4": "", "t5": "", "t6": "", "t7": ""…, expected at most 40 tags'
        ),
    ),
    "41 public ranges": (
        public(*(f"198.51.100.{n}/32" for n in range(41))),
        (
            "Pulumi.blue.yaml: eks-platform:endpoint.publicCidrs: found"
            ' ["198.51.100.0/32", "198.51.100.1/32", "198.51.100.2/32", "198.51.100.3/32", "1…,'
            " expected at most 40 ranges"
        ),
    ),
    "41 private ranges": (
        blue("endpoint", {"privateCidrs": [f"10.{n}.0.0/16" for n in range(41)]}),
        (
            "Pulumi.blue.yaml: eks-platform:endpoint.privateCidrs: found"
            ' ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10…,'
            " expected at most 40 ranges"
        ),
    ),
    "more accounts than a trust policy holds": (
        accounts(200),
        (
            "Pulumi.shared.yaml: eks-platform:humanRoles.trustedAccountIds: found"
            ' ["000000000000", "000000000001", "000000000002", "000000000003", "000000000004"…,'
            " expected at most 58 accounts: the trust policy of more exceeds the 2048 characters"
            " that IAM takes (here are 200)"
        ),
    ),
    "more accounts than it holds in GovCloud": (
        accounts(49, "us-gov-west-1"),
        (
            "Pulumi.shared.yaml: eks-platform:humanRoles.trustedAccountIds: found"
            ' ["000000000000", "000000000001", "000000000002", "000000000003", "000000000004"…,'
            " expected at most 48 accounts: the trust policy of more exceeds the 2048 characters"
            " that IAM takes (here are 49)"
        ),
    ),
    "more labels and taints than user data holds": (
        many_marks(45),
        (
            "Pulumi.blue.yaml: eks-platform:nodeGroups.spot: found"
            ' {"capacity": "spot", "instanceTypes": ["m7i.large", "m7a.large"], "min": 1, "ma…,'
            " expected labels and taints of at most 12288 characters together: they stand in the"
            " user data of instances, of which EC2 takes 16384 (they have 12289)"
        ),
    ),
    "41 types": (
        base(instanceTypes=list(MANY_TYPES[:41])),
        (
            "Pulumi.blue.yaml: eks-platform:nodeGroups.base.instanceTypes: found"
            ' ["c5.large", "c5.xlarge", "c5.2xlarge", "m5.large", "m5.xlarge", "m5.2xlarge", …,'
            " expected at most 40 entries"
        ),
    ),
}


@pytest.mark.parametrize(("case", "says"), TOO_MANY.values(), ids=TOO_MANY)
def test_one_more_is_wrong(case: Case, says: str) -> None:
    assert mistakes(*case) == [says]
