"""Page: every setting, from the models that check the stack files."""

from collections.abc import Mapping, Sequence

from development.docsite import reference
from development.docsite.reference import Row
from settings import schema
from settings.names import PROJECT

_INTRODUCTION = """\
# Settings

Stack files hold only what differs from the defaults below. A value of another kind, an unknown key
and a missing one are errors before anything is touched: all at once, each with its path.

Every key but `aws:region` begins with `eks-platform:`, which the tables leave out. `NAME` stands
for a name that you choose, `[]` for each entry of a list. A default is what holds while the key is
absent: a value, or a rule in words.

Editors that know the YAML language server complete the files from the schemas in
`settings/schema/`. Set a value by hand in the file, or by path:

```sh
pulumi config set --path 'eks-platform:externalDns.intervalSeconds' 60 -s blue
```

A secret (`pulumi config set --secret`) may stand in `addons.NAME.values` alone:
[secrets in values](../addons/README.md#secrets-in-values). Anywhere else it is refused before
anything is touched, since AWS and the state would have it in clear.
"""
_PARTS: Mapping[str, tuple[str, str]] = {
    "shared.schema.json": ("The shared stack", "`Pulumi.shared.yaml`"),
    "colour.schema.json": ("A colour", "`Pulumi.blue.yaml` and `Pulumi.green.yaml`"),
}


def render() -> str:
    """The page, as Markdown."""
    parts = [_INTRODUCTION]
    for name, (heading, files) in _PARTS.items():
        parts.append(f"## {heading}\n\nIn {files}, below `config:`.\n")
        parts.append(reference.table(settings_of(name), first="Key") + "\n")
    return "\n".join(parts)


def settings_of(name: str) -> Sequence[Row]:
    """Every setting of a kind of stack.

    Args:
        name: a key of `settings.schema.MODELS`.
    """
    whole = schema.build(name)
    properties = whole["properties"]
    assert isinstance(properties, Mapping)  # noqa: S101 - our own schema
    config = properties["config"]
    assert isinstance(config, Mapping)  # noqa: S101
    # What two forms of a map have in common is told once.
    return [*dict.fromkeys(_short(row) for row in reference.rows(config, root=whole))]


def _short(row: Row) -> Row:
    return row._replace(path=row.path.removeprefix(f"{PROJECT}:"))
