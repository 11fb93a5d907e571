"""A call of an AWS API, read from its HTTP request as moto reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

from moto.core.loaders import create_loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import ServiceOperationRouter
from werkzeug.exceptions import HTTPException

from localcloud.server.permissions.patterns import UnknownError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Parameters: TypeAlias = Mapping[str, Any]
"""A call's parameters, by their names in the API."""

_MODELS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
"""Names of API models, where they are not the signing name."""

_PREFIXES = {"monitoring": "cloudwatch"}
"""Services as IAM calls them, where that is not the signing name."""


@dataclass(frozen=True)
class Call:
    """A call.

    Attributes:
        service: as IAM calls it, for example ``route53``.
        operation: for example ``ChangeResourceRecordSets``.
        region: that it was signed for.
        parameters: what it says, by the names of the API.
        user_agent: of the caller's SDK.
    """

    service: str
    operation: str
    region: str
    parameters: Parameters
    user_agent: str


def read(environ: "WSGIEnvironment", body: bytes) -> Call:
    """The call that a signed request makes.

    Raises:
        UnknownError: it is in no API that is known here.
    """
    scope = str(environ["HTTP_AUTHORIZATION"]).partition("Credential=")[2].split("/")
    region, service = scope[2], scope[3]
    request = Request({**environ, "wsgi.input": BytesIO(body)})
    try:
        operation, in_path = _router(_MODELS.get(service, service)).match(request)
        parameters = _parameters(operation, request, in_path)
    except (HTTPException, RequestParserError, NotImplementedError) as error:
        raise UnknownError(f"the local cloud cannot read this call of {service}") from error
    name = _PREFIXES.get(service, service)
    agent = str(environ.get("HTTP_USER_AGENT", ""))
    return Call(name, str(operation.name), region, parameters, agent)


@cache
def _router(name: str) -> ServiceOperationRouter:
    """Tells operations of an API from requests, but for those that have no path to tell them by."""
    model: Mapping[str, Any] = create_loader().load_service_model(name, "service-2")
    with_path = {
        key: operation
        for key, operation in model["operations"].items()
        if operation["http"]["requestUri"].startswith("/")
    }
    return ServiceOperationRouter(ServiceModel({**model, "operations": with_path}, name))


def _parameters(
    operation: OperationModel, request: Request, in_path: Mapping[str, Any]
) -> Parameters:
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    parsed: Parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": dict(in_path),
        }
    )
    return {key: value for key, value in parsed.items() if value is not None}
