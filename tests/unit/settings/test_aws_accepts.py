"""Whatever settings accept, AWS's own model and the API server's validation accept."""

import ipaddress
import json
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from components.ci_tokens import STACKS, pipeline_tokens
from components.kubeconfig import api_name, cluster_record_name
from components.node_group_tags import group_tags
from components.user_data import NETWORK_TAINT, ClusterDetails, labels_and_taints, user_data
from eks_platform_contract.names import COLOURS, cluster_name
from handover.name_annotation import TXT_PREFIX
from settings.ci import Audience, Bucket, Ci, Host, KeyArn, PolicyArn
from settings.ci import RolePrefix as CiPrefix
from settings.colour import Folder, Namespace, PublicCidr
from settings.human_roles import OwnHumanRoles, Role, RolePrefix
from settings.names import HUMAN_ROLES
from settings.network import SubnetId, VpcId
from settings.node_groups import GroupName, Labels, LabelValue, NodeGroup, Taint
from settings.shared import ApiZone, NamesZone
from settings.tags import Tags
from tests.unit.settings import aws_models
from tests.unit.settings.aws_models import aws_takes

MANY = settings(max_examples=100, derandomize=True, deadline=None)
SOME = settings(MANY, max_examples=25)
TAGGING = (
    ("iam", "tagKeyType", "tagValueType"), ("eks", "TagKey", "TagValue"),
    ("kms", "TagKeyType", "TagValueType"), ("logs", "TagKey", "TagValue"),
    ("route53", "TagKey", "TagValue"), ("events", "TagKey", "TagValue"),
    ("elbv2", "TagKey", "TagValue"),
)  # fmt: skip
"""Services whose resources get our tags, and their kinds of keys and values."""


@st.composite
def near(draw: st.DrawFn, *right: str, signs: str = "a0.-/:_A") -> str:
    """A right text, or one that differs in up to three places; now and then a long one."""
    text = draw(st.sampled_from(right))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 2)))
        sign, times = draw(st.sampled_from(signs)), draw(st.sampled_from([0, 1, 2, 60, 250]))
        text = text[:start] + sign * times + text[end:]
    return text


@cache
def adapter(kind: Hashable) -> TypeAdapter[object]:
    return TypeAdapter[object](kind)  # pyright: ignore[reportArgumentType] - any kind of type


def accepts(kind: Hashable, value: object) -> bool:
    try:
        adapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def check(kind: Hashable, value: object, *, taken: bool) -> None:
    """What the settings accept is taken."""
    assert taken or not accepts(kind, value), value


@MANY
@given(near("team", "example.com/team", "a.b-c.d/Team.x_y"), near("", "a", "a.b-c_D"))
def test_labels_and_taints(key: str, value: str) -> None:
    label = aws_models.is_qualified_name(key)
    check(Labels, {key: ""}, taken=label)
    check(Taint, {"key": key, "effect": "NoSchedule"}, taken=label)
    check(LabelValue, value, taken=aws_models.is_label_value(value))


@SOME
@given(
    st.dictionaries(st.from_regex(r"[a-z]{2}\d{2}", fullmatch=True), near("v" * 63), max_size=41),
    st.lists(
        st.fixed_dictionaries(
            {
                "key": near("example.com/" + "k" * 60, "k" * 63),
                "value": near("v" * 63),
                "effect": st.sampled_from(["NoSchedule", "NoExecute", "PreferNoSchedule"]),
            }
        ),
        max_size=90,
    ),
)
def test_user_data_and_tags_of_a_group(
    labels: dict[str, str], taints: list[dict[str, Any]]
) -> None:
    types = ("m7i.large", "m7a.large")
    given = {"capacity": "spot", "instanceTypes": types, "min": 0, "max": 1}
    given |= {"labels": labels, "taints": tuple(taints)}
    if not accepts(NodeGroup, given):
        return
    _check_group(NodeGroup.model_validate(given))


def test_the_largest_user_data() -> None:
    effects = ("NoSchedule", "NoExecute", "PreferNoSchedule")
    taints = tuple(
        {"key": f"{number:02}{'k' * 61}", "value": "v" * 63, "effect": effect}
        for number in range(29)
        for effect in effects
    )
    given = {"capacity": "spot", "instanceTypes": ("m7i.large", "m7a.large"), "min": 0, "max": 1}
    _check_group(
        NodeGroup.model_validate({**given, "taints": taints, "labels": {"last": "v" * 44}})
    )


def _check_group(group: NodeGroup) -> None:
    cluster = ClusterDetails(
        name="eks-green",
        endpoint=f"https://{'A' * 32}.sk1.ap-southeast-7.eks.amazonaws.com",
        certificate_authority="Q" * 2048,  # EKS gives 1,476
        service_cidr="172.20.0.0/16",
    )
    marks = labels_and_taints(group)
    assert len(user_data(cluster, marks, [NETWORK_TAINT]).encode()) <= 16384
    common = {"Name": "eks-green-spot", "Project": "p", "Stack": "green", "ManagedBy": "Pulumi"}
    tags = group_tags("eks-green", common, marks)
    assert len(tags) <= 50
    for tag in tags:
        assert aws_takes("autoscaling", "TagKey", tag.key)


@MANY
@given(near("batch", "a-1"))
def test_group_names(name: str) -> None:
    full = f"{cluster_name('green')}-{name}"
    taken = aws_takes("autoscaling", "XmlStringMaxLen255", full)
    taken = taken and aws_takes("ec2", "LaunchTemplateName", full)
    check(GroupName, name, taken=taken)


@MANY
@given(
    near("Team", "cost:centre/a", signs="aé²·ß\u0301\u200b😀\n\t :@+=-*,aws") | st.text(max_size=8),
    near("", "infra", "aws:x", signs="aé²·ß\u0301\u200b😀\n\t :@+=-*,aws") | st.text(max_size=8),
)
def test_tags(key: str, value: str) -> None:
    kept = any(it.lower().startswith("aws:") for it in (key, value))
    for service, keys, values in TAGGING:
        taken = aws_takes(service, keys, key) and aws_takes(service, values, value)
        check(Tags, {key: value}, taken=taken and not kept)


@MANY
@given(near("eks-platform-", "", "p" * 52, "p" * 55, signs="a0+=,.@-_/ é"))
def test_role_names(prefix: str) -> None:
    def taken(*names: str) -> bool:
        return all(aws_takes("iam", "roleNameType", f"{prefix}{name}") for name in names)

    check(RolePrefix, prefix, taken=taken(*HUMAN_ROLES.values()))
    check(CiPrefix, prefix, taken=taken("preview", "drift", *(f"up-{it}" for it in STACKS)))


@MANY
@given(
    near(
        "ops", "arn:aws:iam::123456789012:role/a/ops", f"arn:aws:iam::123456789012:role/{'n' * 64}"
    )
)
def test_existing_roles(role: str) -> None:
    name = aws_takes("iam", "roleNameType", role.rpartition("/")[2])
    path = role.partition(":role")[2].removesuffix(role.rpartition("/")[2])
    arn = aws_takes("iam", "arnType", role) and aws_takes("iam", "pathType", path)
    check(Role, role, taken=name and (arn or ":" not in role))


@MANY
@given(
    near(*(f"arn:aws:iam::123456789012:policy/{it}" for it in ("up", "a/b/up", "", "n" * 128))),
    near("arn:aws:kms:eu-west-1:123456789012:key/12345678-90ab-cdef-1234-567890abcdef"),
)
def test_arns(policy: str, key: str) -> None:
    name = policy.rpartition("/")[2]
    path = policy.partition(":policy")[2].removesuffix(name)
    taken = aws_takes("iam", "policyNameType", name) and aws_takes("iam", "policyPathType", path)
    check(PolicyArn, policy, taken=taken and aws_takes("iam", "arnType", policy))
    check(KeyArn, key, taken=aws_takes("kms", "KeyIdType", key))


@MANY
@given(near("acme-state", "a..b", "192.168.1.1", "xn--acme", "acme-s3alias", "a.b", signs="a0.-A_"))
def test_buckets(name: str) -> None:
    check(Bucket, name, taken=aws_models.is_bucket(name))


@MANY
@given(
    near("gitlab.com", "git.acme.example", ".".join(["a" * 63] * 3)),
    near("sts.amazonaws.com", "a" * 254),
)
def test_providers(host: str, audience: str) -> None:
    url = aws_takes("iam", "OpenIDConnectProviderUrlType", f"https://{host}")
    check(Host, host, taken=url and aws_models.is_dns_name(host))
    check(Audience, audience, taken=aws_takes("iam", "clientIDType", audience))


@MANY
@given(
    near("gitlab.com", ".".join(["a" * 61] * 4), signs="a."),
    near("acme/platform", f"{'g' * 127}/{'p' * 127}", signs="a/"),
    near("main", "b" * 100, signs="b/"),
    near("sts.amazonaws.com", "a" * 255, signs="a."),
)
def test_trust_policies_of_pipelines(host: str, project: str, branch: str, audience: str) -> None:
    gitlab = {"host": host, "project": project, "branch": branch, "audience": audience}
    given = {"gitlab": gitlab, "upPolicies": ("arn:aws:iam::123456789012:policy/up",)}
    if not accepts(Ci, given):
        return
    tokens = pipeline_tokens(Ci.model_validate(given), "us-gov-west-1")
    for them in (*tokens.preview, tokens.drift, *tokens.up.values()):
        assert len(_trust(tokens.issuer, them.conditions(tokens.issuer))) <= 2048


def _trust(issuer: str, conditions: Mapping[str, Mapping[str, str]]) -> str:
    """The longest trust policy of a pipeline's role, without white space."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws-us-gov:iam::123456789012:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return json.dumps(document, separators=(",", ":"))


@MANY
@given(near("devinfra.fr", ".".join(["a" * 63] * 3), ".".join(["a" * 62] * 4), signs="a.-"))
def test_zones(name: str) -> None:
    zone = {"name": name}
    api = map(aws_models.is_dns_name, (api_name(name), cluster_record_name(name)))
    own = (f"{TXT_PREFIX}x.{cluster_name(colour)}.{name}" for colour in COLOURS)
    check(ApiZone, zone, taken=all(api))
    check(NamesZone, zone, taken=all(map(aws_models.is_dns_name, own)))


@MANY
@given(near("eks-platform/", "aws/", "SSM/", "a/b/c/", "a/" * 14, "p" * 510 + "/"))
def test_folders_of_secrets(prefix: str) -> None:
    secret = aws_takes("secretsmanager", "NameType", f"{prefix}x")
    check(Folder, prefix, taken=secret and aws_models.is_parameter(f"/{prefix}x"))


@MANY
@given(
    near("vpc-12345678", "vpc-123456789", "vpc-0123456789abcdef0", signs="0af-g"),
    st.sampled_from("0a"),
)
def test_ids_of_a_network(vpc: str, digit: str) -> None:
    subnet = f"subnet-{vpc.removeprefix('vpc-')}{digit}"
    check(VpcId, vpc, taken=aws_takes("ds", "VpcId", vpc))
    check(SubnetId, subnet, taken=aws_takes("ds", "SubnetId", subnet))


@MANY
@given(near("team-a", "n" * 63))
def test_namespaces(name: str) -> None:
    check(Namespace, name, taken=aws_models.is_dns_label(name))


@MANY
@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_public_ranges(address: int, prefix: int) -> None:
    network = ipaddress.IPv4Network((address, prefix), strict=False)
    ends = (network.network_address, network.broadcast_address)
    examples = ("192.0.2.", "198.51.100.", "203.0.113.")
    taken = all(it.is_global and not it.is_multicast for it in ends)
    check(PublicCidr, str(network), taken=taken or str(network).startswith(examples))


@MANY
@given(st.sets(near("123456789012", signs="0a-"), min_size=1, max_size=3))
def test_trusted_accounts(accounts: set[str]) -> None:
    taken = all(aws_takes("account", "AccountId", it) for it in accounts)
    check(OwnHumanRoles, {"trustedAccountIds": tuple(accounts)}, taken=taken)


@pytest.mark.parametrize("key", ["a..b/x", "a-.b/x", "-a/x", "/x", "a/", "a_b/x", "é", "a/b/c", ""])
def test_the_model_of_the_api_server_refuses(key: str) -> None:
    assert not aws_models.is_qualified_name(key)


def test_the_models_take_what_is_right() -> None:
    assert aws_models.is_qualified_name("example.com/Team.a_b")
    assert aws_models.is_qualified_name("team")
    assert aws_models.is_label_value("")
    assert aws_models.is_bucket("acme-state")
    assert aws_models.is_parameter("/eks-platform/x")
    assert aws_takes("iam", "tagKeyType", "équipe ²")
    assert not aws_takes("iam", "tagKeyType", "a\nb")
    assert not aws_takes("iam", "tagKeyType", "a*b")
