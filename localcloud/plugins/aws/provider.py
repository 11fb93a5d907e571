"""The aws provider: one generic life cycle for all resource types of `registry`."""

import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.aws import registry
from localcloud.plugins.aws.clients import Clients, is_gone
from localcloud.plugins.aws.properties import (
    PLAIN,
    check,
    compare,
    imported,
    reconcile,
    reword,
    without_nulls,
)
from localcloud.plugins.aws.resource import ResourceType
from localcloud.plugins.plugin import Difference, Failure, Object, PluginError, Read, is_unknown

_REGION = "region"
# What the engine says about the plugin itself, and two checks that nothing here makes, which the
# SDK's provider class always sets.
_IGNORED = (
    "version",
    "pluginDownloadURL",
    "__internal",
    "skipCredentialsValidation",
    "skipRegionValidation",
)
_RANDOM_DIGITS = 7  # as the real provider
_AUTOMATIC = re.compile(f"[0-9a-f]{{{_RANDOM_DIGITS}}}$")


class AwsProvider:
    """The aws provider of the local cloud; see `localcloud.plugins.plugin.Plugin`."""

    def __init__(self) -> None:
        self.version = importlib.metadata.version("pulumi-aws")
        self._clients: Clients | None = None

    def configure(self, config: Object) -> None:
        """Takes the region; every other setting is refused by name."""
        unknown = sorted(set(config) - {_REGION, *_IGNORED})
        if unknown:
            raise PluginError(f"the local aws provider does not know aws:{', aws:'.join(unknown)}")
        region = config.get(_REGION) or os.environ.get("AWS_REGION")
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
        """Refuses unknown and missing properties, and names what has no name."""
        kind = self._type(token)
        # The real provider's own mark, in a state that it wrote.
        inputs = {
            key: _document(value) if kind.properties.get(key, PLAIN).document else value
            for key, value in without_nulls(news).items()
            if key != "__defaults"
        }
        failures = check(kind.properties, inputs) + _exclusive(kind, inputs)
        if kind.autoname is not None and inputs.get(kind.autoname) is None:
            inputs[kind.autoname] = _automatic_name(kind, name, olds, inputs, seed)
        return inputs, failures

    def diff(self, token: str, old_state: Object, old_inputs: Object, news: Object) -> Difference:
        """Compares inputs, path by path."""
        del old_state
        kind = self._type(token)
        found = compare(kind.properties, old_inputs, news)
        if kind.one_of_is_fixed and _chosen(kind, old_inputs) != _chosen(kind, news):
            found.replaces |= set(kind.one_of) & found.changes.keys()
        first = kind.delete_first or _name_is_taken(kind, old_inputs, news)
        return Difference(
            found.changes, frozenset(found.replaces), delete_first=bool(found.replaces) and first
        )

    def create(
        self, token: str, inputs: Object, *, preview: bool, timeout: float
    ) -> tuple[str, Object]:
        """Creates and reads back."""
        kind = self._type(token)
        if preview:
            return "", inputs
        with _named(token):
            resource_id = kind.create(inputs, timeout or kind.default_timeout)
            return resource_id, _read_back(kind, resource_id, inputs)

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Read | None:
        """Reads what is really there."""
        kind = self._type(token)
        with _named(token):
            real = _read(kind, resource_id, {**inputs, **state})
        if real is None:
            return None
        said = (
            reconcile(kind.properties, inputs, real)
            if inputs or state
            else imported(kind.properties, real)
        )
        return Read(real["id"], reword(kind.properties, inputs, real), said)

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
        changes = compare(kind.properties, old_inputs, news).changes
        changed = frozenset(path.split(".", 1)[0].split("[", 1)[0] for path in changes)
        if preview:
            return _previewed(kind, old_state, old_inputs, news, changed)
        with _named(token):
            olds = {**old_state, **old_inputs}
            kind.update(resource_id, olds, news, changed, timeout or kind.default_timeout)
            return _read_back(kind, resource_id, news)

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
        failures = check(function.arguments, arguments)
        if failures:
            told = "; ".join(f"{failure.path}: {failure.reason}" for failure in failures)
            raise PluginError(f"{token}: {told}")
        region = arguments.get("region", self._aws.region)
        if region != self._aws.region:
            raise PluginError(f"{token}: region: the provider works in {self._aws.region} only")
        with _named(token):
            return function.answer(self._aws, arguments)


_NOTHING = (None, "", [], {})


def _document(value: object) -> object:
    """A JSON document as text; a program may also give it as an object."""
    return json.dumps(value) if isinstance(value, dict) and not is_unknown(value) else value


def _chosen(kind: ResourceType, inputs: Object) -> list[str]:
    return [key for key in kind.one_of if inputs.get(key) not in _NOTHING]


def _exclusive(kind: ResourceType, inputs: Object) -> list[Failure]:
    """Properties that say the same thing twice, or not at all."""
    given = _chosen(kind, inputs)
    failures: list[Failure] = []
    if kind.one_of and len(given) != 1:
        reason = f"exactly one of {', '.join(kind.one_of)} must be given"
        failures.append(Failure(given[1] if given else kind.one_of[0], reason))
    if kind.autoname and inputs.get(kind.autoname) and inputs.get("namePrefix"):
        failures.append(Failure("namePrefix", f"conflicts with {kind.autoname}"))
    return failures


def _automatic_name(
    kind: ResourceType, name: str, olds: Object, inputs: Object, seed: bytes
) -> str:
    prefix = inputs.get("namePrefix")
    if prefix == UNKNOWN:
        return UNKNOWN
    if prefix is None:
        prefix = f"{kind.autoname_prefix}{name}-"
    old = olds.get(kind.autoname or "")
    if isinstance(old, str) and old.startswith(prefix):
        return old
    digits = hashlib.sha256(seed or name.encode()).hexdigest()[:_RANDOM_DIGITS]
    return f"{prefix}{digits}"


def _name_is_taken(kind: ResourceType, olds: Object, news: Object) -> bool:
    """Whether a replacement would be made under the old one's name: one that the program gave."""
    name = news.get(kind.autoname or "")
    if not isinstance(name, str) or name != olds.get(kind.autoname or ""):
        return False
    # The engine asks for another automatic name when it replaces.
    return _AUTOMATIC.search(name) is None


def _read(kind: ResourceType, resource_id: str, state: Object) -> Object | None:
    real = kind.read(resource_id, state)
    if real is not None and kind.regional:
        real["region"] = kind.aws.region
    return real


def _read_back(kind: ResourceType, resource_id: str, inputs: Object) -> Object:
    real = _read(kind, resource_id, inputs)
    if real is None:
        raise PluginError(f"{kind.token} {resource_id} is gone right after it was written")
    # Such a difference would come back as drift for ever.
    found = compare(kind.properties, inputs, reconcile(kind.properties, inputs, real))
    refused = sorted(found.changes.keys() - kind.restless)
    if refused:
        raise PluginError(f"{resource_id}: AWS did not take {', '.join(refused)}")
    return reword(kind.properties, inputs, real)


def _previewed(
    kind: ResourceType,
    old_state: Object,
    old_inputs: Object,
    news: Object,
    changed: frozenset[str],
) -> Object:
    """State after an update, as far as it can be told before it."""
    state = dict(old_state)
    for key in changed:
        wanted = kind.properties.get(key, PLAIN)
        # A property that is no longer said gets AWS's own choice.
        new = news.get(key, UNKNOWN if key in old_inputs else None)
        old = old_state.get(key)
        if wanted.fields is not None and isinstance(old, dict) and isinstance(new, dict):
            said = old_inputs.get(key) or {}
            # What only AWS tells of an object stays.
            told = {k: v for k, v in cast("Object", old).items() if k not in said}
            new = {**told, **cast("Object", new)}
        state[key] = new
    if "tags" in changed and "tagsAll" in old_state:
        state["tags"] = state["tagsAll"] = news.get("tags") or {}
    return {**state, **dict.fromkeys(kind.unsettled(changed), UNKNOWN)}


@contextmanager
def _named(token: str) -> Generator[None]:
    """Turns what AWS refuses into an error that names the resource type and AWS's own code."""
    try:
        yield
    except (ClientError, BotoCoreError, ResponseParserError, NotImplementedError) as error:
        raise PluginError(f"{token}: {error}") from error
    except PluginError as error:
        if str(error).startswith(token):
            raise
        raise PluginError(f"{token}: {error}") from error
