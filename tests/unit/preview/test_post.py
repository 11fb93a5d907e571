"""Posting a comment: once, then updated, on both forges, whatever they answer."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from preview import forge as calls
from preview.marks import DRIFT_MARK, LONGEST, MARK
from preview.post import PostError, main, publish
from tests.unit.preview.forge_server import (
    BOT,
    PROJECT_BOT,
    Answer,
    ForgeServer,
    Written,
    forge_server,
)

TEXT = f"{MARK}\n# Preview of blue\n"
Environment: TypeAlias = Callable[[ForgeServer], Mapping[str, str]]
BOTH = pytest.mark.parametrize(
    "environment", [ForgeServer.github, ForgeServer.gitlab], ids=["github", "gitlab"]
)


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with forge_server() as found:
        yield found


def test_github_gets_one_comment_that_is_updated(forge: ForgeServer) -> None:
    forge.comments = {1: Written("a person's")}
    assert publish(TEXT, forge.github()) == "the comment was posted"
    assert publish(f"{TEXT}more", forge.github()) == "the comment was updated"
    assert forge.bodies == {1: "a person's", 2: f"{TEXT}more"}
    base = "/repos/acme/platform/issues"
    assert ("POST", f"{base}/7/comments") in forge.calls
    assert forge.calls[-1] == ("PATCH", f"{base}/comments/2")
    assert forge.tokens == {"Bearer gh-token"}


def test_gitlab_gets_one_note_that_is_updated(forge: ForgeServer) -> None:
    publish(TEXT, forge.gitlab())
    publish(f"{TEXT}more", forge.gitlab())
    assert forge.bodies == {1: f"{TEXT}more"}
    base = "/api/v4/projects/12/merge_requests/7/notes"
    assert forge.calls[-1] == ("PUT", f"{base}/1")
    assert forge.tokens == {"gl-token"}


@BOTH
def test_the_comment_is_found_behind_many_others(
    forge: ForgeServer, environment: Environment
) -> None:
    given = environment(forge)
    forge.comments = {number: Written("talk", forge.author) for number in range(1, 131)}
    forge.comments[131] = Written(TEXT, forge.author)
    assert publish(f"{TEXT}more", given) == "the comment was updated"
    assert forge.bodies[131] == f"{TEXT}more"


@BOTH
@pytest.mark.parametrize(
    ("body", "author"),
    [
        (TEXT, "someone"),  # whoever begins a comment with the mark
        (TEXT, ""),  # whose account is gone
        (TEXT, "github-actions"),
        (f"{DRIFT_MARK}\n", ""),
        ("<!-- another bot -->\n", BOT),
        ("<!--", BOT),
        (f"{MARK} and more\n", BOT),
        (f" {MARK}\n", BOT),
        (f"{MARK[:-1]}\n", BOT),
    ],
)
def test_what_is_not_ours_is_left_alone(
    forge: ForgeServer, environment: Environment, body: str, author: str
) -> None:
    given = environment(forge)
    author = PROJECT_BOT if author == BOT and forge.me else author
    forge.comments = {1: Written(body, author)}
    assert publish(TEXT, given) == "the comment was posted"
    assert forge.bodies == {1: body, 2: TEXT}


def test_a_token_of_a_person_updates_what_the_person_wrote(forge: ForgeServer) -> None:
    forge.me = "ana"
    forge.comments = {1: Written(TEXT, BOT), 2: Written(TEXT, "ana")}
    assert publish(f"{TEXT}more", forge.github()) == "the comment was updated"
    assert forge.bodies == {1: TEXT, 2: f"{TEXT}more"}


def test_line_ends_of_another_kind_are_no_other_mark(forge: ForgeServer) -> None:
    forge.comments = {1: Written(TEXT.replace("\n", "\r\n"), BOT)}
    assert publish(f"{TEXT}more", forge.github()) == "the comment was updated"


GITHUB = {
    "GITHUB_API_URL": "https://api.example",
    "GITHUB_REPOSITORY": "a/b",
    "PR_NUMBER": "1",
    "GITHUB_TOKEN": "hunter2",
}
GITLAB = {
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_ID": "12",
    "CI_MERGE_REQUEST_IID": "7",
    "GITLAB_TOKEN": "hunter2",
}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "by a pipeline of GitHub Actions or GitLab CI only"),
        ({"GITHUB_REPOSITORY": "a/b"}, "GITHUB_API_URL, PR_NUMBER, GITHUB_TOKEN"),
        (GITHUB | {"GITHUB_API_URL": "http://api.example"}, "is not https"),
        (GITHUB | {"GITHUB_API_URL": "http://127.0.0.1:80@api.example"}, "api.example is not"),
        (GITHUB | {"GITHUB_API_URL": "https://user@api.example"}, "a token would go there"),
        (GITHUB | {"GITHUB_API_URL": "file:///etc/passwd"}, "is not https"),
        (GITHUB | {"GITHUB_API_URL": "https://[api"}, "is no URL"),
        (GITHUB | {"GITHUB_REPOSITORY": "a/../../user"}, "GITHUB_REPOSITORY is"),
        (GITHUB | {"PR_NUMBER": "1/../2"}, "PR_NUMBER is"),
        (GITHUB | {"GITHUB_TOKEN": "hunter2\n"}, "a line's end"),
        (GITHUB | {"GITHUB_TOKEN": "hunter2 ✓"}, "GITHUB_TOKEN has a character"),
        (GITLAB | {"CI_API_V4_URL": "http://gitlab.example"}, "is not https"),
        (GITLAB | {"CI_MERGE_REQUEST_IID": "?"}, "CI_MERGE_REQUEST_IID is"),
        (GITLAB | {"GITLAB_TOKEN": "hunter2\r\nX: y"}, "GITLAB_TOKEN has a character"),
    ],
)
def test_what_cannot_be_posted_says_why(environment: dict[str, str], says: str) -> None:
    with pytest.raises(PostError, match=says) as refused:
        publish(TEXT, environment)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["# Preview", "<!-- another bot -->\n", "<!--", "", f" {TEXT}", f"{MARK}x\n"]
)
def test_text_without_a_mark_is_refused(forge: ForgeServer, text: str) -> None:
    with pytest.raises(PostError, match="first line is no mark"):
        publish(text, forge.github())
    assert forge.calls == []


def test_text_that_no_forge_takes_is_refused(forge: ForgeServer) -> None:
    with pytest.raises(PostError, match="more than 65536"):
        publish(TEXT + "x" * LONGEST, forge.github())
    assert forge.calls == []


DEEP = b"[" * 100_000
STRANGE: Mapping[str, tuple[Answer, str]] = {
    "no JSON": (Answer(body=b"<html>"), "something else than JSON"),
    "no UTF-8": (Answer(body=b'"\xff"'), "something else than JSON"),
    "too deep": (Answer(body=DEEP), "something else than JSON"),
    "nothing": (Answer(body=b""), "something else than"),
    "a text": (Answer(body=b'"later"'), "something else than"),
    "a number": (Answer(body=b"7"), "something else than"),
    "an error": (Answer(500), "was answered 500"),
    "overload": (Answer(503, b"<html>busy</html>"), "was answered 503"),
    "refusal": (Answer(429), "was answered 429"),
    "not modified": (Answer(304), "was answered 304"),
    "half of it": (Answer(body=b"[", headers={"Content-Length": "9"}), "something else than JSON"),
    "no end of headers": (Answer(headers={f"H{n}": "x" for n in range(200)}), "got no answer"),
    "a redirect": (Answer(302, headers={"Location": "/elsewhere"}), "a redirect to"),
    "another host": (Answer(307, headers={"Location": "https://evil.example/"}), "evil.example"),
    "no TLS": (Answer(301, headers={"Location": "http://api.example/"}), "http://api.example"),
    "for good": (Answer(308, headers={"Location": "https://evil.example/"}), "evil.example"),
    "a file": (Answer(302, headers={"Location": "file:///etc/passwd"}), "was answered 302"),
    "nowhere": (Answer(302), "was answered 302"),
}


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH|PUT"])
@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_answer_ends_in_one_sentence(
    forge: ForgeServer, environment: Environment, kind: str, method: str
) -> None:
    given, (answer, says) = environment(forge), STRANGE[kind]
    if method == "PATCH|PUT":
        forge.comments = {1: Written(TEXT, forge.author)}
    forge.strange = lambda verb, path: (
        answer if verb in method.split("|") and not path.endswith("/user") else None
    )
    with pytest.raises(PostError, match=says) as refused:
        publish(TEXT, given)
    assert "\n" not in str(refused.value)
    assert "-token" not in str(refused.value)


@BOTH
@pytest.mark.parametrize("kind", ["no JSON", "a text", "nothing", "overload", "another host"])
def test_who_writes_is_not_guessed(forge: ForgeServer, environment: Environment, kind: str) -> None:
    given, (answer, _) = environment(forge), STRANGE[kind]
    forge.strange = lambda _verb, path: answer if path.endswith("/user") else None
    with pytest.raises(PostError):
        publish(TEXT, given)
    assert forge.comments == {}


def test_a_token_of_gitlab_that_may_not_ask_is_refused(forge: ForgeServer) -> None:
    given = forge.gitlab()
    forge.strange = lambda _verb, path: Answer(403) if path.endswith("/user") else None
    with pytest.raises(PostError, match="was answered 403"):
        publish(TEXT, given)


@BOTH
@pytest.mark.parametrize(
    "members", [b"[7]", b"[null]", b'[{"body": "x"}]', b'[{"id": "x"}]', b'[{"id": 1, "body": 7}]']
)
def test_what_is_no_comment_is_not_taken_for_one(
    forge: ForgeServer, environment: Environment, members: bytes
) -> None:
    given = environment(forge)
    forge.strange = lambda verb, path: (
        Answer(body=members) if verb == "GET" and not path.endswith("/user") else None
    )
    with pytest.raises(PostError, match="something else than comments"):
        publish(TEXT, given)


@BOTH
def test_a_comment_without_a_text_is_none_of_ours(
    forge: ForgeServer, environment: Environment
) -> None:
    given = environment(forge)
    body = b'[{"id": 1, "body": null, "user": null, "author": null}]'
    forge.strange = lambda verb, path: (
        Answer(body=body) if verb == "GET" and not path.endswith("/user") else None
    )
    assert publish(TEXT, given) == "the comment was posted"


@BOTH
def test_pages_without_an_end_are_left(forge: ForgeServer, environment: Environment) -> None:
    given = environment(forge)
    page = json.dumps([{"id": number, "body": "talk"} for number in range(100)]).encode()
    forge.strange = lambda _verb, path: Answer(body=page) if "page=" in path else None
    with pytest.raises(PostError, match="no last page"):
        publish(TEXT, given)
    assert len(forge.calls) == 101


def test_an_answer_without_an_end_is_left(
    forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_LARGEST", 1_000)
    forge.strange = lambda *_: Answer(body=b" " * 100_000)
    with pytest.raises(PostError, match="it does not end"):
        publish(TEXT, forge.github())


def test_nobody_there_is_one_sentence(forge: ForgeServer) -> None:
    given = forge.github() | {"GITHUB_API_URL": "http://127.0.0.1:9"}
    with pytest.raises(PostError, match="got no answer"):
        publish(TEXT, given)


def test_a_redirect_takes_no_token_along(forge: ForgeServer) -> None:
    with forge_server() as other:
        target = other.url.replace("127.0.0.1", "localhost")
        forge.strange = lambda *_: Answer(307, headers={"Location": f"{target}/user"})
        with pytest.raises(PostError, match="where the token does not go"):
            publish(TEXT, forge.github())
        assert other.calls == []


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "is not UTF-8"), (b"", "no mark"), (TEXT.encode(), "by a pipeline of")],
)
def test_the_command_ends_with_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    says: str,
) -> None:
    for name in ("GITHUB_REPOSITORY", "CI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "comment.md"
    file.write_bytes(content)
    assert main([str(file)]) == 1
    assert says in capsys.readouterr().err
    assert main([str(tmp_path / "missing.md")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_needs_nothing_but_python(tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    file.write_text(TEXT)
    # Without site-packages, as in the job that has the token.
    done = subprocess.run(
        [sys.executable, "-S", "-m", "preview.post", str(file)],
        cwd=Path(__file__).parents[3],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("post: a comment can be posted by a pipeline of")
