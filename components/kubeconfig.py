"""Kubeconfigs for people: the stable one, and one for each colour."""

from collections.abc import Iterable

from eks_platform_contract.kubeconfig import (
    WRAPPER,
    ClusterEntry,
    ContextEntry,
    Exec,
    Kubeconfig,
    NamedCluster,
    NamedContext,
    NamedUser,
    UserEntry,
    authority_bundle,
    context_name,
)
from eks_platform_contract.outputs import Cluster, HumanRoles
from settings.shared import SharedSettings

# A name in the certificate of every API server; that of the CNAME is in none.
_TLS_SERVER_NAME = "kubernetes.default.svc"
_AUTHENTICATOR = "aws-iam-authenticator"
_ACTIVE = "eks"


def api_name(api_zone: str) -> str:
    """DNS name of the active cluster's API server, for example ``api.devinfra.info``."""
    return f"api.{api_zone}"


def cluster_record_name(api_zone: str) -> str:
    """DNS name of the TXT record that holds the active cluster's name."""
    return f"eks.{api_zone}"


def stable_kubeconfig(
    settings: SharedSettings, authorities: Iterable[str], roles: HumanRoles
) -> Kubeconfig:
    """Kubeconfig of whichever cluster is active: ``eks``, ``eks-admin`` and so on.

    Args:
        settings: the shared stack's file; its API zone, and the AWS profile of tokens.
        authorities: base64 of the PEM of each colour's certificate authority.
        roles: ARN of the IAM role of each kind of person.

    Raises:
        ValueError: an authority is not base64.
    """
    api_zone, profile = settings.zones.api.name, settings.human_roles.aws_profile
    # The cluster's entry is called as the TXT record: the wrapper takes the name after -i.
    name = cluster_record_name(api_zone)
    entry = ClusterEntry(
        server=f"https://{api_name(api_zone)}",
        tls_server_name=_TLS_SERVER_NAME,
        certificate_authority_data=authority_bundle(authorities),
    )
    return _build(NamedCluster(name=name, cluster=entry), _ACTIVE, WRAPPER, roles, profile)


def cluster_kubeconfig(cluster: Cluster, roles: HumanRoles, profile: str | None) -> Kubeconfig:
    """Kubeconfig of one cluster, active or not: ``eks-blue``, ``eks-blue-admin`` and so on.

    Args:
        cluster: the cluster.
        roles: ARN of the IAM role of each kind of person.
        profile: AWS profile that tokens are made with; None: whatever the environment says.
    """
    entry = ClusterEntry(
        server=cluster.endpoint, certificate_authority_data=cluster.certificate_authority
    )
    named = NamedCluster(name=cluster.name, cluster=entry)
    return _build(named, cluster.name, _AUTHENTICATOR, roles, profile)


def _build(
    cluster: NamedCluster,
    label: str,
    command: str,
    roles: HumanRoles,
    profile: str | None,
) -> Kubeconfig:
    # None: the caller's own identity, for those who have taken a role on already.
    arns: dict[str | None, str | None] = {None: None, **roles.model_dump()}
    users: list[NamedUser] = []
    contexts: list[NamedContext] = []
    for kind, arn in arns.items():
        name = context_name(label, kind)
        role = () if arn is None else ("-r", arn)
        token = Exec(
            command=command,
            args=("token", "-i", cluster.name, *role),
            # By it, the wrapper sees that a cluster is not trusted yet.
            provide_cluster_info=True if command == WRAPPER else None,
        )
        users.append(NamedUser(name=name, user=UserEntry(exec=token)))
        context = ContextEntry(cluster=cluster.name, user=name)
        contexts.append(NamedContext(name=name, context=context))
    config = Kubeconfig(
        clusters=(cluster,), users=tuple(users), contexts=tuple(contexts), current_context=label
    )
    return config.with_profile(profile)
