"""Versions on the pages of add-ons: written from the catalogue, and listed nowhere else."""

import re
from pathlib import Path

import pytest

from catalogue import addons
from catalogue.minors import KUBERNETES_VERSIONS
from development.docsite import generated, version_tables
from development.docsite.__main__ import main
from development.docsite.version_tables import CLOSING, PageError, fill, opening
from tests.unit.documentation.commands import ROOT, pages

PAGE = f"# cilium\n\n## Versions\n\n{opening('cilium')}\nold\n{CLOSING}\n\nBy hand.\n"
PARTS = {ROOT / name for name in version_tables.pages()}
WRITTEN = {ROOT / name for name in generated.files()} - PARTS
PART = re.compile(rf"^<!-- versions of .*?^{CLOSING}$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def test_only_what_stands_between_the_comments_is_written() -> None:
    page = fill(PAGE, addons.CILIUM)
    version = addons.CILIUM.entry.version(KUBERNETES_VERSIONS[0])
    assert f"| {KUBERNETES_VERSIONS[0]} | {version} |" in page
    assert "old" not in page
    assert page.startswith("# cilium\n\n## Versions\n\n<!-- versions of cilium")
    assert page.endswith("\n\nBy hand.\n")
    assert fill(page, addons.CILIUM) == page


def test_a_page_of_the_wrong_add_on_or_without_a_place_is_named() -> None:
    for page, line in ((PAGE, addons.COREDNS), (PAGE + PAGE, addons.CILIUM)):
        with pytest.raises(PageError, match=rf"docs/addons/{line.name}\.md: expected once"):
            fill(page, line)


def test_a_missing_page_is_said_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generated, "files", lambda: version_tables.pages(tmp_path))
    assert main(["--check"]) == 1
    said = capsys.readouterr().err
    assert said == "docs/addons/cilium.md: no such page; docs/add-an-addon.md has one\n"


@pytest.mark.parametrize(
    "page", [it for it in pages() if it not in WRITTEN], ids=lambda it: str(it.relative_to(ROOT))
)
def test_no_table_that_is_written_by_hand_lists_the_minors(page: Path) -> None:
    for table in TABLE.findall(PART.sub("", page.read_text(encoding="utf-8"))):
        assert not all(minor in table for minor in KUBERNETES_VERSIONS), table
