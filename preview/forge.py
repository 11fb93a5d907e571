"""Calls the API of GitHub or GitLab; whatever it answers, there is a result or one sentence.

Needs nothing but Python, so that it runs from another checkout than the one that was previewed.
"""

import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any, TypeAlias, TypeGuard

Json: TypeAlias = Any
"""What an API answers."""

ACTIONS_BOT = "github-actions[bot]"
"""Who writes with the token of a GitHub workflow. No person can have the name."""

_PAGE = 100
_MOST_PAGES = 100
_TIMEOUT = 30.0  # seconds for one answer to begin, or to go on
_DEADLINE = 120.0  # seconds for all of it
_LARGEST = 16 * 1024 * 1024  # bytes of an answer: a hundred of the longest comments
_CHUNK = 64 * 1024
_NOT_FOR_APPS = (401, 403, 404)
_LOOPBACK = "127.0.0.1"


class PostError(Exception):
    """The comment could not be posted; the message says why, in one sentence."""


@dataclass(frozen=True)
class Comment:
    """A comment that somebody wrote.

    Attributes:
        id: number by which it is changed.
        body: its text.
        author: who wrote it, as `Forge.own_name` tells it.
    """

    id: int
    body: str
    author: str


@dataclass(frozen=True)
class Forge:
    """Where comments go.

    Attributes:
        api: URL of the API; nothing is asked of any other place.
        comments: path of the request's comments.
        one: path of a comment, to which its id is added.
        update: HTTP method that changes a comment.
        author: member of a comment that says who wrote it.
        name: member of a person, by which they are told apart.
        fallback: who writes with a token that may not ask; empty if every token may.
        headers: headers of each call; they hold the token.
    """

    api: str
    comments: str
    one: str
    update: str
    author: str
    name: str
    fallback: str
    headers: Mapping[str, str]

    def own_name(self) -> str:
        """Who writes with the token.

        Raises:
            PostError: the forge does not say.
        """
        status, found = self._call("GET", "/user", refusals=_NOT_FOR_APPS if self.fallback else ())
        if status in _NOT_FOR_APPS:
            return self.fallback
        if not _is_object(found) or not found.get(self.name):
            raise PostError("GET /user was answered without a name, so no comment is known as ours")
        return str(found[self.name])

    def written(self) -> Iterator[Comment]:
        """Comments of the request.

        Raises:
            PostError: the forge refused, or answered with something else.
        """
        for page in range(1, _MOST_PAGES + 1):
            path = f"{self.comments}?per_page={_PAGE}&page={page}"
            _, found = self._call("GET", path)
            if not isinstance(found, list):
                raise PostError(f"GET {path} was answered with something else than comments")
            for each in found:
                yield self._comment(path, each)
            if len(found) < _PAGE:
                return
        raise PostError(
            f"the request has more than {_PAGE * _MOST_PAGES} comments, or no last page"
        )

    def post(self, body: str) -> None:
        """Writes a new comment; errors as of `written`."""
        self._write("POST", self.comments, body)

    def change(self, comment: Comment, body: str) -> None:
        """Writes a comment anew; errors as of `written`."""
        self._write(self.update, f"{self.one}/{comment.id}", body)

    def _comment(self, path: str, found: Json) -> Comment:
        if _is_object(found):
            number, body, author = found.get("id"), found.get("body"), found.get(self.author)
            if isinstance(number, int) and isinstance(body, str | None):
                # An account that is gone has written nothing of ours.
                name = author.get(self.name, "") if _is_object(author) else ""
                return Comment(number, body or "", str(name))
        raise PostError(f"GET {path} was answered with something else than comments")

    def _write(self, method: str, path: str, body: str) -> None:
        _, found = self._call(method, path, {"body": body})
        if not _is_object(found):
            raise PostError(f"{method} {path} was answered with something else than a comment")

    def _call(
        self, method: str, path: str, body: Json = None, refusals: tuple[int, ...] = ()
    ) -> tuple[int, Json]:
        """Status and answer of a call; without answer for the statuses in `refusals`."""
        request = urllib.request.Request(  # noqa: S310 - `_checked` has seen the scheme
            f"{self.api}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={**self.headers, "Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                return answer.status, json.loads(_all_of(answer) or b"null")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in refusals:
                return error.code, None
            raise PostError(f"{method} {path} was answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise PostError(
                f"{method} {path} got no answer: {_in_a_line(getattr(error, 'reason', error))}"
            ) from error
        except (ValueError, RecursionError) as error:
            raise PostError(
                f"{method} {path} was answered with something else than JSON"
            ) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Refuses to go where an answer points: the token would go there too."""

    def redirect_request(  # noqa: PLR0917 - as the base class has it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        del fp, msg, headers
        place = urllib.parse.urlsplit(newurl)
        raise PostError(
            f"{req.get_method()} {urllib.parse.urlsplit(req.full_url).path} was answered {code},"
            f" a redirect to {place.scheme}://{place.hostname}, where the token does not go"
        )


_OPENER = urllib.request.build_opener(_NoRedirects)


def forge(environment: Mapping[str, str]) -> Forge:
    """The forge whose pipeline has an environment.

    Raises:
        PostError: it is none, or something of it is missing or not what it should be.
    """
    if "GITHUB_REPOSITORY" in environment:
        return _github(environment)
    if "CI_PROJECT_ID" in environment:
        return _gitlab(environment)
    raise PostError("a comment can be posted by a pipeline of GitHub Actions or GitLab CI only")


def _github(environment: Mapping[str, str]) -> Forge:
    given = _needed(environment, "GITHUB_API_URL", "GITHUB_REPOSITORY", "PR_NUMBER", "GITHUB_TOKEN")
    repository = _like(given, "GITHUB_REPOSITORY", r"[\w.-]+/[\w.-]+")
    issues = f"/repos/{repository}/issues"
    return Forge(
        api=_checked(given["GITHUB_API_URL"]),
        comments=f"{issues}/{_like(given, 'PR_NUMBER', r'[0-9]+')}/comments",
        one=f"{issues}/comments",
        update="PATCH",
        author="user",
        name="login",
        fallback=ACTIONS_BOT,
        headers={
            "Authorization": f"Bearer {_token(given, 'GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
        },
    )


def _gitlab(environment: Mapping[str, str]) -> Forge:
    given = _needed(
        environment, "CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "GITLAB_TOKEN"
    )
    project = urllib.parse.quote(given["CI_PROJECT_ID"], safe="")
    request = _like(given, "CI_MERGE_REQUEST_IID", r"[0-9]+")
    notes = f"/projects/{project}/merge_requests/{request}/notes"
    return Forge(
        api=_checked(given["CI_API_V4_URL"]),
        comments=notes,
        one=notes,
        update="PUT",
        author="author",
        name="username",
        fallback="",
        headers={"PRIVATE-TOKEN": _token(given, "GITLAB_TOKEN")},
    )


def _needed(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    lacking = [name for name in names if not environment.get(name)]
    if lacking:
        raise PostError(f"to post a comment needs {', '.join(lacking)} in the environment")
    return {name: environment[name] for name in names}


def _like(given: Mapping[str, str], name: str, form: str) -> str:
    """A value that becomes part of a path, and must not lead out of it."""
    value = given[name]
    if not re.fullmatch(form, value, re.ASCII) or ".." in value:
        raise PostError(f"{name} is {_in_a_line(value)!r}, and not of the form {form}")
    return value


def _token(given: Mapping[str, str], name: str) -> str:
    """A token that can stand in a header; no message repeats it."""
    if not re.fullmatch(r"[!-~]+", given[name]):
        raise PostError(f"{name} has a character that no token has, such as a line's end")
    return given[name]


def _checked(url: str) -> str:
    """The URL of an API to which a token may be sent.

    Raises:
        PostError: it is not https, or hides its host behind somebody's name.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, user, _ = parts.hostname, parts.username, parts.port
    except ValueError as error:
        raise PostError("the URL of the API is no URL") from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host == _LOOPBACK)
    if not host or user is not None or not is_safe:
        raise PostError(f"the API {parts.scheme}://{host} is not https, and a token would go there")
    return url.rstrip("/")


def _all_of(answer: http.client.HTTPResponse) -> bytes:
    """An answer's body, unless it is endless."""
    end, parts, size = time.monotonic() + _DEADLINE, list[bytes](), 0
    while chunk := answer.read1(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > _LARGEST or time.monotonic() > end:
            raise TimeoutError("it does not end")
    return b"".join(parts)


def _is_object(found: Json) -> TypeGuard[Mapping[str, Json]]:
    return isinstance(found, Mapping)


def _in_a_line(what: object) -> str:
    return " ".join("".join(it if it.isprintable() else " " for it in str(what)).split())[:200]
