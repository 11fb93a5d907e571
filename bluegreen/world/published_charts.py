"""Fetches the archives of charts from the repositories and registries that publish them.

https://helm.sh/docs/topics/chart_repository/, https://helm.sh/docs/topics/registries/. A proxy is
taken from the environment (``HTTPS_PROXY``); TLS is verified, and nothing comes without it.
"""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast

import yaml

from bluegreen.world.downloads import TIMEOUT, token
from catalogue.chart_archives import Pin, digest_of

LARGEST = 20 * 2**20
"""Bytes of the largest archive that is taken; the largest chart has a hundredth of it."""

_ATTEMPTS = 3
_PAUSE = 1.0  # seconds before the second attempt, twice that before the third
_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_SERVER_ERROR = HTTPStatus.INTERNAL_SERVER_ERROR
_WORTH_ANOTHER_TRY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class ChartUnavailableError(Exception):
    """A chart's archive cannot be had; the message says why, in a clause."""


class Publishers:
    """Fetches archives; each repository's index once.

    Args:
        sleep: waits for seconds between attempts.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._indexes: dict[str, Mapping[str, object]] = {}

    def fetch(self, pin: Pin) -> bytes:
        """The archive of a chart, as its publisher says that it is.

        Raises:
            ChartUnavailableError: it is not there, does not come, or is another one than the
                publisher's index or manifest says.
        """
        return self._from_registry(pin) if pin.chart.is_oci else self._from_repository(pin)

    def _from_repository(self, pin: Pin) -> bytes:
        base = f"{pin.chart.repository.rstrip('/')}/"
        if base not in self._indexes:
            self._indexes[base] = _map(_yaml(self._get(f"{base}index.yaml")))
        versions = _list(_map(self._indexes[base].get("entries")).get(pin.chart.name))
        found = [_map(it) for it in versions if _map(it).get("version") == pin.version]
        urls = _list(found[0].get("urls")) if found else []
        if not urls:
            raise ChartUnavailableError(f"{base} has no {pin.chart.name} {pin.version}")
        try:
            url = urllib.parse.urljoin(base, str(urls[0]))
        except ValueError as error:
            raise ChartUnavailableError(f"{base} gives no address of it: {error}") from None
        content = self._get(url)
        said = str(found[0].get("digest") or "").removeprefix("sha256:")
        return _verified(content, f"sha256:{said}" if said else None, f"the index of {base}")

    def _from_registry(self, pin: Pin) -> bytes:
        host, _, repository = pin.chart.reference.removeprefix("oci://").partition("/")
        base = f"https://{host}/v2/{repository}"
        # A tag may have no plus sign.
        tag = pin.version.replace("+", "_")
        manifest = _map(_yaml(self._get(f"{base}/manifests/{tag}", {"Accept": _MANIFEST})))
        layers = [_map(it) for it in _list(manifest.get("layers"))]
        digests = [str(it.get("digest")) for it in layers if it.get("mediaType") == _LAYER]
        if len(digests) != 1:
            raise ChartUnavailableError(f"{host}/{repository}:{tag} is no chart")
        content = self._get(f"{base}/blobs/{digests[0]}")
        return _verified(content, digests[0], f"the manifest of {host}/{repository}:{tag}")

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> bytes:
        why = ""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return _answer(url, headers or {})
            except urllib.error.HTTPError as error:
                again = error.code in _WORTH_ANOTHER_TRY or error.code >= _SERVER_ERROR
                why = f"{url} answered {error.code} {error.reason}"
            except urllib.error.URLError as error:
                again, why = True, f"{url} cannot be reached: {error.reason}"
            except (OSError, http.client.HTTPException, ValueError) as error:
                again, why = True, f"{url} broke off: {error or type(error).__name__}"
            if not again or attempt == _ATTEMPTS:
                break
            self._sleep(_PAUSE * 2 ** (attempt - 1))
        raise ChartUnavailableError(why)


def _answer(url: str, headers: Mapping[str, str]) -> bytes:
    try:
        return _read(url, headers)
    except urllib.error.HTTPError as error:
        # Whoever has no token is told where to get one.
        if error.code != HTTPStatus.UNAUTHORIZED:
            raise
        challenge = error.headers.get("WWW-Authenticate", "")
    return _read(url, {**headers, "Authorization": f"Bearer {token(challenge)}"})


def _read(url: str, headers: Mapping[str, str]) -> bytes:
    if not url.startswith("https://"):
        raise ChartUnavailableError(f"{url} is not https")
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - https
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - https
        if not answer.url.startswith("https://"):
            raise ChartUnavailableError(f"{url} leads to {answer.url}, which is not https")
        content = cast("bytes", answer.read(LARGEST + 1))
    if len(content) > LARGEST:
        raise ChartUnavailableError(f"{url} has more than the {LARGEST} bytes that are taken")
    return content


def _verified(content: bytes, said: str | None, by: str) -> bytes:
    if said is not None and digest_of(content) != said:
        raise ChartUnavailableError(f"{digest_of(content)} came, and {by} says {said}")
    return content


def _yaml(content: bytes) -> object:
    try:
        # JSON is YAML, and read a hundred times as quickly.
        if content.startswith(b"{"):
            return json.loads(content)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(content, loader)  # noqa: S506 - safe, in C: indexes have megabytes
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ChartUnavailableError(f"what was sent is no index: {error}") from None


def _map(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
