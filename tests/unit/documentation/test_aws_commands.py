"""Each `aws` command that a page or a message gives asks the local cloud there, and never AWS."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import awscli.clidriver
import awscli.customizations.overridesslcommonname as by_option
import pytest
from botocore.session import Session

from localcloud.lifecycle import AWS_COMMAND_PREAMBLE
from tests.unit.http_server import QuietHandler, running

ROOT = Path(__file__).parents[3]
PAGES = ("*.md", "docs/**/*.md", "localcloud/**/*.md", "examples/**/*.md")
MESSAGES = ("bluegreen", "components", "localcloud", "settings", "stacks", "teardown", "contract")
COMMAND = re.compile(r"(?<![\w.-])aws ((?:--\S+ )*)([a-z][a-z0-9-]+) [a-z]")

OTHER_NAMES = {"s3api": "s3"}
"""Services that the CLI calls otherwise."""


def commands() -> Iterator[tuple[str, str]]:
    """Services that `aws` is told to ask, and the file that says so."""
    known = {*Session().get_available_services(), *OTHER_NAMES}
    files = [path for pattern in PAGES for path in ROOT.glob(pattern)]
    files += [path for folder in MESSAGES for path in (ROOT / folder).rglob("*.py")]
    for file in files:
        for found in COMMAND.finditer(file.read_text()):
            if found[2] in known:
                yield found[2], str(file.relative_to(ROOT))


@cache
def services() -> Sequence[str]:
    return sorted({service for service, _ in commands()})


def test_pages_and_messages_ask_many_services() -> None:
    assert {"eks", "route53", "autoscaling", "cloudwatch", "s3api"} <= set(services())
    assert len(services()) > 10


def without_parameters(service: str) -> str:
    """A command of a service that needs no option."""
    model = Session().get_service_model(OTHER_NAMES.get(service, service))
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        if shape is None or not shape.required_members:
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
    raise AssertionError(service)


@pytest.mark.parametrize("service", services())
def test_it_asks_the_local_cloud(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Handler(QuietHandler):
        def do_any(self: BaseHTTPRequestHandler) -> None:
            asked.append(self.path)
            self.send_response(400)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_HEAD = do_any  # noqa: N815 - names of the base class

    with running(Handler) as port:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            # Whatever it asks elsewhere ends here, at once.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_MAX_ATTEMPTS": "1",
        }.items():
            monkeypatch.setenv(name, value)
        given = ["--endpoint-url", f"http://127.0.0.1:{port}"] if told(service) else []
        awscli.clidriver.create_clidriver().main([*given, service, without_parameters(service)])
    assert asked, f"aws {service} asked no one, or AWS itself"


def told(service: str) -> bool:
    """Whether the local cloud's `aws` gives the address as an option."""
    return f'*" {service} "*' in AWS_COMMAND_PREAMBLE


def test_services_whose_address_the_cli_takes_from_its_option_alone_are_told_it() -> None:
    assert {it for it in by_option.SSL_COMMON_NAMES if not told(it)} == set()
