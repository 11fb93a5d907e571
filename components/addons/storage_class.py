"""The storage class of claims that name none."""

import pulumi
from pulumi_kubernetes import storage

from components.addons.addon import AddonArgs
from components.base import Component


class StorageClass(Component):
    """Pulumi type ``eks-platform:storageClass:StorageClass``.

    Creates the default class ``gp3`` of the EBS CSI driver: encrypted volumes, made in the zone
    of the first pod.
    """

    MODULE = "storageClass"

    def __init__(
        self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        storage.v1.StorageClass(
            name,
            metadata={
                "name": "gp3",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy="Delete",
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=self.child(provider=args.cluster.provider, depends_on=args.after),
        )
        self.register_outputs({})
