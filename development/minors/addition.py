"""Adds a minor: its entry in the catalogue, its control plane's modules, the removed APIs."""

import re
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from catalogue.addons import DESCHEDULER
from catalogue.minors import KUBERNETES_VERSIONS, MINORS, Minor
from catalogue.removed_apis import TABLE, order_of
from catalogue.support import Support
from development.minors import go, removed
from development.minors.changes import Change, Edit, RaiseError, changes
from localcloud.tools.catalogue import KUBECTL, control_plane

CATALOGUE = "catalogue/minors.py"
MODULES = "localcloud/tools/go"
_KUBERNETES = "k8s.io/kubernetes"
_API = "k8s.io/api"
_STAGED = re.compile(r"^\s*(?:replace\s+)?(?P<module>\S+) => \./staging/src/\S+$", re.MULTILINE)
_GO = re.compile(r"^go (?P<version>\S+)$", re.MULTILINE)

UNCONFIRMED = ("node_image", "coredns", "ebs_csi", "cluster_autoscaler", DESCHEDULER.name)
"""What a new minor takes from the one before it, or guesses, until somebody has looked it up."""


def minor_of_patch(version: str) -> str:
    """The minor of a patch such as ``v1.38.0`` that can be added.

    Raises:
        RaiseError: it is no patch, or not of the minor after the newest one.
    """
    newest = KUBERNETES_VERSIONS[-1]
    following = f"1.{order_of(newest)[1] + 1}"
    if not re.fullmatch(rf"v{re.escape(following)}\.\d+", version):
        raise RaiseError(
            f"{version}: expected a patch of Kubernetes {following}, such as v{following}.0: the"
            f" newest minor of the catalogue is {newest}, and none is left out"
        )
    return following


def add(root: Path, version: str) -> tuple[Change, ...]:
    """What a minor changes, all of it: nothing is written.

    Args:
        root: the checkout.
        version: the newest patch of the minor, such as ``v1.38.0``.

    Raises:
        RaiseError: the version cannot be added, or Go or its proxy does not have it.
    """
    minor = minor_of_patch(version)
    entry = changes(root, _entry(minor))
    kubernetes = go.fetch(_KUBERNETES, version)
    staged = version.replace("v1.", "v0.", 1)
    api = go.fetch(_API, staged)
    table = str(TABLE.relative_to(TABLE.parents[1]).as_posix())
    return (
        *entry,
        *_modules(minor, version, kubernetes.go_mod),
        Change(table, removed.table(api.folder, staged)),
    )


def _entry(minor: str) -> tuple[Edit, ...]:
    """The minor in the type and in the table of the catalogue."""
    newest = KUBERNETES_VERSIONS[-1]
    written = ", ".join(f'"{it}"' for it in (*KUBERNETES_VERSIONS, minor))
    return (
        Edit(
            CATALOGUE,
            r"(?P<before>\nKubernetesVersion = Literal\[)[^\]]*(?P<after>\]\n)",
            written,
        ),
        Edit(
            CATALOGUE,
            r'(?P<before>\n    \),\n)(?P<after>\}\n"""The same minors)',
            _text(minor, _guess(minor, MINORS[newest])),
        ),
    )


def _guess(minor: str, before: Minor) -> Minor:
    unknown = Support(released=None, standard_end=None, extended_end=None, source="_CALENDAR")
    return replace(
        before,
        cluster_autoscaler=f"v{minor}.0",
        support=unknown,
        unconfirmed=UNCONFIRMED,
    )


def _text(minor: str, own: Minor) -> str:
    """An entry as the catalogue's file has it."""
    dates = [it.name for it in fields(own.support) if it.name != "source"]
    support = "".join(f"            {name}={getattr(own.support, name)},\n" for name in dates)
    names = ("node_image", "coredns", "ebs_csi", "cluster_autoscaler")
    versions = "".join(f'        {name}="{getattr(own, name)}",\n' for name in names)
    unconfirmed = ", ".join(f'"{it}"' for it in own.unconfirmed)
    return (
        f'    "{minor}": Minor(\n{versions}        support=Support(\n{support}'
        f"            source={own.support.source},\n        ),\n"
        f"        unconfirmed=({unconfirmed}),\n    ),\n"
    )


def _modules(minor: str, version: str, of_kubernetes: str) -> tuple[Change, ...]:
    """go.mod and go.sum of the control plane's programs, completed by Go."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "go.mod").write_text(_go_mod(minor, version, of_kubernetes), encoding="utf-8")
        go.tidy(folder)
        return tuple(
            Change(f"{MODULES}/kubernetes-{minor}/{file}", (folder / file).read_text("utf-8"))
            for file in ("go.mod", "go.sum")
        )


def _go_mod(minor: str, version: str, of_kubernetes: str) -> str:
    """A module whose tools are those programs.

    Kubernetes takes its own modules from folders beside it, so whoever requires it must say where
    they are: each is released with it, as v0.
    """
    language = _GO.search(of_kubernetes)
    staged = sorted(it["module"] for it in _STAGED.finditer(of_kubernetes))
    if language is None or not staged:
        raise RaiseError(f"go.mod of {_KUBERNETES} {version} is not as it used to be")
    own = version.replace("v1.", "v0.", 1)
    programs = (*control_plane(KUBERNETES_VERSIONS[-1]), KUBECTL)
    tools = "".join(f"\t{it.package}\n" for it in programs)
    replaced = "".join(f"\t{it} => {it} {own}\n" for it in staged)
    return (
        f"module eks-platform/localcloud/tools/kubernetes-{minor}\n\n"
        f"go {language['version']}\n\ntool (\n{tools})\n\n"
        f"require {_KUBERNETES} {version}\n\nreplace (\n{replaced})\n"
    )
