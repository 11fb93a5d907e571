"""EC2 takes spot instances back, by an event first; and zones run out of capacity."""

import json
from collections.abc import Callable, Generator
from typing import Any

import boto3
import pytest
from moto.autoscaling.models import autoscaling_backends
from pydantic import ValidationError

from localcloud import cli
from localcloud.aws import OWN_KEY
from localcloud.control import RefusedError
from localcloud.scarcity import (
    CAPACITY_TYPES,
    Capacity,
    Interruption,
    interrupt,
    read_capacity,
    set_capacity,
)
from localcloud.server import instances
from localcloud.server.ec2 import market
from localcloud.server.ec2.interruptions import Interruptions
from localcloud.state import REGION
from tests.unit.localcloud.conftest import Aws
from tests.waiting import wait_until


class Account:
    """Instances, and a queue to which EC2's events go."""

    def __init__(self, aws: Aws) -> None:
        self._session = boto3.Session(OWN_KEY, "secret", region_name=REGION)
        self._url = aws.cloud.aws_url
        self.sqs, self.ec2 = self.client("sqs"), self.client("ec2")
        self.queue = str(self.sqs.create_queue(QueueName="it")["QueueUrl"])
        arn = f"arn:aws:sqs:{REGION}:123456789012:it"
        events = self.client("events")
        events.put_rule(Name="spot", EventPattern=json.dumps({"source": ["aws.ec2"]}))
        events.put_targets(Rule="spot", Targets=[{"Id": "it", "Arn": arn}])

    def client(self, service: str) -> Any:  # noqa: ANN401 - of any service
        make: Any = self._session.client
        return make(service, endpoint_url=self._url)

    def run(self, **more: object) -> str:
        image = self.ec2.describe_images()["Images"][0]["ImageId"]
        made = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **more)
        return str(made["Instances"][0]["InstanceId"])

    def messages(self) -> list[Any]:
        found = self.sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
        return [json.loads(it["Body"]) for it in found]


@pytest.fixture
def account(aws: Aws) -> Generator[Account]:
    yield Account(aws)
    market.set_empty({})


SPOT = {"InstanceMarketOptions": {"MarketType": "spot"}}


def test_the_event_is_ec2s_own_and_the_instance_ends_after_it(aws: Aws, account: Account) -> None:
    taken: list[str] = []
    aws.api.control.interruptions = Interruptions(taken.append)
    instance = account.run(**SPOT)
    interrupt(aws.cloud, Interruption(instance=instance, seconds=0))
    (said,) = account.messages()
    assert said["detail-type"] == "EC2 Spot Instance Interruption Warning"
    assert said["source"] == "aws.ec2"
    assert said["detail"] == {"instance-id": instance, "instance-action": "terminate"}
    wait_until("the instance to end", lambda: taken == [instance])


def test_only_a_spot_instance_that_runs_is_taken_back(aws: Aws, account: Account) -> None:
    aws.api.control.interruptions = Interruptions(lambda _: None)
    with pytest.raises(RefusedError, match="no spot instance"):
        interrupt(aws.cloud, Interruption(instance=account.run()))
    with pytest.raises(RefusedError, match="no instance i-00000000 runs"):
        interrupt(aws.cloud, Interruption(instance="i-00000000"))
    assert account.messages() == []


@pytest.mark.usefixtures("account")
def test_zones_run_out_of_capacity_until_that_is_taken_back(aws: Aws) -> None:
    set_capacity(aws.cloud, read_capacity([f"{REGION}a", f"{REGION}b=spot"]))
    assert market.empty() == {
        f"{REGION}a": tuple(sorted(CAPACITY_TYPES)),
        f"{REGION}b": ("spot",),
    }
    set_capacity(aws.cloud, Capacity())
    assert market.empty() == {}


def test_groups_get_what_they_lack_once_there_is_capacity(aws: Aws, account: Account) -> None:
    groups = account.client("autoscaling")
    image = account.ec2.describe_images()["Images"][0]["ImageId"]
    groups.create_launch_configuration(
        LaunchConfigurationName="it", ImageId=image, InstanceType="m7i.large"
    )
    groups.create_auto_scaling_group(
        AutoScalingGroupName="it",
        LaunchConfigurationName="it",
        MinSize=0,
        MaxSize=3,
        DesiredCapacity=3,
        AvailabilityZones=[f"{REGION}a"],
    )
    (group,) = autoscaling_backends["123456789012"][REGION].autoscaling_groups.values()
    group.instance_states.pop()
    aws.api.control.fill_groups = lambda: instances.fill_groups(groups)
    calls = aws.api.changing("autoscaling")
    set_capacity(aws.cloud, Capacity())
    assert len(group.instance_states) == 3
    # Whoever makes nodes of instances looks again after such a call.
    assert aws.api.changing("autoscaling") > calls
    calls = aws.api.changing("autoscaling")
    set_capacity(aws.cloud, Capacity())
    assert aws.api.changing("autoscaling") == calls


@pytest.mark.parametrize("word", ["eu-west-9a", "eu-west-1d", "eu-west-1a=cheap", ""])
def test_a_word_that_is_no_zone_or_names_nothing_that_ec2_sells_is_refused(word: str) -> None:
    with pytest.raises(ValidationError):
        read_capacity([word])


@pytest.fixture
def command(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command on this local cloud."""
    monkeypatch.setattr(cli, "_running", lambda _: aws.cloud)
    return lambda *words: cli.main(list(words))


def test_the_command_takes_a_node_by_its_name(
    aws: Aws, account: Account, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    aws.api.control.interruptions = Interruptions(lambda _: None)
    instance = account.run(**SPOT)
    found = account.ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert command("interrupt", found["PrivateDnsName"]) == 0
    assert f"takes {instance} back: it ends in 120 s" in capsys.readouterr().out
    assert command("interrupt", "ip-1") == 1
    assert "no instance is the node ip-1; `kubectl get nodes`" in capsys.readouterr().err
    assert command("interrupt", account.run()) == 1
    assert "is no spot instance" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_the_command_says_which_zones_are_without_capacity(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("capacity", f"{REGION}b=spot") == 0
    assert f"{REGION}b has no spot" in capsys.readouterr().out
    assert command("capacity") == 0
    assert "All zones have capacity." in capsys.readouterr().out
    assert command("capacity", "mars", f"{REGION}a=cheap") == 1
    said = capsys.readouterr().err
    assert "mars" in said
    assert "cheap" in said
