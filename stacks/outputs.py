"""What the stacks export, as types: the one place that both writers and readers use.

`LiveWriter` and `WriterReport`, two more outputs, are in `stacks.live_writer`.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Output(BaseModel):
    """An exported object: camelCase keys, unknown ones ignored so that more can be added."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True
    )


class Network(Output):
    """Output `network` of the shared stack.

    Attributes:
        vpc_id: id of the VPC.
        vpc_cidr: its IPv4 range.
        public_subnet_ids: three, for internet-facing load balancers.
        private_subnet_ids: three, for control plane, nodes, pods and internal load balancers.
    """

    vpc_id: str
    vpc_cidr: str
    public_subnet_ids: tuple[str, ...]
    private_subnet_ids: tuple[str, ...]


class Zone(Output):
    """A hosted zone.

    Attributes:
        id: Route 53 id, without ``/hostedzone/``.
        name: DNS name, without a final dot.
        arn: ARN, for policies.
    """

    id: str
    name: str
    arn: str


class Zones(Output):
    """Output `zones` of the shared stack."""

    public: Zone
    private: Zone
    api: Zone


class HumanRoles(Output):
    """Output `humanRoles` of the shared stack: ARNs of the roles that people take on."""

    admin: str
    readwrite: str
    readonly: str


class Cluster(Output):
    """Output `cluster` of a colour's stack.

    Attributes:
        name: EKS cluster name.
        arn: its ARN.
        endpoint: URL of the API server.
        certificate_authority: base64 of the PEM that signs the API server's certificate.
        version: Kubernetes minor, for example ``1.34``.
        oidc_provider_arn: IAM OIDC provider for workload roles.
        oidc_issuer: its issuer, without ``https://``.
        security_group_id: the cluster's own security group.
    """

    name: str
    arn: str
    endpoint: str
    certificate_authority: str
    version: str
    oidc_provider_arn: str
    oidc_issuer: str
    security_group_id: str
