"""The outputs as JSON Schema, one folder for each version of the contract.

Every version's schemas are kept: those of the current one are made from `outputs`, the others
are what earlier readers were promised.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from eks_platform_contract.compatibility import Schema, compare, complaints, next_version
from eks_platform_contract.described import Described
from eks_platform_contract.outputs import ColourOutputs, SharedOutputs
from eks_platform_contract.version import CONTRACT, Version

FOLDER = Path(__file__).parent
"""Where the schemas are kept."""

MODELS: Mapping[str, type[BaseModel]] = {
    "shared.schema.json": SharedOutputs,
    "colour.schema.json": ColourOutputs,
}
"""Each schema's file name and the outputs it describes."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class StepError(Exception):
    """The outputs changed without the step of the version that this needs."""


@dataclass(frozen=True)
class Contract:
    """What the code says, to compare with what is kept.

    Attributes:
        version: its version.
        models: file name and outputs of each kind of stack.
        folder: where the schemas are kept.
    """

    version: Version = CONTRACT
    models: Mapping[str, type[BaseModel]] = field(default_factory=lambda: MODELS)
    folder: Path = FOLDER

    def build(self, name: str) -> Schema:
        """JSON Schema (2020-12) of the outputs, as ``pulumi stack output --json`` prints them."""
        schema = self.models[name].model_json_schema(schema_generator=Described)
        version = {"default": str(self.version)}
        schema["properties"]["contractVersion"] |= version
        schema["required"] = ["contractVersion", *schema.get("required", [])]
        return {"$schema": _DIALECT, **schema}

    def render(self, name: str) -> str:
        """Schema as its file holds it."""
        return json.dumps(self.build(name), indent=2, ensure_ascii=False) + "\n"

    def file(self, name: str, version: Version | None = None) -> Path:
        """File of a schema, of this version or another."""
        return self.folder / f"v{version or self.version}" / name

    def versions(self) -> list[Version]:
        """Versions that schemas are kept of, in order."""
        return sorted(Version.parse(path.name[1:]) for path in self.folder.glob("v*.*"))

    def kept(self, name: str) -> dict[Version, Schema]:
        """Schemas that are kept, by version."""
        files = {version: self.file(name, version) for version in self.versions()}
        return {
            version: json.loads(file.read_text(encoding="utf-8"))
            for version, file in files.items()
            if file.is_file()
        }

    def complaints(self) -> list[str]:
        """Every change that came without the step that it needs, one sentence each."""
        found: list[str] = []
        for name in self.models:
            kept, new = self.kept(name), self.build(name)
            kind = name.split(".", 1)[0]
            if self.version in kept:
                changes = compare(kept[self.version], new)
                if changes:
                    needed = next_version(self.version, changes)
                    found += [f"{kind}: {change}: needs version {needed}" for change in changes]
            older = {version: it for version, it in kept.items() if version < self.version}
            found += [f"{kind}: {it}" for it in complaints({**older, self.version: new})]
            newer = [str(version) for version in kept if version > self.version]
            if newer:
                found.append(f"{kind}: schemas of {', '.join(newer)} are kept: versions never fall")
        return found

    def stale(self) -> list[Path]:
        """Files of this version that are missing or no longer say what the outputs do."""
        files = {self.file(name): self.render(name) for name in self.models}
        return [
            file
            for file, text in files.items()
            if not file.is_file() or file.read_text(encoding="utf-8") != text
        ]

    def write(self) -> None:
        """Writes the schemas of this version.

        Raises:
            StepError: that would change what a version promises; names every change.
        """
        wrong = self.complaints()
        if wrong:
            raise StepError("\n".join(wrong))
        for name in self.models:
            file = self.file(name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(self.render(name), encoding="utf-8")
