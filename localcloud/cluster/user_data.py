"""Reads the user data of an Amazon Linux 2023 node as its nodeadm would."""

import email
import email.policy
import shlex
from dataclasses import dataclass
from typing import Any, cast

import yaml

_NODE_CONFIG = "application/node.eks.aws"
_API_VERSION = "node.eks.aws/v1alpha1"


class UserDataError(ValueError):
    """The user data does not make a node; the message says why."""


@dataclass(frozen=True)
class Taint:
    """A taint that a kubelet registers with."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class NodeConfig:
    """What a node knows of its cluster.

    Attributes:
        cluster: cluster name.
        endpoint: URL of the API server.
        certificate_authority: base64 of the PEM.
        labels: of the kubelet's flag ``--node-labels``.
        taints: of the kubelet's flag ``--register-with-taints``, and of its configuration.
        max_pods: of the kubelet's configuration; None where nodeadm counts them itself.
    """

    cluster: str
    endpoint: str
    certificate_authority: str
    labels: dict[str, str]
    taints: tuple[Taint, ...]
    max_pods: int | None = None


def parse(user_data: str) -> NodeConfig:
    """The node's configuration.

    Args:
        user_data: MIME multi-part text with a NodeConfig document.

    Raises:
        UserDataError: there is no such document, or it lacks what a node needs.
    """
    message = email.message_from_string(user_data, policy=email.policy.default)
    documents = [
        part.get_content() for part in message.walk() if part.get_content_type() == _NODE_CONFIG
    ]
    texts = [text.decode() if isinstance(text, bytes) else str(text) for text in documents]
    merged: dict[str, Any] = {}
    for text in texts:
        merged = _merge(merged, _document(text))
    if not merged:
        raise UserDataError(f"no {_NODE_CONFIG} part")
    cluster = merged.get("spec", {}).get("cluster", {})
    missing = [
        key
        for key in ("name", "apiServerEndpoint", "certificateAuthority", "cidr")
        if not cluster.get(key)
    ]
    if missing:
        raise UserDataError(f"NodeConfig lacks spec.cluster.{', spec.cluster.'.join(missing)}")
    kubelet = merged.get("spec", {}).get("kubelet") or {}
    flags, config = _flags(kubelet.get("flags") or []), kubelet.get("config") or {}
    return NodeConfig(
        cluster=str(cluster["name"]),
        endpoint=str(cluster["apiServerEndpoint"]),
        certificate_authority=str(cluster["certificateAuthority"]),
        labels=_labels(flags.get("node-labels", "")),
        taints=(
            *_taints(flags.get("register-with-taints", "")),
            *_configured_taints(config.get("registerWithTaints") or []),
        ),
        max_pods=config.get("maxPods"),
    )


def _document(text: str) -> dict[str, Any]:
    try:
        document: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserDataError(f"NodeConfig is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise UserDataError("NodeConfig is no map")
    found = cast("dict[str, Any]", document)
    if found.get("apiVersion") != _API_VERSION or found.get("kind") != "NodeConfig":
        raise UserDataError(f"expected a NodeConfig of {_API_VERSION}")
    return found


def _merge(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    merged = dict(left)
    for key, value in right.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merge(cast("dict[str, Any]", old), cast("dict[str, Any]", value))
        else:
            merged[key] = value
    return merged


def _flags(flags: list[str]) -> dict[str, str]:
    """As a shell reads them, which starts the kubelet: a value may stand in quotes."""
    words = (word for flag in flags for word in shlex.split(flag))
    split = (word.removeprefix("--").partition("=") for word in words)
    return {name: value for name, _, value in split}


def _labels(text: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in text.split(",") if item)
    return {key: value for key, _, value in pairs}


def _configured_taints(given: list[dict[str, str]]) -> tuple[Taint, ...]:
    try:
        return tuple(Taint(it["key"], it.get("value", ""), it["effect"]) for it in given)
    except KeyError as error:
        raise UserDataError(f"a taint of registerWithTaints has no {error}") from error


def _taints(text: str) -> tuple[Taint, ...]:
    taints: list[Taint] = []
    for item in text.split(","):
        if not item:
            continue
        rest, colon, effect = item.rpartition(":")
        if not colon:
            raise UserDataError(f"taint {item!r} has no effect")
        key, _, value = rest.partition("=")
        taints.append(Taint(key, value, effect))
    return tuple(taints)
