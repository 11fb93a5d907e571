"""Page: every output, from the types with which stacks write and read them."""

from collections.abc import Mapping

from pydantic import BaseModel

from development.docsite import reference
from eks_platform_contract.described import Described
from eks_platform_contract.outputs import ColourOutputs, SharedOutputs

MODELS: Mapping[str, type[BaseModel]] = {
    "The shared stack": SharedOutputs,
    "A colour": ColourOutputs,
}
"""Heading and outputs of each kind of stack."""

_INTRODUCTION = """\
# Outputs

What the stacks export. Other teams may rely on these names and shapes: they are a
[contract](../contract.md) with a version.

```sh
pulumi stack output -s shared
pulumi stack output cluster --json -s blue
```

An output without a value, such as `activeColour` while no colour is active, is not listed by the
command.
"""


def render() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION]
    for heading, model in MODELS.items():
        schema = model.model_json_schema(schema_generator=Described)
        found = [row._replace(default="") for row in reference.rows(schema)]
        parts.append(f"## {heading}\n\n{reference.table(found, first='Output')}\n")
    return "\n".join(parts)
