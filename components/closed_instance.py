"""What every instance of the platform has: guarded credentials, an encrypted disk, no way in."""

import pulumi
from pulumi_aws import ec2

TAGGED = ("instance", "volume", "network-interface")
"""What an instance brings along that carries its tags."""

METADATA_OPTIONS: ec2.LaunchTemplateMetadataOptionsArgsDict = {
    "http_endpoint": "enabled",
    "http_tokens": "required",
    # One hop: of pods, only those on the host network reach the instance's credentials.
    "http_put_response_hop_limit": 1,
    "instance_metadata_tags": "disabled",
}
"""Metadata by session token alone (IMDSv2)."""

ROOT_DEVICE = "/dev/xvda"
"""Of the Amazon Linux 2023 image."""


def root_disk(gib: int) -> ec2.LaunchTemplateBlockDeviceMappingArgsDict:
    """An encrypted disk that goes with its instance.

    Args:
        gib: its size.
    """
    return {
        "device_name": ROOT_DEVICE,
        "ebs": {
            "volume_type": "gp3",
            "volume_size": gib,
            "encrypted": "true",
            "delete_on_termination": "true",
        },
    }


def network_interface(
    security_group_id: pulumi.Input[str],
) -> ec2.LaunchTemplateNetworkInterfaceArgsDict:
    """An interface without a public address, in one security group."""
    return {
        "device_index": 0,
        "associate_public_ip_address": "false",
        "delete_on_termination": "true",
        "security_groups": [security_group_id],
    }
