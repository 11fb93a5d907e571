"""Which operation of which service an HTTP request is, by AWS's own service models."""

import re
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import botocore.loaders

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_REST_SERVICES = ("eks", "route53")
_RPC = re.compile(r"^/service/[^/]+/operation/(\w+)$")


def service_of(environ: "WSGIEnvironment") -> str:
    """Signing name of the service, for example ``route53``; only STS is asked unsigned."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    scope = authorization.partition("Credential=")[2].split(",")[0].split("/")
    return scope[3] if len(scope) > 3 else "sts"  # noqa: PLR2004 - KEY/DATE/REGION/SERVICE


def read_body(environ: "WSGIEnvironment") -> bytes:
    """The body of a request, which can still be read by whoever serves it."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(size) if size else b""
    environ["wsgi.input"] = BytesIO(body)
    return body


def action_of(environ: "WSGIEnvironment", body: bytes) -> str:
    """Name of the operation, for example ``ChangeResourceRecordSets``.

    A request that is in no model is named by its method and path.
    """
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).rsplit(".", 1)[-1]
    method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode()).get("Action", [""])[0]
    rpc = _RPC.match(path)
    if rpc:
        return rpc.group(1)
    service = service_of(environ)
    found = _rest_operation(service, method, path) if service in _REST_SERVICES else None
    return found or f"{method} {path}"


def _rest_operation(service: str, method: str, path: str) -> str | None:
    trimmed = path.rstrip("/")
    for one_segment in (True, False):
        for name, wanted, literal, pattern in _routes(service, one_segment=one_segment):
            if wanted == method and literal in path and pattern.match(trimmed):
                return name
    return None


@cache
def _routes(service: str, *, one_segment: bool) -> "list[tuple[str, str, str, re.Pattern[str]]]":
    """Name, method, a part of the path and its pattern, the most literal path first.

    A parameter may hold slashes, as ARNs do; it is taken for one segment as long as that fits.
    """
    model: dict[str, Any] = botocore.loaders.Loader().load_service_model(service, "service-2")
    parameter = "[^/]+" if one_segment else ".+"
    routes: list[tuple[int, str, str, str, re.Pattern[str]]] = []
    for name, operation in model["operations"].items():
        http = operation["http"]
        path = str(http["requestUri"]).partition("?")[0].rstrip("/")
        parts = re.split(r"\{[^}]+\}", path)
        pattern = re.compile(parameter.join(map(re.escape, parts)) + "$")
        literal = max(parts, key=len).rstrip("/")
        routes.append((-sum(map(len, parts)), str(name), str(http["method"]), literal, pattern))
    return [route[1:] for route in sorted(routes, key=lambda route: route[0])]
