"""One ExternalDNS on the cluster."""

import json

import pytest

from catalogue.versions import EXTERNAL_DNS
from components.addons.external_dns.arguments import arguments
from components.addons.external_dns.deployment import ExternalDns, ExternalDnsArgs
from components.control_plane import ControlPlane
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from settings import colour
from tests.unit.components.addons.addon_cluster import (
    DEPLOYMENT,
    TAGS,
    run_on_cluster,
    site,
    writer,
)
from tests.unit.components.eks_answer import ISSUER
from tests.unit.pulumi_harness import Ran, Registered

LIVE = "live-external-dns-private"
OWN = "external-dns-private"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"


def make(
    name: str,
    *,
    term: int = 3,
    names: LiveNames = EVERY_NAME,
) -> Ran:
    def program(cluster: ControlPlane) -> None:
        ExternalDns(
            name,
            ExternalDnsArgs(
                tags=TAGS,
                writer=writer(name, names=names),
                cluster=cluster,
                site=site(cluster, live_term=term),
                after=(),
            ),
        )

    return run_on_cluster(program)


def deployment(ran: Ran) -> Registered:
    return ran.only(DEPLOYMENT)


def test_a_clusters_own_writer() -> None:
    assert deployment(make(OWN)).inputs == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": OWN, "namespace": "kube-system", "labels": {"app": OWN}},
        "spec": {
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": {"app": OWN}},
            "template": {
                "metadata": {"labels": {"app": OWN}},
                "spec": {
                    "serviceAccountName": OWN,
                    "priorityClassName": "system-cluster-critical",
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": 65534,
                        "runAsGroup": 65534,
                        "fsGroup": 65534,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [
                        {
                            "name": "external-dns",
                            "image": EXTERNAL_DNS.reference("1.34"),
                            "args": arguments(writer(OWN), colour.ExternalDns()),
                            "env": [{"name": "AWS_REGION", "value": "eu-west-1"}],
                            "ports": [{"name": "http", "containerPort": 7979, "protocol": "TCP"}],
                            "livenessProbe": {
                                "initialDelaySeconds": 10,
                                "timeoutSeconds": 5,
                                "httpGet": {"path": "/healthz", "port": 7979},
                            },
                            "readinessProbe": {
                                "initialDelaySeconds": 5,
                                "timeoutSeconds": 5,
                                "httpGet": {"path": "/healthz", "port": 7979},
                            },
                            "resources": {
                                "requests": {"cpu": "10m", "memory": "64Mi"},
                                "limits": {"memory": "256Mi"},
                            },
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]},
                            },
                        }
                    ],
                },
            },
        },
    }


@pytest.mark.parametrize(("names", "replicas"), [(EVERY_NAME, 1), (NO_NAME, 0)])
def test_a_live_writer_has_a_pod_only_for_names_and_carries_its_term(
    names: LiveNames, replicas: int
) -> None:
    made = deployment(make(LIVE, names=names, term=7)).inputs
    assert made["spec"]["replicas"] == replicas
    assert made["metadata"]["annotations"] == {"eks-platform.io/live-writer-term": "7"}


def test_a_new_term_starts_no_new_pod() -> None:
    before, after = (
        deployment(make(LIVE, term=term)).inputs["spec"]["template"] for term in (7, 8)
    )
    assert before == after


@pytest.mark.parametrize("others", [True, False])
def test_other_names_start_new_pods_that_say_which(others: bool) -> None:
    names = LiveNames(others=others, chosen=("web.devinfra.local",))
    before, after = (
        deployment(make(LIVE, term=7, names=it)).inputs["spec"]["template"]
        for it in (EVERY_NAME, names)
    )
    assert before["metadata"]["annotations"] == {"eks-platform.io/live-names": "every name"}
    said = "every name but web.devinfra.local" if others else "only web.devinfra.local"
    assert after["metadata"]["annotations"] == {"eks-platform.io/live-names": said}
    (container,) = after["spec"]["containers"]
    told = arguments(writer(LIVE, names=names), colour.ExternalDns())
    assert container["args"] == told


def test_the_service_account_takes_on_a_role_of_its_own() -> None:
    ran = make(LIVE, term=1)
    role = ran.only("aws:iam/role:Role", LIVE)
    assert role.inputs["name"] == f"eks-blue-{LIVE}"
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"]["StringEquals"] == {
        f"{ISSUER}:aud": "sts.amazonaws.com",
        f"{ISSUER}:sub": f"system:serviceaccount:kube-system:{LIVE}",
    }
    account = ran.only(SERVICE_ACCOUNT)
    assert account.inputs["metadata"] == {
        "name": LIVE,
        "namespace": "kube-system",
        "annotations": {
            "eks.amazonaws.com/role-arn": f"arn:aws:mock:eu-west-1:123456789012:{LIVE}"
        },
    }
    assert account.waits_for(ran.only("aws:iam/rolePolicy:RolePolicy", LIVE))
    assert deployment(ran).waits_for(account)


def test_the_roles_policy_holds_the_writers_statements() -> None:
    ran = make(OWN)
    document = json.loads(ran.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    change, listing, zones = document["Statement"]
    zone = "arn:aws:route53:::hostedzone/ZPRIVATE"
    assert change == {
        "Effect": "Allow",
        "Action": ["route53:ChangeResourceRecordSets"],
        "Resource": [zone],
        "Condition": {
            "ForAllValues:StringEquals": {
                "route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA", "CNAME", "TXT"]
            },
            "ForAllValues:StringLike": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                    "*.eks-blue.devinfra.local"
                ]
            },
        },
    }
    assert (listing["Resource"], zones["Resource"]) == ([zone], ["*"])


def test_everything_on_the_cluster_goes_through_its_provider() -> None:
    ran = make(OWN)
    provider = ran.only("pulumi:providers:kubernetes")
    for resource in ran.resources:
        if resource.type.startswith("kubernetes:"):
            assert resource.provider.startswith(f"{provider.urn}::")
