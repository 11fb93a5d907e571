"""GitHub's REST API, as far as environments and rulesets need it."""

import re
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

import requests
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.auth import AuthBase

from development.protection.wanted import Json

P = TypeVar("P")
T = TypeVar("T")

_VERSION = "2022-11-28"
_PAGE = 100
_TIMEOUT = (10.0, 30.0)  # seconds to connect, and for an answer to go on
_LOOPBACK = "127.0.0.1"
_OK, _NOT_FOUND = 300, 404

Kind: TypeAlias = Literal["User", "Team"]


class ApiError(Exception):
    """GitHub refused or cannot be asked; the message says what to do."""


class Who(BaseModel):
    """A person or a team.

    Attributes:
        id: number.
        login: name of a person.
        slug: name of a team, in paths.
    """

    id: int
    login: str = ""
    slug: str = ""


class Reviewer(BaseModel):
    """A reviewer, as a protection rule has it."""

    type: Kind
    reviewer: Who


class Rule(BaseModel):
    """A protection rule of an environment.

    Attributes:
        type: ``required_reviewers``, ``wait_timer``, ``branch_policy`` or that of an app.
        prevent_self_review: of reviewers.
        reviewers: of reviewers.
        wait_timer: minutes that a job waits.
    """

    type: str
    prevent_self_review: bool = False
    reviewers: list[Reviewer] = []
    wait_timer: int = 0


class BranchPolicy(BaseModel):
    """Whether branches are told by name, or by being protected; exactly one of both."""

    protected_branches: bool
    custom_branch_policies: bool


class Environment(BaseModel):
    """An environment, as GitHub has it.

    Attributes:
        name: its name.
        can_admins_bypass: whether administrators may go past its rules; None: not told.
        protection_rules: what a job waits for.
        deployment_branch_policy: from where a job may come; None: from everywhere.
    """

    name: str
    can_admins_bypass: bool | None = None
    protection_rules: list[Rule] = []
    deployment_branch_policy: BranchPolicy | None = None


class Ref(BaseModel):
    """A pattern of branches or tags that may use an environment."""

    id: int
    name: str
    type: str = "branch"


class Listed(BaseModel):
    """A ruleset in a list.

    Attributes:
        id: number.
        name: its name.
        target: ``branch``, ``tag`` or ``push``.
        source_type: ``Repository``, or whose it is instead.
    """

    id: int
    name: str
    target: str = "branch"
    source_type: str = "Repository"


class Ruleset(BaseModel):
    """A ruleset, as GitHub has it; who may bypass is told to administrators alone."""

    id: int
    enforcement: str
    bypass_actors: list[Json] | None = None
    conditions: Json | None = None
    rules: list[Json] = []


class _Permissions(BaseModel):
    admin: bool = False


class _Repository(BaseModel):
    permissions: _Permissions | None = None


class _Environments(BaseModel):
    environments: list[Environment]


class _Refs(BaseModel):
    branch_policies: list[Ref]


class _Refusal(BaseModel):
    message: str = ""


class _Bearer(AuthBase):
    """The token; with it, requests takes none from a .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class GitHub:
    """One repository on GitHub.

    Args:
        url: of the API.
        repository: ``OWNER/NAME``.
        token: of an administrator of the repository.

    Raises:
        ApiError: one of them cannot be right.
    """

    def __init__(self, url: str, repository: str, token: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and parts.hostname != _LOOPBACK:
            raise ApiError(f"{url} is not https, and a token would go there")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII) or ".." in repository:
            raise ApiError(f"{repository!r} is not of the form OWNER/NAME")
        if not re.fullmatch(r"[!-~]+", token):
            raise ApiError("the token has a character that no token has, such as a line's end")
        self._url = url.rstrip("/")
        self._repository = f"/repos/{repository}"
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        self._session.headers.update(
            {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": _VERSION}
        )

    def is_administrator(self) -> bool:
        """Whether the token is; the token of an app is not asked, as it is told no permissions."""
        found = self._ask(_Repository, self._repository)
        return found.permissions is None or found.permissions.admin

    def reviewer(self, name: str) -> tuple[Kind, int] | None:
        """Kind and id of ``@PERSON`` or ``@ORGANISATION/TEAM``; None if there is none."""
        owner, _, team = name.removeprefix("@").partition("/")
        path = f"/orgs/{owner}/teams/{team}" if team else f"/users/{owner}"
        answer = self._send("GET", path, may_be_missing=True)
        if answer is None:
            return None
        return "Team" if team else "User", _read(TypeAdapter(Who), answer, path).id

    def environments(self) -> Sequence[Environment]:
        """All of them."""
        path = f"{self._repository}/environments"
        return self._pages(path, _Environments, lambda page: page.environments)

    def refs(self, environment: str) -> Sequence[Ref]:
        """What may use an environment with `BranchPolicy.custom_branch_policies`."""
        return self._pages(self._refs(environment), _Refs, lambda page: page.branch_policies)

    def put_environment(self, name: str, body: Json) -> None:
        """Makes an environment, or sets all of its rules."""
        self._send("PUT", f"{self._repository}/environments/{_quoted(name)}", body)

    def add_ref(self, environment: str, kind: str, pattern: str) -> None:
        """Lets branches or tags use an environment."""
        self._send("POST", self._refs(environment), {"name": pattern, "type": kind})

    def remove_ref(self, environment: str, number: int) -> None:
        """Lets them no longer."""
        self._send("DELETE", f"{self._refs(environment)}/{number}")

    def rulesets(self) -> Sequence[Listed]:
        """The repository's own."""
        path = f"{self._repository}/rulesets?includes_parents=false"
        found = self._pages(path, list[Listed], lambda page: page)
        return [it for it in found if it.source_type == "Repository"]

    def ruleset(self, number: int) -> Ruleset:
        """One of them."""
        return self._ask(Ruleset, f"{self._repository}/rulesets/{number}")

    def put_ruleset(self, number: int | None, body: Json) -> None:
        """Makes a ruleset, or sets all of one that is there."""
        path = f"{self._repository}/rulesets"
        if number is None:
            self._send("POST", path, body)
        else:
            self._send("PUT", f"{path}/{number}", body)

    def _refs(self, environment: str) -> str:
        quoted = _quoted(environment)
        return f"{self._repository}/environments/{quoted}/deployment-branch-policies"

    def _ask(self, model: type[T], path: str) -> T:
        return _read(TypeAdapter(model), self._send("GET", path), path)

    def _pages(self, path: str, model: type[P], parts: Callable[[P], Sequence[T]]) -> Sequence[T]:
        found: list[T] = []
        while True:
            more = f"{'&' if '?' in path else '?'}per_page={_PAGE}&page={1 + len(found) // _PAGE}"
            part = parts(self._ask(model, f"{path}{more}"))
            found += part
            if len(part) < _PAGE:
                return found

    def _send(
        self, method: str, path: str, body: Json | None = None, *, may_be_missing: bool = False
    ) -> bytes | None:
        """The answer; None for what may be missing and is. Goes nowhere else with the token."""
        try:
            answer = self._session.request(
                method, f"{self._url}{path}", json=body, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise ApiError(f"{method} {self._url}{path} got no answer: {_cause(error)}") from error
        if may_be_missing and answer.status_code == _NOT_FOUND:
            return None
        if answer.status_code >= _OK:
            raise ApiError(f"{method} {path} was answered {_refusal(answer)}")
        return answer.content


def _read(adapter: TypeAdapter[T], answer: bytes | None, path: str) -> T:
    try:
        return adapter.validate_json(answer or b"null")
    except ValidationError as error:
        raise ApiError(f"GET {path} was answered with something else: {error}") from error


def _refusal(answer: requests.Response) -> str:
    """Status and GitHub's own sentence, with what to do where it is known."""
    try:
        said = _Refusal.model_validate_json(answer.content).message
    except ValidationError:
        said = ""
    hint = _HINTS.get(answer.status_code, "")
    return " ".join(filter(None, (f"{answer.status_code}.", said, hint)))


_HINTS = {
    301: "The repository has another name now: give that one.",
    401: "The token is not valid (any more).",
    403: "The token needs Administration (write) of the repository; for teams, Members (read).",
    404: "Either it does not exist, or the token may not see it.",
    422: "Required reviewers of private repositories need GitHub Enterprise, and every reviewer"
    " needs access to the repository.",
}


def _cause(error: BaseException) -> str:
    """The innermost of what led to an error: the rest repeats where it was going."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
