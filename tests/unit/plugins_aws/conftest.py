"""The provider over moto: a server for all tests, emptied before each, and a driver."""

import logging
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from localcloud.plugins.aws import registry
from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.aws.properties import compare, reconcile
from localcloud.plugins.aws.provider import AwsProvider
from localcloud.plugins.plugin import Difference, Object, Read, is_unknown
from localcloud.server import gateways, instance_types, monitoring, security_groups
from tests.unit.plugins_aws import sdk

REGION = "eu-west-1"


@dataclass
class Made:
    """A resource that exists, as the engine remembers it."""

    provider: AwsProvider
    token: str
    resource_id: str
    inputs: Object
    state: Object

    def read(self) -> Read | None:
        """What is really there."""
        return self.provider.read(self.token, self.resource_id, self.state, self.inputs)

    def drift(self) -> set[str]:
        """Paths at which reality differs from the inputs; the resource must exist."""
        real = self.read()
        assert real is not None, f"{self.resource_id} is gone"
        properties = registry.RESOURCES[self.token].properties
        return set(compare(properties, self.inputs, real.inputs).changes)

    def assert_settled(self) -> None:
        """A refresh finds nothing, neither in the inputs nor in the outputs."""
        assert self.drift() == set()
        real = self.read()
        assert real is not None
        assert real.resource_id == self.resource_id
        assert real.inputs == self.inputs
        assert real.state == self.state
        assert set(real.state) <= sdk.outputs(self.token)

    def assert_importable(self, resource_id: str = "") -> None:
        """An import by id alone finds the resource, in inputs that a program could give."""
        real = self.provider.read(self.token, resource_id or self.resource_id, {}, {})
        assert real is not None
        assert real.resource_id == self.resource_id
        _, failures = self.provider.check(self.token, "imported", {}, real.inputs, b"seed")
        assert failures == []
        properties = registry.RESOURCES[self.token].properties
        told = {key: value for key, value in self.inputs.items() if key in real.state}
        assert not compare(properties, told, reconcile(properties, told, real.inputs)).changes

    def diff(self, /, **changes: object) -> Difference:
        """What the engine would plan for these inputs; None takes one away."""
        return self.provider.diff(self.token, self.state, self.inputs, self._with(changes))

    def replaced_by(self, /, **changes: object) -> set[str]:
        """Paths that force a replacement among all that `changes` changes."""
        found = self.diff(**changes)
        assert set(changes) <= {path.split(".")[0].split("[")[0] for path in found.changes}
        return set(found.replaces)

    def update(self, /, **changes: object) -> None:
        """Updates in place, and sees that a refresh then finds nothing."""
        news = self._with(changes)
        difference = self.provider.diff(self.token, self.state, self.inputs, news)
        assert difference.changes
        assert not difference.replaces
        olds = (self.state, self.inputs)
        args = (self.token, self.resource_id, *olds, news)
        previewed = self.provider.update(*args, preview=True, timeout=0)
        self.state = self.provider.update(*args, preview=False, timeout=0)
        self.inputs = news
        self.assert_settled()
        known = {key: value for key, value in previewed.items() if not is_unknown(value)}
        sure = known.keys() - {path.split(".")[0].split("[")[0] for path in difference.changes}
        assert {key: known[key] for key in sure} == {key: self.state.get(key) for key in sure}
        properties = registry.RESOURCES[self.token].properties
        told = {key: value for key, value in news.items() if key in known}
        assert not compare(properties, told, reconcile(properties, told, known)).changes

    def refresh(self) -> None:
        """Takes reality over, as the engine's refresh does."""
        real = self.read()
        assert real is not None
        self.inputs, self.state = real.inputs, real.state

    def delete(self) -> None:
        """Deletes twice: the second time finds nothing, and that is no error."""
        for _ in range(2):
            self.provider.delete(self.token, self.resource_id, self.state, timeout=5)
            assert self.read() is None

    def _with(self, changes: dict[str, object]) -> Object:
        news = {**self.inputs, **changes}
        return {key: value for key, value in news.items() if value is not None}


class Driver:
    """Makes resources as the engine does."""

    def __init__(self, provider: AwsProvider) -> None:
        self.provider = provider

    def create(self, token: str, name: str = "it", /, **inputs: object) -> Made:
        """Checks, creates, and sees that a refresh then finds nothing."""
        checked, failures = self.provider.check(token, name, {}, dict(inputs), b"seed")
        assert failures == []
        again, _ = self.provider.check(token, name, checked, dict(inputs), b"other seed")
        assert again == checked
        _, previewed = self.provider.create(token, checked, preview=True, timeout=0)
        assert previewed == checked
        resource_id, state = self.provider.create(token, checked, preview=False, timeout=0)
        made = Made(self.provider, token, resource_id, checked, state)
        made.assert_settled()
        return made

    def failures(self, token: str, /, **inputs: object) -> dict[str, str]:
        """Mistakes in inputs, by path."""
        _, failures = self.provider.check(token, "it", {}, dict(inputs), b"seed")
        return {failure.path: failure.reason for failure in failures}


@pytest.fixture(scope="package")
def endpoint() -> Generator[str]:
    """URL of a moto server on a free port, mended as the local cloud's, and its environment."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    gateways.install()
    security_groups.install()
    instance_types.install()
    monitoring.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for key, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": host,
            "no_proxy": host,
        }.items():
            patch.setenv(key, value)
        for key in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            patch.delenv(key, raising=False)
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def empty_cloud(endpoint: str) -> None:
    """An empty account for each test."""
    request = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200


@pytest.fixture(scope="package")
def provider(endpoint: str) -> AwsProvider:
    """A configured provider; it keeps nothing but its boto3 clients."""
    made = AwsProvider()
    made.configure({"region": REGION, "version": made.version})
    return made


@pytest.fixture
def driver(provider: AwsProvider) -> Driver:
    """The engine's part."""
    return Driver(provider)


@pytest.fixture(scope="package")
def aws(endpoint: str) -> Clients:
    """boto3, for what happens behind the provider's back."""
    return Clients(REGION)
