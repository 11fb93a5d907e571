"""One node for each running instance whose user data makes it one of the cluster."""

import base64
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from kubernetes.client.exceptions import ApiException

from catalogue.instance_types import instance_type
from localcloud.cluster.destinations import KUBELET_PORT
from localcloud.cluster.failures import one_line
from localcloud.cluster.kube import CONFLICT, FAILURES, Kube, Object
from localcloud.cluster.kubelets import METRICS_PATH, metrics_path
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.cluster.user_data import NodeConfig, UserDataError, parse

_log = logging.getLogger(__name__)

_PAUSE = 1.0  # seconds between two looks at the instances
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""EC2's word for an architecture → that of Kubernetes."""


class NodeController:
    """Registers nodes as their kubelets would, and removes them as the cloud provider would.

    An instance becomes a node only where a real one would: its user data must name this cluster,
    its endpoint and its certificate authority, and its role must be mapped to the nodes' group.
    Labels pass the API server's NodeRestriction, since nodes are registered as themselves.
    """

    def __init__(
        self,
        spec: ClusterSpec,
        services: CloudServices,
        kube: Kube,
        certificate_authority: str,
        is_node_role: Callable[[str], bool],
    ) -> None:
        self._spec = spec
        self._aws = services.aws
        self._changes = services.instance_changes
        self._settled: int | None = None
        self._start_seconds = services.node_start_seconds
        self._kube = kube
        self._authority = certificate_authority
        self._is_node_role = is_node_role
        self._configs: dict[str, NodeConfig | None] = {}
        self._registered: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"nodes {spec.name}", daemon=True)
        self._instance_type = cache(self._read_instance_type)

    def start(self) -> None:
        """Begins to look at the instances."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; returns once the last look is over."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_PAUSE):
            changes = self._changes()
            if changes == self._settled:
                continue
            try:
                self._settled = changes if self.reconcile() else None
            except FAILURES as error:
                _log.warning("nodes of %s: %s", self._spec.name, one_line(error))

    def reconcile(self) -> bool:
        """Looks once: new instances become nodes, nodes without instance go.

        Returns:
            Whether nothing is left to do before instances change. One that cannot join yet may do
            so later, with another aws-auth.
        """
        running = {instance["InstanceId"]: instance for instance in self._instances()}
        for instance_id, instance in running.items():
            if instance_id not in self._registered and self._may_join(instance):
                self._register(instance)
        for instance_id in [key for key in self._registered if key not in running]:
            self._remove(self._registered.pop(instance_id))
            self._configs.pop(instance_id, None)
        return all(it in self._registered or self._config(it) is None for it in running)

    def _instances(self) -> list[Any]:
        pages = self._aws.ec2.get_paginator("describe_instances").paginate(
            Filters=[
                {"Name": "instance-state-name", "Values": ["running"]},
                {"Name": "vpc-id", "Values": [self._spec.vpc_id]},
            ]
        )
        return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]

    def _config(self, instance_id: str) -> NodeConfig | None:
        """The instance's configuration when it is for this cluster."""
        if instance_id not in self._configs:
            answer = self._aws.ec2.describe_instance_attribute(
                InstanceId=instance_id, Attribute="userData"
            )
            encoded = answer.get("UserData", {}).get("Value", "")
            try:
                config = parse(base64.b64decode(encoded).decode())
            except (UserDataError, ValueError) as error:
                _log.warning("instance %s is no node: %s", instance_id, error)
                config = None
            ours = config is not None and config.cluster == self._spec.name
            self._configs[instance_id] = config if ours else None
        return self._configs[instance_id]

    def _may_join(self, instance: Any) -> bool:  # noqa: ANN401 - boto3's own shape
        config = self._config(instance["InstanceId"])
        if config is None or self._starts_yet(instance):
            return False
        problem = self._problem(instance, config)
        if problem and self._said.get(instance["InstanceId"]) != problem:
            self._said[instance["InstanceId"]] = problem
            _log.warning("instance %s cannot join: %s", instance["InstanceId"], problem)
        return problem is None

    def _starts_yet(self, instance: Any) -> bool:  # noqa: ANN401
        age = datetime.now(UTC) - instance["LaunchTime"]
        return age.total_seconds() < self._start_seconds

    def _problem(self, instance: Any, config: NodeConfig) -> str | None:  # noqa: ANN401
        if config.endpoint.lower() != f"https://{self._spec.endpoint_host}".lower():
            return f"its endpoint {config.endpoint} is not that of {self._spec.name}"
        if base64.b64decode(config.certificate_authority).decode() != self._authority:
            return "its certificate authority is another one"
        profile = instance.get("IamInstanceProfile", {}).get("Arn", "").rsplit("/", 1)[-1]
        if not profile:
            return "it has no instance profile"
        roles = self._aws.iam.get_instance_profile(InstanceProfileName=profile)
        arns = [role["Arn"] for role in roles["InstanceProfile"]["Roles"]]
        if not any(self._is_node_role(arn) for arn in arns):
            return f"neither aws-auth nor an access entry lets {', '.join(arns)} in"
        return None

    def _read_instance_type(self, name: str) -> tuple[int, int]:
        """Virtual CPUs and MiB of memory of an instance type."""
        types: list[Any] = self._aws.ec2.describe_instance_types(
            InstanceTypes=[name]  # pyright: ignore[reportArgumentType] - any type's name
        )["InstanceTypes"]
        return types[0]["VCpuInfo"]["DefaultVCpus"], types[0]["MemoryInfo"]["SizeInMiB"]

    def _register(self, instance: Any) -> None:  # noqa: ANN401
        config = self._configs[instance["InstanceId"]]
        if config is None:
            return
        node = self._node(instance, config)
        name = node["metadata"]["name"]
        try:
            self._kube.create(
                "/api/v1/nodes",
                node,
                headers={
                    "Impersonate-User": f"system:node:{name}",
                    "Impersonate-Group": "system:nodes",
                },
            )
        except ApiException as error:
            if error.status != CONFLICT:
                raise
        self._registered[instance["InstanceId"]] = name

    def _node(self, instance: Any, config: NodeConfig) -> Object:  # noqa: ANN401
        name, kind = instance["PrivateDnsName"], instance["InstanceType"]
        zone = instance["Placement"]["AvailabilityZone"]
        processors, memory = self._instance_type(kind)
        architecture = _ARCHITECTURES[instance.get("Architecture", "x86_64")]
        capacity = {
            "cpu": str(processors),
            "memory": f"{memory}Mi",
            "pods": str(config.max_pods or instance_type(kind).max_pods),
            "ephemeral-storage": "50Gi",
        }
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": architecture,
            "node.kubernetes.io/instance-type": kind,
            "topology.kubernetes.io/region": self._spec.region,
            "topology.kubernetes.io/zone": zone,
        }
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "labels": {**config.labels, **labels},
                # Only where the metrics server runs does anybody serve or read it.
                "annotations": {METRICS_PATH: metrics_path(name)},
            },
            "spec": {
                "providerID": f"aws:///{zone}/{instance['InstanceId']}",
                "taints": [
                    {"key": taint.key, "value": taint.value, "effect": taint.effect}
                    for taint in config.taints
                ],
            },
            "status": {
                "capacity": capacity,
                "allocatable": capacity,
                # KWOK, which fills in the rest, takes what says nothing for amd64.
                "nodeInfo": {"architecture": architecture, "operatingSystem": "linux"},
                "addresses": [
                    {"type": "InternalIP", "address": instance["PrivateIpAddress"]},
                    {"type": "Hostname", "address": name},
                ],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
            },
        }

    def _remove(self, name: str) -> None:
        pods = self._kube.items(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}")
        for pod in pods:
            meta = pod["metadata"]
            self._kube.delete(
                f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", grace=0
            )
        self._kube.delete(f"/api/v1/nodes/{name}")
