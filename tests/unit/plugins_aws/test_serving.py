"""The provider as the engine sees it: a process that prints a port and answers gRPC."""

import importlib.metadata
import select
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN, _special_secret_sig, _special_sig_key

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object
from tests.waiting import said_at_the_end, wait_until

ROOT = Path(__file__).parents[3]
VPC = "urn:pulumi:shared::eks-platform::eks-platform:network:Network$aws:ec2/vpc:Vpc::a::b"
TEMPLATE = "urn:pulumi:blue::eks-platform::aws:ec2/launchTemplate:LaunchTemplate::nodes"
DIFF = provider_pb2.PropertyDiff


def struct(value: Object) -> struct_pb2.Struct:
    return json_format.ParseDict(value, struct_pb2.Struct())


def plain(value: struct_pb2.Struct) -> Object:
    return json_format.MessageToDict(value)


@pytest.fixture
def process(endpoint: str) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "localcloud.plugins.aws"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


@pytest.fixture
def engine(
    process: subprocess.Popen[str],
) -> Generator[provider_pb2_grpc.ResourceProviderStub]:
    """A connection to the provider, not configured yet."""
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(
        f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]
    ) as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def configure(engine: provider_pb2_grpc.ResourceProviderStub, config: Object) -> None:
    news = struct(config)
    checked = engine.CheckConfig(
        provider_pb2.CheckRequest(urn="urn:pulumi:s::p::pulumi:providers:aws::d", news=news)
    )
    answer = engine.Configure(provider_pb2.ConfigureRequest(args=checked.inputs))
    assert answer.supportsPreview
    assert not answer.acceptSecrets
    assert not answer.acceptResources


def test_a_life_over_grpc(engine: provider_pb2_grpc.ResourceProviderStub, aws: Clients) -> None:
    assert engine.GetPluginInfo(empty_pb2.Empty()).version == importlib.metadata.version(
        "pulumi-aws"
    )
    shaken = engine.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert shaken == provider_pb2.ProviderHandshakeResponse()
    configure(engine, {"region": "eu-west-1"})
    given = struct({"cidrBlock": "10.0.0.0/16", "tags": {"a.b": "1"}})
    checked = engine.Check(provider_pb2.CheckRequest(urn=VPC, news=given, randomSeed=b"seed"))
    assert not checked.failures
    assert checked.inputs == given
    previewed = engine.Create(provider_pb2.CreateRequest(urn=VPC, properties=given, preview=True))
    assert previewed.id == ""
    made = engine.Create(provider_pb2.CreateRequest(urn=VPC, properties=given, timeout=60))
    assert aws.ec2.describe_vpcs(VpcIds=[made.id])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    read = engine.Read(
        provider_pb2.ReadRequest(id=made.id, urn=VPC, properties=made.properties, inputs=given)
    )
    assert (read.id, read.inputs, read.properties) == (made.id, given, made.properties)
    news = struct({"cidrBlock": "10.0.0.0/16", "enableDnsSupport": False})
    updated = engine.Update(
        provider_pb2.UpdateRequest(
            id=made.id, urn=VPC, olds=made.properties, old_inputs=given, news=news
        )
    )
    assert plain(updated.properties)["enableDnsSupport"] is False
    for _ in range(2):
        engine.Delete(provider_pb2.DeleteRequest(id=made.id, urn=VPC, properties=made.properties))
    gone = engine.Read(
        provider_pb2.ReadRequest(id=made.id, urn=VPC, properties=made.properties, inputs=given)
    )
    assert gone.id == ""


def test_differences_over_grpc(engine: provider_pb2_grpc.ResourceProviderStub) -> None:
    configure(engine, {"region": "eu-west-1"})
    olds = struct({"cidrBlock": "10.0.0.0/16", "tags": {"a.b": "1"}})
    news = struct({"cidrBlock": "10.1.0.0/16", "tags": {"a.b": "2"}})
    found = engine.Diff(
        provider_pb2.DiffRequest(id="vpc-1", urn=VPC, olds=olds, old_inputs=olds, news=news)
    )
    assert found.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (found.diffs, found.replaces) == (["cidrBlock", "tags"], ["cidrBlock"])
    assert found.hasDetailedDiff
    kinds = {path: (entry.kind, entry.inputDiff) for path, entry in found.detailedDiff.items()}
    assert kinds == {
        "cidrBlock": (DIFF.UPDATE_REPLACE, True),
        'tags["a.b"]': (DIFF.UPDATE, True),
    }
    same = engine.Diff(
        provider_pb2.DiffRequest(id="vpc-1", urn=VPC, olds=olds, old_inputs=olds, news=olds)
    )
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_whole_numbers_stay_whole(engine: provider_pb2_grpc.ResourceProviderStub) -> None:
    configure(engine, {"region": "eu-west-1"})
    given = struct({"name": "nodes", "metadataOptions": {"httpPutResponseHopLimit": 1}})
    made = engine.Create(provider_pb2.CreateRequest(urn=TEMPLATE, properties=given))
    found = engine.Diff(
        provider_pb2.DiffRequest(
            id=made.id,
            urn=TEMPLATE,
            olds=made.properties,
            old_inputs=given,
            news=struct({"name": "nodes", "metadataOptions": {"httpPutResponseHopLimit": 2}}),
        )
    )
    assert list(found.detailedDiff) == ["metadataOptions.httpPutResponseHopLimit"]


def test_mistakes_reach_the_engine(engine: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError, match="not configured"):
        engine.Check(provider_pb2.CheckRequest(urn=VPC))
    with pytest.raises(grpc.RpcError, match="aws:profile"):
        configure(engine, {"region": "eu-west-1", "profile": "p"})
    configure(engine, {"region": "eu-west-1"})
    checked = engine.Check(provider_pb2.CheckRequest(urn=VPC, news=struct({"cidr": UNKNOWN})))
    assert {it.property for it in checked.failures} == {"cidr", "cidrBlock"}
    with pytest.raises(grpc.RpcError, match=r"aws:ec2/vpc:Vpc: .*InvalidParameterValue"):
        engine.Create(
            provider_pb2.CreateRequest(urn=VPC, properties=struct({"cidrBlock": "nonsense"}))
        )
    # A mistake of the provider's own: the kind of error is told, too.
    with pytest.raises(grpc.RpcError, match="KeyError: 'cidrBlock'"):
        engine.Create(provider_pb2.CreateRequest(urn=VPC))


def test_data_sources(engine: provider_pb2_grpc.ResourceProviderStub) -> None:
    configure(engine, {"region": "eu-west-1"})
    answer = engine.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion"))
    assert plain(getattr(answer, "return"))["region"] == "eu-west-1"
    with pytest.raises(grpc.RpcError, match="aws:ec2/getAmi:getAmi"):
        engine.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi"))


def test_a_secret_region_is_opened(engine: provider_pb2_grpc.ResourceProviderStub) -> None:
    secret = {_special_sig_key: _special_secret_sig, "value": "eu-central-1"}
    configure(engine, {"region": secret})
    answer = engine.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getRegion:getRegion"))
    assert plain(getattr(answer, "return"))["region"] == "eu-central-1"


def test_a_change_of_configuration_is_told(
    engine: provider_pb2_grpc.ResourceProviderStub,
) -> None:
    olds, news = struct({"region": "eu-west-1"}), struct({"region": "eu-west-2"})
    some = engine.DiffConfig(provider_pb2.DiffRequest(olds=news, old_inputs=olds, news=news))
    assert some.changes == provider_pb2.DiffResponse.DIFF_SOME
    none = engine.DiffConfig(provider_pb2.DiffRequest(olds=olds, news=olds))
    assert none.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_it_outlives_a_cancel_and_ends_when_told(
    engine: provider_pb2_grpc.ResourceProviderStub, process: subprocess.Popen[str]
) -> None:
    engine.Cancel(empty_pb2.Empty())
    assert engine.GetPluginInfo(empty_pb2.Empty()).version
    process.terminate()
    said_at_the_end(process)
    assert process.returncode == 0


def test_it_ends_with_the_engine(endpoint: str) -> None:
    script = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-m', 'localcloud.plugins.aws']); "
        "sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        assert engine.stdout is not None
        assert int(engine.stdout.readline())
        engine.kill()
        # The provider holds the other end of the pipe for as long as it lives.
        closed = select.poll()
        closed.register(engine.stdout, select.POLLIN)
        wait_until("the provider ends", lambda: bool(closed.poll(0)))
        assert engine.stdout.read() == ""
