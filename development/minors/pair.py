"""Ships another pair of minors: each line that names it, and what is left to people."""

import re
from collections.abc import Sequence
from pathlib import Path

from catalogue.minors import KUBERNETES_VERSIONS, MINORS, SHIPPED, KubernetesVersion, minor_of
from development.minors.changes import Change, Edit, RaiseError, changes
from localcloud.tools.catalogue import KUBECTL, control_plane, required_version
from localcloud.tools.digests import release_of
from settings.names import COLOURS

Pair = tuple[KubernetesVersion, KubernetesVersion]
"""Minors of blue and green."""

_PLATFORM = "linux/amd64"
_VERSION = r"\d+\.\d+"


def pair_of(blue: str, green: str) -> Pair:
    """A pair that can be shipped: two neighbours of the catalogue, the older one first.

    Raises:
        RaiseError: it is none.
    """
    first, second = minor_of(blue), minor_of(green)
    lacking = [it for it in (blue, green) if minor_of(it) != it]
    if first is None or second is None or lacking:
        known = ", ".join(KUBERNETES_VERSIONS)
        raise RaiseError(
            "\n".join(
                f"{it}: expected a minor of the catalogue ({known}); docs/runbooks/raise-a-minor.md"
                " says how one is added"
                for it in lacking
            )
        )
    if KUBERNETES_VERSIONS.index(second) - KUBERNETES_VERSIONS.index(first) != 1:
        raise RaiseError(
            f"{blue} and {green}: expected a minor for blue and the one after it for green: a"
            " switch goes to the next minor"
        )
    return first, second


def following(pair: Pair = SHIPPED) -> Pair | None:
    """The pair after a pair; None where the catalogue has no minor after it."""
    later = KUBERNETES_VERSIONS[KUBERNETES_VERSIONS.index(pair[-1]) + 1 :]
    return (pair[-1], later[0]) if later else None


def ship(root: Path, pair: Pair) -> tuple[Change, ...]:
    """Each file in which the shipped pair stands.

    Raises:
        RaiseError: a line that names it is not where it should be.
    """
    shipped = ", ".join(f'"{it}"' for it in pair)
    stack_files = [
        Edit(
            f"Pulumi.{colour}.yaml",
            rf'(?P<before>eks-platform:kubernetesVersion: "){_VERSION}(?P<after>")',
            minor,
        )
        for colour, minor in zip(COLOURS, pair, strict=True)
    ]
    command = rf"(?P<before>pulumi config set kubernetesVersion ){_VERSION}(?P<after> -s green)"
    return changes(
        root,
        (
            Edit(
                "catalogue/minors.py",
                r"(?P<before>\nSHIPPED: [^\n]* = \()[^)\n]*(?P<after>\)\n)",
                shipped,
            ),
            *stack_files,
            Edit("docs/runbooks/upgrade.md", command, pair[-1]),
            Edit(
                "docs/runbooks/upgrade.md",
                rf'(?P<before>"Build green on Kubernetes ){_VERSION}(?P<after>")',
                pair[-1],
            ),
            Edit("tests/unit/documentation/commands.yaml", command, pair[-1]),
        ),
    )


def named_in_stack_files(root: Path) -> tuple[str, ...]:
    """What the stack files of the colours name, blue's first; empty where a line is missing."""
    found = (
        re.search(
            rf'kubernetesVersion: "({_VERSION})"',
            (root / f"Pulumi.{colour}.yaml").read_text(encoding="utf-8"),
        )
        for colour in COLOURS
    )
    return tuple(it[1] if it else "" for it in found)


def left_to_do(pair: Pair) -> Sequence[str]:
    """What no command can do for a pair, a sentence each, in the order in which it is done."""
    unconfirmed = [
        f"`catalogue/minors.py`: confirm for {minor}: {', '.join(MINORS[minor].unconfirmed)}. Then"
        " take it out of `unconfirmed`: a test refuses to ship what nobody confirmed"
        for minor in pair
        if MINORS[minor].unconfirmed
    ]
    undated = [
        f"`catalogue/minors.py`: the dates of {minor}"
        for minor in pair
        if MINORS[minor].support.standard_end is None
    ]
    return [
        *unconfirmed,
        *undated,
        *_digests(pair),
        "`make generate`",
        "`make record-previews` and `make record-walk`: what was recorded names the pair",
        "`make lint` and `make test`",
        "`make test-long`: whole switches from one minor of the pair to the other",
        "`CHANGELOG.md`: a line for those who update",
    ]


def _digests(pair: Pair) -> Sequence[str]:
    """Programs of the pair that no record has yet: every machine would build them."""
    kubectl = required_version(f"kubernetes-{pair[-1]}", KUBECTL.module)
    wanted = [(tool.name, tool.version) for minor in pair for tool in control_plane(minor)]
    lacking = [
        f"{name} {version}"
        for name, version in (*wanted, (KUBECTL.name, kubectl))
        if release_of(name, version, _PLATFORM) is None
    ]
    if not lacking:
        return []
    said = (
        f"`localcloud/tools/digests.yaml`: {', '.join(lacking)}, from a public record, and no other"
        " kubectl; a test refuses a shipped minor whose programs every machine would build"
    )
    return [said]
