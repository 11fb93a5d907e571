"""The wrapper: which cluster it finds, and that it changes nothing else."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

from eks_platform_contract import cluster_name, wrapper

NAME = "eks.devinfra.info"


@dataclass
class Answers(BaseResolver):
    """A DNS server's answers: TXT records by name, or the code of an error."""

    texts: Mapping[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    code: str = "NXDOMAIN"
    asked: list[str] = field(default_factory=list[str])

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        name = str(request.q.qname).rstrip(".")
        self.asked.append(name)
        reply = request.reply()
        if name not in self.texts:
            reply.header.rcode = getattr(RCODE, self.code)
        elif QTYPE[request.q.qtype] == "TXT":
            for strings in self.texts[name]:
                reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT(strings), ttl=60))
        return reply


@dataclass
class Dns:
    """A running DNS server."""

    answers: Answers
    address: str


@pytest.fixture
def dns() -> Generator[Dns]:
    answers = Answers()
    server = DNSServer(answers, address="127.0.0.1", port=0)
    port = server.server.server_address[1]
    thread = threading.Thread(target=server.server.serve_forever)
    thread.start()
    yield Dns(answers, f"127.0.0.1:{port}")
    server.server.shutdown()
    thread.join()
    server.server.server_close()


def find(dns: Dns, name: str = NAME) -> str:
    return cluster_name.find(name, {cluster_name.RESOLVER: dns.address})


def test_the_txt_record_names_the_cluster(dns: Dns) -> None:
    dns.answers.texts = {NAME: [["eks-", "green"]]}
    assert find(dns) == "eks-green"
    assert find(dns, f"{NAME}.") == "eks-green"


@pytest.mark.parametrize("texts", [{}, {"other.example": [["x"]]}, {NAME: list[list[str]]()}])
def test_a_name_without_a_txt_record_is_a_clusters_own(
    dns: Dns, texts: dict[str, list[list[str]]]
) -> None:
    dns.answers.texts = texts
    assert find(dns) == NAME
    assert dns.answers.asked == [NAME]


def test_a_name_without_dots_is_a_clusters_own_and_dns_is_not_asked(dns: Dns) -> None:
    dns.answers.code = "SERVFAIL"
    assert find(dns, "eks-blue") == "eks-blue"
    assert dns.answers.asked == []


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED"])
def test_no_answer_is_no_guess(dns: Dns, code: str) -> None:
    dns.answers.code = code
    with pytest.raises(cluster_name.LookupFailedError, match=f"no answer for the TXT .*{NAME}"):
        find(dns)


def test_a_server_that_is_silent_is_no_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_name, "DEADLINE", 0.1)
    with pytest.raises(cluster_name.LookupFailedError, match="EKS_PLATFORM_RESOLVER=HOST:PORT"):
        cluster_name.find(NAME, {cluster_name.RESOLVER: "127.0.0.1:9"})


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([["eks-blue"], ["eks-green"]], "2 TXT records"),
        ([["v=spf1 -all"]], "'v=spf1 -all', which is no cluster's name"),
        ([[""]], "is no cluster's name"),
    ],
)
def test_a_record_that_names_no_cluster_is_refused(
    dns: Dns, texts: list[list[str]], said: str
) -> None:
    dns.answers.texts = {NAME: texts}
    with pytest.raises(cluster_name.LookupFailedError, match=said):
        find(dns)


@pytest.mark.parametrize("place", ["a b", "127.0.0.1:x", "127.0.0.1:53:53", "nowhere.example:53"])
def test_a_resolver_that_is_no_address_is_refused_by_name(place: str) -> None:
    with pytest.raises(cluster_name.LookupFailedError, match=f"EKS_PLATFORM_RESOLVER={place} is"):
        cluster_name.find(NAME, {cluster_name.RESOLVER: place})


@pytest.mark.parametrize(
    ("given", "run"),
    [
        ("token -i x.y -r arn:r", "aws-iam-authenticator token -i X.Y -r arn:r"),
        ("token -r arn:r -i x.y", "aws-iam-authenticator token -r arn:r -i X.Y"),
        ("token -ix.y", "aws-iam-authenticator token -iX.Y"),
        ("token -i=x.y", "aws-iam-authenticator token -i=X.Y"),
        ("token --cluster-id x.y", "aws-iam-authenticator token --cluster-id X.Y"),
        ("token --cluster-id=x.y -s i", "aws-iam-authenticator token --cluster-id=X.Y -s i"),
        ("-i x.y token", "aws-iam-authenticator -i X.Y token"),
        ("token -i x.y -i a.b", "aws-iam-authenticator token -i X.Y -i A.B"),
        ("token -r -- -i x.y", "aws-iam-authenticator token -r -- -i x.y"),
        ("token -i", "aws-iam-authenticator token -i"),
        ("version", "aws-iam-authenticator version"),
        (
            "aws eks get-token --cluster-name x.y --role-arn r",
            "aws eks get-token --cluster-name X.Y --role-arn r",
        ),
        ("aws eks get-token --cluster-name=x.y", "aws eks get-token --cluster-name=X.Y"),
        ("aws --profile p eks get-token -i x.y", "aws --profile p eks get-token -i x.y"),
    ],
)
def test_only_the_clusters_name_changes(given: str, run: str) -> None:
    assert wrapper.command(given.split(), str.upper) == run.split()


def test_arguments_keep_their_spaces_and_emptiness() -> None:
    given = ["token", "-s", "a  b", "", "-i", "x.y", "*"]
    expected = ["aws-iam-authenticator", "token", "-s", "a  b", "", "-i", "X.Y", "*"]
    assert wrapper.command(given, str.upper) == expected


def start(
    folder: Path, *arguments: str, resolver: str = "127.0.0.1:9", program: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Runs the installed command, with a program of ours in place of aws-iam-authenticator."""
    if program:
        fake = folder / "aws-iam-authenticator"
        fake.write_text(f"#!/bin/sh\n{program}\n")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    installed = Path(sys.executable).parent / "aws-iam-authenticator-wrapper"
    return subprocess.run(
        [sys.executable, str(installed), *arguments],
        env={"PATH": f"{folder}{os.pathsep}/usr/bin:/bin", cluster_name.RESOLVER: resolver},
        capture_output=True,
        text=True,
        check=False,
    )


def test_output_and_exit_code_are_the_programs_own(dns: Dns, tmp_path: Path) -> None:
    dns.answers.texts = {NAME: [["eks-green"]]}
    program = 'printf "%s|" "$@"; echo oh >&2; exit 42'
    arguments = ("token", "-i", NAME, "-s", "a b")
    done = start(tmp_path, *arguments, resolver=dns.address, program=program)
    assert (done.returncode, done.stdout, done.stderr) == (
        42,
        "token|-i|eks-green|-s|a b|",
        "oh\n",
    )


def test_without_an_answer_the_program_is_not_run(dns: Dns, tmp_path: Path) -> None:
    dns.answers.code = "SERVFAIL"
    done = start(tmp_path, "token", "-i", NAME, resolver=dns.address, program="echo token")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("aws-iam-authenticator-wrapper: DNS gave no answer")
    assert "Traceback" not in done.stderr


def test_a_program_that_is_not_installed_is_named(tmp_path: Path) -> None:
    done = start(tmp_path, "token", "-i", "eks-blue")
    assert done.returncode == 127
    assert "aws-iam-authenticator cannot be run" in done.stderr


def test_help_and_usage(tmp_path: Path) -> None:
    assert "--cluster-name NAME" in start(tmp_path, "--help").stdout
    empty = start(tmp_path)
    assert (empty.returncode, empty.stdout) == (2, "")
