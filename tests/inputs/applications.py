"""Manifests whose shapes are those of public charts and examples, and the names that each asks for.

Nobody here chose the shapes: hosts and TLS hosts of any zone, several rules, groups, annotations
that other controllers left behind. Each manifest is written anew in our words, with the annotations
of docs/names.md; its first lines say whose shape it is. What it must yield stands in expected.yaml,
written by hand: this module computes nothing from annotations.

Files below ``gateways`` hold objects of the Gateway API besides. The platform does not install its
kinds, so an API server refuses them; no DNS writer reads them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self, cast

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

Zone = Literal["public", "private"]
Folder = Literal["applications", "gateways"]

ANNOTATIONS: Mapping[Zone, str] = {"public": "PublicDNSName", "private": "PrivateDNSName"}
"""What asks for names, by kind of zone."""

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
"""ARN that stands for a certificate: whoever applies a file puts one that exists in its place."""

_HERE = Path(__file__).parent
_NOT_SERVED = ("gateway.networking.k8s.io", "gateway.k8s.aws")
_SOURCE = re.compile(r"# ([\w.-]+/[\w.-]+) (\S+):( .+)?\n")


class Name(BaseModel):
    """A name that an application must get.

    Attributes:
        zone: kind of its zone.
        name: relative, as in the annotation.
        leads: ``moves``, to a load balancer of the colour; ``fixed``, to `target` on each colour.
        target: host name or address, of a fixed one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: Zone
    name: str
    leads: Literal["moves", "fixed"]
    target: str | None = None

    @model_validator(mode="after")
    def _target_of_a_fixed_one(self) -> Self:
        if (self.leads == "fixed") != (self.target is not None):
            raise ValueError(f"{self.name}: a fixed name has a target, and no other has one")
        return self


@dataclass(frozen=True)
class Application:
    """One file.

    Attributes:
        path: of the file.
        repository: of the public chart or example, ``OWNER/NAME`` on GitHub.
        shape: path in that repository.
        objects: all of them, those of a List one by one.
        names: what it must yield.
    """

    path: Path
    repository: str
    shape: str
    objects: tuple[Mapping[str, Any], ...]
    names: tuple[Name, ...]

    def of_kind(self, *kinds: str) -> list[Mapping[str, Any]]:
        """Objects of some kinds."""
        return [item for item in self.objects if item["kind"] in kinds]

    def served(self) -> list[Mapping[str, Any]]:
        """Objects of kinds that a cluster of the platform has."""
        return [it for it in self.objects if str(it["apiVersion"]).split("/")[0] not in _NOT_SERVED]


@cache
def applications() -> tuple[Application, ...]:
    """All files with Ingresses and Services alone, in the order of their numbers."""
    return _read("applications")


@cache
def gateways() -> tuple[Application, ...]:
    """All files with a Gateway and what stands beside it, in the order of their numbers."""
    return _read("gateways")


def _read(folder: Folder) -> tuple[Application, ...]:
    text = (_HERE / "expected.yaml").read_text()
    names = TypeAdapter(dict[Folder, dict[str, list[Name]]]).validate_python(yaml.safe_load(text))
    paths = sorted((_HERE / folder).glob("*.yaml"))
    unknown = names[folder].keys() ^ {path.stem for path in paths}
    if unknown:
        raise ValueError(f"in expected.yaml or in {folder}, but not in both: {sorted(unknown)}")
    return tuple(_application(path, names[folder][path.stem]) for path in paths)


def _application(path: Path, names: list[Name]) -> Application:
    text = path.read_text()
    source = _SOURCE.match(text)
    if source is None:
        raise ValueError(f"{path.name}: its first line does not say whose shape it is")
    objects = tuple(item for document in yaml.safe_load_all(text) for item in _items(document))
    return Application(path, source[1], source[2], objects, tuple(names))


def _items(document: object) -> Iterator[Mapping[str, Any]]:
    item = cast("Mapping[str, Any]", document)
    if item["kind"] == "List":
        yield from item["items"]
    else:
        yield item
