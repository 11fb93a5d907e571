"""Releases: what moves, what is checked, and that this checkout could be released."""

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from development.release.__main__ import ROOT, check, main, prepare
from development.release.changelog import ChangelogError, Release, released, releases, unreleased

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CHANGELOG = """\
# Changes

What people notice.

## Unreleased

### Added

- A thing.

## 0.1.0 - 2026-10-01

- The first.
"""
SOME, FIRST = "## Unreleased\n\n- b\n\n", "## 0.1.0 - 2026-10-01\n\n- a\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one release and something unreleased."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "contract").mkdir()
    contract = (ROOT / "contract" / "pyproject.toml").read_text()
    (tmp_path / "contract" / "pyproject.toml").write_text(contract)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "eks-platform"\nversion = "0.1.0"\n'
    )
    lock(tmp_path, "0.1.0")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "a")


def lock(folder: Path, version: str) -> None:
    package = f'[[package]]\nname = "eks-platform"\nversion = "{version}"\n'
    (folder / "uv.lock").write_text(package)


def test_a_release_from_the_first_step_to_the_last(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(checkout, "0.2.0", NOW) == []
    said = capsys.readouterr().out
    assert "git tag --sign v0.2.0" in said
    assert check(checkout, "v0.2.0", None) == [
        "uv.lock has not the version 0.2.0: run .uv/bin/uv lock"
    ]
    lock(checkout, "0.2.0")
    notes = checkout / "notes.md"
    assert check(checkout, "v0.2.0", notes) == []
    assert notes.read_text() == "### Added\n\n- A thing.\n"
    text = (checkout / "CHANGELOG.md").read_text()
    assert unreleased(text) == ""
    assert releases(text) == [
        Release("0.2.0", date(2026, 11, 29), "### Added\n\n- A thing."),
        Release("0.1.0", date(2026, 10, 1), "- The first."),
    ]


def test_a_tag_that_tells_something_else_is_no_release(checkout: Path) -> None:
    assert check(checkout, "v0.2.0", None) == [
        "the tag is v0.2.0, and pyproject.toml says 0.1.0",
        "CHANGELOG.md: something stands under '## Unreleased' still",
    ]


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("0.1.0", "0.1.0 is not newer than 0.1.0, the last release"),
        ("0.0.9", "0.0.9 is not newer than 0.1.0, the last release"),
        ("v0.2.0", "'v0.2.0' is no version such as 1.2.0"),
        ("0.2", "'0.2' is no version such as 1.2.0"),
    ],
)
def test_what_is_no_next_version_changes_nothing(checkout: Path, version: str, says: str) -> None:
    assert prepare(checkout, version, NOW) == [says]
    assert (checkout / "CHANGELOG.md").read_text() == CHANGELOG


def test_ten_is_newer_than_nine() -> None:
    text = CHANGELOG.replace("0.1.0", "0.9.0")
    assert "## 0.10.0 - 2026-11-29\n\n### Added" in released(text, "0.10.0", NOW.date())


def test_what_is_not_committed_is_not_released(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('[project]\nversion = "0.1.1"\n')
    assert prepare(checkout, "0.2.0", NOW) == ["commit first: git knows of changes"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"# Changes\n\n{FIRST}", "the first section is not '## Unreleased'"),
        (f"## Unreleased\n\n{FIRST}", "nothing stands under '## Unreleased'"),
        (f"{SOME}## 0.1.0\n\n- a\n", "'## 0.1.0' is not '## VERSION - YYYY-MM-DD'"),
        (f"{SOME}## 0.1.0 - 2026-02-30\n\n- a\n", "'## 0.1.0 - 2026-02-30' has no date"),
        (f"{SOME}## 0.1.0 - 2026-10-01\n", "'## 0.1.0 - 2026-10-01' tells of nothing"),
        (
            f"{SOME}{FIRST}\n## 0.2.0 - 2026-10-02\n\n- a\n",
            "0.1.0 of 2026-10-01 stands above 0.2.0 of 2026-10-02, and is not newer",
        ),
        (f"{SOME}{SOME}", "'## Unreleased' stands there twice"),
    ],
)
def test_a_changelog_that_is_wrong_says_where(text: str, says: str) -> None:
    with pytest.raises(ChangelogError) as refused:
        released(text, "0.3.0", NOW.date())
    assert says in str(refused.value)


def test_this_checkout_tells_of_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0, capsys.readouterr().err
    text = (ROOT / "CHANGELOG.md").read_text()
    assert released(text, "99.0.0", NOW.date())
