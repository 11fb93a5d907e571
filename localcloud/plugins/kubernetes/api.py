"""Calls the REST API of one Kubernetes API server."""

import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import urllib3

from localcloud.fair_clock import ANSWER
from localcloud.plugins.kubernetes.kubeconfig import Access
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import (
    Json,
    Object,
    child,
    child_int,
    child_list,
    child_text,
    is_map,
)

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 403, 404, 409


class UnreachableError(Exception):
    """The API server gives no answer."""


class ApiError(Exception):
    """The API server refused a request.

    Attributes:
        code: HTTP status.
        reason: Kubernetes' short reason, for example ``AlreadyExists``.
        details: the `details` of the Status object.
    """

    def __init__(self, code: int, reason: str, message: str, details: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = details


class NoKindError(Exception):
    """The API server does not serve a kind.

    Attributes:
        kind: the kind.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        # The text of Kubernetes' own clients (NoKindMatchError), which Pulumi's provider shows.
        super().__init__(f'no matches for kind "{kind.name}" in version "{kind.api_version}"')


@dataclass(frozen=True)
class Served:
    """How the API server serves a kind: the plural in its URL, and whether it has namespaces."""

    plural: str
    namespaced: bool


@dataclass(frozen=True)
class Place:
    """Where an object is: its kind, its namespace (None for cluster-wide kinds) and its name."""

    kind: Kind
    namespace: str | None
    name: str

    @property
    def identity(self) -> str:
        """The id that Pulumi keeps: ``namespace/name``, or only the name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class ApiServer:
    """One API server, as one user.

    Every method raises `UnreachableError` when there is no answer, `ApiError` when the answer is
    a refusal and `KubeconfigError` when logging in fails; those that take a `Place` or a `Kind`
    raise `NoKindError` where the kind is not served.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pool = _pool(access)
        self._kinds: dict[Kind, Served] = {}
        self._lock = threading.Lock()

    def served(self, kind: Kind) -> Served:
        """How `kind` is served."""
        known = self._kinds.get(kind)
        if known is not None:
            return known
        try:
            listing = self._call("GET", _root(kind), {})
        except ApiError as error:
            if error.code == NOT_FOUND:
                raise NoKindError(kind) from error
            raise
        for entry in child_list(listing, "resources"):
            plural = child_text(entry, "name")
            if child(entry, "kind") == kind.name and "/" not in plural:
                served = Served(plural, bool(child(entry, "namespaced")))
                self._kinds[kind] = served
                return served
        raise NoKindError(kind)

    def get(self, place: Place) -> Object | None:
        """The live object, or None when there is none."""
        try:
            return self._call("GET", self._path(place), {})
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def list(self, kind: Kind, namespace: str | None, **query: str) -> list[Object]:
        """The objects of a kind that `labelSelector` or `fieldSelector` choose."""
        answer = self._call("GET", self._collection(kind, namespace), query)
        return [dict(item) for item in child_list(answer, "items") if is_map(item)]

    def apply(
        self, place: Place, manifest: Json, *, manager: str, force: bool, dry_run: bool
    ) -> Object:
        """Server-side apply, to which a field that the schema lacks is an error of its own.

        Returns the object as it then is.
        """
        query = {"fieldManager": manager, "force": str(force).lower()}
        if dry_run:
            query["dryRun"] = "All"
        kind = "application/apply-patch+yaml"
        return self._call("PATCH", self._path(place), query, manifest, kind)

    def stored_of(self, place: Place, manifest: Json) -> Object:
        """What would be stored of a new object: fields that its schema lacks are dropped."""
        query = {"dryRun": "All", "fieldValidation": "Warn"}
        return self._call("POST", self._collection(place.kind, place.namespace), query, manifest)

    def delete(
        self, place: Place, propagation: Literal["Foreground", "Background", "Orphan"]
    ) -> None:
        """Asks for the deletion of an object; it may take time, or never come."""
        options: Object = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
        }
        self._call("DELETE", self._path(place), {}, options)

    def check(self) -> None:
        """Finds out whether the API server answers this user."""
        self._call("GET", "/version", {})

    def _collection(self, kind: Kind, namespace: str | None) -> str:
        served = self.served(kind)
        middle = f"/namespaces/{namespace}" if served.namespaced and namespace else ""
        return f"{_root(kind)}{middle}/{served.plural}"

    def _path(self, place: Place) -> str:
        name = urllib.parse.quote(place.name, safe="")
        return f"{self._collection(place.kind, place.namespace)}/{name}"

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json = None,
        content_type: str = "application/json",
    ) -> Object:
        answer = self._send(method, path, query, body, content_type, renew=False)
        if answer.status == UNAUTHORIZED and self._access.credentials.command:
            answer = self._send(method, path, query, body, content_type, renew=True)
        try:
            parsed: Json = json.loads(answer.data)
        except ValueError:
            parsed = None
        if not is_map(parsed):
            text = answer.data.decode(errors="replace")[:300].strip()
            raise ApiError(answer.status, "", f"{method} {path}: {answer.status} {text}")
        if answer.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            code = child_int(parsed, "code") or answer.status
            message = child_text(parsed, "message") or f"{method} {path}: {answer.status}"
            reason = child_text(parsed, "reason")
            raise ApiError(code, reason, message, child(parsed, "details"))
        return dict(parsed)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json,
        content_type: str,
        *,
        renew: bool,
    ) -> urllib3.BaseHTTPResponse:
        with self._lock:
            token = self._access.credentials.bearer(self._access.exec_cluster, renew=renew)
        headers = {"Accept": "application/json", "Content-Type": content_type}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self._access.server}{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        try:
            return self._pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers=headers,
                timeout=ANSWER,
                retries=urllib3.Retry(connect=3, read=0, redirect=0, backoff_factor=0.2),
            )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"{self._access.server} does not answer: {error}") from error


def _root(kind: Kind) -> str:
    return f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"


def _pool(access: Access) -> urllib3.PoolManager:
    context = access.ssl_context()
    name = access.server_name if access.verify else None
    proxy = access.proxy or _environment_proxy(access.server)
    if proxy:
        return urllib3.ProxyManager(
            proxy, ssl_context=context, server_hostname=name, assert_hostname=name, maxsize=32
        )
    return urllib3.PoolManager(
        ssl_context=context, server_hostname=name, assert_hostname=name, maxsize=32
    )


def _environment_proxy(server: str) -> str | None:
    """The proxy that HTTPS_PROXY and NO_PROXY say to use."""
    parts = urllib.parse.urlsplit(server)
    if parts.hostname is None or urllib.request.proxy_bypass(parts.hostname):
        return None
    return urllib.request.getproxies().get(parts.scheme)
