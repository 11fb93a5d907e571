"""CloudWatch is asked in CBOR as the AWS SDK for Go asks it, and answers so.

What is asked is written, and what is answered is read, by botocore's own side of the protocol.
"""

import base64
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
import requests
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

from localcloud.faults import Fault, FaultClient
from localcloud.state import REGION
from tests.unit.localcloud.conftest import Aws

KEY = "AKIAOUTSIDER00000000"
MODEL = ServiceModel(Loader().load_service_model("cloudwatch", "service-2"), "cloudwatch")
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
METRIC = {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": [{"Name": "a", "Value": "b"}]}


def ask(
    aws: Aws,
    name: str,
    members: dict[str, Any],
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An answer, with its status and error as botocore tells them."""
    operation = MODEL.operation_model(name)
    request = RpcV2CBORSerializer().serialize_to_request(members, operation)
    answer = requests.post(
        f"{aws.cloud.aws_url}{request['url_path']}",
        data=request["body"] if body is None else body,
        headers={
            **request["headers"],
            **(headers or {}),
            "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/{REGION}/monitoring/"
            "aws4_request, SignedHeaders=host, Signature=0",
        },
        timeout=60,
    )
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert answer.headers["content-type"] == "application/cbor"
    response = {
        "body": answer.content,
        "headers": answer.headers,
        "status_code": answer.status_code,
    }
    shape = operation.output_shape
    return RpcV2CBORParser().parse(response, shape)  # pyright: ignore[reportArgumentType]


def put(aws: Aws, *values: float) -> None:
    """Puts values, a minute apart, the last one now; in CBOR too."""
    data = [
        {
            "MetricName": METRIC["MetricName"],
            "Dimensions": METRIC["Dimensions"],
            "Value": value,
            "Timestamp": NOW - timedelta(minutes=len(values) - 1 - number),
        }
        for number, value in enumerate(values)
    ]
    said = ask(aws, "PutMetricData", {"Namespace": METRIC["Namespace"], "MetricData": data})
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_keda_asks_is_answered(aws: Aws) -> None:
    put(aws, 3.5, 12.25)
    said = ask(
        aws,
        "GetMetricData",
        {
            "StartTime": NOW - timedelta(minutes=5),
            "EndTime": NOW + timedelta(minutes=1),
            "ScanBy": "TimestampDescending",
            "MetricDataQueries": [
                {
                    "Id": "c1",
                    "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum"},
                    "ReturnData": True,
                }
            ],
        },
    )
    (found,) = said["MetricDataResults"]
    assert (found["Id"], found["StatusCode"]) == ("c1", "Complete")
    assert dict(zip(found["Timestamps"], found["Values"], strict=True)) == {
        NOW: 12.25,
        NOW - timedelta(minutes=1): 3.5,
    }


def test_an_answer_is_that_of_the_json_protocol(aws: Aws) -> None:
    put(aws, 1.0)
    client = aws.session().client("cloudwatch", endpoint_url=aws.cloud.aws_url)
    said = ask(aws, "ListMetrics", {"Namespace": "Shop"})
    assert said["Metrics"] == client.list_metrics(Namespace="Shop")["Metrics"] == [METRIC]


def test_an_error_has_its_name(aws: Aws) -> None:
    said = ask(aws, "GetDashboard", {"DashboardName": "none"})
    client = aws.session().client("cloudwatch", endpoint_url=aws.cloud.aws_url)
    with pytest.raises(ClientError) as raised:
        client.get_dashboard(DashboardName="none")
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert said["Error"] == raised.value.response["Error"]


@pytest.mark.parametrize("body", [b"\xff", cbor2.dumps([1]), cbor2.dumps(None)])
def test_what_is_no_map_in_cbor_is_refused(aws: Aws, body: bytes) -> None:
    said = ask(aws, "ListMetrics", {}, body=body)
    assert said["Error"]["Code"] == "SerializationException"
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_packed_call_is_unpacked(aws: Aws) -> None:
    """Clients pack what is long: the model says that they may."""
    put(aws, 1.0)
    packed = {"Content-Encoding": "gzip"}
    body = gzip.compress(cbor2.dumps({"Namespace": "Shop"}))
    assert ask(aws, "ListMetrics", {}, body, packed)["Metrics"] == [METRIC]
    said = ask(aws, "ListMetrics", {}, b"\xa0", packed)
    assert said["Error"]["Code"] == "SerializationException"


SCALARS = (
    "v2lieXRlVmFsdWUFa2RvdWJsZVZhbHVl+z/+OVgQYk3TcWZhbHNlQm9vbGVhblZhbHVl9GpmbG9hdFZhbHVl+kDz989s"
    "aW50ZWdlclZhbHVlGQEAaWxvbmdWYWx1ZRkmkWpzaG9ydFZhbHVlGSaqa3N0cmluZ1ZhbHVlZnNpbXBsZXB0cnVlQm9v"
    "bGVhblZhbHVl9f8="
)
"""RpcV2CborSimpleScalarProperties of Smithy's own tests, smithy-aws-protocol-tests/model/rpcV2 of
https://github.com/smithy-lang/smithy; the bodies below are of the same folder."""


@pytest.mark.parametrize("body", ["v/8=", ""])
def test_a_call_without_members_may_be_an_empty_map_or_nothing(aws: Aws, body: str) -> None:
    put(aws, 1.0)
    assert METRIC in ask(aws, "ListMetrics", {}, base64.b64decode(body))["Metrics"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (base64.b64decode(SCALARS), "the local cloud knows no 'byteValue' of ListMetrics"),
        (cbor2.dumps({"Dimensions": [{"Nme": "a"}]}), "knows no 'Nme' of ListMetrics"),
        (cbor2.dumps({"Dimensions": ["a"]}), "ListMetrics: "),
    ],
)
def test_a_member_that_the_model_has_not_is_named(aws: Aws, body: bytes, said: str) -> None:
    answer = ask(aws, "ListMetrics", {}, body)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Code"] == "SerializationException"
    assert said in answer["Error"]["Message"]


def test_a_fault_has_its_name(aws: Aws) -> None:
    faults = FaultClient(aws.cloud)
    faults.add(Fault(service="monitoring", kind="throttle"))
    assert ask(aws, "ListMetrics", {})["Error"]["Code"] == "Throttling"
    faults.clear()
