"""The aws provider: one generic life cycle for all resource types of `registry`."""

import hashlib
import importlib.metadata
import os

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.aws import registry
from localcloud.plugins.aws.clients import Clients, is_gone
from localcloud.plugins.aws.properties import PLAIN, check, compare, reconcile
from localcloud.plugins.aws.resource import ResourceType
from localcloud.plugins.plugin import Difference, Failure, Object, PluginError, Read, is_unknown

_CONFIGURATION = ("region", "version", "pluginDownloadURL")
_RANDOM_DIGITS = 7  # as the real provider


class AwsProvider:
    """The aws provider of the local cloud; see `localcloud.plugins.serving.Plugin`."""

    def __init__(self) -> None:
        self.version = importlib.metadata.version("pulumi-aws")
        self._clients: Clients | None = None

    def configure(self, config: Object) -> None:
        """Takes the region; every other setting is refused by name."""
        unknown = sorted(set(config) - set(_CONFIGURATION))
        if unknown:
            raise PluginError(f"the local aws provider does not know aws:{', aws:'.join(unknown)}")
        region = config.get("region") or os.environ.get("AWS_REGION")
        if not region:
            raise PluginError("no AWS region; set aws:region in the stack file")
        self._clients = Clients(region)

    @property
    def _aws(self) -> Clients:
        if self._clients is None:
            raise PluginError("the provider is not configured yet")
        return self._clients

    def _type(self, token: str) -> ResourceType:
        kind = registry.RESOURCES.get(token)
        if kind is None:
            raise PluginError(f"the local aws provider does not know the resource type {token}")
        return kind(self._aws)

    def check(
        self, token: str, name: str, olds: Object, news: Object, seed: bytes
    ) -> tuple[Object, list[Failure]]:
        """Refuses unknown properties, and names what has no name."""
        kind = self._type(token)
        inputs = {key: value for key, value in news.items() if key != "__defaults"}
        # The engine's own mark: which region a resource was made for is not emulated.
        failures = check(kind.properties, inputs)
        if kind.autoname is not None and inputs.get(kind.autoname) is None:
            prefix = inputs.get("namePrefix")
            old = olds.get(kind.autoname)
            if is_unknown(prefix):
                inputs[kind.autoname] = UNKNOWN
            elif isinstance(old, str) and old.startswith(prefix or f"{name}-"):
                inputs[kind.autoname] = old
            else:
                digits = hashlib.sha256(seed or name.encode()).hexdigest()[:_RANDOM_DIGITS]
                inputs[kind.autoname] = f"{prefix or f'{name}-'}{digits}"
        return inputs, failures

    def diff(self, token: str, old_state: Object, old_inputs: Object, news: Object) -> Difference:
        """Compares inputs, path by path."""
        kind = self._type(token)
        found = compare(kind.properties, old_inputs, news)
        return Difference(found.changes, frozenset(found.replaces), kind.delete_first)

    def create(
        self, token: str, inputs: Object, *, preview: bool, timeout: float
    ) -> tuple[str, Object]:
        """Creates and reads back."""
        kind = self._type(token)
        if preview:
            return "", inputs
        with _named(token):
            resource_id = kind.create(inputs, timeout or kind.default_timeout)
            return resource_id, self._state(kind, resource_id, inputs)

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Read | None:
        """Reads what is really there."""
        kind = self._type(token)
        with _named(token):
            real = kind.read(resource_id, {**inputs, **state})
        if real is None:
            return None
        if not inputs:  # an import
            said = {key: real[key] for key in kind.properties if real.get(key) is not None}
        else:
            # What cannot be read back (a switch for the provider itself) stays as it was said.
            said = {
                key: reconcile(kind.properties.get(key, PLAIN), old, real[key])
                if key in real
                else old
                for key, old in inputs.items()
            }
            said = {key: value for key, value in said.items() if value is not None}
        kept = {key: value for key, value in inputs.items() if key not in real}
        return Read(resource_id, {**kept, **_as_said(kind, inputs, real)}, said)

    def update(
        self,
        token: str,
        resource_id: str,
        old_state: Object,
        old_inputs: Object,
        news: Object,
        *,
        preview: bool,
        timeout: float,
    ) -> Object:
        """Changes in place and reads back."""
        kind = self._type(token)
        if preview:
            return {**old_state, **news, **dict.fromkeys(kind.volatile, UNKNOWN)}
        changes = compare(kind.properties, old_inputs, news).changes
        changed = frozenset(path.split(".", 1)[0].split("[", 1)[0] for path in changes)
        with _named(token):
            kind.update(
                resource_id,
                {**old_state, **old_inputs},
                news,
                changed,
                timeout or kind.default_timeout,
            )
            return self._state(kind, resource_id, news)

    def delete(self, token: str, resource_id: str, state: Object, *, timeout: float) -> None:
        """Deletes; what is gone already counts as deleted."""
        kind = self._type(token)
        with _named(token):
            try:
                kind.delete(resource_id, state, timeout or kind.default_timeout)
            except ClientError as error:
                if not is_gone(error):
                    raise

    def invoke(self, token: str, arguments: Object) -> Object:
        """Answers a data source."""
        function = registry.INVOKES.get(token)
        if function is None:
            raise PluginError(f"the local aws provider does not know the function {token}")
        unknown = sorted(set(arguments) - set(function.arguments))
        if unknown:
            raise PluginError(f"{token}: the local aws provider does not know {', '.join(unknown)}")
        with _named(token):
            return function.answer(self._aws, arguments)

    @staticmethod
    def _state(kind: ResourceType, resource_id: str, inputs: Object) -> Object:
        real = kind.read(resource_id, inputs)
        if real is None:
            raise PluginError(f"{kind.token} {resource_id} is gone right after it was written")
        kept = {key: value for key, value in inputs.items() if key not in real}
        return {**kept, **_as_said(kind, inputs, real)}


def _as_said(kind: ResourceType, inputs: Object, real: Object) -> Object:
    """Real state, each value in the words of the inputs where it means the same."""
    return {
        key: reconcile(kind.properties.get(key, PLAIN), inputs[key], value)
        if key in inputs
        else value
        for key, value in real.items()
    }


class _named:  # noqa: N801 - reads as a statement
    """Turns what AWS refuses into an error that names the resource type and AWS's own code."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (ClientError, BotoCoreError, NotImplementedError)):
            raise PluginError(f"{self._token}: {error}") from error
