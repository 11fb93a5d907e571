"""What registries answer about what is published.

Chart repositories have an index: https://helm.sh/docs/topics/chart_repository/. Registries say of a
manifest whether it is there, to whoever has a token where they ask for one:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md,
https://distribution.github.io/distribution/spec/auth/token/.

Nothing can be fetched: that ends with an error that says so.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs

import yaml

from localcloud.server.registries.published import Image, Published

_HUB = "registry-1.docker.io"


@dataclass(frozen=True)
class _Tokens:
    """Where a registry has people get a token, and for what."""

    host: str
    path: str
    service: str
    scope: str  # with the repository in place of {}

    def challenge(self, repository: str) -> str:
        realm = f"https://{self.host}{self.path}"
        scope = self.scope.format(repository)
        return f'Bearer realm="{realm}",service="{self.service}",scope="{scope}"'

    def token(self, scope: str) -> str:
        return hashlib.sha256(f"{self.service} {scope}".encode()).hexdigest()


# As they answer to a HEAD of a manifest without a token. registry.k8s.io asks for none.
_TOKENS = {
    _HUB: _Tokens("auth.docker.io", "/token", "registry.docker.io", "repository:{}:pull"),
    "public.ecr.aws": _Tokens("public.ecr.aws", "/token/", "public.ecr.aws", "aws"),
}


@dataclass(frozen=True)
class Request:
    """A request to a registry.

    Attributes:
        method: of HTTP.
        host: whom it was sent to.
        path: with the query.
        authorization: its header, or empty.
    """

    method: str
    host: str
    path: str
    authorization: str = ""


@dataclass(frozen=True)
class Answer:
    """What comes back.

    Attributes:
        status: of HTTP.
        body: its content; left out of what answers a HEAD.
        kind: its content type.
        headers: more headers.
    """

    status: HTTPStatus
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Registries:
    """Answers for all hosts of what is published."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self.hosts = published.hosts | {it.host for it in _TOKENS.values()}
        """Hosts that it answers for."""

    def subject(self, request: Request) -> str:
        """What a request is about: the host and the repository, as faults name it."""
        path = request.path.partition("?")[0]
        manifest = _manifest(path)
        if manifest is not None:
            return f"{request.host}/{manifest[0]}"
        return f"{request.host}{path.removesuffix('/index.yaml')}"

    def answer(self, request: Request, *, empty: bool = False) -> Answer:
        """What a registry says.

        Args:
            request: what it is asked.
            empty: say that it has nothing.
        """
        path, _, query = request.path.partition("?")
        for tokens in _TOKENS.values():
            if (tokens.host, tokens.path) == (request.host, path):
                scope = parse_qs(query).get("scope", [""])[0]
                return _json(HTTPStatus.OK, {"token": tokens.token(scope)})
        manifest = _manifest(path)
        if manifest is not None:
            return self._manifest(request, *manifest, empty=empty)
        return self._chart(request, path, empty=empty)

    def _chart(self, request: Request, path: str, *, empty: bool) -> Answer:
        folder, _, file = f"{request.host}{path}".rpartition("/")
        charts = self._published.charts.get(folder)
        if charts is None:
            return _text(HTTPStatus.NOT_FOUND, f"nobody recorded that {folder} has charts")
        if file == "index.yaml":
            return Answer(HTTPStatus.OK, _index({} if empty else charts), "text/yaml")
        if file in (_file(name, it) for name, versions in charts.items() for it in versions):
            return _text(
                HTTPStatus.NOT_IMPLEMENTED,
                f"the local cloud knows that {file} is published, and does not have it",
            )
        return _text(HTTPStatus.NOT_FOUND, f"nobody recorded that {folder} has {file}")

    def _manifest(self, request: Request, repository: str, tag: str, *, empty: bool) -> Answer:
        tokens = _TOKENS.get(request.host)
        images = self._published.images.get(f"{request.host}/{repository}")
        if tokens is not None:
            challenge = tokens.challenge(repository)
            right = f"Bearer {tokens.token(tokens.scope.format(repository))}"
            if request.authorization != right:
                return _unauthorized(challenge)
            if images is None and request.host == _HUB:
                # It does not say whether there is one that is somebody's own.
                return _unauthorized(f'{challenge},error="insufficient_scope"')
        image = _find(images or {}, tag)
        if image is None or empty:
            code = "NAME_UNKNOWN" if images is None else "MANIFEST_UNKNOWN"
            return _error(HTTPStatus.NOT_FOUND, code, f"{repository} {tag} is not known")
        if not image.known:
            return _error(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                f"no record says whether {repository} has {tag}: the local cloud cannot know",
            )
        if request.method != "HEAD":
            return _error(
                HTTPStatus.NOT_IMPLEMENTED,
                "UNSUPPORTED",
                f"the local cloud knows that {repository} {tag} is published, and does not have it",
            )
        digest = {"Docker-Content-Digest": image.digest} if image.digest else {}
        return Answer(HTTPStatus.OK, b"", "application/vnd.oci.image.index.v1+json", digest)


def _manifest(path: str) -> tuple[str, str] | None:
    """Repository and tag or digest of a manifest's path; None for any other."""
    name, between, tag = path.removeprefix("/v2/").rpartition("/manifests/")
    return (name, tag) if path.startswith("/v2/") and between else None


def _find(images: Mapping[str, Image], tag: str) -> Image | None:
    if tag in images:
        return images[tag]
    return next((it for it in images.values() if it.digest == tag), None)


def _file(chart: str, version: str) -> str:
    return f"{chart}-{version}.tgz"


def _index(charts: Mapping[str, Sequence[str]]) -> bytes:
    """The index of a repository."""
    entries = {
        name: [{"name": name, "version": it, "urls": [_file(name, it)]} for it in versions]
        for name, versions in charts.items()
    }
    return yaml.safe_dump({"apiVersion": "v1", "entries": entries}).encode()


def _unauthorized(challenge: str) -> Answer:
    body = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
    headers = {"WWW-Authenticate": challenge}
    return Answer(HTTPStatus.UNAUTHORIZED, json.dumps(body).encode(), headers=headers)


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return _json(status, {"errors": [{"code": code, "message": message}]})


def _json(status: HTTPStatus, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode())


def _text(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, f"{message}\n".encode(), "text/plain")
