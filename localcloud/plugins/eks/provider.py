"""The provider that constructs the component."""

import importlib.metadata

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult, Provider

from localcloud.plugins.eks.cluster import Cluster
from localcloud.plugins.eks.options import Inputs, OptionsError, read


class EksProvider(Provider):
    """Knows `eks:index:Cluster`, without its default node group and without methods."""

    def __init__(self) -> None:
        super().__init__(importlib.metadata.version("pulumi-eks"))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Registers the component and its children.

        Raises:
            InputPropertiesError: inputs are refused; each is named.
            pulumi.RunError: another component was asked for.
        """
        if resource_type != "eks:index:Cluster":
            raise pulumi.RunError(f"{resource_type} is not known to the eks stand-in")
        try:
            chosen = read(inputs)
        except OptionsError as error:
            details = [
                InputPropertyErrorDetails(property_path=path, reason=reason)
                for path, reason in sorted(error.mistakes.items())
            ]
            raise InputPropertiesError(f"eks:index:Cluster {name}", details) from error
        cluster = Cluster(name, chosen, options or pulumi.ResourceOptions())
        return ConstructResult(urn=cluster.urn, state=cluster.state)
