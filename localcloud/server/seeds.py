"""What an AWS account has before anybody uses it: an administrator, a role of EC2's, images."""

import configparser
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from moto.ec2.models import ec2_backends
from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends

from catalogue.minors import MINORS
from catalogue.versions import NodeArchitecture
from localcloud.state import ACCOUNT_ID, REGION, StateFolder

if TYPE_CHECKING:
    from localcloud.aws import AwsClients

USER = "platform-engineer"

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_EKS_IMAGES = "602401143452"
"""Account of EKS, which owns its images in most regions.
https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html"""
_OLDER_IMAGE = "v20260817"
"""Release of the EKS-optimized image that the local cloud offers beside the catalogue's."""


def plant(aws: "AwsClients", state: StateFolder) -> None:
    """Makes it all, and writes the administrator's credentials where clients look for them."""
    aws.iam.create_user(UserName=USER)
    aws.iam.attach_user_policy(UserName=USER, PolicyArn=_ADMINISTRATOR)
    key = aws.iam.create_access_key(UserName=USER)["AccessKey"]
    # docs/aws.md has people make it: AWS makes those of other services itself.
    aws.iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    _write_profile(state, key["AccessKeyId"], key["SecretAccessKey"])
    offer_images(aws)


def offer_images(aws: "AwsClients") -> None:
    """Makes the node images of every minor, with the parameters that name them."""
    for minor, versions in MINORS.items():
        for release in (versions.node_image, _OLDER_IMAGE):
            for architecture in get_args(NodeArchitecture):
                _offer_image(aws, minor, release, architecture)


def _write_profile(state: StateFolder, access_key: str, secret: str) -> None:
    state.credentials.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    profile = configparser.ConfigParser()
    profile["default"] = {"aws_access_key_id": access_key, "aws_secret_access_key": secret}
    state.credentials.touch(mode=0o600)
    with state.credentials.open("w") as file:
        profile.write(file)
    state.aws_config.write_text(f"[default]\nregion = {REGION}\noutput = json\n")


def _offer_image(
    aws: "AwsClients", minor: str, release: str, architecture: NodeArchitecture
) -> None:
    name = f"amazon-eks-node-al2023-{architecture}-standard-{minor}-{release}"
    image = aws.ec2.register_image(
        Name=name, Architecture=architecture, RootDeviceName="/dev/xvda", VirtualizationType="hvm"
    )["ImageId"]
    # moto's RegisterImage takes no notice of the first, and makes it ours.
    made = ec2_backends[ACCOUNT_ID][REGION].amis[image]
    made.architecture = architecture
    made.owner_alias, made.owner_id = "amazon", _EKS_IMAGES
    folder = f"/aws/service/eks/optimized-ami/{minor}/amazon-linux-2023/{architecture}/standard"
    details = json.dumps({"image_id": image, "image_name": name, "schema_version": "2"})
    # Public parameters: their names are AWS's own, which PutParameter refuses to customers.
    parameters = ssm_backends[ACCOUNT_ID][REGION]
    for suffix, value in ((f"{name}/image_id", image), (name, details)):
        _put(parameters, f"{folder}/{suffix}", value)
    if release != _OLDER_IMAGE:
        _put(parameters, f"{folder}/recommended/image_id", image)


def _put(parameters: SimpleSystemManagerBackend, name: str, value: str) -> None:
    made: Any = Parameter(  # moto's metaclass hides the type
        account_id=ACCOUNT_ID,
        name=name,
        value=value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=datetime.now(UTC),
        version=1,
        data_type="text",
    )
    parameters._parameters[name].append(made)
