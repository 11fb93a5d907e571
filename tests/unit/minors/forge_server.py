"""APIs of GitHub and GitLab on loopback: branches, requests and issues, in documented shapes alone.

https://docs.github.com/en/rest/git, https://docs.github.com/en/rest/pulls/pulls,
https://docs.github.com/en/rest/issues/issues, https://docs.gitlab.com/api/commits/,
https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/issues/
"""

import json
import urllib.parse
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.unit.http_server import QuietHandler, running

Json: TypeAlias = Any
"""What the API is sent and answers."""

BASE = "a" * 40
"""The commit that the pipeline runs on."""

BOT, PROJECT_BOT = "github-actions[bot]", "project_12_bot_1f"
_TEXTS = {"title", "body"}, {"title", "description"}


class RefusedError(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def demand(true: object, message: str, status: int = 422) -> None:
    if not true:
        raise RefusedError(status, message)


@dataclass
class Thread:
    """A request or an issue.

    Attributes:
        title: its title.
        body: its text.
        state: ``open``, ``closed`` or ``merged``.
        author: who wrote it.
        branch: of a request.
        project: of the request's branch; another one's is a fork.
        labels: of an issue.
    """

    title: str
    body: str
    state: str = "open"
    author: str = BOT
    branch: str = ""
    project: int = 12
    labels: tuple[str, ...] = ()


@dataclass
class ForgeServer:
    """The API.

    Attributes:
        url: where it is.
        branches: files of each branch that was made, by path, and what its commit says.
        requests: by number.
        issues: by number.
        writes: method and path of each call that changed something.
        refusal: status that every write is answered with; 0 for none.
    """

    url: str
    branches: dict[str, tuple[str, Mapping[str, str]]] = field(
        default_factory=dict[str, tuple[str, Mapping[str, str]]]
    )
    requests: dict[int, Thread] = field(default_factory=dict[int, Thread])
    issues: dict[int, Thread] = field(default_factory=dict[int, Thread])
    writes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    refusal: int = 0
    objects: dict[str, Json] = field(default_factory=dict[str, Json])

    def github(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "acme/platform",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": BASE,
            "GITHUB_TOKEN": "gh-token",
        }

    def gitlab(self) -> dict[str, str]:
        return {
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "12",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": BASE,
            "GITLAB_TOKEN": "gl-token",
        }

    def answer(self, method: str, target: str, token: str, body: Json) -> tuple[int, Json]:
        """Status and answer of a call."""
        path, _, query = target.partition("?")
        asked = {key: values[0] for key, values in urllib.parse.parse_qs(query).items()}
        if method != "GET":
            self.writes.append((method, path))
            demand(not self.refusal, "Resource not accessible by integration", self.refusal)
        parts = [urllib.parse.unquote(it) for it in path.split("/")[1:]]
        match parts:
            case ["repos", "acme", "platform", *rest]:
                demand(token == "Bearer gh-token", "Bad credentials", 401)
                return self._of_github(method, rest, asked, body)
            case ["api", "v4", *rest]:
                demand(token == "gl-token", "401 Unauthorized", 401)
                return self._of_gitlab(method, rest, asked, body)
            case _:
                raise RefusedError(404, "Not Found")

    def _of_github(  # noqa: PLR0911 - a row for each call
        self, method: str, path: list[str], asked: Mapping[str, str], body: Json
    ) -> tuple[int, Json]:
        match method, path:
            case "GET", ["git", "ref", "heads", *branch]:
                demand("/".join(branch) in self.branches, "Not Found", 404)
                return 200, {"ref": f"refs/heads/{'/'.join(branch)}"}
            case "GET", ["git", "commits", sha]:
                demand(sha == BASE, "Not Found", 404)
                return 200, {"sha": BASE, "tree": {"sha": "tree-of-main"}}
            case "POST", ["git", "trees"]:
                demand(body.keys() == {"base_tree", "tree"}, "shape")
                demand(body["base_tree"] == "tree-of-main", "base_tree")
                for it in body["tree"]:
                    demand(it.keys() == {"path", "mode", "type", "content"}, "tree")
                    demand((it["mode"], it["type"]) == ("100644", "blob"), "mode")
                return 201, self._object({it["path"]: it["content"] for it in body["tree"]})
            case "POST", ["git", "commits"]:
                demand(body.keys() == {"message", "tree", "parents"}, "shape")
                demand(body["parents"] == [BASE], "parents")
                return 201, self._object((body["message"], self.objects[body["tree"]]))
            case "POST", ["git", "refs"]:
                branch = body["ref"].removeprefix("refs/heads/")
                demand(branch not in self.branches, "Reference already exists")
                self.branches[branch] = self.objects[body["sha"]]
                return 201, {"ref": body["ref"]}
            case "GET", ["pulls"]:
                branch = asked["head"].removeprefix("acme:")
                found = self._newest(self.requests, lambda it: it.branch == branch)
                return 200, [self._github_thread(*it, "pull") for it in found][:1]
            case "POST", ["pulls"]:
                demand(body.keys() == {"title", "body", "head", "base"}, "shape")
                demand(body["head"] in self.branches and body["base"] == "main", "head")
                number = self._add(self.requests, body["title"], body["body"])
                self.requests[number].branch = body["head"]
                return 201, self._github_thread(number, self.requests[number], "pull")
            case "GET", ["issues"]:
                demand(asked["state"] == "open", "state")
                found = [
                    self._github_thread(*it, "issues")
                    for it in self._newest(self.issues, lambda it: it.state == "open")
                    if asked["labels"] in it[1].labels
                ]
                # GitHub lists pull requests among issues.
                return 200, [{**it, "pull_request": {}} for it in found[:1]] + found
            case "POST", ["issues"]:
                demand(body.keys() == {"title", "body", "labels"}, "shape")
                number = self._add(self.issues, body["title"], body["body"])
                self.issues[number].labels = tuple(body["labels"])
                return 201, self._github_thread(number, self.issues[number], "issues")
            case "PATCH", [kind, number]:
                return self._change(kind, int(number), body, _TEXTS[0])
            case _:
                raise RefusedError(404, "Not Found")

    def _of_gitlab(  # noqa: PLR0911 - a row for each call
        self, method: str, path: list[str], asked: Mapping[str, str], body: Json
    ) -> tuple[int, Json]:
        match method, path:
            case "GET", ["user"]:
                return 200, {"username": PROJECT_BOT}
            case "GET", ["projects", "12", "repository", "branches", branch]:
                demand(branch in self.branches, "404 Branch Not Found", 404)
                return 200, {"name": branch}
            case "POST", ["projects", "12", "repository", "commits"]:
                wanted = {"branch", "start_sha", "commit_message", "actions"}
                demand(body.keys() == wanted and body["start_sha"] == BASE, "shape", 400)
                demand(body["branch"] not in self.branches, "branch exists", 400)
                for it in body["actions"]:
                    demand(it.keys() == {"action", "file_path", "content"}, "action", 400)
                    demand(it["action"] == "update", "action", 400)
                files = {it["file_path"]: it["content"] for it in body["actions"]}
                self.branches[body["branch"]] = body["commit_message"], files
                return 201, {"id": "b" * 40}
            case "GET", ["projects", "12", "merge_requests"]:
                found = self._newest(self.requests, lambda it: it.branch == asked["source_branch"])
                return 200, [self._gitlab_thread(*it) for it in found]
            case "POST", ["projects", "12", "merge_requests"]:
                wanted = {"source_branch", "target_branch", "title", "description"}
                demand(body.keys() == {*wanted, "remove_source_branch"}, "shape", 400)
                demand(body["source_branch"] in self.branches, "source_branch", 400)
                number = self._add(self.requests, body["title"], body["description"])
                self.requests[number].branch = body["source_branch"]
                return 201, self._gitlab_thread(number, self.requests[number])
            case "GET", ["projects", "12", "issues"]:
                demand(asked["state"] == "opened", "state", 400)
                found = self._newest(
                    self.issues,
                    lambda it: it.state == "open" and asked["labels"] in it.labels,
                )
                mine = [it for it in found if it[1].author == asked["author_username"]]
                return 200, [self._gitlab_thread(*it) for it in mine]
            case "POST", ["projects", "12", "issues"]:
                demand(body.keys() == {"title", "description", "labels"}, "shape", 400)
                number = self._add(self.issues, body["title"], body["description"])
                self.issues[number].labels = tuple(body["labels"].split(","))
                self.issues[number].author = PROJECT_BOT
                return 201, self._gitlab_thread(number, self.issues[number])
            case "PUT", ["projects", "12", kind, number]:
                return self._change(kind, int(number), body, _TEXTS[1])
            case _:
                raise RefusedError(404, "404 Not Found")

    def _object(self, what: Json) -> Json:
        sha = f"{len(self.objects):040x}"
        self.objects[sha] = what
        return {"sha": sha}

    def _add(self, threads: dict[int, Thread], title: str, body: str) -> int:
        number = len(self.requests) + len(self.issues) + 1
        threads[number] = Thread(title, body)
        return number

    def _change(self, kind: str, number: int, body: Json, texts: set[str]) -> tuple[int, Json]:
        demand(body.keys() == texts, "shape")
        threads = self.issues if kind == "issues" else self.requests
        title, text = (body[it] for it in sorted(texts, reverse=True))
        threads[number].title, threads[number].body = title, text
        return 200, {}

    def _newest(
        self, threads: Mapping[int, Thread], wanted: Callable[[Thread], bool]
    ) -> list[tuple[int, Thread]]:
        return [it for it in sorted(threads.items(), reverse=True) if wanted(it[1])]

    def _github_thread(self, number: int, it: Thread, kind: str) -> Json:
        return {
            "number": number,
            "title": it.title,
            "body": it.body or None,
            "state": "open" if it.state == "open" else "closed",
            "merged_at": "2027-01-01T00:00:00Z" if it.state == "merged" else None,
            "html_url": f"https://forge.test/{kind}/{number}",
            "user": {"login": it.author} if it.author else None,
        }

    def _gitlab_thread(self, number: int, it: Thread) -> Json:
        return {
            "iid": number,
            "title": it.title,
            "description": it.body or None,
            "state": "opened" if it.state == "open" else it.state,
            "web_url": f"https://forge.test/{number}",
            "source_project_id": it.project,
        }


@contextmanager
def forge_server() -> Generator[ForgeServer]:
    class Handler(QuietHandler):
        def _serve(self) -> None:
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or b"null")
            try:
                status, answer = found.answer(self.command, self.path, token, sent)
            except RefusedError as error:
                status, answer = error.status, {"message": str(error)}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names http.server calls

    with running(Handler) as port:
        found = ForgeServer(f"http://127.0.0.1:{port}")
        yield found
