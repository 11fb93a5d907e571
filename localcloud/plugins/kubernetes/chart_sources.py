"""Fetches the chart of a release from wherever its inputs say, as the real provider's Check does.

It does so at each Check whose inputs are known, also where nothing changes: from a path at once,
from a repository by its index, from a registry by its manifest. Errors are those of
pulumi-kubernetes (``provider/pkg/provider/helm_release.go``) and of Helm 3.
"""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import cast

import yaml

from localcloud.plugins.kubernetes import chart_archive
from localcloud.plugins.kubernetes.chart_archive import ChartArchive, ChartError
from localcloud.plugins.kubernetes.values import Json, Object, child, child_text, is_list, is_map

OCI = "oci://"

_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_TIMEOUT = 120.0  # seconds for one answer


def fetch(inputs: Object) -> ChartArchive:
    """The chart of a release.

    Args:
        inputs: the release's, complete.

    Raises:
        ChartError: it cannot be had.
    """
    chart, version = str(inputs["chart"]), str(inputs["version"])
    repository = child_text(inputs, "repositoryOpts", "repo")
    if chart.startswith(OCI):
        return _from_registry(chart, version)
    if repository:
        return _from_repository(chart, version, repository)
    return chart_archive.load(_local(chart))


def _local(chart: str) -> Path:
    """The path of a chart that lies here, as seen from the folder that the engine works in."""
    place = Path(chart)
    if place.is_file() or (place / "Chart.yaml").is_file():
        return place
    if place.is_absolute() or chart.startswith("."):
        raise ChartError(f'path "{chart}" not found')
    raise ChartError(
        f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {chart}"
    )


def _from_repository(chart: str, version: str, repository: str) -> ChartArchive:
    base = f"{repository.rstrip('/')}/"
    try:
        index = _parsed(_get(f"{base}index.yaml"))
    except ChartError as error:
        raise ChartError(
            f'looks like "{repository}" is not a valid chart repository or cannot be reached:'
            f" {error}"
        ) from None
    what = f'chart "{chart}" version "{version}"'
    versions = child(index, "entries", chart)
    found = [
        it
        for it in (versions if is_list(versions) else ())
        if is_map(it) and child_text(it, "version") == version
    ]
    if not found:
        raise ChartError(f"{what} not found in {repository} repository")
    urls = found[0].get("urls")
    if not is_list(urls) or not urls:
        raise ChartError(f"{what} has no downloadable URLs")
    try:
        url = urllib.parse.urljoin(base, str(urls[0]))
    except ValueError as error:
        raise ChartError(f"invalid chart URL format: {urls[0]}: {error}") from None
    return chart_archive.parse(_get(url), url)


def _from_registry(chart: str, version: str) -> ChartArchive:
    host, _, repository = chart.removeprefix(OCI).partition("/")
    # A tag may have no plus sign: https://helm.sh/docs/topics/registries/
    tag = version.replace("+", "_")
    named = f"{host}/{repository}:{tag}"
    base = f"https://{host}/v2/{repository}"
    try:
        manifest = _get(f"{base}/manifests/{tag}", {"Accept": _MANIFEST}, tokens=True)
        layers = child(_parsed(manifest), "layers")
        digests = [
            child_text(it, "digest")
            for it in (layers if is_list(layers) else ())
            if child_text(it, "mediaType") == _LAYER
        ]
        if not digests:
            raise ChartError(f"manifest does not contain a layer with mediatype {_LAYER}")
        return chart_archive.parse(_get(f"{base}/blobs/{digests[0]}", tokens=True), named)
    except _AbsentError:
        raise ChartError(
            f'failed to perform "FetchReference" on source: {named}: not found'
        ) from None


class _AbsentError(ChartError):
    """The server has no such thing."""


def _get(url: str, headers: Mapping[str, str] | None = None, *, tokens: bool = False) -> bytes:
    """What is at a URL; with `tokens` it gets one where the registry asks for it."""
    given = dict(headers or {})
    try:
        return _open(url, given)
    except urllib.error.HTTPError as error:
        if tokens and error.code == HTTPStatus.UNAUTHORIZED:
            challenge = error.headers.get("WWW-Authenticate", "")
            return _get(url, {**given, "Authorization": f"Bearer {_token(challenge)}"})
        kind = _AbsentError if error.code == HTTPStatus.NOT_FOUND else ChartError
        raise kind(f"failed to fetch {url} : {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise ChartError(f'Get "{url}": {error.reason}') from None
    except (OSError, http.client.HTTPException) as error:
        raise ChartError(f'Get "{url}": {error}') from None


def _token(challenge: str) -> str:
    asked = dict(_PARAMETER.findall(challenge))
    realm = asked.pop("realm", "")
    if not realm.startswith("https://"):
        raise ChartError(f"the registry names no place for tokens: {challenge or 'nothing'}")
    found = _parsed(_get(f"{realm}?{urllib.parse.urlencode(asked)}"))
    return child_text(found, "token") or child_text(found, "access_token")


def _open(url: str, headers: Mapping[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - see Check
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
        return cast("bytes", answer.read())


def _parsed(content: bytes) -> Json:
    try:
        # JSON is YAML, and read a hundred times as quickly.
        return json.loads(content) if content.startswith(b"{") else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ChartError(str(error)) from None
