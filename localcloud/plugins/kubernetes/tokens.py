"""Pulumi's type tokens of Kubernetes kinds."""

from dataclasses import dataclass

_NO_KINDS = {"helm.sh", "kustomize", "yaml"}
"""Modules of the provider whose types are no Kubernetes kinds."""


_PATCH = "Patch"  # the provider has such a type beside each kind's own


class UnknownTokenError(Exception):
    """A type or function of the kubernetes provider that this stand-in does not implement."""

    def __init__(self, token: str, reason: str = "") -> None:
        detail = f" ({reason})" if reason else ""
        super().__init__(f"{token} is not known to the kubernetes stand-in{detail}")


@dataclass(frozen=True)
class Kind:
    """A Kubernetes kind.

    Attributes:
        group: API group; empty for the core group.
        version: for example ``v1``.
        name: for example ``Deployment``.
    """

    group: str
    version: str
    name: str

    @property
    def api_version(self) -> str:
        """As manifests have it: ``v1``, ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> tuple[str, str]:
        """What stays the same from one API version to the next."""
        return self.group, self.name

    @classmethod
    def of_manifest(cls, api_version: str, kind: str) -> "Kind":
        """The kind that a manifest names."""
        group, _, version = api_version.rpartition("/")
        return cls(group, version, kind)


def parse(token: str) -> Kind:
    """The kind of a type token such as ``kubernetes:apps/v1:Deployment``, or of its patch.

    Raises:
        UnknownTokenError: it is neither a kind nor a patch of one: a chart, a list, a YAML file.
    """
    package, _, rest = token.partition(":")
    module, _, name = rest.partition(":")
    # CustomResource makes tokens from manifests, where the core group has no name.
    group, _, version = module.rpartition("/")
    if package != "kubernetes" or not name or not version or group in _NO_KINDS:
        raise UnknownTokenError(token)
    if name.endswith("List"):
        raise UnknownTokenError(token, "lists: declare each object by itself")
    return Kind("" if group == "core" else group, version, name.removesuffix(_PATCH))


def is_patch(token: str) -> bool:
    """Whether resources of a type say parts of an object that may be somebody else's."""
    return token.endswith(_PATCH)
