"""Whether charts and container images can be fetched from here.

The registries of images answer anybody: who has no token is told where to get one.
https://distribution.github.io/distribution/spec/auth/token/
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import NamedTuple

from bluegreen.errors import in_words
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.pins import chart_in_words
from catalogue.entries import Chart

TIMEOUT = 15.0
"""Seconds for one answer."""
_THREADS = 8
_MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_HUB, _HUB_REGISTRY = "docker.io", "registry-1.docker.io"


class Reference(NamedTuple):
    """An image, or a chart in an OCI registry.

    Attributes:
        host: of the registry.
        repository: path there.
        tag: its tag, or its digest.
    """

    host: str
    repository: str
    tag: str


def parse_reference(text: str) -> Reference:
    """A reference such as ``registry.k8s.io/pause:3.10@sha256:…``; a digest goes first."""
    named, _, digest = text.partition("@")
    place, _, tag = named.rpartition(":")
    host, _, repository = place.partition("/")
    if "." not in host:
        host, repository = _HUB, place
    return Reference(_HUB_REGISTRY if host == _HUB else host, repository, digest or tag)


def look_for_images(images: list[str]) -> Mapping[str, Look[bool]]:
    """Whether each image is there."""
    return _look_for_all({it: lambda it=it: has_manifest(parse_reference(it)) for it in images})


def look_for_charts(charts: Sequence[tuple[Chart, str]]) -> Mapping[str, Look[bool]]:
    """Whether each chart is there in its version."""
    return _look_for_all(
        {
            chart_in_words(chart, version): lambda chart=chart, v=version: has_chart(chart, v)
            for chart, version in charts
        }
    )


def has_chart(chart: Chart, version: str) -> bool:
    """Whether a chart's repository has a version. Raises OSError, ValueError."""
    if chart.is_oci:
        place = f"{chart.repository.removeprefix('oci://')}/{chart.name}:{version}"
        return has_manifest(parse_reference(place))
    try:
        with _open(f"{chart.repository.rstrip('/')}/index.yaml") as answer:
            # Not parsed: some indexes are of many megabytes.
            file = re.escape(f"{chart.name}-{version}.tgz").encode()
            return re.search(rb"(?<![\w.-])" + file, answer.read()) is not None
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return False
        raise


def has_manifest(reference: Reference) -> bool:
    """Whether a registry has a tag. Raises OSError, ValueError."""
    url = f"https://{reference.host}/v2/{reference.repository}/manifests/{reference.tag}"
    headers = {"Accept": _MANIFESTS}
    try:
        return _is_there(url, headers)
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.UNAUTHORIZED:
            raise
        challenge = error.headers.get("WWW-Authenticate", "")
    return _is_there(url, {**headers, "Authorization": f"Bearer {token(challenge)}"})


def _is_there(url: str, headers: Mapping[str, str]) -> bool:
    try:
        with _open(url, headers, "HEAD"):
            return True
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return False
        raise


def token(challenge: str) -> str:
    """A token for whom a registry's challenge asks for one. Raises OSError, ValueError."""
    asked = dict(_PARAMETER.findall(challenge))
    realm = asked.pop("realm", "")
    if not realm.startswith("https://"):
        raise ValueError(f"the registry names no place for tokens: {challenge or 'nothing'}")
    with _open(f"{realm}?{urllib.parse.urlencode(asked)}") as answer:
        found = json.load(answer)
    return str(found.get("token") or found.get("access_token"))


def _open(url: str, headers: Mapping[str, str] | None = None, method: str = "GET"):  # noqa: ANN202
    request = urllib.request.Request(url, headers=dict(headers or {}), method=method)  # noqa: S310
    return urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310 - all are https


def _look_for_all(asks: Mapping[str, Callable[[], bool]]) -> Mapping[str, Look[bool]]:
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(asks, pool.map(_look, asks.values()), strict=True))


def _look(ask: Callable[[], bool]) -> Look[bool]:
    try:
        return ask()
    except (OSError, ValueError) as error:
        return Unseen(in_words(error))
