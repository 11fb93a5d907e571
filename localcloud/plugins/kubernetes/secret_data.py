"""What is written to a Secret's ``stringData`` is stored as its ``data``.

Pulumi's provider compares Secrets as they are stored (provider/pkg/clients/unstructured.go,
`normalizeSecret`), so a changed ``stringData`` shows as changed ``data``.
"""

import base64
from dataclasses import replace

from localcloud.plugins.kubernetes.diff import Difference
from localcloud.plugins.kubernetes.values import Json, Object, child_map, has_unknown

SECRET = ("", "Secret")
"""Its group and kind."""


def as_stored(manifest: Object) -> Object:
    """A Secret's manifest with its plain data encoded; one that is not known yet stays."""
    plain = child_map(manifest, "stringData")
    if not plain or has_unknown(manifest):
        return manifest
    data: dict[str, Json] = {**child_map(manifest, "data")}
    data |= {key: base64.b64encode(str(it).encode()).decode() for key, it in plain.items()}
    return {**{key: it for key, it in manifest.items() if key != "stringData"}, "data": data}


def shown_of_outputs(found: Difference) -> Difference:
    """A difference whose data stands in outputs alone: the inputs have ``stringData``."""
    paths = {
        path
        for path, change in found.changes.items()
        if change != "delete" and (path == "data" or path.startswith(("data.", "data[")))
    }
    return replace(found, of_outputs=frozenset(paths))
