"""What is in the account, as far as permissions depend on it: read from moto."""

import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import KmsBackend, kms_backends
from moto.kms.utils import KEY_ID_LEN
from moto.logs.models import logs_backends
from moto.route53.models import route53_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends

from localcloud.server.identity import PARTITION
from localcloud.server.permissions.patterns import UnknownError
from localcloud.state import ACCOUNT_ID


def iam() -> IAMBackend:
    """IAM."""
    return iam_backends[ACCOUNT_ID][PARTITION]


def role_arn(name: str) -> str | None:
    """ARN of the role with this name, with its path."""
    return next((role.arn for role in list(iam().roles.values()) if role.name == name), None)


def boundary_of(role: str) -> str | None:
    """ARN of the permissions boundary of the role with this name."""
    roles = list(iam().roles.values())
    return next((it.permissions_boundary_arn for it in roles if it.name == role), None)


def instance_profile_arn(name: str) -> str | None:
    """ARN of the instance profile with this name, with its path."""
    profiles = list(iam().instance_profiles.values())
    return next((it.arn for it in profiles if it.name == name), None)


def group_arn(region: str, name: str) -> str | None:
    """ARN of the Auto Scaling group with this name."""
    group = autoscaling_backends[ACCOUNT_ID][region].autoscaling_groups.get(name)
    return group.arn if group else None


def group_of(region: str, instance: str) -> str | None:
    """Name of the Auto Scaling group of an instance."""
    groups = list(autoscaling_backends[ACCOUNT_ID][region].autoscaling_groups.values())
    return next(
        (
            it.name
            for it in groups
            if instance in [state.instance.id for state in it.instance_states]
        ),
        None,
    )


def image_owner(region: str, identifier: str) -> str:
    """``amazon``, or the account that owns an image.

    Raises:
        UnknownError: there is no such image.
    """
    image = ec2_backends[ACCOUNT_ID][region].amis.get(identifier)
    if image is None:
        raise UnknownError(f"the image {identifier} is not known to the local cloud")
    return str(image.owner_alias or image.owner_id)


def key_arn(region: str, named: str) -> str | None:
    """ARN of a KMS key that is named by id, ARN or alias."""
    kms: KmsBackend = kms_backends[ACCOUNT_ID][region]
    plain = named.rpartition(":key/")[2] if ":key/" in named else named.rpartition(":")[2]
    found = kms.get_key_id_from_alias(plain) if plain.startswith("alias/") else plain
    key = kms.keys.get(found.rpartition("/")[2]) if found else None
    return key.arn if key else None


def aliases_of(region: str, identifier: str) -> Sequence[str]:
    """Names of the aliases of the KMS key with this id."""
    kms: KmsBackend = kms_backends[ACCOUNT_ID][region]
    return [it.alias_name for it in kms.list_aliases(identifier)]


def key_of(ciphertext: bytes) -> str:
    """Id of the KMS key that encrypted a text; moto writes it before it."""
    return ciphertext[:KEY_ID_LEN].decode(errors="replace")


def secret_arn(region: str, named: str) -> str | None:
    """ARN of a secret that is named by name or ARN."""
    secrets = list(secretsmanager_backends[ACCOUNT_ID][region].secrets.values())
    return next((it.arn for it in secrets if named in (it.name, it.arn)), None)


def launch_template_id(region: str, name: str) -> str | None:
    """Id of the launch template with this name."""
    return ec2_backends[ACCOUNT_ID][region].launch_template_name_to_ids.get(name)


def template_id(region: str, template: Mapping[str, str]) -> str:
    """Id of a launch template that is told by its id or name; empty if there is none."""
    named = template.get("LaunchTemplateName", "")
    return template.get("LaunchTemplateId") or launch_template_id(region, named) or ""


def template_data(region: str, template: Mapping[str, str]) -> Mapping[str, Any]:
    """What a launch template says; nothing where there is none.

    Args:
        region: of the template.
        template: its id or name, and its version.
    """
    found = ec2_backends[ACCOUNT_ID][region].launch_templates.get(template_id(region, template))
    if found is None:
        return {}
    try:
        data: Mapping[str, Any] = found.get_version(template.get("Version", "$Default")).data
    except InvalidLaunchTemplateVersionNotFound:
        return {}
    return data


def roles_of_template(region: str, template: Mapping[str, str]) -> Sequence[str]:
    """ARNs of the roles that instances of a launch template take on.

    Args:
        region: of the template.
        template: its id or name, and its version.
    """
    profile = template_data(region, template).get("IamInstanceProfile") or {}
    profiles = list(iam().instance_profiles.values())
    names = (profile.get("Arn"), profile.get("Name"))
    return [role.arn for it in profiles if it.arn in names or it.name in names for role in it.roles]


def attachment(region: str, attachment_id: str) -> tuple[str, str] | None:
    """Network interface and instance of an attachment."""
    for interface in list(ec2_backends[ACCOUNT_ID][region].enis.values()):
        if interface.attachment_id == attachment_id and interface.instance is not None:
            return interface.id, interface.instance.id
    return None


def association(region: str, association_id: str) -> tuple[str, str] | None:
    """Route table and subnet or gateway of an association of a route table."""
    for table in list(ec2_backends[ACCOUNT_ID][region].route_tables.values()):
        if association_id in table.all_associations_ids:
            return table.id, str(table._associations.get(association_id, ""))
    return None


def vpc_of(region: str, resource: str) -> str | None:
    """Id of the VPC of a subnet, a security group, a network interface or a route table."""
    ec2 = ec2_backends[ACCOUNT_ID][region]
    if resource.startswith("sg-"):
        group = ec2.get_security_group_from_id(resource)
        return group.vpc_id if group else None
    if resource.startswith("subnet-"):
        subnets = [zone[resource] for zone in list(ec2.subnets.values()) if resource in zone]
        return subnets[0].vpc_id if subnets else None
    if resource.startswith("eni-"):
        interface = ec2.enis.get(resource)
        return interface.subnet.vpc_id if interface and interface.subnet else None
    if resource.startswith("rtb-"):
        table = ec2.route_tables.get(resource)
        return table.vpc_id if table else None
    raise UnknownError(f"the VPC of {resource} is not known to the local cloud")


def tags_of(arn: str) -> Mapping[str, str]:
    """Tags of a resource; none of what does not exist.

    Raises:
        UnknownError: nobody looks for tags of this kind of resource.
    """
    _, _, service, region, _, resource = arn.split(":", 5)
    reader = _TAGS.get(service)
    if reader is None:
        raise UnknownError(f"the local cloud does not look for the tags of {arn}")
    return reader(region, resource, arn)


def policy_on(arn: str) -> str | None:
    """The policy on a resource, as JSON; None where it has none, or nothing of its kind has any."""
    service, region, resource = (arn.split(":", 5)[at] for at in (2, 3, 5))
    if service == "kms" and resource.startswith("key/"):
        key = kms_backends[ACCOUNT_ID][region].keys.get(resource.removeprefix("key/"))
        return str(key.policy) if key else None
    if service == "sqs":
        queue = sqs_backends[ACCOUNT_ID][region].queues.get(resource)
        return queue.policy if queue else None
    if service == "s3":
        bucket = s3_backends[ACCOUNT_ID][PARTITION].buckets.get(resource.partition("/")[0])
        return bucket.policy.decode() if bucket and bucket.policy else None
    if service == "iam" and resource.startswith("role/"):
        roles = list(iam().roles.values())
        trust = next((it.assume_role_policy_document for it in roles if it.arn == arn), None)
        return urllib.parse.unquote(trust) if trust else None
    return None


def _tag_map(tags: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Tags as a mapping; moto keeps them in several forms."""
    if isinstance(tags, Mapping):
        return {
            key: str(value["Value"]) if isinstance(value, Mapping) else str(value)
            for key, value in tags.items()
        }
    lower = [{key.lower(): value for key, value in tag.items()} for tag in tags]
    return {str(tag["key"]): str(tag["value"]) for tag in lower}


def _tags_in_iam(_region: str, resource: str, arn: str) -> Mapping[str, str]:
    kept: Mapping[str, Mapping[str, Any]] = {
        "role": iam().roles,
        "instance-profile": iam().instance_profiles,
        "oidc-provider": iam().open_id_providers,
        "policy": iam().managed_policies,
    }
    kind = resource.partition("/")[0]
    if kind not in kept:
        raise UnknownError(f"the local cloud does not look for the tags of {arn}")
    found = next((it for it in list(kept[kind].values()) if it.arn == arn), None)
    return _tag_map(found.tags or {}) if found else {}


def _tags_of_group(region: str, resource: str, _arn: str) -> Mapping[str, str]:
    groups = autoscaling_backends[ACCOUNT_ID][region].autoscaling_groups
    group = groups.get(resource.rpartition("/")[2])
    return _tag_map(group.tags) if group else {}


def _tags_of_queue(region: str, resource: str, _arn: str) -> Mapping[str, str]:
    queue = sqs_backends[ACCOUNT_ID][region].queues.get(resource)
    return _tag_map(queue.tags) if queue else {}


def _tags_of_zone(_region: str, resource: str, _arn: str) -> Mapping[str, str]:
    kept = route53_backends[ACCOUNT_ID][PARTITION].resource_tags
    return _tag_map(kept.get(resource.rpartition("/")[2], {}))


def _tags_of_ec2(region: str, resource: str, _arn: str) -> Mapping[str, str]:
    return _tag_map(ec2_backends[ACCOUNT_ID][region].tags.get(resource.rpartition("/")[2], {}))


def _tags_of_balancer(region: str, _resource: str, arn: str) -> Mapping[str, str]:
    return _tag_map(
        elbv2_backends[ACCOUNT_ID][region].tagging_service.get_tag_dict_for_resource(arn)
    )


def _tags_of_key(region: str, resource: str, _arn: str) -> Mapping[str, str]:
    tagger = kms_backends[ACCOUNT_ID][region].tagger
    return _tag_map(tagger.get_tag_dict_for_resource(resource.removeprefix("key/")))


def _tags_of_log_group(region: str, resource: str, arn: str) -> Mapping[str, str]:
    group = arn.partition(":log-stream:")[0] if ":log-stream:" in resource else arn
    return _tag_map(logs_backends[ACCOUNT_ID][region].tagger.get_tag_dict_for_resource(group))


def _tags_of_rule(region: str, _resource: str, arn: str) -> Mapping[str, str]:
    return _tag_map(events_backends[ACCOUNT_ID][region].tagger.get_tag_dict_for_resource(arn))


_TAGS: Mapping[str, Callable[[str, str, str], Mapping[str, str]]] = {
    "autoscaling": _tags_of_group,
    "ec2": _tags_of_ec2,
    "elasticloadbalancing": _tags_of_balancer,
    "events": _tags_of_rule,
    "iam": _tags_in_iam,
    "kms": _tags_of_key,
    "logs": _tags_of_log_group,
    "route53": _tags_of_zone,
    "sqs": _tags_of_queue,
}
"""Reads tags by region, the ARN's last part and the ARN."""
