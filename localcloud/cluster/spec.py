"""What the EKS API asks of a cluster's runtime, and what it gets back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ClusterSpec:
    """An EKS cluster as CreateCluster described it.

    Attributes:
        name: cluster name, for example ``eks-blue``.
        identifier: 32 upper-case hexadecimal digits, part of endpoint and issuer.
        version: Kubernetes minor, for example ``1.34``.
        region: AWS region.
        account_id: AWS account, 12 digits.
        service_cidr: range of ClusterIPs.
        vpc_id: VPC of its subnets.
    """

    name: str
    identifier: str
    version: str
    region: str
    account_id: str
    service_cidr: str
    vpc_id: str

    @property
    def endpoint_host(self) -> str:
        """Host name of the API server, as EKS forms it; served through the proxy on port 443."""
        return f"{self.identifier}.gr7.{self.region}.eks.amazonaws.com"

    @property
    def issuer(self) -> str:
        """Issuer of service account tokens, as EKS forms it."""
        return f"https://oidc.eks.{self.region}.amazonaws.com/id/{self.identifier}"


@dataclass(frozen=True)
class ClusterEndpoint:
    """Where a started control plane answers.

    Attributes:
        port: loopback port of the API server.
        certificate_authority: PEM of the CA that signed its certificate.
    """

    port: int
    certificate_authority: str


class ClusterRuntime(Protocol):
    """Starts and ends the processes of one cluster."""

    def start(self) -> ClusterEndpoint:
        """Starts everything; returns once the API server is ready. Raises RuntimeError."""
        ...

    def stop(self) -> None:
        """Ends every process of the cluster and waits for them. May be called twice."""
        ...

    def apply_addon(
        self,
        name: str,
        version: str,
        service_account_role_arn: str | None,
        configuration: Mapping[str, object],
    ) -> None:
        """Installs or changes an EKS add-on's objects.

        Raises:
            LookupError: no such add-on is known.
            ValueError: a configuration value is not emulated.
        """
        ...

    def addon_problem(self, name: str) -> str | None:
        """What keeps an installed add-on from being ACTIVE, or None when its pods are ready."""
        ...

    def aws_auth(self) -> Mapping[str, str]:
        """Data of the ConfigMap kube-system/aws-auth, empty when there is none."""
        ...

    def service_account_keys(self) -> str:
        """PEM of the public key that verifies the cluster's service account tokens."""
        ...

    def remove_addon(self, name: str) -> None:
        """Removes the add-on's objects from the cluster."""
        ...
