"""Hooks of MkDocs: the pages of add-ons, one file each, and where names in tables may break."""

import re
from pathlib import Path
from typing import Any, TypeAlias

Config: TypeAlias = Any
"""Configuration of MkDocs, a mapping without types."""

Page: TypeAlias = Any
"""A page of MkDocs."""

SECTION = "Add-ons"
FOLDER = "addons"

_CELL = re.compile(r"<td\b.*?</td>", re.DOTALL)
_CODE = re.compile(r"(?<=<code>)[^<]+(?=</code>)")
_BREAK = re.compile(r"(?<=[\w\]])([./-])(?=\w)")


def on_config(config: Config) -> Config:
    """Adds a section with every page in ``docs/addons``, by file name; none if there are none."""
    found = sorted(path.name for path in (Path(config["docs_dir"]) / FOLDER).glob("*.md"))
    if found:
        pages = [f"{FOLDER}/{name}" for name in found]
        position = next(i for i, part in enumerate(config["nav"]) if "Reference" in part)
        config["nav"].insert(position, {SECTION: pages})
    return config


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Shows our picture of the order in place of its Mermaid source.

    A browser would have to fetch Mermaid from elsewhere to draw it.
    """
    if page.file.src_uri != f"{FOLDER}/order.md":
        return markdown
    picture = "".join(
        f"![Order of the add-ons](../pictures/order-{name}.svg#only-{name})\n"
        for name in ("light", "dark")
    )
    shown = f'<div class="picture" markdown>\n{picture}</div>'
    return re.sub(r"^```mermaid$.*?^```$", shown, markdown, flags=re.MULTILINE | re.DOTALL)


def on_post_page(output: str, **_: object) -> str:
    """Lets names in cells of tables break after a dot, a slash or a dash; a copy stays whole.

    After the search has read the page: to it they are one word.
    """
    return _CELL.sub(lambda cell: _CODE.sub(lambda code: _breakable(code[0]), cell[0]), output)


def _breakable(name: str) -> str:
    return _BREAK.sub(r"\1<wbr>", name)
