"""The provider's configuration: which keys it takes and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.plugins.kubernetes.values import Json

_TEXTS = ("kubeconfig", "context", "cluster", "namespace", "clusterIdentifier")
_FLAGS = (
    "enableServerSideApply",
    "enablePatchForce",
    "enableConfigMapMutable",
    "enableSecretMutable",
    "upsertExistingObjects",
    "deleteUnreachable",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
)
_PULUMI = ("version", "pluginDownloadURL")


class ConfigError(Exception):
    """A provider setting is not known, or has a value that it cannot have."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class Config:
    """Settings of one kubernetes provider.

    Attributes:
        kubeconfig: content or path; None for $KUBECONFIG.
        context: context to use instead of the current one.
        cluster: cluster to use instead of the context's.
        namespace: namespace of objects that name none; None for the context's.
        patch_force: take fields over from other managers on every write.
        mutable_config_maps: change ConfigMaps in place instead of replacing them.
        mutable_secrets: change Secrets in place instead of replacing them.
        upsert: take over objects that exist already instead of refusing to create them.
        delete_unreachable: forget resources whose cluster does not answer.
        cluster_identifier: tells clusters apart; a new one replaces everything.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    patch_force: bool = False
    mutable_config_maps: bool = False
    mutable_secrets: bool = False
    upsert: bool = False
    delete_unreachable: bool = False
    cluster_identifier: str | None = None


def read(values: Mapping[str, Json]) -> Config:
    """Reads the settings as the engine gives them.

    Raises:
        ConfigError: a key is not known to the stand-in, or a value is not possible.
    """
    unknown = sorted(set(values) - {*_TEXTS, *_FLAGS, *_PULUMI})
    if unknown:
        raise ConfigError(unknown[0], "is not known to the kubernetes stand-in")
    if not _flag(values, "enableServerSideApply", default=True):
        reason = "must be true: the kubernetes stand-in knows no client-side apply"
        raise ConfigError("enableServerSideApply", reason)
    return Config(
        kubeconfig=_text(values, "kubeconfig"),
        context=_text(values, "context"),
        cluster=_text(values, "cluster"),
        namespace=_text(values, "namespace"),
        patch_force=_flag(values, "enablePatchForce"),
        mutable_config_maps=_flag(values, "enableConfigMapMutable"),
        mutable_secrets=_flag(values, "enableSecretMutable"),
        upsert=_flag(values, "upsertExistingObjects"),
        delete_unreachable=_flag(values, "deleteUnreachable"),
        cluster_identifier=_text(values, "clusterIdentifier"),
    )


def _text(values: Mapping[str, Json], key: str) -> str | None:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(key, f"must be a string, not {value!r}")
    return value or None


def _flag(values: Mapping[str, Json], key: str, *, default: bool = False) -> bool:
    value = values.get(key)
    # SDKs send every setting that is no string as JSON in a string.
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    if value is None or value == "":
        return default
    raise ConfigError(key, f"must be true or false, not {value!r}")
