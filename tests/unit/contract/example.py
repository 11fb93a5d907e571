"""Outputs of a platform whose colours both stand, as ``pulumi stack output --json`` has them."""

from typing import Any

from components.kubeconfig import cluster_kubeconfig, stable_kubeconfig
from eks_platform_contract.outputs import Cluster, HumanRoles
from settings import load_shared
from tests.unit.settings.stack_files import config_of

ROLES = {
    kind: f"arn:aws:iam::123456789012:role/etf1-{name}"
    for kind, name in (
        ("admin", "k8sadmin"),
        ("readwrite", "k8sreadwrite"),
        ("readonly", "k8sreadonly"),
    )
}


def cluster(colour: str) -> Cluster:
    return Cluster(
        name=f"eks-{colour}",
        arn=f"arn:aws:eks:eu-west-1:123456789012:cluster/eks-{colour}",
        endpoint=f"https://{colour}.eks.amazonaws.com",
        certificate_authority="LS0=",
        version="1.34",
        oidc_provider_arn=f"arn:aws:iam::123456789012:oidc-provider/oidc.example/{colour}",
        oidc_issuer=f"oidc.example/{colour}",
        security_group_id="sg-1",
    )


def colour(name: str) -> dict[str, Any]:
    own = cluster(name)
    return {
        "contractVersion": "1.0",
        "cluster": own.model_dump(by_alias=True),
        "nodes": {
            "roleArn": f"arn:aws:iam::123456789012:role/eks-{name}-node",
            "securityGroupId": "sg-2",
            "groups": {"spot": f"eks-{name}-spot"},
        },
        "dns": {
            "public": f"eks-{name}.devinfra.fr",
            "private": f"eks-{name}.devinfra.local",
            "ownerIds": {
                "public": f"ingress-eks-{name}.devinfra.fr",
                "private": f"ingress-eks-{name}.devinfra.local",
                "livePublic": "ingress.devinfra.fr",
                "livePrivate": "ingress.devinfra.local",
            },
        },
        "kubeconfig": cluster_kubeconfig(own, HumanRoles(**ROLES), None).to_json(),
        "liveWriters": {"running": name == "blue", "term": 3},
    }


COLOUR = colour("blue")
SHARED: dict[str, Any] = {
    "contractVersion": "1.0",
    "network": {
        "vpcId": "vpc-1",
        "vpcCidr": "10.40.0.0/16",
        "vpcCidrs": ["10.40.0.0/16"],
        "podCidr": "10.40.0.0/16",
        "publicSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
        "privateSubnetIds": ["subnet-4", "subnet-5", "subnet-6"],
    },
    "zones": {
        kind: {"id": f"Z{number}", "name": zone, "arn": f"arn:aws:route53:::hostedzone/Z{number}"}
        for number, (kind, zone) in enumerate(
            {"public": "devinfra.fr", "private": "devinfra.local", "api": "devinfra.info"}.items()
        )
    },
    "humanRoles": ROLES,
    "colours": ["blue", "green"],
    "activeColour": "blue",
    "api": {
        "endpoint": "https://api.devinfra.info",
        "cname": "blue.eks.amazonaws.com",
        "txt": "eks-blue",
    },
    "kubeconfig": stable_kubeconfig(
        load_shared(config_of("shared", {})),
        [cluster("blue").certificate_authority],
        HumanRoles(**ROLES),
    ).to_json(),
    "liveWriter": {"colour": "blue", "term": 3, "unconfirmed": []},
}
