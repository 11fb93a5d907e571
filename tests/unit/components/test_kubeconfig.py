"""Kubeconfigs for people."""

import base64

import pytest

from components.kubeconfig import cluster_kubeconfig, stable_kubeconfig
from eks_platform_contract.kubeconfig import authority_bundle
from eks_platform_contract.outputs import Cluster, HumanRoles
from settings import SharedSettings, load_shared
from tests.unit.settings.stack_files import config_of

BLUE, GREEN = "-----BEGIN-----\nblue\n-----END-----\n", "-----BEGIN-----\ngreen\n-----END-----"
KINDS = ("admin", "readwrite", "readonly")
ROLES = HumanRoles(**{kind: f"arn:{kind}" for kind in KINDS})
CLUSTER = Cluster(
    name="eks-blue",
    arn="arn:aws:eks:eu-west-1:1:cluster/eks-blue",
    endpoint="https://blue.eks.amazonaws.com",
    certificate_authority="Qkw=",
    version="1.34",
    oidc_provider_arn="arn:oidc",
    oidc_issuer="oidc.example",
    security_group_id="sg-1",
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def token(command: str, *arguments: str) -> dict[str, object]:
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": command,
            "args": ["token", "-i", *arguments],
            "interactiveMode": "Never",
            **({"provideClusterInfo": True} if command.endswith("-wrapper") else {}),
        }
    }


def shared(profile: str | None = None) -> SharedSettings:
    roles = {"awsProfile": profile} if profile else {}
    return load_shared(config_of("shared", {"eks-platform:humanRoles": roles}))


def test_all_of_the_stable_one() -> None:
    found = stable_kubeconfig(shared(), [encoded(BLUE)], ROLES).to_json()
    name = "eks.devinfra.info"
    assert found == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": "https://api.devinfra.info",
                    "tls-server-name": "kubernetes.default.svc",
                    "certificate-authority-data": encoded(BLUE),
                },
            }
        ],
        "users": [
            {"name": "eks", "user": token("aws-iam-authenticator-wrapper", name)},
            *(
                {
                    "name": f"eks-{kind}",
                    "user": token("aws-iam-authenticator-wrapper", name, "-r", f"arn:{kind}"),
                }
                for kind in KINDS
            ),
        ],
        "contexts": [
            {"name": "eks", "context": {"cluster": name, "user": "eks"}},
            *(
                {"name": f"eks-{kind}", "context": {"cluster": name, "user": f"eks-{kind}"}}
                for kind in KINDS
            ),
        ],
        "current-context": "eks",
    }


def test_a_colours_own_is_of_that_cluster_and_asks_no_dns() -> None:
    found = cluster_kubeconfig(CLUSTER, ROLES, None).to_json()
    assert found["clusters"] == [
        {
            "name": "eks-blue",
            "cluster": {"server": CLUSTER.endpoint, "certificate-authority-data": "Qkw="},
        }
    ]
    assert found["users"] == [
        {"name": "eks-blue", "user": token("aws-iam-authenticator", "eks-blue")},
        *(
            {
                "name": f"eks-blue-{kind}",
                "user": token("aws-iam-authenticator", "eks-blue", "-r", f"arn:{kind}"),
            }
            for kind in KINDS
        ),
    ]
    assert found["current-context"] == "eks-blue"


def test_tokens_are_made_with_the_profile() -> None:
    for config in (
        stable_kubeconfig(shared("ops"), [], ROLES),
        cluster_kubeconfig(CLUSTER, ROLES, "ops"),
    ):
        commands = [it.user.exec.model_dump() for it in config.users]
        assert [it["env"] for it in commands] == [({"name": "AWS_PROFILE", "value": "ops"},)] * 4


def test_a_bundle_holds_each_certificate_once_and_whole() -> None:
    both = base64.b64decode(
        authority_bundle([encoded(BLUE), encoded(GREEN), encoded(BLUE)])
    ).decode()
    assert both == f"{BLUE}{GREEN}\n"
    assert (
        base64.b64decode(authority_bundle([encoded(GREEN), encoded(BLUE)])).decode()
        == f"{GREEN}\n{BLUE}"
    )


def test_a_certificate_that_is_not_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        authority_bundle([BLUE])
