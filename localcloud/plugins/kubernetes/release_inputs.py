"""The inputs of a Helm release: what is taken, completed and refused."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.kubernetes.manifest import Mistake
from localcloud.plugins.kubernetes.values import Json, Object, child, child_map, is_list, is_map

TIMEOUT = 300
"""Seconds that a program gets when it sets no timeout; the real provider's."""

_RECORDED = {
    "atomic",
    "cleanupOnFail",
    "dependencyUpdate",
    "description",
    "disableCRDHooks",
    "disableOpenapiValidation",
    "disableWebhooks",
    "forceUpdate",
    "lint",
    "maxHistory",
    "recreatePods",
    "renderSubchartNotes",
    "replace",
    "resetValues",
    "skipAwait",
    "takeOwnership",
    "timeout",
    "waitForJobs",
}
"""Options that tell Helm how to go about it; recorded, and of no effect here."""

_EFFECTIVE = {
    "allowNullValues",
    "chart",
    "createNamespace",
    "name",
    "namespace",
    "repositoryOpts",
    "skipCrds",
    "values",
    "version",
}
_OF_THE_SDK = {"compat"}
_REFUSED = {
    "devel": "a floating version",
    "keyring": "signatures of charts are not looked at",
    "manifest": "charts are not rendered",
    "postrender": "charts are not rendered",
    "resourceNames": "charts are not rendered",
    "reuseValues": "values are those of the program alone",
    "valueYamlFiles": "give the values themselves",
    "verify": "signatures of charts are not looked at",
}
_REPOSITORY = {"repo", "username", "password", "caFile", "certFile", "keyFile"}

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME = 53  # Helm's
_CHART = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9_.]*")
_OCI = re.compile(r"oci://[^/\s]+(/[-a-z0-9_.]+)+")
_VERSION = re.compile(
    r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-.]+)?(\+[0-9A-Za-z-.]+)?"
)


def complete(
    declared: Mapping[str, Json],
    before: Json,
    *,
    resource_name: str,
    seed: bytes,
    namespace: str,
) -> Object:
    """The whole inputs of a declared release.

    Args:
        declared: the properties that the program gives, null ones included.
        before: inputs of the last update, or None.
        resource_name: its name in the program, from which one is made where none is given.
        seed: what the engine gives for random choices.
        namespace: default namespace.
    """
    # Since 4.30.0 the real provider keeps null values, whatever allowNullValues says: Helm takes
    # away what the chart has there by default.
    found: Object = {
        key: value if key == "values" else without_nulls(value)
        for key, value in declared.items()
        if value is not None and key not in _OF_THE_SDK
    }
    if not found.get("name"):
        digest = hashlib.sha256(seed).hexdigest()[:8]
        found["name"] = child(before, "name") or f"{resource_name}-{digest}"
    if not found.get("namespace"):
        found["namespace"] = namespace
    if not found.get("skipAwait"):
        found.setdefault("timeout", TIMEOUT)
    return found


def without_nulls(value: Json) -> Json:
    """`value` without the entries that are null, at any depth."""
    if is_map(value):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if is_list(value):
        return [without_nulls(item) for item in value if item is not None]
    return value


def mistakes(inputs: Object) -> list[Mistake]:
    """What is refused in complete inputs, before any server is asked."""
    return [*_properties(inputs), *_name(inputs), *_chart(inputs), *_version(inputs)]


def _properties(inputs: Object) -> Iterable[Mistake]:
    for key in inputs:
        if inputs[key] is False and key in {"devel", "reuseValues", "verify"}:
            continue
        if key in _REFUSED:
            yield Mistake(key, f"is not known to the kubernetes stand-in: {_REFUSED[key]}")
        elif key not in _RECORDED | _EFFECTIVE:
            yield Mistake(key, "is not known to the kubernetes stand-in")
    values = inputs.get("values", {})
    if not is_map(values) and values != UNKNOWN:
        yield Mistake("values", "must be an object")
    for key in child_map(inputs, "repositoryOpts"):
        if key not in _REPOSITORY:
            yield Mistake(f"repositoryOpts.{key}", "is not known to the kubernetes stand-in")


def _name(inputs: Object) -> Iterable[Mistake]:
    name = str(inputs["name"])
    if name != UNKNOWN and (not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME):
        yield Mistake(
            "name",
            f"{name!r} is no name of a release: at most {_LONGEST_NAME} small letters, digits, "
            "dots and hyphens, with a letter or a digit at both ends",
        )


def _chart(inputs: Object) -> Iterable[Mistake]:
    chart, repo = inputs.get("chart"), child(inputs, "repositoryOpts", "repo")
    if UNKNOWN in (chart, repo, inputs.get("repositoryOpts")):
        return
    if not isinstance(chart, str) or not chart:
        yield Mistake("chart", 'missing required property "chart"')
    elif chart.startswith("oci://"):
        if not _OCI.fullmatch(chart):
            yield Mistake("chart", f"{chart!r} is no address such as oci://HOST/PATH/CHART")
        if repo is not None:
            yield Mistake("repositoryOpts.repo", "is of no use beside an oci:// chart")
    elif _is_path(chart):
        if repo is not None:
            yield Mistake("repositoryOpts.repo", "is of no use beside the path of a chart")
    elif not _CHART.fullmatch(chart):
        yield Mistake(
            "chart",
            f"{chart!r}: the kubernetes stand-in knows charts by name with repositoryOpts.repo, "
            "by an oci:// address, and by a path that begins with ./, ../ or /",
        )
    elif not isinstance(repo, str) or not repo.startswith(("https://", "http://")):
        yield Mistake(
            "repositoryOpts.repo", f"must be the URL of the repository that holds {chart}"
        )


def _is_path(chart: str) -> bool:
    """Whether a chart is named by where it lies.

    The real provider takes every other name for a path too, where there happens to be such a file.
    """
    return chart.startswith(("./", "../", "/"))


def _version(inputs: Object) -> Iterable[Mistake]:
    version = inputs.get("version")
    if version == UNKNOWN:
        return
    if not isinstance(version, str) or not version:
        yield Mistake("version", "is missing, so it would float; name one version of the chart")
    elif not _VERSION.fullmatch(version):
        yield Mistake("version", f"{version!r} is not one exact version such as 1.2.3")
