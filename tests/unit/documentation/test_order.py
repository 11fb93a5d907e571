"""In which order the pages give commands: a stack is made before anything is set in it."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from settings.names import COLOURS, SHARED
from tests.unit.documentation.commands import Command, collect, documented

_MAKES = r"(?:pulumi stack init|bluegreen bootstrap --colour) {stack}\b"
_READS = "pulumi stack output "

SET_FIRST = """\
# Upgrade
```sh
pulumi stack output cluster -s green
pulumi config set kubernetesVersion 1.35 -s green
bluegreen bootstrap --colour green
```
"""


def used_before_it_is_made(commands: Sequence[Command]) -> Iterator[Command]:
    """Commands that need a stack which a later one of the same page makes."""
    for stack in (SHARED, *COLOURS):
        made = [re.match(_MAKES.format(stack=stack), it.text) is not None for it in commands]
        if any(made):
            for command in commands[: made.index(True)]:
                if re.search(rf"-s {stack}\b", command.text) and not command.text.startswith(
                    _READS
                ):
                    yield command


def test_a_page_that_sets_first_is_seen() -> None:
    found = list(used_before_it_is_made(list(collect(SET_FIRST, "page.md"))))
    assert [it.text for it in found] == ["pulumi config set kubernetesVersion 1.35 -s green"]


def test_no_page_uses_a_stack_before_it_makes_it() -> None:
    by_page = groupby(documented(), key=lambda it: it.file)
    wrong = [str(it) for _, found in by_page for it in used_before_it_is_made(list(found))]
    assert wrong == []


def test_a_stack_is_made_with_the_provider_of_its_secrets() -> None:
    """Without one the CLI asks for a passphrase, and the file names no key."""
    made = [it for it in documented() if it.text.startswith("pulumi stack init")]
    ours = [it for it in made if it.text.split()[3] in (SHARED, *COLOURS)]
    assert ours
    assert [str(it) for it in ours if "--secrets-provider" not in it.text] == []


def test_each_colour_that_is_built_is_told_who_may_reach_it() -> None:
    """Where a page builds a colour from nothing, it says how its API server is reached."""
    for page, stack in (("docs/aws.md", "blue"), ("docs/runbooks/upgrade.md", "green")):
        texts = [it.text for it in documented() if it.file == page]
        built = next(
            i
            for i, text in enumerate(texts)
            if text in (f"pulumi up -s {stack}", f"bluegreen bootstrap --colour {stack}")
        )
        told = [it for it in texts[:built] if "endpoint." in it and it.endswith(f"-s {stack}")]
        assert told, page
