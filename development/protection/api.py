"""GitHub's REST API, as far as environments and rulesets need it."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from development.protection.wanted import Json
from development.web_api import github_api, quoted, repository_of

P = TypeVar("P")
T = TypeVar("T")

_PAGE = 100

Kind: TypeAlias = Literal["User", "Team"]


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
        self._repository = repository_of(repository)
        self._api = github_api(url, token, _HINTS)

    def is_administrator(self) -> bool:
        """Whether the token is; the token of an app is not asked, as it is told no permissions."""
        found = self._api.ask(_Repository, self._repository)
        return found.permissions is None or found.permissions.admin

    def reviewer(self, name: str) -> tuple[Kind, int] | None:
        """Kind and id of ``@PERSON`` or ``@ORGANISATION/TEAM``; None if there is none."""
        owner, _, team = name.removeprefix("@").partition("/")
        path = f"/orgs/{owner}/teams/{team}" if team else f"/users/{owner}"
        found = self._api.find(Who, path)
        return None if found is None else ("Team" if team else "User", found.id)

    def environments(self) -> Sequence[Environment]:
        """All of them."""
        path = f"{self._repository}/environments"
        return self._pages(path, _Environments, lambda page: page.environments)

    def refs(self, environment: str) -> Sequence[Ref]:
        """What may use an environment with `BranchPolicy.custom_branch_policies`."""
        return self._pages(self._refs(environment), _Refs, lambda page: page.branch_policies)

    def put_environment(self, name: str, body: Json) -> None:
        """Makes an environment, or sets all of its rules."""
        self._api.send("PUT", f"{self._repository}/environments/{quoted(name)}", body)

    def add_ref(self, environment: str, kind: str, pattern: str) -> None:
        """Lets branches or tags use an environment."""
        self._api.send("POST", self._refs(environment), {"name": pattern, "type": kind})

    def remove_ref(self, environment: str, number: int) -> None:
        """Lets them no longer."""
        self._api.send("DELETE", f"{self._refs(environment)}/{number}")

    def rulesets(self) -> Sequence[Listed]:
        """The repository's own."""
        path = f"{self._repository}/rulesets?includes_parents=false"
        found = self._pages(path, list[Listed], lambda page: page)
        return [it for it in found if it.source_type == "Repository"]

    def ruleset(self, number: int) -> Ruleset:
        """One of them."""
        return self._api.ask(Ruleset, f"{self._repository}/rulesets/{number}")

    def put_ruleset(self, number: int | None, body: Json) -> None:
        """Makes a ruleset, or sets all of one that is there."""
        path = f"{self._repository}/rulesets"
        if number is None:
            self._api.send("POST", path, body)
        else:
            self._api.send("PUT", f"{path}/{number}", body)

    def _refs(self, environment: str) -> str:
        name = quoted(environment)
        return f"{self._repository}/environments/{name}/deployment-branch-policies"

    def _pages(self, path: str, model: type[P], parts: Callable[[P], Sequence[T]]) -> Sequence[T]:
        found: list[T] = []
        while True:
            more = f"{'&' if '?' in path else '?'}per_page={_PAGE}&page={1 + len(found) // _PAGE}"
            part = parts(self._api.ask(model, f"{path}{more}"))
            found += part
            if len(part) < _PAGE:
                return found


_HINTS = {
    301: "The repository has another name now: give that one.",
    401: "The token is not valid (any more).",
    403: "The token needs Administration (write) of the repository; for teams, Members (read).",
    404: "Either it does not exist, or the token may not see it.",
    422: "Required reviewers of private repositories need GitHub Enterprise, and every reviewer"
    " needs access to the repository.",
}
