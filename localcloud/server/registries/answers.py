"""What registries answer about what is published.

Chart repositories have an index: https://helm.sh/docs/topics/chart_repository/. Registries say of a
manifest whether it is there, to whoever has a token where they ask for one:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md,
https://distribution.github.io/distribution/spec/auth/token/.

A chart comes as an archive that stands in for it, see `localcloud.charts`. No image can be fetched:
that ends with an error that says so.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs

import yaml

from catalogue.chart_archives import digest_of
from localcloud.charts import stand_in
from localcloud.server.registries.published import Image, Published

_HUB = "registry-1.docker.io"
_ARCHIVE = "application/gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CHART_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_CONFIG = b"{}"


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
        part = _manifest(path) or _blob(path)
        if part is not None:
            return f"{request.host}/{part[0]}"
        folder, _, file = path.rpartition("/")
        is_of_charts = file == "index.yaml" or file.endswith(".tgz")
        return f"{request.host}{folder if is_of_charts else path}"

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
        blob = _blob(path)
        if blob is not None:
            return self._blob(request, *blob, empty=empty)
        return self._chart(request, path, empty=empty)

    def _chart(self, request: Request, path: str, *, empty: bool) -> Answer:
        folder, _, file = f"{request.host}{path}".rpartition("/")
        charts = self._published.charts.get(folder)
        if charts is None:
            return _text(HTTPStatus.NOT_FOUND, f"nobody recorded that {folder} has charts")
        if file == "index.yaml":
            return Answer(HTTPStatus.OK, _index({} if empty else charts), "text/yaml")
        for name, versions in charts.items():
            for version in versions:
                if file == _file(name, version) and not empty:
                    return Answer(HTTPStatus.OK, stand_in(name, version), _ARCHIVE)
        return _text(HTTPStatus.NOT_FOUND, f"nobody recorded that {folder} has {file}")

    def _manifest(self, request: Request, repository: str, tag: str, *, empty: bool) -> Answer:
        images = self._published.images.get(f"{request.host}/{repository}")
        refused = self._refused(request, repository)
        if refused is not None:
            return refused
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
        if image.chart is not None:
            content = _chart_manifest(image.chart)
            named = {"Docker-Content-Digest": digest_of(content)}
            return Answer(HTTPStatus.OK, content, _MANIFEST, named)
        if request.method != "HEAD":
            return _error(
                HTTPStatus.NOT_IMPLEMENTED,
                "UNSUPPORTED",
                f"the local cloud knows that {repository} {tag} is published, and does not have it",
            )
        digest = {"Docker-Content-Digest": image.digest} if image.digest else {}
        return Answer(HTTPStatus.OK, b"", "application/vnd.oci.image.index.v1+json", digest)

    def _blob(self, request: Request, repository: str, digest: str, *, empty: bool) -> Answer:
        images = self._published.images.get(f"{request.host}/{repository}")
        refused = self._refused(request, repository)
        if refused is not None:
            return refused
        charts = [it.chart for it in (images or {}).values() if it.chart is not None]
        for content in (*charts, _CONFIG):
            if digest_of(content) == digest and charts and not empty:
                return Answer(HTTPStatus.OK, content, "application/octet-stream")
        return _error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", f"{repository} has no blob {digest}")

    def _refused(self, request: Request, repository: str) -> Answer | None:
        """What is answered to whoever has no token for a repository; None to who has one."""
        tokens = _TOKENS.get(request.host)
        if tokens is None:
            return None
        challenge = tokens.challenge(repository)
        right = f"Bearer {tokens.token(tokens.scope.format(repository))}"
        if request.authorization != right:
            return _unauthorized(challenge)
        images = self._published.images.get(f"{request.host}/{repository}")
        if images is None and request.host == _HUB:
            # It does not say whether there is one that is somebody's own.
            return _unauthorized(f'{challenge},error="insufficient_scope"')
        return None


def _manifest(path: str) -> tuple[str, str] | None:
    """Repository and tag or digest of a manifest's path; None for any other."""
    name, between, tag = path.removeprefix("/v2/").rpartition("/manifests/")
    return (name, tag) if path.startswith("/v2/") and between else None


def _blob(path: str) -> tuple[str, str] | None:
    """Repository and digest of a blob's path; None for any other."""
    name, between, digest = path.removeprefix("/v2/").rpartition("/blobs/")
    return (name, digest) if path.startswith("/v2/") and between else None


def _chart_manifest(chart: bytes) -> bytes:
    """The manifest of a chart: https://helm.sh/docs/topics/registries/."""
    content = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CHART_CONFIG, **_described(_CONFIG)},
        "layers": [{"mediaType": _CHART_LAYER, **_described(chart)}],
    }
    return json.dumps(content).encode()


def _described(content: bytes) -> Mapping[str, str | int]:
    return {"digest": digest_of(content), "size": len(content)}


def _find(images: Mapping[str, Image], tag: str) -> Image | None:
    if tag in images:
        return images[tag]
    return next((it for it in images.values() if it.digest == tag), None)


def _file(chart: str, version: str) -> str:
    return f"{chart}-{version}.tgz"


def _index(charts: Mapping[str, Sequence[str]]) -> bytes:
    """The index of a repository."""
    entries = {
        name: [
            {
                "name": name,
                "version": it,
                "urls": [_file(name, it)],
                "digest": digest_of(stand_in(name, it)).removeprefix("sha256:"),
            }
            for it in versions
        ]
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
