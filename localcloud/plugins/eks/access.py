"""Who may use a cluster: the ConfigMap aws-auth and the kubeconfig."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

NODE_USERNAME = "system:node:{{EC2PrivateDNSName}}"
NODE_GROUPS = ("system:bootstrappers", "system:nodes")


def aws_auth(
    role_mappings: Sequence[Mapping[str, Any]],
    node_roles: Iterable[str],
    user_mappings: Sequence[Mapping[str, Any]],
) -> dict[str, str]:
    """The data of aws-auth: the given role mappings, then those of the nodes; then users.

    Args:
        role_mappings: objects with `roleArn`, `username` and `groups`.
        node_roles: ARNs of the nodes' roles.
        user_mappings: objects with `userArn`, `username` and `groups`.
    """
    roles = [_mapping("rolearn", m["roleArn"], m) for m in role_mappings]
    for arn in node_roles:
        node = {"username": NODE_USERNAME, "groups": NODE_GROUPS}
        roles.append(_mapping("rolearn", arn, node))
    data = {"mapRoles": _to_yaml(roles)}
    if user_mappings:
        users = [_mapping("userarn", m["userArn"], m) for m in user_mappings]
        data["mapUsers"] = _to_yaml(users)
    return data


def kubeconfig(
    *,
    name: str,
    region: str,
    endpoint: str,
    authority: str,
    proxy: str | None,
    credentials: Mapping[str, Any],
) -> dict[str, Any]:
    """A kubeconfig that logs in through ``aws eks get-token``.

    Args:
        name: the cluster's name in EKS.
        region: its region.
        endpoint: URL of its API server.
        authority: base64 of the PEM of its certificate authority.
        proxy: URL of a proxy to it, or None.
        credentials: `roleArn` and `profileName` to use instead of the environment's.
    """
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", name]
    arguments += ["--output", "json"]
    if credentials.get("roleArn"):
        arguments += ["--role", str(credentials["roleArn"])]
    if credentials.get("profileName"):
        arguments += ["--profile", str(credentials["profileName"])]
    version = "client.authentication.k8s.io/v1beta1"
    environment = [{"name": "KUBERNETES_EXEC_INFO", "value": f'{{"apiVersion": "{version}"}}'}]
    cluster = {"server": endpoint, "certificate-authority-data": authority}
    if proxy:
        cluster["proxy-url"] = proxy
    command = {"apiVersion": version, "command": "aws", "args": arguments, "env": environment}
    return {
        "apiVersion": "v1",
        "clusters": [{"cluster": cluster, "name": "kubernetes"}],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "kind": "Config",
        "users": [{"name": "aws", "user": {"exec": command}}],
    }


def _mapping(key: str, arn: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: arn, "username": values["username"], "groups": list(values["groups"])}


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as the component's own YAML library does."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, indentless=False)


def _to_yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=10_000)
