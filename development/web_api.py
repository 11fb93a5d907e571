"""A REST API of a forge: each call has an answer of the shape that is wanted, or one sentence."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import requests
from pydantic import BaseModel, TypeAdapter, ValidationError
from requests.auth import AuthBase

T = TypeVar("T")

Json: TypeAlias = Any
"""What an API is sent."""

_TIMEOUT = (10.0, 30.0)  # seconds to connect, and for an answer to go on
_LOOPBACK = "127.0.0.1"
_OK, _NOT_FOUND = 300, 404


class ApiError(Exception):
    """A forge refused or cannot be asked; the message says what to do."""


class _Refusal(BaseModel):
    message: Json = ""


class _Header(AuthBase):
    """The token; with it, requests takes none from a .netrc."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers[self._name] = self._value
        return r


class WebApi:
    """An API that is asked with a token.

    Args:
        url: of the API; nothing is asked of any other place.
        token: header and prefix in which it is sent, and the token.
        headers: others of each call.
        hints: what to do, by status.

    Raises:
        ApiError: the token would go in clear, or cannot be one.
    """

    def __init__(
        self,
        url: str,
        token: tuple[str, str, str],
        headers: Mapping[str, str],
        hints: Mapping[int, str],
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and parts.hostname != _LOOPBACK:
            raise ApiError(f"{url} is not https, and a token would go there")
        name, prefix, value = token
        if not re.fullmatch(r"[!-~]+", value):
            raise ApiError("the token has a character that no token has, such as a line's end")
        self._url = url.rstrip("/")
        self._hints = hints
        self._session = requests.Session()
        self._session.auth = _Header(name, prefix + value)
        self._session.headers.update(headers)

    def ask(self, model: type[T], path: str) -> T:
        """What a path has.

        Raises:
            ApiError: it has nothing, or something of another shape.
        """
        return _read(model, self.send("GET", path), "GET", path)

    def find(self, model: type[T], path: str) -> T | None:
        """The same; None where there is nothing."""
        answer = self.send("GET", path, may_be_missing=True)
        return None if answer is None else _read(model, answer, "GET", path)

    def make(self, model: type[T], path: str, body: Json, method: str = "POST") -> T:
        """What a write is answered; errors as of `ask`."""
        return _read(model, self.send(method, path, body), method, path)

    def send(
        self, method: str, path: str, body: Json | None = None, *, may_be_missing: bool = False
    ) -> bytes | None:
        """The answer; None for what may be missing and is. Goes nowhere else with the token.

        Raises:
            ApiError: there was no answer, or a refusal.
        """
        try:
            answer = self._session.request(
                method, f"{self._url}{path}", json=body, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise ApiError(f"{method} {self._url}{path} got no answer: {_cause(error)}") from error
        if may_be_missing and answer.status_code == _NOT_FOUND:
            return None
        if answer.status_code >= _OK:
            raise ApiError(f"{method} {path} was answered {self._refusal(answer)}")
        return answer.content

    def _refusal(self, answer: requests.Response) -> str:
        """Status and the forge's own sentence, with what to do where it is known."""
        try:
            said = str(_Refusal.model_validate_json(answer.content).message)
        except ValidationError:
            said = ""
        hint = self._hints.get(answer.status_code, "")
        return " ".join(filter(None, (f"{answer.status_code}.", said, hint)))


def github_api(url: str, token: str, hints: Mapping[int, str]) -> WebApi:
    """GitHub's API.

    Raises:
        ApiError: as of `WebApi`.
    """
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    return WebApi(url, ("Authorization", "Bearer ", token), headers, hints)


def repository_of(name: str) -> str:
    """Path of a repository ``OWNER/NAME`` in GitHub's API.

    Raises:
        ApiError: it has another form, and might lead elsewhere.
    """
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) or ".." in name:
        raise ApiError(f"{name!r} is not of the form OWNER/NAME")
    return f"/repos/{name}"


def quoted(part: str) -> str:
    """A part of a path."""
    return urllib.parse.quote(part, safe="")


def _cause(error: BaseException) -> str:
    """The innermost of what led to an error: the rest repeats where it was going."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__


def _read(model: type[T], answer: bytes | None, method: str, path: str) -> T:
    try:
        return TypeAdapter(model).validate_json(answer or b"null")
    except ValidationError as error:
        raise ApiError(f"{method} {path} was answered with something else: {error}") from error
