"""The site: built strictly, from up-to-date files, and complete without a network."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from development.docsite import generated
from development.docsite.__main__ import main
from development.docsite.navigation import on_config, on_page_markdown, on_post_page
from tests.unit.documentation.commands import ROOT

MARKDOWN_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder))
        assert config["strict"]
        build(config)
    return folder


class _Loads(HTMLParser):
    """Addresses that a browser fetches by itself to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"link": "href", "script": "src", "img": "src", "iframe": "src"}
        self.found += [value or "" for name, value in attrs if name == names.get(tag)]


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        loads = _Loads()
        loads.feed(page.read_text())
        assert [it for it in loads.found if it.startswith(("http:", "https:", "//"))] == []
        assert any(it.endswith(".css") for it in loads.found)


def test_no_item_of_a_list_ends_up_in_a_paragraph(site: Path) -> None:
    """Markdown takes a dash right below a paragraph as more of that paragraph."""
    swallowed = re.compile(r"\n\s*(?:-|\d+\.) ")
    found = {
        f"{page.relative_to(site)}: {paragraph[:80]}"
        for page in site.rglob("*.html")
        for paragraph in re.findall(r"<p>(.*?)</p>", page.read_text(encoding="utf-8"), re.DOTALL)
        if swallowed.search(paragraph)
    }
    assert found == set()


def test_the_search_works_where_the_site_is_opened_from_its_folder(site: Path) -> None:
    """A browser reads no JSON and starts no worker of a file, so both come as scripts."""
    index = (site / "search" / "search_index.js").read_text()
    assert json.loads(index.removeprefix("var __index = "))["docs"]
    page = (site / "runbooks" / "switch.html").read_text()
    assert page.index("../javascripts/iframe-worker.js") < page.index("assets/javascripts/bundle.")
    assert (site / "javascripts" / "iframe-worker.js").is_file()


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("terraform", "import.html"),
        ("pricing", "costs.html"),
        ("prometheus", "addons/index.html"),
        ("grafana", "addons/index.html"),
        ("network.existing.publicSubnetIds", "reference/settings.html"),
    ],
)
def test_the_search_knows_the_words_of_newcomers(site: Path, word: str, page: str) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text())
    found = [
        entry["location"]
        for entry in index["docs"]
        if word.lower() in f"{entry['title']} {entry['text']}".lower()
    ]
    assert any(location.split("#")[0] == page for location in found)


def test_names_in_tables_may_break_after_a_dot_and_nowhere_else() -> None:
    page = "<p><code>a.b</code></p><td><code>zones.api-name[].id</code>, <code>1.</code> a.b</td>"
    assert on_post_page(page) == (
        "<p><code>a.b</code></p>"
        "<td><code>zones.<wbr>api-<wbr>name[].<wbr>id</code>, <code>1.</code> a.b</td>"
    )


def test_pictures_and_snippets_are_on_the_site(site: Path) -> None:
    switch = (site / "switch.html").read_text()
    assert "pictures/switch-dark.svg" in switch
    assert "cannot be the active colour yet" in switch
    assert (site / "pictures" / "switch-dark.svg").is_file()
    assert not (site / "snippets").exists()


def test_generated_files_say_what_the_code_does() -> None:
    assert generated.stale() == []


def test_a_stale_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (
        "docs/snippets/refusals.md",
        "docs/pictures/switch-light.svg",
        "settings/schema/colour.schema.json",
    )
    made = {name: make for name, make in generated.files().items() if name in names}
    monkeypatch.setattr(generated, "files", lambda: made)
    monkeypatch.setattr(generated.stale, "__defaults__", (tmp_path,))
    generated.write(tmp_path)
    assert main(["--check"]) == 0
    (tmp_path / names[0]).write_text("old")
    (tmp_path / names[1]).unlink()
    assert main(["--check"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{name} is stale: run make generate" for name in names[:2]
    ]


def test_a_page_of_an_addon_needs_no_line_in_the_navigation(tmp_path: Path) -> None:
    (tmp_path / "addons").mkdir()
    for name in ("second", "first"):
        (tmp_path / "addons" / f"{name}.md").write_text("# Page")
    config = {"docs_dir": str(tmp_path), "nav": [{"Start": "a.md"}, {"Reference": "b.md"}]}
    assert on_config(config)["nav"] == [
        {"Start": "a.md"},
        {"Add-ons": ["addons/first.md", "addons/second.md"]},
        {"Reference": "b.md"},
    ]


def test_the_order_of_addons_is_shown_as_a_picture() -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="addons/order.md"))
    source = "# Order\n\n```mermaid\nflowchart LR\n```\n\nThe end.\n"
    shown = on_page_markdown(source, page=page)
    assert "mermaid" not in shown
    assert "(../pictures/order-dark.svg#only-dark)" in shown
    assert shown.endswith("The end.\n")
    page.file.src_uri = "addons/other.md"
    assert on_page_markdown(source, page=page) == source


def test_links_of_the_readme_lead_somewhere() -> None:
    links = MARKDOWN_LINK.findall((ROOT / "README.md").read_text())
    assert links
    assert [it for it in links if "://" not in it and not (ROOT / it.split("#")[0]).exists()] == []
