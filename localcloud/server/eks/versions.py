"""Add-on versions that the local EKS offers, newest first.

Of the add-ons that the platform pins: its versions, whatever they are, and an older one. Whether
AWS has them too, a local cloud cannot know.
"""

from collections.abc import Mapping

from catalogue.minors import MINORS

ADDON_VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "coredns": {name: (minor.coredns, "v1.11.4-eksbuild.2") for name, minor in MINORS.items()},
    "aws-ebs-csi-driver": {
        name: (minor.ebs_csi, "v1.62.0-eksbuild.1") for name, minor in MINORS.items()
    },
    "kube-proxy": {name: (f"v{name}.0-eksbuild.1",) for name in MINORS},
    "vpc-cni": dict.fromkeys(MINORS, ("v1.20.4-eksbuild.1",)),
}
"""Add-on → Kubernetes minor → versions."""
