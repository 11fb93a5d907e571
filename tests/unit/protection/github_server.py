"""GitHub's API for environments and rulesets, on loopback: it takes the documented requests alone.

Their shapes: https://docs.github.com/en/rest/deployments/environments,
https://docs.github.com/en/rest/deployments/branch-policies, https://docs.github.com/en/rest/repos/rules.
"""

import itertools
import json
import urllib.parse
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.unit.http_server import QuietHandler, running

Json: TypeAlias = Any
"""What the API is sent and answers."""

Strange: TypeAlias = Callable[[str, str], tuple[int, Mapping[str, str], bytes] | None]
"""Says of a method and a path what is answered instead; None for what is right."""

REPOSITORY = "/repos/acme/platform"
_PUT = {"wait_timer", "prevent_self_review", "reviewers", "deployment_branch_policy"}
_RULESET = {"name", "target", "enforcement", "bypass_actors", "conditions", "rules"}
_MOST_MINUTES, _MOST_REVIEWERS = 43_200, 6


class RefusedError(Exception):
    """The API says no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def demand(true: object, message: str, status: int = 422) -> None:
    if not true:
        raise RefusedError(status, message)


@dataclass
class GitHubServer:
    """The API.

    Attributes:
        url: where it is.
        admin: whether the token is of an administrator; None: it is an app's, and nothing is said.
        known: ids of people and teams, by ``PERSON`` and ``ORGANISATION/TEAM``.
        environments: as GET has them, by name.
        refs: what may use an environment, by its name.
        rulesets: as GET has them, by id.
        writes: method, path and body of each call that changed something.
        headers: of the last call.
        strange: what it answers instead.
    """

    url: str
    admin: bool | None = True
    known: dict[str, int] = field(default_factory=dict[str, int])
    environments: dict[str, Json] = field(default_factory=dict[str, Json])
    refs: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    rulesets: dict[int, Json] = field(default_factory=dict[int, Json])
    writes: list[tuple[str, str, Json]] = field(default_factory=list[tuple[str, str, Json]])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    strange: Strange = lambda _method, _path: None
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100))

    def answer(self, method: str, target: str, body: Json) -> tuple[int, Json]:
        """Status and answer of a call."""
        path, _, query = target.partition("?")
        if method != "GET":
            self.writes.append((method, path, body))
        parts = [urllib.parse.unquote(it) for it in path.split("/")[1:]]
        match parts:
            case ["users", name]:
                return 200, {"id": self._known(name), "login": name}
            case ["orgs", owner, "teams", name]:
                return 200, {"id": self._known(f"{owner}/{name}"), "slug": name}
            case ["repos", "acme", "platform", *rest]:
                return self._repository(method, rest, query, body)
            case _:
                raise RefusedError(404, "Not Found")

    def _known(self, name: str) -> int:
        demand(name in self.known, "Not Found", 404)
        return self.known[name]

    def _repository(self, method: str, path: list[str], query: str, body: Json) -> tuple[int, Json]:
        if not path:
            told = {} if self.admin is None else {"permissions": {"admin": self.admin}}
            return 200, {"full_name": "acme/platform", **told}
        if method != "GET":
            demand(self.admin is not False, "Must have admin rights to Repository.", 403)
        kind, *rest = path
        serve = {"environments": self._environment, "rulesets": self._ruleset}.get(kind)
        demand(serve, "Not Found", 404)
        assert serve is not None
        return serve(method, rest, query, body)

    def _environment(
        self, method: str, path: list[str], query: str, body: Json
    ) -> tuple[int, Json]:
        if not path:
            page = paged([*self.environments.values()], query)
            return 200, {"total_count": len(self.environments), "environments": page}
        name, *rest = path
        if not rest:
            demand(method == "PUT", "Not Found", 404)
            self._put(name, body)
            return 200, self.environments[name]
        demand(name in self.environments, "Not Found", 404)
        policy = self.environments[name]["deployment_branch_policy"]
        demand(policy and policy["custom_branch_policies"], "no custom policies", 404)
        refs = self.refs[name]
        if method == "GET":
            return 200, {"total_count": len(refs), "branch_policies": paged(refs, query)}
        if method == "POST":
            demand(body.keys() == {"name", "type"} and body["type"] in ("branch", "tag"), "shape")
            demand(all(it["name"] != body["name"] for it in refs), "it exists", 303)
            refs.append({"id": next(self.ids), **body})
            return 200, refs[-1]
        demand(method == "DELETE" and int(rest[1]) in [it["id"] for it in refs], "Not Found", 404)
        self.refs[name] = [it for it in refs if it["id"] != int(rest[1])]
        return 204, None

    def _put(self, name: str, body: Json) -> None:
        """Everything is set anew: what is not given is gone."""
        demand(body.keys() <= _PUT, f"unknown: {body.keys() - _PUT}")
        demand(0 <= body.get("wait_timer", 0) <= _MOST_MINUTES, "wait_timer")
        reviewers = body.get("reviewers") or []
        demand(len(reviewers) <= _MOST_REVIEWERS, "reviewers")
        for it in reviewers:
            demand(it.keys() == {"type", "id"} and it["type"] in ("User", "Team"), "reviewer")
            demand(it["id"] in self.known.values(), "reviewer")
        policy = body.get("deployment_branch_policy")
        if policy is not None:
            demand(policy.keys() == {"protected_branches", "custom_branch_policies"}, "policy")
            demand(policy["protected_branches"] != policy["custom_branch_policies"], "policy")
        names = {number: name for name, number in self.known.items()}
        rules: list[Json] = []
        if reviewers:
            told = [
                {"type": it["type"], "reviewer": {"id": it["id"], "login": names[it["id"]],
                                                  "slug": names[it["id"]].rpartition("/")[2]}}
                for it in reviewers
            ]  # fmt: skip
            itself = body.get("prevent_self_review", False)
            rules.append(
                {"id": next(self.ids), "type": "required_reviewers",
                 "prevent_self_review": itself, "reviewers": told}
            )  # fmt: skip
        if body.get("wait_timer"):
            rules.append({"id": 1, "type": "wait_timer", "wait_timer": body["wait_timer"]})
        if policy is not None:
            rules.append({"id": 2, "type": "branch_policy"})
        kept = self.refs.get(name, []) if policy and policy["custom_branch_policies"] else []
        self.refs[name] = kept
        self.environments[name] = {
            "id": next(self.ids),
            "name": name,
            "can_admins_bypass": True,
            "protection_rules": rules,
            "deployment_branch_policy": policy,
        }

    def _ruleset(self, method: str, path: list[str], query: str, body: Json) -> tuple[int, Json]:
        if method == "GET" and not path:
            listed = [
                {key: it[key] for key in ("id", "name", "target", "source_type", "enforcement")}
                for it in self.rulesets.values()
            ]
            return 200, paged(listed, query)
        if path:
            demand(int(path[0]) in self.rulesets, "Not Found", 404)
        if method == "GET":
            return 200, self.rulesets[int(path[0])]
        demand(method == ("PUT" if path else "POST"), "Not Found", 404)
        demand(body.keys() == _RULESET, f"unknown: {body.keys() ^ _RULESET}")
        number = int(path[0]) if path else next(self.ids)
        # GitHub answers with parameters that nobody gave, too.
        rules = [
            {**it, "parameters": {"allowed_merge_methods": ["merge"], **it["parameters"]}}
            if "parameters" in it
            else it
            for it in body["rules"]
        ]
        self.rulesets[number] = {
            **body, "rules": rules, "id": number, "source_type": "Repository"
        }  # fmt: skip
        return (200 if path else 201), self.rulesets[number]


def paged(found: list[Json], query: str) -> list[Json]:
    asked = {key: values[0] for key, values in urllib.parse.parse_qs(query).items()}
    size, page = int(asked.get("per_page", 30)), int(asked.get("page", 1))
    assert 0 < size <= 100
    return found[(page - 1) * size : page * size]


@contextmanager
def github_server() -> Generator[GitHubServer]:
    class Handler(QuietHandler):
        def _serve(self) -> None:
            found.headers = dict(self.headers)
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or b"null")
            strange = found.strange(self.command, self.path)
            if strange is None:
                try:
                    status, answer = found.answer(self.command, self.path, sent)
                except RefusedError as error:
                    status, answer = error.status, {"message": str(error)}
                strange = status, {}, b"" if answer is None else json.dumps(answer).encode()
            status, headers, body = strange
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 - the names http.server calls

    with running(Handler) as port:
        found = GitHubServer(f"http://127.0.0.1:{port}")
        yield found
