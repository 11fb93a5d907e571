"""What Cluster Autoscaler's chart makes of its values: how its pods run.

Source: charts/cluster-autoscaler/templates and values.yaml of kubernetes/autoscaler.
"""

import re
from collections.abc import Mapping

import yaml

from localcloud.releases import Object as Values

_IMAGE = "registry.k8s.io/autoscaling/cluster-autoscaler"
_TAGS = ("k8s.io/cluster-autoscaler/enabled", "k8s.io/cluster-autoscaler/{cluster}")
_ARGUMENTS: Mapping[str, object] = {"logtostderr": True, "stderrthreshold": "info", "v": 4}
_NUMBERED = re.compile(r"_.*$")
"""A flag that is given several times has keys that differ in what follows an underscore."""


def filling(values: Values, namespace: str) -> Mapping[str, object]:
    """What the manifest of the chart lacks, for values of its release in a namespace."""
    arguments = {**_ARGUMENTS, **_part(values, "extraArgs")}
    account = _part(_part(values, "rbac"), "serviceAccount")
    by_priority = "priority" in str(arguments.get("expander") or "").split(",")
    discovery = _part(values, "autoDiscovery")
    cluster = str(discovery.get("clusterName") or "")
    image = _part(values, "image")
    name = str(values.get("fullnameOverride") or "cluster-autoscaler")
    return {
        "name": name,
        "account": account.get("name") or name,
        "accountAnnotations": account.get("annotations") or {},
        "image": f"{image.get('repository') or _IMAGE}:{image.get('tag') or 'none'}",
        "region": values.get("awsRegion") or "us-east-1",
        "command": [
            "./cluster-autoscaler",
            f"--cloud-provider={values.get('cloudProvider') or 'aws'}",
            f"--namespace={namespace}",
            f"--node-group-auto-discovery=asg:tag={_tags(discovery, cluster)}",
            *(f"--{_NUMBERED.sub('', key)}={_word(it)}" for key, it in sorted(arguments.items())),
        ],
        "priorities": _priorities(values.get("expanderPriorities")) if by_priority else "{}",
        "configMapVerbs": ["create", "list", "watch"] if by_priority else ["create"],
        "configMaps": [
            str(arguments.get("status-config-map-name") or "cluster-autoscaler-status"),
            *(["cluster-autoscaler-priority-expander"] if by_priority else []),
        ],
        "podAnnotations": values.get("podAnnotations") or {},
        "maxUnavailable": _part(values, "podDisruptionBudget").get("maxUnavailable", 1),
        "strategy": values.get("updateStrategy") or {},
    }


def _tags(discovery: Values, cluster: str) -> str:
    given: list[str] = discovery.get("tags") or []
    return ",".join(given or [it.format(cluster=cluster) for it in _TAGS])


def _priorities(said: object) -> str:
    """As the ConfigMap has them: a text is taken as it is, a map's keys become numbers."""
    if isinstance(said, Mapping):
        numbered = {int(str(rank)): names for rank, names in said.items()}
        return yaml.safe_dump(numbered, sort_keys=False)
    return str(said or "{}")


def _part(values: Values, name: str) -> Values:
    return values.get(name) or {}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
