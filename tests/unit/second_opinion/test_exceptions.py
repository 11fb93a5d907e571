"""What exceptions cover, and that one which covers nothing is an error."""

from pathlib import Path

import pytest

from development.second_opinion.__main__ import lines
from development.second_opinion.exceptions import FILE, Excepted, judge, read
from development.second_opinion.finding import PLANTED, Finding, LinterError, without_planted

REASON = "It is right as it is, and here is why."
FOUND = Finding("zizmor", "unpinned-uses", ".github/workflows/up.yml jobs.up", "not pinned")


def excepted(*where: str, rule: str = FOUND.rule, tool: str = FOUND.tool) -> Excepted:
    return Excepted(tool=tool, rule=rule, where=where, why=REASON)


@pytest.mark.parametrize("where", [FOUND.where, "*up.yml jobs.up", ".github/workflows/*"])
def test_an_exception_covers_its_place(where: str) -> None:
    verdict = judge([FOUND], [excepted(where)])
    assert verdict.is_fine
    assert verdict.excepted == 1


@pytest.mark.parametrize(
    "other",
    [
        excepted(".github/workflows/up.yml"),
        excepted(FOUND.where, rule="artipacked"),
        excepted(FOUND.where, tool="checkov"),
    ],
    ids=str,
)
def test_an_exception_of_something_else_covers_nothing_and_is_an_error(other: Excepted) -> None:
    verdict = judge([FOUND], [other])
    assert verdict.findings == [FOUND]
    assert verdict.unused == [f"{other.tool} {other.rule} {other.where[0]}"]
    assert not verdict.is_fine


def test_each_place_of_an_exception_is_needed() -> None:
    verdict = judge([FOUND], [excepted(FOUND.where, "elsewhere*")])
    assert verdict.findings == []
    assert verdict.unused == ["zizmor unpinned-uses elsewhere*"]
    assert not verdict.is_fine


def test_what_is_left_is_said_with_the_remedy() -> None:
    said = lines(judge([FOUND], [excepted("elsewhere")]))
    file = "development/second_opinion/exceptions.yaml"
    assert said == [
        "zizmor unpinned-uses: .github/workflows/up.yml jobs.up: not pinned",
        f"Mend what they find; where it is right as it is, say why in {file}.",
        "unused exception: zizmor unpinned-uses elsewhere",
        f"Nothing is found there: remove it from {file}.",
    ]
    assert lines(judge([FOUND], [excepted("*")])) == [
        "the second opinion is fine (1 findings excepted with a reason)"
    ]


def test_the_exceptions_of_the_project_can_be_read() -> None:
    assert {it.tool for it in read(FILE)} <= {"checkov", "cloudsplaining", "parliament", "zizmor"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {tool: a, rule: b, where: [c], why: yes}", r"\[0\.why\]"),
        ("- {tool: a, rule: b, where: [c], why: too short}", r"\[0\.why\]: .* at least 20"),
        (f"- {{tool: a, rule: b, where: [], why: {REASON}}}", r"\[0\.where\]"),
        (f"- {{tool: a, rule: b, where: [c], reason: {REASON}}}", r"\[0\.why\]: Field required"),
        ("- {", "while parsing"),
    ],
)
def test_an_exception_without_a_place_or_a_reason_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(text)
    with pytest.raises(LinterError, match=said):
        read(file)


def test_a_linter_that_misses_what_is_planted_is_not_believed() -> None:
    planted = Finding("zizmor", "unpinned-uses", f"{PLANTED}.yml")
    assert without_planted("zizmor", [planted, FOUND], [planted.rule]) == [FOUND]
    with pytest.raises(LinterError, match="zizmor no longer finds artipacked, template-injection"):
        without_planted("zizmor", [planted, FOUND], ["template-injection", "artipacked"])
