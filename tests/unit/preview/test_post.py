"""Posting a comment: once, then updated, on both forges."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest

from preview.post import PostError, publish

Json: TypeAlias = Any
"""What the API is sent and answers."""
TEXT = "<!-- eks-platform preview -->\n# Preview of blue\n"


@dataclass
class Forge:
    """An API with comments, by id."""

    url: str
    comments: dict[int, str] = field(default_factory=dict[int, str])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    tokens: set[str] = field(default_factory=set[str])


@pytest.fixture
def forge() -> Iterator[Forge]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: Json) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _seen(self) -> Json:
            found.calls.append((self.command, self.path.partition("?")[0]))
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
            found.tokens.add(token)
            length = int(self.headers.get("Content-Length") or 0)
            return json.loads(self.rfile.read(length) or b"null")

        def do_GET(self) -> None:
            self._seen()
            page = int(self.path.rpartition("page=")[2])
            ids = sorted(found.comments)[(page - 1) * 100 : page * 100]
            self._answer([{"id": each, "body": found.comments[each]} for each in ids])

        def do_POST(self) -> None:
            found.comments[len(found.comments) + 1] = self._seen()["body"]
            self._answer({})

        def _update(self) -> None:
            body = self._seen()["body"]
            found.comments[int(self.path.rpartition("/")[2])] = body
            self._answer({})

        do_PATCH = do_PUT = _update  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Forge(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def github(forge: Forge) -> dict[str, str]:
    return {
        "GITHUB_API_URL": forge.url,
        "GITHUB_REPOSITORY": "acme/platform",
        "GITHUB_TOKEN": "gh-token",
        "PR_NUMBER": "7",
    }


def gitlab(forge: Forge) -> dict[str, str]:
    return {
        "CI_API_V4_URL": f"{forge.url}/api/v4",
        "CI_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": "gl-token",
    }


def test_github_gets_one_comment_that_is_updated(forge: Forge) -> None:
    forge.comments = {1: "a person's"}
    assert publish(TEXT, github(forge)) == "the comment was posted"
    assert publish(f"{TEXT}more", github(forge)) == "the comment was updated"
    assert forge.comments == {1: "a person's", 2: f"{TEXT}more"}
    base = "/repos/acme/platform/issues"
    assert forge.calls[1] == ("POST", f"{base}/7/comments")
    assert forge.calls[3] == ("PATCH", f"{base}/comments/2")
    assert forge.tokens == {"Bearer gh-token"}


def test_gitlab_gets_one_note_that_is_updated(forge: Forge) -> None:
    publish(TEXT, gitlab(forge))
    publish(f"{TEXT}more", gitlab(forge))
    assert forge.comments == {1: f"{TEXT}more"}
    base = "/api/v4/projects/12/merge_requests/7/notes"
    assert forge.calls[3] == ("PUT", f"{base}/1")
    assert forge.tokens == {"gl-token"}


def test_the_comment_is_found_behind_many_others(forge: Forge) -> None:
    forge.comments = dict.fromkeys(range(1, 131), "talk") | {131: TEXT}
    assert publish(f"{TEXT}more", github(forge)) == "the comment was updated"
    assert forge.comments[131] == f"{TEXT}more"


def test_another_marks_comment_is_left_alone(forge: Forge) -> None:
    forge.comments = {1: "<!-- eks-platform drift -->\n"}
    assert publish(TEXT, github(forge)) == "the comment was posted"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "by a pipeline of GitHub Actions or GitLab CI only"),
        ({"GITHUB_REPOSITORY": "a/b"}, "GITHUB_API_URL, PR_NUMBER, GITHUB_TOKEN"),
        (
            {
                "GITHUB_API_URL": "http://api.example",
                "GITHUB_REPOSITORY": "a/b",
                "PR_NUMBER": "1",
                "GITHUB_TOKEN": "t",
            },
            "is not https",
        ),
    ],
)
def test_what_cannot_be_posted_says_why(environment: dict[str, str], says: str) -> None:
    with pytest.raises(PostError, match=says):
        publish(TEXT, environment)


def test_text_without_a_mark_is_refused(forge: Forge) -> None:
    with pytest.raises(PostError, match="first line is no mark"):
        publish("# Preview", github(forge))
    assert forge.calls == []
