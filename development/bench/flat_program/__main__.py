"""The flat program: every custom resource of a state as it stands there, and nothing else.

It stands on the SDK alone, and no resource waits for another one but for its provider.
"""

import json
from pathlib import Path
from typing import Any

import pulumi

SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - marks a secret in a state, is none


def opened(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """A value of a state as a program gives it: secrets are secret outputs."""
    if isinstance(value, dict):
        if SECRET in value:
            return pulumi.Output.secret(json.loads(value["plaintext"]))
        return {key: opened(inner) for key, inner in value.items()}
    return [opened(inner) for inner in value] if isinstance(value, list) else value


providers: dict[str, pulumi.ProviderResource] = {}
for entry in json.loads(Path("resources.json").read_text(encoding="utf-8")):
    kind, name, inputs = entry["type"], entry["name"], opened(entry["inputs"])
    options = pulumi.ResourceOptions(
        provider=providers.get(entry["provider"]),
        version=entry["version"],
        additional_secret_outputs=entry["secretOutputs"],
        ignore_changes=entry["ignoreChanges"],
    )
    if kind.startswith("pulumi:providers:"):
        package = kind.rpartition(":")[2]
        providers[entry["urn"]] = pulumi.ProviderResource(package, name, inputs, options)
    else:
        pulumi.CustomResource(kind, name, inputs, options)
