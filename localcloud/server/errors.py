"""Errors in the form in which the clients of an AWS service expect them."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_XML_SERVICES = (
    "autoscaling",
    "ec2",
    "elasticloadbalancing",
    "iam",
    "monitoring",
    "route53",
    "sts",
)
"""Services, by signing name, that say errors in XML; all others here say them in JSON."""

_EC2 = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{request}</RequestID></Response>"
)
_XML = (
    "<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message>"
    "</Error><RequestId>{request}</RequestId></ErrorResponse>"
)


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

    def answer(self, service: str, start_response: "StartResponse") -> Iterable[bytes]:
        """The whole HTTP answer, as the service with this signing name gives it."""
        request = str(uuid.uuid4())
        kind = "text/xml" if service in _XML_SERVICES else "application/x-amz-json-1.1"
        status = f"{self.status} {HTTPStatus(self.status).phrase}"
        content = self._body(service, request).encode()
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

    def _body(self, service: str, request: str) -> str:
        if service not in _XML_SERVICES:
            return json.dumps({"__type": self.code, "message": self.message})
        side = "Sender" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
        form = _EC2 if service == "ec2" else _XML
        return form.format(
            code=escape(self.code), message=escape(self.message), side=side, request=request
        )


def throttling(service: str) -> AwsError:
    """What a service says when it is asked too often."""
    if service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    code = "Throttling" if service in _XML_SERVICES else "ThrottlingException"
    return AwsError(code, "Rate exceeded", 400)


def denial(service: str) -> AwsError:
    """What a service says to a caller who lacks a permission."""
    if service == "ec2":
        return AwsError(
            "UnauthorizedOperation", "You are not authorized to perform this operation.", 403
        )
    code = "AccessDenied" if service in _XML_SERVICES else "AccessDeniedException"
    return AwsError(code, "You are not authorized to perform this operation.", 403)
