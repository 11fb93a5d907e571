"""The environment of a pod's processes: what its container says, its kubelet and webhooks add."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.pod_folder import PodFolder, service_account_path
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec

_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True)
class PodEnvironment:
    """Makes environments in one cluster.

    Attributes:
        spec: the cluster.
        services: what clusters share.
        kube: its API server.
        proxy_url: gives the way into the cluster's network, for whoever says who it is.
    """

    spec: ClusterSpec
    services: CloudServices
    kube: Kube
    proxy_url: Callable[[str], str]

    def of(self, pod: Object, variables: Mapping[str, str], folder: PodFolder) -> dict[str, str]:
        """What the container, its kubelet and the IRSA webhook would set; and the local ports.

        Args:
            pod: whose process it is.
            variables: of its container, as `pod_variables.declared` has them.
            folder: with its tokens.
        """
        account = self.kube.get(service_account_path(pod)) or {}
        annotations = account.get("metadata", {}).get("annotations") or {}
        role = annotations.get(_ROLE_ANNOTATION)
        identity = (
            {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder.aws_token)}
            if role
            else {}
        )
        meta = pod["metadata"]
        return {
            "AWS_REGION": self.spec.region,
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
            **variables,
            **identity,
            "HTTPS_PROXY": self.proxy_url(f"pod {meta['namespace']}/{meta['name']}"),
            "NO_PROXY": "127.0.0.1,localhost",
            "AWS_ENDPOINT_URL": self.services.aws_url,
            # The Go SDK asks for its first credentials before it reads the line above.
            "AWS_ENDPOINT_URL_STS": self.services.aws_url,
            # Hop limit 1: a pod cannot reach its node's credentials.
            "AWS_EC2_METADATA_DISABLED": "true",
            "KUBECONFIG": str(folder.kubeconfig),
            "GOGC": "50",
        }
