"""Wrong options of the server are all named at once, by what was typed."""

import pytest

from localcloud import cli


def test_every_wrong_option_is_named_with_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        "--route53-rate": "0",
        "--route53-burst": "-1",
        "--route53-propagation": "-3",
        "--node-start": "-2",
        "--controller-manager-arg": "kube-api-qps",
        "--program": "Mine=/bin/sh",
        "--balancer-port": "65535",
    }
    words = [f"{option}={value}" for option, value in wrong.items()]
    assert cli.main(["up", "--controller-manager-arg=--kube-api-qps=5", *words]) == 1
    said = capsys.readouterr().err
    del wrong["--balancer-port"]
    assert [line.removeprefix("up: ").partition(":")[0] for line in said.splitlines()] == [
        "--route53-rate",
        "--route53-burst",
        "--route53-propagation",
        "--node-start",
        "--controller-manager-arg",
        "--program",
    ]
    assert "'kube-api-qps'" in said


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_is_a_number_above_nought(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", f"--aws-time={text}"])
    assert ended.value.code == 2
    assert f"argument --aws-time: {text!r}" in capsys.readouterr().err
