"""A cluster and its zones, to try add-ons on."""

import json
from collections.abc import Callable, Collection, Mapping

import pulumi
from pulumi_aws import iam

from catalogue.addons import DEFAULT_AUTOSCALER, Autoscaler
from components.addon_stack.addon import Values
from components.addon_stack.site import NodeLaunch, Site
from components.control_plane import ControlPlane, ControlPlaneArgs
from components.kept_log_group import KeptLogGroups
from eks_platform_contract.outputs import Network, Zone, Zones
from handover.live_names import EVERY_NAME, NO_NAME, LiveNames
from handover.writers import Writer, writers
from settings.addons import AddonSettings
from settings.colour import ColourSettings
from settings.keda import Keda
from settings.names import Colour
from settings.nodes import Nodes
from tests.unit.components.eks_answer import CLUSTER, ISSUER, answer
from tests.unit.pulumi_harness import Answer, Checks, Ran, State, ensure_event_loop, run

TAGS = {"Stack": "blue"}
PRIVATE = Zone(id="ZPRIVATE", name="devinfra.local", arn="arn:aws:route53:::hostedzone/ZPRIVATE")
PUBLIC = Zone(id="ZPUBLIC", name="devinfra.fr", arn="arn:aws:route53:::hostedzone/ZPUBLIC")
API = Zone(id="ZAPI", name="devinfra.info", arn="arn:aws:route53:::hostedzone/ZAPI")
ZONES = Zones(public=PUBLIC, private=PRIVATE, api=API)
NETWORK = Network(
    vpc_id="vpc-1",
    vpc_cidr="10.40.0.0/16",
    public_subnet_ids=("subnet-4", "subnet-5", "subnet-6"),
    private_subnet_ids=("subnet-1", "subnet-2", "subnet-3"),
)
OIDC_PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CRON_JOB = "kubernetes:batch/v1:CronJob"
KEY = "-----BEGIN EC PRIVATE KEY-----"
KEY_PKCS8 = "-----BEGIN PRIVATE KEY-----"
ADDON = "aws:eks/addon:Addon"


def writer(name: str, colour: Colour = "blue", names: LiveNames = EVERY_NAME) -> Writer:
    """The writer of that name on a colour; a live one writes these names."""
    pairs = [
        writers(colour, ZONES, live=False),
        writers(colour, ZONES, live=True, names=names),
    ]
    (found,) = [w for pair in pairs for w in pair if w.name == name]
    return found


def control_plane(colour: Colour = "blue") -> ControlPlane:
    """The control plane of a colour."""
    args = ControlPlaneArgs(
        tags=TAGS,
        settings=settings(colour=colour),
        network=NETWORK,
        cluster_tags={},
        service_cidr=SERVICE_CIDR,
        node_role=iam.Role("node", name="node", assume_role_policy="{}"),
        users=(),
        kept_log_groups=KeptLogGroups(),
    )
    return ControlPlane(f"eks-{colour}", args)


def run_on_cluster(
    program: Callable[[ControlPlane], None], *, colour: Colour = "blue", preview: bool = False
) -> Ran:
    """Runs a program on a colour's control plane.

    A preview is one of a platform that is up: the cluster's outputs and the ids of what its report
    waits for are known.
    """

    def with_cluster(_: Checks) -> None:
        program(control_plane(colour))

    state: dict[str, Answer | State] = {
        CLUSTER: answer(f"eks-{colour}"),
        DEPLOYMENT: {"id": "namespace/name"},
        CRON_JOB: {"id": "namespace/name"},
        "aws:kms/key:Key": {"keyId": "key-1"},
        "tls:index/privateKey:PrivateKey": {"privateKeyPem": KEY, "privateKeyPemPkcs8": KEY_PKCS8},
        "tls:index/selfSignedCert:SelfSignedCert": certificate,
        "tls:index/certRequest:CertRequest": request,
        "tls:index/locallySignedCert:LocallySignedCert": certificate,
    }
    return run(with_cluster, stack=colour, resources=state, preview=preview)


def certificate(inputs: State) -> State:
    """A certificate that says for what it is."""
    name = inputs["subject"]["commonName"] if "subject" in inputs else inputs["certRequestPem"]
    return {"certPem": f"certificate of {name}"}


def request(inputs: State) -> State:
    """A certificate request that says for what it is."""
    return {"certRequestPem": inputs["subject"]["commonName"]}


def node(name: str = "nodes") -> pulumi.Resource:
    """Something that add-ons wait for."""
    return iam.InstanceProfile(name, name=name)


GROUPS: Mapping[str, Mapping[str, object]] = {
    "on-demand": {"capacity": "on-demand", "instanceTypes": ("m7i.large",), "min": 3, "max": 9},
    "spot": {"capacity": "spot", "instanceTypes": ("m7i.large", "m6i.large"), "min": 1, "max": 9},
}
SYSTEM_GROUPS = {"on-demand": GROUPS["on-demand"]}
"""Groups beside Karpenter."""

SERVICE_CIDR = "172.20.0.0/16"
KEDA: Mapping[str, object] = {"queues": ["orders", "films.fifo"], "cloudwatch": True}
"""All that KEDA may be let read."""


def settings(
    *,
    colour: Colour = "blue",
    minor: str = "1.34",
    disabled: Collection[str] = (),
    overrides: Mapping[str, Values] | None = None,
    secret: bool = False,
    isolated: bool = False,
    scraped: bool = False,
    autoscaler: Autoscaler = DEFAULT_AUTOSCALER,
    karpenter: Mapping[str, object] | None = None,
    keda: Mapping[str, object] | None = None,
    reserve: Mapping[str, object] | None = None,
) -> ColourSettings:
    """A stack file, whatever the catalogue knows of the minor; `secret`: something of add-ons."""
    said: dict[str, AddonSettings] = {
        name: AddonSettings(enabled=name not in disabled, values=dict(values))
        for name, values in ({key: {} for key in disabled} | dict(overrides or {})).items()
    }
    read = ColourSettings.model_validate(
        {
            "pulumi:stack": colour,
            "pulumi:secretAddons": secret,
            "aws:region": "eu-west-1",
            "kubernetesVersion": "1.34",
            "nodeGroups": GROUPS if autoscaler == DEFAULT_AUTOSCALER else SYSTEM_GROUPS,
            "nodes": Nodes.model_validate_json(
                json.dumps({"autoscaler": autoscaler, "karpenter": dict(karpenter or {})})
            ),
            "keda": None if keda is None else Keda.model_validate_json(json.dumps(dict(keda))),
            "reserve": dict(reserve or {}),
            "logging": {"retentionDays": 30},
            "isolateNamespaces": isolated,
            **({"monitoring": {"prometheus": True}} if scraped else {}),
        }
    )
    return read.model_copy(update={"kubernetes_version": minor, "addons": said})


def site(
    cluster: ControlPlane,
    wanted: ColourSettings | None = None,
    *,
    live_names: LiveNames = NO_NAME,
    live_term: int = 3,
) -> Site:
    """The cluster as add-ons see it."""
    return Site(
        settings=wanted or settings(),
        cluster_name=cluster.cluster_name,
        network=NETWORK,
        service_cidr=SERVICE_CIDR,
        endpoint=cluster.endpoint,
        oidc_provider_arn=cluster.oidc_provider_arn,
        zones=ZONES,
        live_names=live_names,
        live_term=live_term,
        launch=launch(),
    )


def launch() -> NodeLaunch:
    """What nodes start with that an add-on makes."""
    return NodeLaunch(
        image_id=pulumi.Output.from_input("ami-1"),
        instance_profile=pulumi.Output.from_input("eks-blue-node"),
        security_group_id=pulumi.Output.from_input("sg-1"),
        tags=TAGS,
    )


def planned_site(wanted: ColourSettings) -> Site:
    """A cluster that is not there yet."""
    ensure_event_loop()
    unknown = pulumi.Output.from_input("")
    return Site(
        settings=wanted,
        cluster_name=f"eks-{wanted.colour}",
        network=NETWORK,
        service_cidr=SERVICE_CIDR,
        endpoint=unknown,
        oidc_provider_arn=unknown,
        zones=ZONES,
        live_names=NO_NAME,
        live_term=0,
    )
