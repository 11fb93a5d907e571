"""The kept data of EC2 instance types says what its source says, and finds what was meant."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from catalogue import instance_type_answers as answers
from catalogue import instance_types as catalogue
from catalogue.instance_types import UnknownInstanceTypeError, instance_type
from development import instance_types as development

NEWER: dict[str, Any] = {
    "InstanceType": "m10z.large",
    "BareMetal": False,
    "Hypervisor": "nitro",
    "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]},
    "VCpuInfo": {"DefaultVCpus": 2},
    "MemoryInfo": {"SizeInMiB": 8192},
    "NetworkInfo": {
        "DefaultNetworkCardIndex": 1,
        "NetworkCards": [
            {"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 8},
            {"NetworkCardIndex": 1, "MaximumNetworkInterfaces": 3},
        ],
        "Ipv4AddressesPerInterface": 12,
    },
    "SupportedUsageClasses": ["on-demand", "spot"],
}


def test_the_file_is_what_the_installed_moto_knows() -> None:
    assert catalogue.FILE.read_text() == development.render(), (
        "run python -m development.instance_types"
    )


def test_the_file_says_where_and_when_it_is_from() -> None:
    head = catalogue.FILE.read_text().splitlines()[:3]
    assert "DescribeInstanceTypes" in head[0]
    assert " published 20" in head[1]


def test_what_botocore_names_is_known_but_for_what_few_can_start() -> None:
    """Types that AWS names and of which it publishes too little, or that it has ended."""
    shape = boto3.client("ec2", region_name="eu-west-1").meta.service_model.shape_for(
        "InstanceType"
    )
    unknown = set(getattr(shape, "enum", ())) - set(catalogue.instance_types())
    assert {name.split(".")[0] for name in unknown} <= {
        *("cc1", "cc2", "cg1", "cr1", "g2", "g3", "g3s", "hi1", "hs1", "p2"),  # ended
        *("i3", "m9g", "m9gd", "u-12tb1", "u-18tb1", "u-24tb1", "u-9tb1", "u7ib-12tb"),
        "u7inh-32tb",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m7i.large", ("x86_64", 2, 8192, 3, 10, "nitro", None)),
        ("m7g.large", ("arm64", 2, 8192, 3, 10, "nitro", None)),
        ("u-6tb1.metal", ("x86_64", 448, 6291456, 5, 30, "metal", None)),
        ("m4.large", ("x86_64", 2, 8192, 2, 10, "xen", None)),
        ("mac2.metal", ("arm64_mac", 8, 16384, 8, 30, "metal", None)),
        ("g5.xlarge", ("x86_64", 4, 16384, 4, 15, "nitro", "nvidia")),
        ("inf2.xlarge", ("x86_64", 4, 16384, 4, 15, "nitro", "neuron")),
        ("p6e-gb200.36xlarge", ("arm64", 144, 983040, 2, 50, "nitro", "nvidia")),
        # Of 32 network cards, the default one takes two interfaces.
        ("p5.48xlarge", ("x86_64", 192, 2097152, 2, 50, "nitro", "nvidia")),
    ],
)
def test_a_type(name: str, expected: tuple[object, ...]) -> None:
    kind = instance_type(name)
    found = (kind.architecture, kind.vcpus, kind.memory_mib, kind.interfaces, kind.addresses)
    assert (*found, kind.hypervisor, kind.accelerator) == expected


@pytest.mark.parametrize(
    ("name", "prefixes", "pods"),
    [("m7i.large", True, 29), ("c5.metal", True, 737), ("m4.large", False, 20)],
)
def test_prefixes_and_pods(name: str, prefixes: bool, pods: int) -> None:
    kind = instance_type(name)
    assert (kind.has_prefixes, kind.max_pods) == (prefixes, pods)
    assert kind.is_bare_metal is name.endswith(".metal")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("m7i.lagre", "m7i.large"),
        ("m7i.0xlarge", "m7i.xlarge"),
        ("M7I.Large", "m7i.large"),
        ("m7i.large ", "m7i.large"),
        ("nothing", None),
        ("", None),
    ],
)
def test_an_unknown_type(name: str, nearest: str | None) -> None:
    with pytest.raises(UnknownInstanceTypeError) as raised:
        instance_type(name)
    assert raised.value.nearest == nearest


@pytest.mark.parametrize(
    "line",
    [
        "m7i.large x86_64 2 8192 3 10 nitro -",
        "m7i.large x86_64 two 8192 3 10 nitro - spot",
        "m7i.large x86 2 8192 3 10 nitro - spot",
        "m7i.large x86_64 2 8192 3 10 kvm - spot",
        "m7i.large x86_64 2 8192 3 10 nitro gpu spot",
        "m7i.large x86_64 2 8192 3 10 nitro - rented",
    ],
)
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match=line):
        catalogue.parse(line)


def test_every_line_is_read_as_it_was_written() -> None:
    for kind in catalogue.instance_types().values():
        assert catalogue.parse(catalogue.line_of(kind)) == {kind.name: kind}


def test_a_newer_type_is_added_from_the_answer_of_ec2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "added.txt"
    file.write_text(catalogue.ADDED_FILE.read_text())
    monkeypatch.setattr(development, "ADDED_FILE", file)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"InstanceTypes": [NEWER]})))
    assert development.main(["--add"]) == 0
    assert capsys.readouterr().out == "added: m10z.large\n"
    before, after = (it.read_text().splitlines() for it in (catalogue.ADDED_FILE, file))
    assert set(after) - set(before) == {"m10z.large x86_64 2 8192 3 12 nitro - on-demand,spot"}
    assert [line for line in after if line in before] == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"InstanceTypes": [{}]}', "not json"])
def test_what_is_no_answer_adds_nothing(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = catalogue.ADDED_FILE.read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert development.main(["--add"]) == 1
    assert "no answer of aws ec2 describe-instance-types" in capsys.readouterr().err
    assert catalogue.ADDED_FILE.read_text() == before


def test_an_accelerator_of_an_unknown_maker_is_named() -> None:
    gpus = {"Gpus": [{"Manufacturer": "Acme"}]}
    with pytest.raises(answers.UnknownAcceleratorError, match=r"m10z\.large.*acme"):
        answers.read({**NEWER, "GpuInfo": gpus})
