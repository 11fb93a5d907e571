"""Stands in for the EBS CSI driver's controller: an EBS volume for each claim that needs one.

It acts while the driver's CSIDriver object is there, that is while the add-on is installed. It
makes the volume with the real driver's tags and the PersistentVolume with the real provisioner's
finalizer, and deletes both as the reclaim policy says. Volumes are never attached to instances,
grown or copied.
"""

import re
from typing import TYPE_CHECKING, Any

from localcloud.cluster.controller import Controller
from localcloud.cluster.kube import Kube, Object
from localcloud.cluster.spec import ClusterSpec

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import VolumeTypeType

    from localcloud.aws import AwsClients

DRIVER = "ebs.csi.aws.com"
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"

_CLAIMS = "/api/v1/persistentvolumeclaims"
_VOLUMES = "/api/v1/persistentvolumes"
_DRIVERS = "/apis/storage.k8s.io/v1/csidrivers"
_CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_ZONE = "topology.kubernetes.io/zone"

_KNOWN = {"type", "encrypted", "kmskeyid", "iops", "throughput", "csi.storage.k8s.io/fstype"}
_TAG = "tagspecification_"
_BYTES = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
_GIB = 2**30


class VolumeController(Controller):
    """Makes and deletes volumes."""

    def __init__(self, spec: ClusterSpec, aws: "AwsClients", kube: Kube) -> None:
        paths = [_CLAIMS, _VOLUMES, _DRIVERS, _CLASSES]
        super().__init__(f"ebs {spec.name}", kube, paths)
        self._spec = spec
        self._aws = aws

    def reconcile(self) -> None:
        """Looks at every claim and every volume, if the driver is installed."""
        if any(driver["metadata"]["name"] == DRIVER for driver in self.objects_of(_DRIVERS)):
            self.each(self.objects_of(_CLAIMS), self._provision)
            self.each(self.objects_of(_VOLUMES), self._reclaim)

    def _provision(self, claim: Object) -> None:
        meta, spec = claim["metadata"], claim["spec"]
        annotations = meta.get("annotations") or {}
        asked = annotations.get(_PROVISIONER) == DRIVER and not spec.get("volumeName")
        if not asked or meta.get("deletionTimestamp"):
            return
        storage_class = self._class(str(spec["storageClassName"]))
        late = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
        if late and _NODE not in annotations:
            return  # no pod uses it yet
        zone = self._zone(annotations.get(_NODE))
        parameters = _parameters(storage_class)
        size = gibibytes(str(spec["resources"]["requests"]["storage"]))
        volume = self._ensure_volume(claim, zone, size, parameters)
        body = _persistent_volume(claim, storage_class, volume, zone, size)
        # By name: one that is there already is left as it is.
        if self.kube.get(f"{_VOLUMES}/{body['metadata']['name']}") is None:
            self.kube.create(_VOLUMES, body)

    def _class(self, name: str) -> Object:
        for item in self.objects_of(_CLASSES):
            if item["metadata"]["name"] == name:
                return item
        raise LookupError(f"there is no StorageClass {name}")

    def _zone(self, node: str | None) -> str:
        """The node's zone; without a node, the VPC's first."""
        if node is None:
            subnets = self._aws.ec2.describe_subnets(
                Filters=[{"Name": "vpc-id", "Values": [self._spec.vpc_id]}]
            )["Subnets"]
            return min(subnet["AvailabilityZone"] for subnet in subnets)
        found = self.kube.get(f"/api/v1/nodes/{node}")
        zone = ((found or {}).get("metadata", {}).get("labels") or {}).get(_ZONE)
        if not zone:
            raise LookupError(f"node {node} has no zone")
        return str(zone)

    def _ensure_volume(
        self, claim: Object, zone: str, size: int, parameters: dict[str, str]
    ) -> str:
        """Id of the claim's EBS volume, made when there is none."""
        name = _name(claim)
        found = self._aws.ec2.describe_volumes(
            Filters=[{"Name": "tag:CSIVolumeName", "Values": [name]}]
        )["Volumes"]
        if found:
            return found[0]["VolumeId"]
        kind: Any = parameters.get("type", "gp3")
        more: dict[str, Any] = {
            key: int(parameters[name])
            for key, name in (("Iops", "iops"), ("Throughput", "throughput"))
            if name in parameters
        }
        if "kmskeyid" in parameters:
            more["KmsKeyId"] = parameters["kmskeyid"]
        volume_type: VolumeTypeType = kind
        return self._aws.ec2.create_volume(
            AvailabilityZone=zone,
            Size=size,
            VolumeType=volume_type,
            Encrypted=parameters.get("encrypted", "false").lower() == "true",
            TagSpecifications=[
                {
                    "ResourceType": "volume",
                    "Tags": [
                        {"Key": key, "Value": value}
                        for key, value in self._tags(claim, parameters).items()
                    ],
                }
            ],
            **more,
        )["VolumeId"]

    def _tags(self, claim: Object, parameters: dict[str, str]) -> dict[str, str]:
        """The real driver's, with the cluster's name and with extra metadata, as on EKS."""
        name, meta = _name(claim), claim["metadata"]
        extra = (v.partition("=") for k, v in parameters.items() if k.startswith(_TAG))
        return {
            "CSIVolumeName": name,
            "Name": f"{self._spec.name}-dynamic-{name}",
            "KubernetesCluster": self._spec.name,
            f"kubernetes.io/cluster/{self._spec.name}": "owned",
            "ebs.csi.aws.com/cluster": "true",
            "kubernetes.io/created-for/pv/name": name,
            "kubernetes.io/created-for/pvc/name": meta["name"],
            "kubernetes.io/created-for/pvc/namespace": meta["namespace"],
            **{key: value for key, _, value in extra},
        }

    def _reclaim(self, volume: Object) -> None:
        meta, spec = volume["metadata"], volume["spec"]
        finalizers: list[str] = meta.get("finalizers") or []
        if (spec.get("csi") or {}).get("driver") != DRIVER or FINALIZER not in finalizers:
            return
        released = volume.get("status", {}).get("phase") in ("Released", "Failed")
        if not released or spec.get("persistentVolumeReclaimPolicy") != "Delete":
            return
        self._delete_volume(str(spec["csi"]["volumeHandle"]))
        path = f"{_VOLUMES}/{meta['name']}"
        if not meta.get("deletionTimestamp"):
            self.kube.delete(path)
        left = [name for name in finalizers if name != FINALIZER]
        self.kube.patch(path, {"metadata": {"finalizers": left, "uid": meta["uid"]}})

    def _delete_volume(self, volume: str) -> None:
        found = self._aws.ec2.describe_volumes(Filters=[{"Name": "volume-id", "Values": [volume]}])[
            "Volumes"
        ]
        if found:
            self._aws.ec2.delete_volume(VolumeId=volume)


def gibibytes(quantity: str) -> int:
    """A quantity of bytes such as ``10Gi`` in whole GiB, rounded up. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([A-Za-z]*)", quantity)
    if found is None or found[2] not in _BYTES:
        raise ValueError(f"{quantity!r} is no quantity of bytes")
    size = float(found[1]) * _BYTES[found[2]]
    return max(1, -int(-size // _GIB))


def _name(claim: Object) -> str:
    return f"pvc-{claim['metadata']['uid']}"


def _parameters(storage_class: Object) -> dict[str, str]:
    """Parameters by their names in small letters. Raises ValueError for one that is not known."""
    found = {str(k).lower(): str(v) for k, v in (storage_class.get("parameters") or {}).items()}
    unknown = [key for key in found if key not in _KNOWN and not key.startswith(_TAG)]
    if unknown:
        name = storage_class["metadata"]["name"]
        raise ValueError(f"StorageClass {name}: parameters not known: {', '.join(unknown)}")
    return found


def _persistent_volume(
    claim: Object, storage_class: Object, volume: str, zone: str, size: int
) -> Object:
    meta, spec = claim["metadata"], claim["spec"]
    csi: Object = {"driver": DRIVER, "volumeHandle": volume}
    kind = (storage_class.get("parameters") or {}).get("csi.storage.k8s.io/fstype")
    if spec.get("volumeMode", "Filesystem") == "Filesystem":
        csi["fsType"] = kind or "ext4"
    term = {"key": _ZONE, "operator": "In", "values": [zone]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": _name(claim),
            "annotations": {_PROVISIONED_BY: DRIVER},
            "finalizers": [FINALIZER],
        },
        "spec": {
            "capacity": {"storage": f"{size}Gi"},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "storageClassName": storage_class["metadata"]["name"],
            "mountOptions": storage_class.get("mountOptions"),
            "csi": csi,
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
        },
    }
