"""DNS records by which people reach the active cluster."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi
from pulumi_aws import route53

from components.base import Component, ComponentArgs
from components.kubeconfig import api_name, cluster_record_name
from eks_platform_contract.outputs import Cluster
from settings.shared import Zone

TTL = 60
"""Seconds that resolvers keep the records: so long does a switch take to be seen."""


@dataclass(frozen=True, kw_only=True)
class ApiRecordsArgs(ComponentArgs):
    """What `ApiRecords` needs.

    Attributes:
        settings: the API zone.
        zone_id: its Route 53 id.
        cluster: the active cluster.
    """

    settings: Zone
    zone_id: pulumi.Input[str]
    cluster: Cluster


class ApiRecords(Component):
    """The CNAME of the active API server, and the TXT record with its cluster's name.

    Pulumi type: ``eks-platform:apiRecords:ApiRecords``.

    Creates the CNAME ``api.ZONE`` and the TXT record ``eks.ZONE``, both with a TTL of 60
    seconds. Both are of one cluster, so they always name the same colour. The TXT record is
    written second.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        api: `endpoint`, the URL that stays; `cname`, the host and `txt`, the cluster name that
            the records give. Known only once both records are written.

    Raises:
        ValueError: the endpoint is not an https URL.
    """

    MODULE = "apiRecords"

    api: pulumi.Output[dict[str, str]]

    def __init__(
        self, name: str, args: ApiRecordsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        host, cluster_name = host_of(args.cluster.endpoint), args.cluster.name
        stable = api_name(args.settings.name)
        cname = route53.Record(
            f"{name}-cname",
            zone_id=args.zone_id,
            name=stable,
            type="CNAME",
            ttl=TTL,
            records=[host],
            opts=self.child(),
        )
        txt = route53.Record(
            f"{name}-txt",
            zone_id=args.zone_id,
            name=cluster_record_name(args.settings.name),
            type="TXT",
            ttl=TTL,
            records=[cluster_name],
            # One by one: if the first cannot be written, both still name the same colour.
            opts=self.child(depends_on=[cname]),
        )
        said = {"endpoint": f"https://{stable}", "cname": host, "txt": cluster_name}
        self.api = pulumi.Output.all(cname.id, txt.id).apply(lambda _: said)
        self.register_outputs({"api": self.api})


def host_of(endpoint: str) -> str:
    """Host of an API server's URL, in lower case.

    Raises:
        ValueError: it is not an https URL on the usual port, which is all a CNAME can stand for.
    """
    url = urlsplit(endpoint)
    if url.scheme != "https" or not url.hostname or url.port not in (None, 443):
        raise ValueError(f"{endpoint!r} is not the https URL of an API server")
    return url.hostname
