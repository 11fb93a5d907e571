"""The environment of a pod's processes: what its container says, its kubelet and webhooks add."""

from collections.abc import Callable
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

    def of(self, pod: Object, container: Object, folder: PodFolder) -> dict[str, str]:
        """What the container, its kubelet and the IRSA webhook would set; and the local ports."""
        variables = container.get("env", [])
        # An API server takes an empty value away; the variable is set all the same.
        said = {e["name"]: e.get("value", "") for e in variables if "valueFrom" not in e}
        fields = {e["name"]: _field(pod, e) for e in variables if "valueFrom" in e}
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
            **said,
            **{name: value for name, value in fields.items() if value is not None},
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


def _field(pod: Object, variable: Object) -> str | None:
    """Value of a variable that is a field of its pod; None where it is something else."""
    path = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
    found = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "metadata.uid": pod["metadata"]["uid"],
        "spec.nodeName": pod["spec"].get("nodeName"),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName"),
        "status.podIP": pod.get("status", {}).get("podIP"),
        "status.hostIP": pod.get("status", {}).get("hostIP"),
    }
    return found.get(path)
