"""Calls that are read from requests, and those that are not."""

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from localcloud.server.permissions.call import read
from localcloud.server.permissions.patterns import UnknownError

_SIGNED = "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/monitoring/aws4_request"


def test_a_call_in_a_protocol_that_nobody_reads_here_is_unknown() -> None:
    """As the AWS SDK for Go 2 calls CloudWatch: it is denied, not let through unseen."""
    environ = EnvironBuilder(
        method="POST",
        path="/service/GraniteServiceVersion20100801/operation/GetMetricData",
        headers=Headers(
            {
                "Authorization": _SIGNED,
                "Smithy-Protocol": "rpc-v2-cbor",
            }
        ),
        content_type="application/cbor",
        data=b"\xa0",
    ).get_environ()
    with pytest.raises(UnknownError, match="cannot read this call of monitoring"):
        read(environ, b"\xa0")
