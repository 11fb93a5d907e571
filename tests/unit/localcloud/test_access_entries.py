"""Access entries have ARNs of AWS's form, by which policies tell them."""

import re

import pytest

from localcloud.cluster.spec import ClusterSpec
from localcloud.server.eks import access
from localcloud.server.eks.model import Cluster

CLUSTER = "arn:aws:eks:eu-west-1:123456789012:cluster/eks-blue"
ENTRY = "arn:aws:eks:eu-west-1:123456789012:access-entry/eks-blue"
SPEC = ClusterSpec(
    name="eks-blue",
    identifier="A" * 32,
    version="1.35",
    region="eu-west-1",
    account_id="123456789012",
    service_cidr="172.20.0.0/16",
    vpc_id="vpc-1",
)
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("principal", "identity"),
    [
        ("arn:aws:iam::123456789012:role/Ops", "role/123456789012/Ops"),
        ("arn:aws:iam::210987654321:role/people/Ops", "role/210987654321/Ops"),
        ("arn:aws:iam::123456789012:user/ann", "user/123456789012/ann"),
    ],
)
def test_an_entry_names_the_account_of_its_principal(principal: str, identity: str) -> None:
    cluster = Cluster(SPEC, {"arn": CLUSTER})
    made = access.create_entry(cluster, {"principalArn": principal}, 0, known_principal=True)
    assert re.fullmatch(f"{ENTRY}/{identity}/{UUID}", str(made.description["accessEntryArn"]))
