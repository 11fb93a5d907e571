"""Who is who on a cluster: access entries, access policies and aws-auth."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from localcloud.server.eks.errors import (
    InUseError,
    InvalidParameterError,
    InvalidRequestError,
    NotEmulatedError,
    NotFoundError,
)
from localcloud.server.eks.model import AccessEntry, Cluster, Json

POLICIES = (
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEKSAdminViewPolicy",
)
POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/"
NODE_GROUP = "system:nodes"

_TYPES = ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX")
_NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS")
_RESERVED_USERS = ("system:", "eks:", "aws:", "amazon:", "iam:")


@dataclass(frozen=True)
class Identity:
    """A Kubernetes user.

    Attributes:
        username: as RBAC sees it.
        groups: without ``system:authenticated``, which the API server adds.
    """

    username: str
    groups: tuple[str, ...]


def create_entry(
    cluster: Cluster, request: Json, now: float, *, known_principal: bool
) -> AccessEntry:
    """Adds an access entry. Raises EksError."""
    arn = str(request["principalArn"])
    if not known_principal:
        raise InvalidParameterError(
            f"The specified principalArn is invalid: invalid principal {arn}"
        )
    if arn in cluster.entries:
        raise InUseError("The specified access entry resource is already in use on this cluster.")
    kind = str(request.get("type") or "STANDARD")
    if kind not in _TYPES:
        raise NotEmulatedError(f"access entries of type {kind} are not emulated")
    description: Json = {
        "clusterName": cluster.spec.name,
        "principalArn": arn,
        "kubernetesGroups": _checked_groups(request.get("kubernetesGroups") or []),
        "accessEntryArn": _entry_arn(str(cluster.description["arn"]), arn),
        "createdAt": now,
        "modifiedAt": now,
        "tags": request.get("tags") or {},
        "username": _checked_username(request.get("username"), arn),
        "type": kind,
    }
    if kind != "STANDARD":
        if request.get("kubernetesGroups") or request.get("username"):
            raise InvalidParameterError(f"type {kind} takes no kubernetesGroups and no username")
        description["kubernetesGroups"] = [NODE_GROUP]
        description["username"] = "system:node:{{EC2PrivateDNSName}}"
    entry = AccessEntry(description)
    cluster.entries[arn] = entry
    return entry


def _entry_arn(cluster_arn: str, principal: str) -> str:
    """ARN of a new entry: with the account and the principal's plain name, and a part of its own.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
    """
    account, _, identity = principal.split(":", 4)[4].partition(":")
    kind, _, name = identity.partition("/")
    here = cluster_arn.replace(":cluster/", ":access-entry/")
    return f"{here}/{kind}/{account}/{name.rpartition('/')[2]}/{uuid.uuid4()}"


def update_entry(entry: AccessEntry, request: Json, now: float) -> None:
    """Changes groups and user name. Raises EksError."""
    if entry.description["type"] != "STANDARD":
        raise InvalidRequestError("only entries of type STANDARD can be changed")
    if "kubernetesGroups" in request:
        entry.description["kubernetesGroups"] = _checked_groups(request["kubernetesGroups"])
    if "username" in request:
        entry.description["username"] = _checked_username(
            request["username"], entry.description["principalArn"]
        )
    entry.description["modifiedAt"] = now


def associate(entry: AccessEntry, request: Json, now: float) -> Json:
    """Gives an access policy to an entry. Raises EksError."""
    arn = str(request["policyArn"])
    if entry.description["type"] != "STANDARD":
        raise InvalidRequestError("access policies go with entries of type STANDARD only")
    if arn.removeprefix(POLICY_ARN) not in POLICIES:
        raise InvalidParameterError(f"access policy {arn} is not known to the local cloud")
    scope = request["accessScope"]
    if scope["type"] != "cluster":
        raise NotEmulatedError("access policies limited to namespaces are not emulated")
    association = {
        "policyArn": arn,
        "accessScope": {"type": "cluster", "namespaces": []},
        "associatedAt": now,
        "modifiedAt": now,
    }
    entry.policies[arn] = association
    return association


def entry_of(cluster: Cluster, arn: str) -> AccessEntry:
    """The entry of a principal. Raises NotFoundError."""
    found = cluster.entries.get(arn)
    if found is None:
        raise NotFoundError(
            f"The specified principalArn could not be found. ({arn} on {cluster.spec.name})"
        )
    return found


def identify(cluster: Cluster, identity_arn: str, values: Mapping[str, str]) -> Identity | None:
    """The Kubernetes user of an IAM user or role, or None for a stranger.

    Args:
        cluster: where.
        identity_arn: of the IAM user or role.
        values: for the placeholders of user names, for example ``SessionName``.
    """
    mode = cluster.description["accessConfig"]["authenticationMode"]
    entry = cluster.entries.get(identity_arn) if mode != "CONFIG_MAP" else None
    if entry is not None:
        policies = [f"eks:access-policy:{arn.removeprefix(POLICY_ARN)}" for arn in entry.policies]
        groups = (*entry.description["kubernetesGroups"], *policies)
        return Identity(_filled(str(entry.description["username"]), values), groups)
    if mode == "API" or cluster.runtime is None:
        return None
    return _from_config_map(cluster.runtime.aws_auth(), identity_arn, values)


def _from_config_map(
    data: Mapping[str, str], identity_arn: str, values: Mapping[str, str]
) -> Identity | None:
    for key, field in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        listed: Any = yaml.safe_load(data.get(key, "") or "[]")
        for mapping in cast("list[Json]", listed):
            if _same_principal(str(mapping.get(field, "")), identity_arn):
                username = _filled(str(mapping.get("username", identity_arn)), values)
                return Identity(username, tuple(mapping.get("groups") or ()))
    return None


def _same_principal(mapped: str, identity_arn: str) -> bool:
    # aws-auth names roles without their path.
    return mapped == re.sub(r":role/.*/", ":role/", identity_arn)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda m: values.get(m[1], m[0]), template)


def _checked_groups(groups: list[str]) -> list[str]:
    for group in groups:
        if group.startswith("system:"):
            raise InvalidParameterError(
                f"The kubernetes group name {group} is invalid, it cannot start with system:"
            )
    return list(groups)


def _checked_username(username: str | None, arn: str) -> str:
    if username is None:
        if ":role/" not in arn:
            return arn
        account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    if username.startswith(_RESERVED_USERS):
        raise InvalidParameterError(f"The username {username} is invalid: reserved prefix")
    return username
