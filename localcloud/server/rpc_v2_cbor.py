"""Calls in Smithy's RPC v2 with CBOR, for services that moto knows by the JSON protocol.

The AWS SDK for Go asks CloudWatch so: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
Both protocols carry the same operations, by the same model: botocore writes calls in JSON, and
reads their answers.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import cbor2
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.parsers import JSONParser
from botocore.serialize import JSONSerializer

from localcloud.server.operations import action_of, read_body, service_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PROTOCOL = "rpc-v2-cbor"
_MODELS = {"monitoring": "cloudwatch"}
"""Signing name → botocore's name, of services that are asked so and answer JSON as well."""

_OF_CBOR = ("HTTP_SMITHY_PROTOCOL", "HTTP_CONTENT_ENCODING")
"""Headers that say how the call came, and not what it asks."""

_UNREADABLE = (cbor2.CBORDecodeError, OSError, EOFError, zlib.error, TypeError, ValueError)
"""What a body is that is no call."""

_GOOD = 400
"""First HTTP status of an error."""


class RpcV2Cbor:
    """WSGI middleware: what comes in CBOR reaches the application as JSON, and answers go back.

    Other calls, and those of services that are not named here, pass as they are.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves a request."""
        service = _MODELS.get(service_of(environ))
        if environ.get("HTTP_SMITHY_PROTOCOL") != _PROTOCOL or service is None:
            return self._app(environ, start_response)
        body = read_body(environ)
        name = action_of(environ, body)
        model = _model(service)
        if name not in model.operation_names:
            return self._app(environ, start_response)
        operation = model.operation_model(name)
        try:
            request = _in_json(_members(environ, body), operation)
        except _UNREADABLE as error:
            return _answer(start_response, 400, _error("SerializationException", str(error)))
        status, said = self._ask(environ, request)
        return _answer(start_response, status, _read(operation, status, said))

    def _ask(self, environ: "WSGIEnvironment", request: Mapping[str, Any]) -> tuple[int, bytes]:
        """Status and body of the answer to a call in JSON."""
        body: bytes = request["body"]
        asked: dict[str, Any] = {
            **{key: it for key, it in environ.items() if key not in _OF_CBOR},
            **dict.fromkeys(("PATH_INFO", "RAW_URI", "REQUEST_URI"), "/"),
            "HTTP_X_AMZ_TARGET": request["headers"]["X-Amz-Target"],
            "CONTENT_TYPE": request["headers"]["Content-Type"],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        status = 0

        def started(line: str, *_: Any) -> Callable[[bytes], object]:  # noqa: ANN401 - WSGI's own
            nonlocal status
            status = int(line.split(maxsplit=1)[0])
            return lambda _: None

        said = b"".join(self._app(asked, cast("StartResponse", started)))
        return status, said


def _members(environ: "WSGIEnvironment", body: bytes) -> dict[str, Any]:
    """What is asked; clients pack large bodies where the model says that they may.

    Raises:
        CBORDecodeError, OSError, EOFError, zlib.error, TypeError: it is no packed or plain map.
    """
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    found: object = cbor2.loads(body) if body else {}
    if not isinstance(found, dict):
        raise TypeError("the body is no map")
    return cast("dict[str, Any]", found)


def _in_json(members: dict[str, Any], operation: OperationModel) -> Mapping[str, Any]:
    """The call as botocore makes it.

    Raises:
        ValueError: a member is none of the model, or holds something else than it should.
    """
    try:
        return JSONSerializer().serialize_to_request(members, operation)
    except KeyError as error:
        said = f"the local cloud knows no {error} of {operation.name}"
        raise ValueError(said) from error
    except (AttributeError, TypeError) as error:
        raise ValueError(f"{operation.name}: {error}") from error


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _read(operation: OperationModel, status: int, said: bytes) -> dict[str, Any]:
    """The answer, as its members by their names in the model."""
    response = {"body": said, "headers": {}, "status_code": status}
    shape = cast("Shape", operation.output_shape)  # None where nothing is put out: it is taken
    found: dict[str, Any] = JSONParser().parse(response, shape)
    if status >= _GOOD:
        return _error(found["Error"]["Code"], found["Error"].get("Message", ""))
    return {key: it for key, it in found.items() if key != "ResponseMetadata"}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"__type": code, "message": message}


def _answer(
    start_response: "StartResponse", status: int, content: dict[str, Any]
) -> Iterable[bytes]:
    body = cbor2.dumps(content, datetime_as_timestamp=True, timezone=UTC)
    headers = [
        ("Content-Type", "application/cbor"),
        ("Smithy-Protocol", _PROTOCOL),
        ("Content-Length", str(len(body))),
    ]
    if status >= _GOOD:
        # Clients that know the older Query protocol look for an error's name here.
        side = "Sender" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
        headers.append(("x-amzn-query-error", f"{content['__type']};{side}"))
    start_response(f"{status} {'OK' if status < _GOOD else 'Error'}", headers)
    return [body]
