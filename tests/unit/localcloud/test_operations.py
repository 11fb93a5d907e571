"""Requests are told apart by AWS's own models."""

import pytest

from localcloud.server.operations import action_of

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/{}/aws4_request, …"


@pytest.mark.parametrize(
    ("service", "method", "path", "action"),
    [
        ("route53", "GET", "/2013-04-01/hostedzone", "ListHostedZones"),
        ("route53", "POST", "/2013-04-01/hostedzone", "CreateHostedZone"),
        ("route53", "GET", "/2013-04-01/hostedzone/Z1", "GetHostedZone"),
        ("route53", "GET", "/2013-04-01/hostedzone/Z1/rrset", "ListResourceRecordSets"),
        ("route53", "POST", "/2013-04-01/hostedzone/Z1/rrset/", "ChangeResourceRecordSets"),
        ("route53", "GET", "/2013-04-01/change/C1", "GetChange"),
        ("route53", "GET", "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName"),
        ("route53", "GET", "/2013-04-01/tags/hostedzone/Z1", "ListTagsForResource"),
        ("eks", "POST", "/clusters", "CreateCluster"),
        ("eks", "GET", "/clusters/eks-blue", "DescribeCluster"),
        (
            "eks",
            "POST",
            "/clusters/eks-blue/access-entries/arn:aws:iam::1:role/x",
            "UpdateAccessEntry",
        ),
        (
            "eks",
            "POST",
            "/clusters/eks-blue/access-entries/arn:aws:iam::1:role/x/access-policies",
            "AssociateAccessPolicy",
        ),
        ("eks", "PATCH", "/nothing", "PATCH /nothing"),
        ("monitoring", "POST", "/service/GraniteService/operation/GetMetricData", "GetMetricData"),
    ],
)
def test_rest_operations(service: str, method: str, path: str, action: str) -> None:
    environ = {
        "HTTP_AUTHORIZATION": AUTHORIZATION.format(service),
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
    }
    assert action_of(environ, b"") == action


def test_operations_in_headers_and_forms() -> None:
    json_call = {"HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter", "REQUEST_METHOD": "POST"}
    assert action_of(json_call, b"") == "GetParameter"
    form = {
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
    }
    assert action_of(form, b"Action=AssumeRole&Version=2011-06-15") == "AssumeRole"
