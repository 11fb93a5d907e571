"""An API with comments, on loopback, that answers as a test says."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.unit.http_server import QuietHandler, running

Json: TypeAlias = Any
"""What the API is sent and answers."""

BOT = "github-actions[bot]"
PROJECT_BOT = "project_12_bot_1f"


@dataclass
class Written:
    """A comment and who wrote it."""

    body: str
    author: str = "someone"


@dataclass(frozen=True)
class Answer:
    """What the API says instead of what it should; `body` as it is."""

    status: int = 200
    body: bytes = b"[]"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Strange: TypeAlias = "Callable[[str, str], Answer | None]"
"""Says of a method and a path what is answered; None for what is right."""


@dataclass
class ForgeServer:
    """The API.

    Attributes:
        url: where it is.
        me: who writes with the token; empty for a token that may not ask, as that of a workflow.
        comments: by id.
        calls: method and path of each call, in order.
        tokens: all tokens that were sent.
        strange: what it answers instead.
    """

    url: str
    me: str = ""
    comments: dict[int, Written] = field(default_factory=dict[int, Written])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    tokens: set[str] = field(default_factory=set[str])
    strange: Strange = lambda _method, _path: None

    @property
    def bodies(self) -> dict[int, str]:
        return {number: written.body for number, written in self.comments.items()}

    @property
    def author(self) -> str:
        return self.me or BOT

    def github(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "acme/platform",
            "GITHUB_TOKEN": "gh-token",
            "PR_NUMBER": "7",
        }

    def gitlab(self) -> dict[str, str]:
        self.me = PROJECT_BOT
        return {
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": "gl-token",
        }

    def answer(self, method: str, target: str, body: Json) -> tuple[int, Json]:
        """What a forge says: status and answer."""
        path, _, query = target.partition("?")
        if path.endswith("/user"):
            return (200, {"login": self.me, "username": self.me}) if self.me else (403, {})
        if method == "GET":
            page = int(query.rpartition("page=")[2])
            ids = sorted(self.comments)[(page - 1) * 100 : page * 100]
            return 200, [self._told(number) for number in ids]
        if method == "POST":
            self.comments[len(self.comments) + 1] = Written(body["body"], self.author)
        else:
            self.comments[int(path.rpartition("/")[2])].body = body["body"]
        return 200, {}

    def _told(self, number: int) -> Json:
        written = self.comments[number]
        who = {"login": written.author, "username": written.author}
        return {"id": number, "body": written.body, "user": who, "author": who}


@contextmanager
def forge_server() -> Generator[ForgeServer]:
    class Handler(QuietHandler):
        def _serve(self) -> None:
            found.calls.append((self.command, self.path.partition("?")[0]))
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
            found.tokens.add(token)
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or b"null")
            strange = found.strange(self.command, self.path)
            if strange is None:
                status, answer = found.answer(self.command, self.path, sent)
                strange = Answer(status, json.dumps(answer).encode())
            self.send_response(strange.status)
            for name, value in strange.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in strange.headers:
                self.send_header("Content-Length", str(len(strange.body)))
            self.end_headers()
            self.wfile.write(strange.body)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names http.server calls

    with running(Handler) as port:
        found = ForgeServer(f"http://127.0.0.1:{port}")
        yield found
