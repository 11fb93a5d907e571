"""Errors in the form in which the clients of an AWS service expect them."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_XML_SERVICES = (
    "autoscaling",
    "ec2",
    "elasticloadbalancing",
    "iam",
    "monitoring",
    "route53",
    "s3",
    "sts",
)
"""Services, by signing name, that say errors in XML; all others here say them in JSON."""

_UNAUTHORIZED = "You are not authorized to perform this operation."
_EC2 = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{request}</RequestID></Response>"
)
_S3 = (
    "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request}</RequestId></Error>"
)
_XML = (
    "<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message>"
    "</Error><RequestId>{request}</RequestId></ErrorResponse>"
)


def is_in_json(environ: "WSGIEnvironment") -> bool:
    """Whether a call came in JSON, which some services take beside their own form."""
    return "HTTP_X_AMZ_TARGET" in environ


@dataclass(frozen=True)
class AwsError:
    """An error of an AWS service.

    Attributes:
        code: for example ``Throttling``.
        message: for people.
        status: HTTP status.
    """

    code: str
    message: str
    status: int

    def answer(
        self, service: str, start_response: "StartResponse", *, in_json: bool = False
    ) -> Iterable[bytes]:
        """The whole HTTP answer.

        Args:
            service: signing name of the service that gives it.
            start_response: of WSGI.
            in_json: whether it was asked in JSON, though it mostly is in another form.
        """
        request = str(uuid.uuid4())
        form = None if in_json else _form(service)
        kind = "text/xml" if form else "application/x-amz-json-1.1"
        status = f"{self.status} {HTTPStatus(self.status).phrase}"
        content = self._said(form, request).encode()
        start_response(
            status,
            [
                ("Content-Type", kind),
                ("Content-Length", str(len(content))),
                ("x-amzn-RequestId", request),
                ("x-amzn-ErrorType", self.code),
            ],
        )
        return [content]

    def body(self, service: str) -> str:
        """What is said alone, in the form of a service."""
        return self._said(_form(service), str(uuid.uuid4()))

    def _said(self, form: str | None, request: str) -> str:
        if form is None:
            return json.dumps({"__type": self.code, "message": self.message})
        side = "Sender" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
        return form.format(
            code=escape(self.code), message=escape(self.message), side=side, request=request
        )


def _form(service: str) -> str | None:
    """How a service says errors in XML, or None when it says them in JSON."""
    if service not in _XML_SERVICES:
        return None
    return {"ec2": _EC2, "s3": _S3}.get(service, _XML)


def throttling(service: str) -> AwsError:
    """What a service says when it is asked too often."""
    if service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    code = "Throttling" if service in _XML_SERVICES else "ThrottlingException"
    return AwsError(code, "Rate exceeded", 400)


def denial(service: str, message: str = "") -> AwsError:
    """What a service says to a caller who lacks a permission.

    Args:
        service: its signing name.
        message: who lacks which permission; left out where nobody knows.
    """
    if service == "ec2":
        return AwsError("UnauthorizedOperation", f"{_UNAUTHORIZED} {message}".rstrip(), 403)
    code = "AccessDenied" if service in _XML_SERVICES else "AccessDeniedException"
    return AwsError(code, message or _UNAUTHORIZED, 403)
