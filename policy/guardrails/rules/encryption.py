"""Data at rest, and the keys it is under."""

from collections.abc import Iterable, Iterator

from guardrails.node import Node
from guardrails.rule import Rule, Seen

_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_EBS_DRIVER = "ebs.csi.aws.com"
_LEAST_WINDOW = 14
_DEFAULT_WINDOW = 30


def _disks(resource: Seen) -> Iterable[Node]:
    devices = list(resource.props["blockDeviceMappings"].each())
    return [device["ebs"] for device in devices if not device["ebs"].missing]


def _encrypted(part: Node, _: Seen) -> Iterator[str]:
    if not part["encrypted"].flag(default=False):
        yield f"{part.path + '.' if part.path else ''}encrypted is not true"


def _storage_class(part: Node, _: Seen) -> Iterator[str]:
    is_ebs = part["provisioner"].text() == _EBS_DRIVER
    if is_ebs and not part.at("parameters", "encrypted").flag(default=False):
        yield "parameters.encrypted is not true"


def _queue(part: Node, _: Seen) -> Iterator[str]:
    managed = part["sqsManagedSseEnabled"]
    if _is_blank(part["kmsMasterKeyId"]) and not managed.flag(default=True):
        yield "sqsManagedSseEnabled is false, and there is no kmsMasterKeyId"


def _secrets(part: Node, _: Seen) -> Iterator[str]:
    configuration = part["encryptionConfig"]
    if "secrets" not in configuration["resources"].texts():
        yield "encryptionConfig does not name secrets"
    elif _is_blank(configuration.at("provider", "keyArn")):
        yield "encryptionConfig.provider.keyArn is not set"


def _is_blank(value: Node) -> bool:
    return not value.unknown and not value.text()


def _rotation(part: Node, _: Seen) -> Iterator[str]:
    symmetric = part["customerMasterKeySpec"].text() in ("", "SYMMETRIC_DEFAULT")
    if symmetric and not part["enableKeyRotation"].flag(default=False):
        yield "enableKeyRotation is not true"


def _window(part: Node, _: Seen) -> Iterator[str]:
    days = part["deletionWindowInDays"].number(default=_DEFAULT_WINDOW)
    if days < _LEAST_WINDOW:
        yield f"deletionWindowInDays is {days}"


RULES = (
    Rule(
        name="node-disks-encrypted",
        says="Disks of nodes are encrypted.",
        reason="They hold images, logs and what pods write.",
        remedy='Set ebs.encrypted to "true" in each blockDeviceMappings',
        types=(_TEMPLATE,),
        parts=_disks,
        check=_encrypted,
    ),
    Rule(
        name="volumes-encrypted",
        says="EBS volumes are encrypted.",
        reason="A snapshot of a clear volume can be read by whoever it is shared with.",
        remedy="Set encrypted to true",
        types=("aws:ebs/volume:Volume",),
        check=_encrypted,
    ),
    Rule(
        name="storage-class-encrypted",
        says="Storage classes of the EBS driver make encrypted volumes.",
        reason="Applications do not say it themselves.",
        remedy='Set parameters.encrypted to "true"',
        types=(_STORAGE_CLASS,),
        check=_storage_class,
    ),
    Rule(
        name="queues-encrypted",
        says="SQS queues are encrypted.",
        reason="Events name instances and accounts.",
        remedy="Set sqsManagedSseEnabled to true or give a kmsMasterKeyId",
        types=("aws:sqs/queue:Queue",),
        check=_queue,
    ),
    Rule(
        name="cluster-secrets-encrypted",
        says="A cluster encrypts its secrets under a KMS key of the platform's own.",
        reason="Else whoever reads a backup of etcd reads every secret.",
        remedy="Give encryptionConfig with resources [secrets] and a key; it cannot be taken"
        " off again",
        severity="critical",
        types=("aws:eks/cluster:Cluster",),
        check=_secrets,
    ),
    Rule(
        name="key-rotation",
        says="KMS keys are rotated each year.",
        reason="What one key has encrypted stays bounded.",
        remedy="Set enableKeyRotation to true",
        severity="medium",
        types=("aws:kms/key:Key",),
        check=_rotation,
    ),
    Rule(
        name="key-deletion-window",
        says=f"A deleted KMS key can be restored for at least {_LEAST_WINDOW} days.",
        reason="Whatever it encrypts is lost with it.",
        remedy="Set deletionWindowInDays to 30",
        severity="medium",
        types=("aws:kms/key:Key",),
        check=_window,
    ),
)
