"""A cluster's API server as plain JSON, for the controllers that stand in for AWS's."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import urllib3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from localcloud.authority import KeyPair
from localcloud.fair_clock import ANSWER

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as JSON."""

NOT_FOUND, CONFLICT, GONE = 404, 409, 410
FAILURES = (
    ApiException,
    BotoCoreError,
    ClientError,
    ResponseParserError,  # an answer that is none: the server failed
    OSError,
    urllib3.exceptions.HTTPError,
)
"""What a controller's look at the world may fail with; the next look may work."""

_GOOD = (200, 201, 202)
_MANAGER = "local-cloud"
_WATCH_SECONDS = 300


@dataclass(frozen=True)
class Connection:
    """How to reach an API server.

    Attributes:
        port: loopback port.
        authority: PEM file of its certificate authority.
        identity: client certificate.
    """

    port: int
    authority: Path
    identity: KeyPair


class Kube:
    """Calls one API server as one user. Every method may raise ApiException."""

    def __init__(self, connection: Connection) -> None:
        # The generated class types every optional setting as None.
        configuration: Any = client.Configuration()
        configuration.host = f"https://127.0.0.1:{connection.port}"
        configuration.ssl_ca_cert = str(connection.authority)
        configuration.cert_file = str(connection.identity.certificate)
        configuration.key_file = str(connection.identity.key)
        # The proxy of the environment leads to the clouds; this is a loopback address.
        configuration.proxy = None
        configuration.no_proxy = "127.0.0.1"
        configuration.retries = 3
        # Every watch holds a connection.
        configuration.connection_pool_maxsize = 32
        self._client = client.ApiClient(configuration)

    def get(self, path: str) -> Object | None:
        """An object, or None when there is none."""
        try:
            return self._request("GET", path)
        except ApiException as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def items(self, path: str) -> list[Object]:
        """Objects of a collection."""
        return cast("list[Object]", self._request("GET", path).get("items") or [])

    def apply(self, path: str, body: Object) -> Object:
        """Server-side apply; takes fields over from others."""
        query = f"fieldManager={_MANAGER}&force=true"
        return self._request("PATCH", f"{path}?{query}", body, "application/apply-patch+yaml")

    def create(self, path: str, body: Object, headers: Mapping[str, str] | None = None) -> Object:
        """Creates in a collection, or at a subresource such as ``…/token``."""
        return self._request("POST", path, body, headers=headers)

    def replace(self, path: str, body: Object) -> Object:
        """Writes an object over; with the version that was read, only where it is still that."""
        return self._request("PUT", path, body)

    def patch(self, path: str, body: Object) -> Object:
        """Merge patch."""
        return self._request("PATCH", path, body, "application/merge-patch+json")

    def delete(self, path: str, *, grace: int | None = None) -> None:
        """Asks for a deletion; what is gone already is no error."""
        options = None if grace is None else {"gracePeriodSeconds": grace}
        try:
            self._request("DELETE", path, options)
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise

    def watch(self, path: str, version: str) -> Iterator[tuple[str, Object]]:
        """Events of a collection after a resource version, until the server ends the stream."""
        response = self._request(
            "GET",
            f"{path}{'&' if '?' in path else '?'}watch=1&allowWatchBookmarks=true"
            f"&resourceVersion={version}"
            f"&timeoutSeconds={_WATCH_SECONDS}",
            preload=False,
            timeout=_WATCH_SECONDS + 30,
        )
        try:
            buffer = b""
            for chunk in cast("urllib3.HTTPResponse", response).stream(None):
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    event: Object = json.loads(line)
                    yield str(event["type"]), event["object"]
        finally:
            cast("urllib3.HTTPResponse", response).release_conn()

    def listing(self, path: str) -> tuple[list[Object], str]:
        """Objects of a collection, and the resource version from which to watch it."""
        answer = self._request("GET", path)
        return cast("list[Object]", answer.get("items") or []), str(
            answer["metadata"]["resourceVersion"]
        )

    def _request(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        content: str = "application/json",
        *,
        headers: Mapping[str, str] | None = None,
        preload: bool = True,
        timeout: float = ANSWER,
    ) -> Any:  # noqa: ANN401 - JSON, or a stream
        call = cast("Callable[..., Any]", self._client.call_api)
        return call(
            path,
            method,
            body=body,
            header_params={
                "Accept": "application/json",
                "Content-Type": content,
                **(headers or {}),
            },
            response_types_map=dict.fromkeys(_GOOD, "object") if preload else {},
            # Those who have a token; a client certificate needs none.
            auth_settings=["BearerToken"],
            _return_http_data_only=True,
            _preload_content=preload,
            _request_timeout=timeout,
        )


class Informer:
    """Follows a collection in a thread of its own.

    Attributes:
        changed: set after every change; whoever waits on it clears it.
    """

    def __init__(self, kube: Kube, path: str, changed: threading.Event) -> None:
        self.changed = changed
        self._kube = kube
        self._path = path
        self._objects: dict[str, Object] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {path}", daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; the thread goes with its API server's connection."""
        self._ended.set()

    def objects(self) -> list[Object]:
        """The objects as last seen."""
        with self._lock:
            return list(self._objects.values())

    def _run(self) -> None:
        while not self._ended.is_set():
            # Any failure is mended by listing anew; a lasting one shows in the server's logs.
            with contextlib.suppress(*FAILURES):
                self._follow()
            self._ended.wait(0.5)

    def _follow(self) -> None:
        items, version = self._kube.listing(self._path)
        with self._lock:
            self._objects = {item["metadata"]["uid"]: item for item in items}
        self.changed.set()
        for kind, item in self._kube.watch(self._path, version):
            if self._ended.is_set() or kind == "ERROR":
                return
            if kind == "BOOKMARK":
                continue
            with self._lock:
                if kind == "DELETED":
                    self._objects.pop(item["metadata"]["uid"], None)
                else:
                    self._objects[item["metadata"]["uid"]] = item
            self.changed.set()
