"""What the catalogue is made of: things with a version for each Kubernetes minor."""

from collections.abc import Mapping
from dataclasses import dataclass


class UnsupportedVersionError(ValueError):
    """The catalogue has no such entry, or none for a Kubernetes minor."""


@dataclass(frozen=True)
class Entry:
    """Something with a version of its own.

    Attributes:
        name: what it is called, in errors too.
        versions: its version by Kubernetes minor, such as ``1.34``.
    """

    name: str
    versions: Mapping[str, str]

    def version(self, minor: str) -> str:
        """The version for a Kubernetes minor.

        Raises:
            UnsupportedVersionError: the catalogue has none for it.
        """
        if minor not in self.versions:
            raise UnsupportedVersionError(
                f"{self.name} has no version for Kubernetes {minor} in the catalogue;"
                f" it supports {', '.join(self.versions)}"
            )
        return self.versions[minor]


@dataclass(frozen=True)
class Image(Entry):
    """A container image.

    Attributes:
        versions: by Kubernetes minor its tag, and the digest of what the tag names on all kinds of
            nodes, as ``TAG@sha256:…``; the tag alone where no public record has the digest.
        repository: the registry and the image's name there.
    """

    repository: str

    def version(self, minor: str) -> str:
        """Its tag for a Kubernetes minor.

        Raises:
            UnsupportedVersionError: the catalogue has none for it.
        """
        return super().version(minor).partition("@")[0]

    def pin(self, minor: str) -> str:
        """Its tag, with the digest if there is one: what charts take for a tag.

        Raises:
            UnsupportedVersionError: the catalogue has none for it.
        """
        return super().version(minor)

    def reference(self, minor: str) -> str:
        """What a container takes for the image.

        Raises:
            UnsupportedVersionError: the catalogue has none for it.
        """
        return f"{self.repository}:{self.pin(minor)}"


@dataclass(frozen=True)
class Chart(Entry):
    """A Helm chart; its name is that of the chart.

    Attributes:
        repository: URL of its repository, or of its folder in an OCI registry.
    """

    repository: str

    @property
    def reference(self) -> str:
        """What Helm takes for the chart: its name, or all of its OCI address."""
        return f"{self.repository}/{self.name}" if self.is_oci else self.name

    @property
    def is_oci(self) -> bool:
        """Whether it comes from an OCI registry, which has no repositories."""
        return self.repository.startswith("oci://")
