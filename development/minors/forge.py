"""Requests and issues of a forge, as the scheduled pipeline makes them: GitHub's or GitLab's.

https://docs.github.com/en/rest/pulls/pulls, https://docs.github.com/en/rest/git/trees,
https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/commits/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel

from development.minors.changes import Change
from development.minors.proposal import Proposal
from development.web_api import ApiError, WebApi, github_api, quoted, repository_of

LABEL = "kubernetes-support"
"""Of the issues that the pipeline writes, by which it finds them again."""

ACTIONS_BOT = "github-actions[bot]"
"""Who writes with the token of a GitHub workflow. No person can have the name."""

State = Literal["open", "closed", "merged"]
_MODE = "100644"  # of a file that is not executable
_HINTS = {
    401: "The token is not valid (any more).",
    403: "The token may not: docs/pull-requests.md says what it needs, and what the repository must"
    " allow.",
    404: "Either it does not exist, or the token may not see it.",
}


@dataclass(frozen=True)
class Written:
    """A request or an issue that is there.

    Attributes:
        number: by which people name it.
        proposal: its title and body.
        state: whether it is open; a request that was merged is not just closed.
        url: for people.
    """

    number: int
    proposal: Proposal
    state: State
    url: str


class Forge(Protocol):
    """A repository's forge. Each call raises ApiError."""

    def request(self, branch: str) -> Written | None:
        """The newest request of a branch of this repository."""
        ...

    def open_request(self, branch: str, changes: Sequence[Change], new: Proposal) -> Written:
        """Opens a request; a branch of an earlier run that got no further is taken as it is."""
        ...

    def change_request(self, number: int, new: Proposal) -> None:
        """Writes title and body of a request anew."""
        ...

    def issue(self) -> Written | None:
        """The newest open issue that the pipeline wrote."""
        ...

    def open_issue(self, new: Proposal) -> Written:
        """Opens an issue."""
        ...

    def change_issue(self, number: int, new: Proposal) -> None:
        """Writes title and body of an issue anew."""
        ...


class _Sha(BaseModel):
    sha: str


class _Commit(BaseModel):
    sha: str
    tree: _Sha


class _Login(BaseModel):
    login: str


class _Thread(BaseModel):
    """A pull request or an issue; where it is both, GitHub says so."""

    number: int
    title: str
    body: str | None = None
    state: Literal["open", "closed"]
    merged_at: str | None = None
    html_url: str
    user: _Login | None = None
    pull_request: dict[str, object] | None = None

    def written(self) -> Written:
        state: State = "merged" if self.merged_at else self.state
        return Written(self.number, Proposal(self.title, self.body or ""), state, self.html_url)


class _GitHub:
    """A repository on GitHub, with the token of a workflow."""

    def __init__(self, api: WebApi, repository: str, base: str, commit: str) -> None:
        self._api, self._base, self._commit = api, base, commit
        self._owner = repository.partition("/")[0]
        self._path = repository_of(repository)

    def request(self, branch: str) -> Written | None:
        head = quoted(f"{self._owner}:{branch}")
        query = f"head={head}&state=all&sort=created&direction=desc&per_page=1"
        found = self._api.ask(list[_Thread], f"{self._path}/pulls?{query}")
        return found[0].written() if found else None

    def open_request(self, branch: str, changes: Sequence[Change], new: Proposal) -> Written:
        ref = f"{self._path}/git/ref/heads/{branch}"
        if self._api.send("GET", ref, may_be_missing=True) is None:
            self._push(branch, changes, new.title)
        body = {"title": new.title, "body": new.body, "head": branch, "base": self._base}
        return self._api.make(_Thread, f"{self._path}/pulls", body).written()

    def change_request(self, number: int, new: Proposal) -> None:
        self._change(f"{self._path}/pulls/{number}", new)

    def issue(self) -> Written | None:
        query = f"labels={LABEL}&state=open&sort=created&direction=desc&per_page=100"
        found = self._api.ask(list[_Thread], f"{self._path}/issues?{query}")
        ours = (
            it
            for it in found
            if it.pull_request is None and it.user is not None and it.user.login == ACTIONS_BOT
        )
        first = next(ours, None)
        return first.written() if first else None

    def open_issue(self, new: Proposal) -> Written:
        body = {"title": new.title, "body": new.body, "labels": [LABEL]}
        return self._api.make(_Thread, f"{self._path}/issues", body).written()

    def change_issue(self, number: int, new: Proposal) -> None:
        self._change(f"{self._path}/issues/{number}", new)

    def _change(self, path: str, new: Proposal) -> None:
        self._api.send("PATCH", path, {"title": new.title, "body": new.body})

    def _push(self, branch: str, changes: Sequence[Change], message: str) -> None:
        """One commit on the one that the pipeline runs on, and the branch once it is there."""
        git = f"{self._path}/git"
        base = self._api.ask(_Commit, f"{git}/commits/{self._commit}")
        files = [
            {"path": it.path, "mode": _MODE, "type": "blob", "content": it.text} for it in changes
        ]
        tree = self._api.make(_Sha, f"{git}/trees", {"base_tree": base.tree.sha, "tree": files})
        commit = self._api.make(
            _Sha,
            f"{git}/commits",
            {"message": message, "tree": tree.sha, "parents": [self._commit]},
        )
        self._api.send("POST", f"{git}/refs", {"ref": f"refs/heads/{branch}", "sha": commit.sha})


class _Username(BaseModel):
    username: str


class _Merge(BaseModel):
    """A merge request or an issue."""

    iid: int
    title: str
    description: str | None = None
    state: Literal["opened", "closed", "locked", "merged"]
    web_url: str
    source_project_id: int | None = None

    def written(self) -> Written:
        state: State = "open" if self.state == "opened" else "closed"
        if self.state == "merged":
            state = "merged"
        return Written(self.iid, Proposal(self.title, self.description or ""), state, self.web_url)


class _GitLab:
    """A project on GitLab, with a token of the project."""

    def __init__(self, api: WebApi, project: int, base: str, commit: str) -> None:
        self._api, self._project, self._base, self._commit = api, project, base, commit
        self._path = f"/projects/{project}"

    def request(self, branch: str) -> Written | None:
        query = f"source_branch={quoted(branch)}&scope=all&order_by=created_at&per_page=100"
        found = self._api.ask(list[_Merge], f"{self._path}/merge_requests?{query}")
        # A fork may have a branch of the same name.
        ours = (it for it in found if it.source_project_id == self._project)
        first = next(ours, None)
        return first.written() if first else None

    def open_request(self, branch: str, changes: Sequence[Change], new: Proposal) -> Written:
        there = f"{self._path}/repository/branches/{quoted(branch)}"
        if self._api.send("GET", there, may_be_missing=True) is None:
            self._push(branch, changes, new.title)
        body = {
            "source_branch": branch,
            "target_branch": self._base,
            "title": new.title,
            "description": new.body,
            "remove_source_branch": True,
        }
        return self._api.make(_Merge, f"{self._path}/merge_requests", body).written()

    def change_request(self, number: int, new: Proposal) -> None:
        self._change(f"{self._path}/merge_requests/{number}", new)

    def issue(self) -> Written | None:
        me = quoted(self._api.ask(_Username, "/user").username)
        query = f"labels={LABEL}&state=opened&author_username={me}&scope=all&per_page=1"
        found = self._api.ask(list[_Merge], f"{self._path}/issues?{query}")
        return found[0].written() if found else None

    def open_issue(self, new: Proposal) -> Written:
        body = {"title": new.title, "description": new.body, "labels": LABEL}
        return self._api.make(_Merge, f"{self._path}/issues", body).written()

    def change_issue(self, number: int, new: Proposal) -> None:
        self._change(f"{self._path}/issues/{number}", new)

    def _change(self, path: str, new: Proposal) -> None:
        self._api.send("PUT", path, {"title": new.title, "description": new.body})

    def _push(self, branch: str, changes: Sequence[Change], message: str) -> None:
        actions = [{"action": "update", "file_path": it.path, "content": it.text} for it in changes]
        self._api.send(
            "POST",
            f"{self._path}/repository/commits",
            {
                "branch": branch,
                "start_sha": self._commit,
                "commit_message": message,
                "actions": actions,
            },
        )


def forge_of(environment: Mapping[str, str]) -> Forge:
    """The forge whose pipeline has an environment.

    Args:
        environment: GITHUB_* with GITHUB_TOKEN, or CI_* with GITLAB_TOKEN.

    Raises:
        ApiError: it is none, or something of it is missing or not what it should be.
    """
    if "GITHUB_REPOSITORY" in environment:
        given = _needed(
            environment,
            "GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_REF_NAME", "GITHUB_SHA", "GITHUB_TOKEN",
        )  # fmt: skip
        api = github_api(given["GITHUB_API_URL"], given["GITHUB_TOKEN"], _HINTS)
        place = given["GITHUB_REPOSITORY"], given["GITHUB_REF_NAME"], given["GITHUB_SHA"]
        return _GitHub(api, *place)
    if "CI_PROJECT_ID" in environment:
        given = _needed(
            environment,
            "CI_API_V4_URL", "CI_PROJECT_ID", "CI_DEFAULT_BRANCH", "CI_COMMIT_SHA", "GITLAB_TOKEN",
        )  # fmt: skip
        api = WebApi(
            given["CI_API_V4_URL"], ("PRIVATE-TOKEN", "", given["GITLAB_TOKEN"]), {}, _HINTS
        )
        if not given["CI_PROJECT_ID"].isdecimal():
            raise ApiError(f"CI_PROJECT_ID is {given['CI_PROJECT_ID']!r}, and no number")
        project = int(given["CI_PROJECT_ID"])
        return _GitLab(api, project, given["CI_DEFAULT_BRANCH"], given["CI_COMMIT_SHA"])
    raise ApiError("a pipeline of GitHub Actions or GitLab CI alone can propose something")


def _needed(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    lacking = [name for name in names if not environment.get(name)]
    if lacking:
        raise ApiError(f"to propose something needs {', '.join(lacking)} in the environment")
    return {name: environment[name] for name in names}
