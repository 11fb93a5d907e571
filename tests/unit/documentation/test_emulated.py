"""The table of what the local cloud has: whole, true of the code, and on its page."""

import ast
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from catalogue.addons import CATALOGUE
from development.docsite import emulated_tables
from development.docsite.version_tables import PageError
from localcloud.cluster import runtime
from localcloud.cluster.control_plane import MANIFESTS
from localcloud.emulated import PARTS, Area, Kind, Part
from localcloud.extras import EXTRAS, tools_of
from localcloud.plugins import install
from localcloud.server import aws_api, cloud
from localcloud.tools.catalogue import ON_DEMAND, TOOLS
from tests.unit.documentation.commands import ROOT

CLOUD = ROOT / "localcloud"
OF_NO_ADDON = {"access-policies", "kwok", "kwok-usage"}
"""Manifests that belong to every cluster."""


def assigned(module: object, attribute: str) -> ast.expr:
    """What a module's only class with such an attribute gives it, as written."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    (found,) = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and node.value is not None
        and any(
            isinstance(target, ast.Attribute) and target.attr == attribute
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        )
    ]
    return found


def controllers() -> Iterator[str]:
    written = assigned(runtime, "_controllers")
    assert isinstance(written, ast.Tuple)
    for item in written.elts:
        if isinstance(item, ast.Call):
            yield ast.unparse(item.func)
        else:  # a name that was given a value before
            (call,) = [
                node.value
                for node in ast.walk(ast.parse(inspect.getsource(runtime)))
                if isinstance(node, ast.Assign)
                and ast.unparse(node.targets[0]) == ast.unparse(item)
            ]
            assert isinstance(call, ast.Call)
            yield ast.unparse(call.func)


def services() -> Iterator[str]:
    written = assigned(aws_api, "_services")
    assert isinstance(written, ast.Dict)
    for key in written.keys:
        assert isinstance(key, ast.Constant)
        yield str(key.value)


def extensions() -> Iterator[str]:
    """Modules that change moto, each by its function `install`."""
    for node in ast.walk(ast.parse(inspect.getsource(cloud))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".install"):
            yield ast.unparse(node.func).removesuffix(".install")


def registered() -> set[str]:
    """Everything that the code registers, as rows name it."""
    charts = CLOUD / "plugins" / "kubernetes" / "charts"
    return {
        *(f"controller:{it}" for it in controllers()),
        *(f"service:{it}" for it in services()),
        *(f"extension:{it}" for it in extensions()),
        *(f"tool:{it.name}" for it in (*TOOLS, *ON_DEMAND, *tools_of(EXTRAS))),
        *(f"plugin:{it}" for it in (*install.PROVIDERS, "language")),
        *(f"addon:{it.stem}" for it in MANIFESTS.glob("*.yaml") if it.stem not in OF_NO_ADDON),
        *(f"chart:{it.stem}" for it in charts.glob("*.yaml")),
    }


def test_every_registered_part_has_one_row_and_no_row_outlives_its_code() -> None:
    in_rows = Counter(it for part in PARTS for it in part.registered)
    assert registered() - in_rows.keys() == set(), "give it a row in localcloud/emulated.py"
    assert in_rows.keys() - registered() == set(), "the code has no such thing any more"
    assert [it for it, rows in in_rows.items() if rows > 1 and it != "tool:etcd"] == []


def test_finding_what_is_registered_finds_it() -> None:
    found = registered()
    assert {"controller:NodeController", "controller:InstalledReleases"} <= found
    assert {"service:eks", "extension:quotas", "extension:simulation"} <= found
    assert {"plugin:kubernetes", "chart:cilium", "addon:coredns", "tool:pulumi"} <= found


@pytest.mark.parametrize("part", PARTS, ids=lambda it: it.name)
def test_a_row_names_files_that_are_there_and_errors_that_they_raise(part: Part) -> None:
    assert [it for it in part.where if not (CLOUD / it).exists()] == []
    if part.kind is not Kind.ABSENT:
        assert part.where
    assert part.does
    if part.refusal:
        module, _, name = part.refusal.partition(":")
        assert issubclass(getattr(importlib.import_module(module), name), Exception)
        sources = [
            file.read_text()
            for place in part.where
            for file in (
                [CLOUD / place] if (CLOUD / place).is_file() else (CLOUD / place).rglob("*.py")
            )
        ]
        assert any(re.search(rf"raise {name}\b", it) for it in sources), part.refusal


def test_rows_stand_under_their_areas_and_once() -> None:
    assert {it.area for it in PARTS} == set(Area)
    assert max(Counter(it.name for it in PARTS).values()) == 1


OUR_OWN = {
    "node-local-dns",
    "overprovisioning",
    "horizontal-autoscaling",
    "karpenter-crd",
    "linkerd-crds",
}
"""Add-ons whose objects the program makes itself, or whose chart runs nothing."""


def test_every_add_on_of_the_catalogue_is_told_of() -> None:
    told = " ".join(f"{it.name} {it.does}" for it in PARTS).lower()
    told = told.replace("externaldns", "external dns").replace("-", " ")
    lacking = {it.name for it in CATALOGUE if it.name.replace("-", " ") not in told}
    assert lacking <= OUR_OWN


def test_only_what_stands_between_the_comments_is_written() -> None:
    sections = "\n".join(
        f"{emulated_tables.opening(it)}\nof before\n{emulated_tables.closing(it)}"
        for it in emulated_tables.TABLES
    )
    page = f"# The local cloud\n\n{sections}\n\nBy hand.\n"
    filled = emulated_tables.fill(page)
    assert "of before" not in filled
    assert filled.startswith("# The local cloud\n\n")
    assert filled.endswith("\n\nBy hand.\n")
    assert emulated_tables.fill(filled) == filled
    for part in PARTS:
        assert f"| {part.name} | {part.kind} |" in filled
    with pytest.raises(PageError, match=r"localcloud/README\.md: expected once"):
        emulated_tables.fill(page + page)
