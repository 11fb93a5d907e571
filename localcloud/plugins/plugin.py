"""What a provider plugin of the local cloud is; `localcloud.plugins.serving` serves one."""

from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

from pulumi.runtime.rpc import UNKNOWN

Object: TypeAlias = dict[str, Any]
"""A JSON object: the properties of a resource, an invoke or a provider."""


class PluginError(Exception):
    """Something the plugin cannot do; the engine shows the message beside the resource."""


@dataclass(frozen=True)
class Failure:
    """One mistake in a resource's inputs: the property's path and what is wrong with it."""

    path: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """How new inputs differ from the old ones.

    Attributes:
        changes: property path → ``add``, ``update`` or ``delete``.
        replaces: the paths among these that can only be changed by a new resource.
        delete_first: whether the old resource must go before the new one comes.
    """

    changes: dict[str, str] = field(default_factory=dict[str, str])
    replaces: frozenset[str] = frozenset()
    delete_first: bool = False


@dataclass(frozen=True)
class Read:
    """A resource as it really is, and the inputs that would make it so."""

    resource_id: str
    state: Object
    inputs: Object


class Plugin(Protocol):
    """A provider as the engine uses it. Each method may raise `PluginError`."""

    version: str

    def configure(self, config: Object) -> None:
        """Takes the provider's configuration."""
        ...

    def check(
        self, token: str, name: str, olds: Object, news: Object, seed: bytes
    ) -> tuple[Object, list[Failure]]:
        """Completes inputs (automatic names, for example) and finds the mistakes in them."""
        ...

    def diff(self, token: str, old_state: Object, old_inputs: Object, news: Object) -> Difference:
        """Compares inputs."""
        ...

    def create(
        self, token: str, inputs: Object, *, preview: bool, timeout: float
    ) -> tuple[str, Object]:
        """Creates a resource; gives its id and state. Seconds of `timeout` 0 mean the default."""
        ...

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Read | None:
        """Reads a resource, or gives None when it is gone. Empty state means an import."""
        ...

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
        """Changes a resource in place; gives its new state."""
        ...

    def delete(self, token: str, resource_id: str, state: Object, *, timeout: float) -> None:
        """Deletes a resource. One that is gone already is no error."""
        ...

    def invoke(self, token: str, arguments: Object) -> Object:
        """Answers a function call."""
        ...


def is_unknown(value: object) -> bool:
    """Whether any part of `value` is not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in cast("list[object]", value))
    return value == UNKNOWN
