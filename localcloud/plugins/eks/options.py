"""The inputs of `eks:index:Cluster`: which ones the stand-in knows, and what they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import pulumi
import pulumi_aws as aws

Inputs: TypeAlias = Mapping[str, "pulumi.Input[Any]"]
"""Properties as the engine hands them over, by their wire names."""

AUTHENTICATION_MODES = ("CONFIG_MAP", "API", "API_AND_CONFIG_MAP")

_KNOWN = frozenset(
    {
        "accessEntries",
        "authenticationMode",
        "bootstrapSelfManagedAddons",
        "clusterSecurityGroup",
        "clusterSecurityGroupTags",
        "clusterTags",
        "corednsAddonOptions",
        "createInstanceRole",
        "createOidcProvider",
        "deletionProtection",
        "enableConfigMapMutable",
        "enabledClusterLogTypes",
        "encryptionConfigKeyArn",
        "endpointPrivateAccess",
        "endpointPublicAccess",
        "instanceRoles",
        "ipFamily",
        "kubeProxyAddonOptions",
        "kubernetesServiceIpAddressRange",
        "name",
        "nodeSecurityGroupTags",
        "privateSubnetIds",
        "providerCredentialOpts",
        "proxy",
        "publicAccessCidrs",
        "publicSubnetIds",
        "roleMappings",
        "serviceRole",
        "skipDefaultNodeGroup",
        "skipDefaultSecurityGroups",
        "subnetIds",
        "tags",
        "upgradePolicy",
        "useDefaultVpcCni",
        "userMappings",
        "version",
        "vpcId",
    }
)

_ADDON_KEYS = frozenset(
    {
        "enabled",
        "version",
        "configurationValues",
        "resolveConflictsOnCreate",
        "resolveConflictsOnUpdate",
    }
)

_OBJECT_KEYS: Mapping[str, frozenset[str]] = {
    "corednsAddonOptions": _ADDON_KEYS,
    "kubeProxyAddonOptions": _ADDON_KEYS,
    "providerCredentialOpts": frozenset({"profileName", "roleArn"}),
    "upgradePolicy": frozenset({"supportType"}),
}

_ACCESS_ENTRY_KEYS = frozenset(
    {"principalArn", "accessPolicies", "kubernetesGroups", "tags", "type", "username"}
)


class OptionsError(Exception):
    """Inputs that the stand-in refuses.

    Attributes:
        mistakes: for each input's path, what is wrong with it.
    """

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        lines = (f"{path}: {reason}" for path, reason in sorted(mistakes.items()))
        super().__init__("; ".join(lines))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Options:
    """The inputs, checked; the names are those of `pulumi_eks.ClusterArgs`.

    Attributes:
        inputs: every given input by its wire name.
        vpc_id: the cluster's network.
        subnet_ids: the cluster's subnets: the given ones, or the public and then the private.
        config_map: whether principals may come from the ConfigMap aws-auth.
        instance_roles: roles of the nodes.
    """

    inputs: Inputs
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    config_map: bool
    instance_roles: Sequence[aws.iam.Role]

    def get(self, name: str) -> pulumi.Input[Any] | None:
        """An input that may be an Output, or None when it was not given."""
        return self.inputs.get(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A plain boolean input."""
        value = self.inputs.get(name)
        return default if value is None else bool(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A plain object input, or an empty one."""
        return cast("Mapping[str, Any]", self.inputs.get(name) or {})

    @property
    def upgrade_policy(self) -> aws.eks.ClusterUpgradePolicyArgs | None:
        """What EKS does when standard support ends; None leaves it to EKS."""
        given = self.mapping("upgradePolicy")
        kind = given.get("supportType")
        return aws.eks.ClusterUpgradePolicyArgs(support_type=kind) if kind else None

    def items(self, name: str) -> Sequence[Any]:
        """A list input, or an empty one."""
        return cast("Sequence[Any]", self.inputs.get(name) or ())


def read(inputs: Inputs) -> Options:
    """Checks the inputs of a cluster.

    Raises:
        OptionsError: one of them is not known to the stand-in, or they do not go together; the
            message names every mistake.
    """
    given = {key: value for key, value in inputs.items() if value is not None}
    mistakes = dict.fromkeys(given.keys() - _KNOWN, "is not known to the eks stand-in")
    mistakes |= _values(given) | _combinations(given)
    if mistakes:
        raise OptionsError(mistakes)
    return Options(
        inputs=given,
        vpc_id=given["vpcId"],
        subnet_ids=_subnets(given),
        config_map=given.get("authenticationMode") != "API",
        instance_roles=cast("Sequence[aws.iam.Role]", given.get("instanceRoles") or ()),
    )


def _values(given: Inputs) -> dict[str, str]:
    mistakes: dict[str, str] = {}
    for name in ("accessEntries", "kubeProxyAddonOptions", "corednsAddonOptions"):
        if isinstance(given.get(name), pulumi.Output):
            mistakes[name] = "must be a plain value, not an Output"
    if mistakes:
        return mistakes
    for name, known in _OBJECT_KEYS.items():
        options = given.get(name)
        if isinstance(options, Mapping):
            for key in cast("Mapping[str, Any]", options).keys() - known:
                mistakes[f"{name}.{key}"] = "is not known to the eks stand-in"
    entries = cast("Mapping[str, Mapping[str, Any]]", given.get("accessEntries") or {})
    for entry, values in entries.items():
        for key in values.keys() - _ACCESS_ENTRY_KEYS:
            mistakes[f"accessEntries.{entry}.{key}"] = "is not known to the eks stand-in"
    coredns = cast("Mapping[str, Any]", given.get("corednsAddonOptions") or {})
    if coredns.get("enabled"):
        mistakes["corednsAddonOptions.enabled"] = "true is not known to the eks stand-in"
    mode = given.get("authenticationMode")
    if mode is not None and mode not in AUTHENTICATION_MODES:
        mistakes["authenticationMode"] = f"must be one of {', '.join(AUTHENTICATION_MODES)}"
    group = given.get("clusterSecurityGroup")
    if group is not None and not isinstance(group, aws.ec2.SecurityGroup | pulumi.Output):
        mistakes["clusterSecurityGroup"] = "must be a security group, not its id"
    if isinstance(given.get("instanceRoles"), pulumi.Output):
        mistakes["instanceRoles"] = "must be a list of roles, not an Output"
    return mistakes


def _combinations(given: Inputs) -> dict[str, str]:
    mistakes: dict[str, str] = {}
    if given.get("skipDefaultNodeGroup") is not True:
        mistakes["skipDefaultNodeGroup"] = "must be true: the eks stand-in makes no node groups"
    if given.get("createInstanceRole") is True:
        mistakes["createInstanceRole"] = "true is not known to the eks stand-in"
    mode = given.get("authenticationMode")
    if mode == "API":
        for name in ("instanceRoles", "roleMappings", "userMappings"):
            if given.get(name):
                mistakes[name] = "cannot be used with authenticationMode API"
    if given.get("accessEntries") and mode not in {"API", "API_AND_CONFIG_MAP"}:
        mistakes["accessEntries"] = "needs authenticationMode API or API_AND_CONFIG_MAP"
    kinds = [name for name in ("publicSubnetIds", "privateSubnetIds") if name in given]
    if "subnetIds" in given and kinds:
        mistakes["subnetIds"] = f"cannot be used together with {' and '.join(kinds)}"
    if "subnetIds" not in given and not kinds:
        mistakes["subnetIds"] = "must be given: the eks stand-in looks up no default VPC"
    if "vpcId" not in given:
        mistakes["vpcId"] = "must be given: the eks stand-in looks up no default VPC"
    return mistakes


def _subnets(given: Inputs) -> pulumi.Input[Sequence[str]]:
    if "subnetIds" in given:
        return given["subnetIds"]
    public = pulumi.Output.from_input(given.get("publicSubnetIds") or [])
    private = pulumi.Output.from_input(given.get("privateSubnetIds") or [])
    return pulumi.Output.all(public, private).apply(lambda kinds: [*kinds[0], *kinds[1]])
