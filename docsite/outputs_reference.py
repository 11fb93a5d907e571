"""Page: every output, from the types with which stacks write and read them."""

from collections.abc import Mapping

from pydantic import BaseModel

from docsite import outputs_today, reference

MODELS: Mapping[str, type[BaseModel]] = {
    "The shared stack": outputs_today.SharedOutputs,
    "A colour": outputs_today.ColourOutputs,
}
"""Heading and outputs of each kind of stack."""

_INTRODUCTION = """\
# Outputs

What the stacks export. Other teams may rely on these names and shapes.

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
        schema = outputs_today.schema_of(model)
        found = [row._replace(default="") for row in reference.rows(schema)]
        parts.append(f"## {heading}\n\n{reference.table(found, first='Output')}\n")
    return "\n".join(parts)
