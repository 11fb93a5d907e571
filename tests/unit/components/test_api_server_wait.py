"""Nothing is put into a new cluster before its API server serves whoever updates."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException

from components import api_server_probe
from components.api_server_wait import (
    NoAnswerError,
    Unready,
    before_providers,
    wait_for_api_server,
)
from tests.unit.pulumi_harness import Checks, run

KUBECONFIG: Mapping[str, object] = {"clusters": [{"cluster": {"server": "https://api"}}]}
PROVIDER = "pulumi:providers:kubernetes"


class Server:
    """Gives one answer after the other, the last one for ever; an empty one is: it serves."""

    def __init__(self, *answers: str, reached: bool = False) -> None:
        self.answers = list(answers)
        self.reached = reached
        self.asked: list[Mapping[str, object]] = []

    def __call__(self, kubeconfig: Mapping[str, object]) -> Unready | None:
        self.asked.append(kubeconfig)
        why = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Unready(why, self.reached) if why else None


def wait(server: Server, **times: float) -> list[str]:
    told: list[str] = []
    asyncio.run(
        wait_for_api_server("eks-blue", KUBECONFIG, server, tell=told.append, pause=0.0, **times)
    )
    return told


def test_one_that_serves_is_asked_once_and_nothing_is_said() -> None:
    server = Server("")
    assert wait(server) == []
    assert server.asked == [KUBECONFIG]


def test_what_is_waited_for_is_said_now_and_then_with_the_reason() -> None:
    told = wait(Server("no such host", "no such host", "401 Unauthorized", ""), told_every=600)
    assert told == [
        "waiting up to 600 s for the API server of eks-blue: no such host",
        "the API server of eks-blue answers",
    ]
    told = wait(Server("no such host", "401 Unauthorized", ""), told_every=0)
    assert [line.rpartition(": ")[2] for line in told[:-1]] == ["no such host", "401 Unauthorized"]


@pytest.mark.parametrize(
    ("reached", "remedy"),
    [(False, "endpoint.privateCidrs"), (True, "`aws sts get-caller-identity`")],
)
def test_at_the_deadline_the_error_says_why_and_what_to_do(reached: bool, remedy: str) -> None:
    """One that refuses is reached: the way in is no remedy for it."""
    with pytest.raises(NoAnswerError) as raised:
        wait(Server("that is why", reached=reached), deadline=0)
    said = str(raised.value)
    for part in ("eks-blue", "(that is why)", remedy, "run the same command again"):
        assert part in said
    assert ("privateCidrs" in said) is not reached


def answered(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> Unready | None:
    class Connection:
        def __enter__(self) -> "Connection":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def call_api(self, path: str, *_: object, **__: object) -> None:
            assert path == "/readyz"
            if error:
                raise error

    monkeypatch.setattr(api_server_probe, "connect", lambda _: Connection())
    return api_server_probe.unready(KUBECONFIG)


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (None, None),
        (ApiException(status=401, reason="Unauthorized"), ("401 Unauthorized", True)),
        (ApiException(status=403, reason="Forbidden"), ("403 Forbidden", True)),
        (ApiException(status=503, reason="Unavailable"), ("503 Unavailable", True)),
        (
            ApiException(status=0, reason="SSLError"),
            ("ApiException: (0)\nReason: SSLError\n", False),
        ),
        (ConnectionResetError("reset"), ("ConnectionResetError: reset", False)),
    ],
)
def test_it_serves_once_it_knows_who_asks(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, found: tuple[str, bool] | None
) -> None:
    """One that has just come up knows neither its maker nor its roles, and refuses every object."""
    assert answered(monkeypatch, error) == found


def test_what_waiting_does_not_help_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a program that makes tokens it is never asked."""
    with pytest.raises(NoAnswerError, match="is not on PATH"):
        answered(monkeypatch, ConfigException("aws is not on PATH"))


def test_one_that_is_not_there_is_not_reached() -> None:
    kubeconfig = {
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "it", "user": {"token": "t"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    found = api_server_probe.unready(kubeconfig)
    assert found is not None
    assert not found.reached
    assert "Connection refused" in found.why


def transformed(type_: str, server: Server) -> Iterator[Any]:
    def program(_: Checks) -> None:
        given = pulumi.ResourceTransformArgs(
            custom=True, type_=type_, name="it", props={"a": 1}, opts=pulumi.ResourceOptions()
        )
        results.append(before_providers("wait", "eks-blue", server)(given))

    results: list[Any] = []
    run(program)
    yield from results


def test_a_provider_is_awaited_when_it_is_made_and_when_it_changes() -> None:
    server = Server("")
    (result,) = transformed(PROVIDER, server)
    assert result.props == {"a": 1}
    (hook,) = result.opts.hooks.before_create
    assert result.opts.hooks.before_update == [hook]
    assert hook.opts is None  # so it does not run in a preview

    async def call(kubeconfig: object) -> None:
        args = pulumi.ResourceHookArgs(
            urn="u", id="", name="it", type=PROVIDER, new_inputs={"kubeconfig": kubeconfig}
        )
        await hook(args)

    asyncio.run(call(json.dumps(KUBECONFIG)))
    asyncio.run(call(KUBECONFIG))
    assert server.asked == [KUBECONFIG, KUBECONFIG]

    async def call_with_a_secret() -> None:
        await call(pulumi.Output.secret(json.dumps(KUBECONFIG)))

    asyncio.run(call_with_a_secret())
    assert server.asked[2:] == [KUBECONFIG]


def test_other_resources_are_left_as_they_are() -> None:
    assert list(transformed("aws:eks/cluster:Cluster", Server(""))) == [None]
