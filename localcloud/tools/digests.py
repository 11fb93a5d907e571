"""The release files that may stand in for a build, as ``digests.yaml`` pins them."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

DIGESTS = Path(__file__).with_name("digests.yaml")
"""Every pinned file, with the public record of its digest in the comments."""

_Url = Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+/\S+$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Member = Annotated[str, Field(pattern=r"^[^/\s]\S*$")]
_Platform = Literal["linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"]

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class ReleaseFile:
    """A program, or an archive with it, at one address.

    Attributes:
        url: where its project publishes it.
        sha256: of the file, in hexadecimal.
        member: path of the program in the archive; None when the file is the program.
    """

    url: str
    sha256: str
    member: str | None


@dataclass(frozen=True)
class ReleaseImage:
    """A container image with the program in one of its layers.

    Attributes:
        url: of the image index, by its digest.
        sha256: of the image index, in hexadecimal.
        member: path of the program, without a leading slash.
        platform: operating system and architecture, such as ``linux/amd64``.
    """

    url: str
    sha256: str
    member: str
    platform: str


Release: TypeAlias = ReleaseFile | ReleaseImage


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+\.\d+$")]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: _Url
    sha256: _Sha256
    member: _Member | None = None


class _Files(_Entry):
    kind: Literal["binary", "tarball"]
    platforms: dict[_Platform, _File]

    @model_validator(mode="after")
    def _members_fit(self) -> "_Files":
        for platform, file in self.platforms.items():
            if (file.member is not None) != (self.kind == "tarball"):
                raise ValueError(f"{platform}: a tarball has a member, a binary has none")
        return self

    def release(self, platform: str) -> Release | None:
        for name, file in self.platforms.items():
            if name == platform:
                return ReleaseFile(file.url, file.sha256, file.member)
        return None


class _Image(_Entry):
    kind: Literal["image"]
    url: Annotated[
        str, Field(pattern=r"^https://[a-z0-9.-]+/v2/[a-z0-9/._-]+/manifests/sha256:[0-9a-f]{64}$")
    ]
    member: _Member

    def release(self, platform: str) -> Release | None:
        # Images hold Linux programs alone; their index says for which machines.
        if not platform.startswith("linux/"):
            return None
        return ReleaseImage(self.url, self.url.rsplit(":", 1)[1], self.member, platform)


_ENTRIES = TypeAdapter(list[Annotated[_Files | _Image, Field(discriminator="kind")]])


def this_platform() -> str:
    """Operating system and architecture of this machine as Go names them: ``linux/amd64``."""
    machine = os.uname()
    return f"{machine.sysname.lower()}/{_MACHINES.get(machine.machine, machine.machine)}"


def release_of(tool: str, version: str, platform: str) -> Release | None:
    """The pinned file of a tool, or None where no digest is pinned.

    Args:
        tool: name of the tool.
        version: its exact version, for example ``v3.6.14``.
        platform: as `this_platform` gives it.

    Raises:
        pydantic.ValidationError: the file of digests is malformed.
    """
    for entry in _entries(DIGESTS):
        if (entry.tool, entry.version) == (tool, version):
            return entry.release(platform)
    return None


@cache
def _entries(path: Path) -> list[_Files | _Image]:
    return _ENTRIES.validate_python(yaml.safe_load(path.read_text()))
