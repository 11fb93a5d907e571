"""checkov on Kubernetes objects."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from development.second_opinion import checkov
from development.second_opinion.checkov import TOOL
from development.second_opinion.finding import PLANTED, Finding, without_planted

_Object: TypeAlias = Mapping[str, object]
_PLANTED: _Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": PLANTED, "namespace": PLANTED},
    "spec": {
        "hostNetwork": True,
        "containers": [
            {"name": PLANTED, "image": "nginx", "securityContext": {"privileged": True}}
        ],
    },
}
# Privileged, on the node's network, without a digest.
_RULES = ("CKV_K8S_16", "CKV_K8S_19", "CKV_K8S_43")


def findings(objects: Iterable[_Object], program: Path) -> Sequence[Finding]:
    """What checkov finds in objects.

    Args:
        objects: manifests.
        program: checkov.

    Raises:
        LinterError: it is not there, did not run, could not read an object or missed what is
            planted.
    """
    with tempfile.TemporaryDirectory() as folder:
        for number, manifest in enumerate([*objects, _PLANTED]):
            (Path(folder) / f"{number}.json").write_text(json.dumps(manifest), encoding="utf-8")
        found = checkov.run(program, "kubernetes", Path(folder))
    return without_planted(TOOL, found, _RULES)
