"""The base of every resource type."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.aws.properties import Properties
from localcloud.plugins.plugin import Object


class ResourceType(ABC):
    """One AWS resource type: its properties, and its four operations on AWS.

    `read` answers in Pulumi's shape with all that the type's inputs can say, so that the provider
    can compare reality with inputs without knowing the type.
    """

    token: ClassVar[str]
    """Pulumi type token."""

    properties: ClassVar[Properties]
    """Input properties; any other is refused."""

    autoname: ClassVar[str | None] = None
    """Property that gets the resource's name and random digits when it is not given."""

    autoname_prefix: ClassVar[str] = ""
    """What every name of the type begins with."""

    one_of: ClassVar[tuple[str, ...]] = ()
    """Properties of which exactly one must be given."""

    one_of_is_fixed: ClassVar[bool] = False
    """Whether another one of `one_of` takes another resource."""

    regional: ClassVar[bool] = True
    """Whether the type has the output ``region``."""

    delete_first: ClassVar[bool] = False
    """Whether a replacement must wait until the old one is gone."""

    restless: ClassVar[frozenset[str]] = frozenset()
    """Properties that others change too: what is read after a write may differ from the inputs."""

    default_timeout: ClassVar[float] = 600.0
    """Seconds that an operation may take unless the program says otherwise."""

    def __init__(self, aws: Clients) -> None:
        self.aws = aws

    @abstractmethod
    def create(self, inputs: Object, timeout: float) -> str:
        """Creates the resource; gives its id."""

    @abstractmethod
    def read(self, resource_id: str, state: Object) -> Object | None:
        """Real state in Pulumi's shape, or None when it is gone.

        `state` is empty in an import, when `resource_id` is all that is known; the ``id`` of the
        answer is then the resource's from there on.
        """

    @abstractmethod
    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        """Changes the top-level properties in `changed` from `olds` to `news`."""

    def unsettled(self, changed: frozenset[str]) -> tuple[str, ...]:
        """Outputs that an update of `changed` properties gives new values: unknown in a preview."""
        del changed
        return ()

    @abstractmethod
    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        """Deletes the resource and waits until it is gone."""

    def unsupported(self, changed: frozenset[str], *supported: str) -> None:
        """Fails for a change that has no code: it must not pass for done.

        Raises:
            NotImplementedError: names the properties.
        """
        left = sorted(changed - set(supported))
        if left:
            raise NotImplementedError(
                f"{self.token}: the local aws provider cannot change {', '.join(left)} in place"
            )


def tag_changes(olds: Object, news: Object) -> tuple[dict[str, str], list[str]]:
    """Tags to set and tag keys to remove, from old and new inputs."""
    before: dict[str, str] = olds.get("tags") or {}
    after: dict[str, str] = news.get("tags") or {}
    added = {key: value for key, value in after.items() if before.get(key) != value}
    return added, [key for key in before if key not in after]


def tags_of(tags: "Iterable[Mapping[str, Any]] | None") -> dict[str, str]:
    """AWS tag list as a map, without the tags that AWS itself puts."""
    return {
        tag["Key"]: tag["Value"] for tag in tags or () if not str(tag["Key"]).startswith("aws:")
    }


def with_tags(state: Object, tags: Mapping[str, str]) -> Object:
    """State with both of the provider's tag outputs."""
    return {**state, "tags": dict(tags), "tagsAll": dict(tags)}


def drop_none(**values: object) -> dict[str, Any]:
    """Call parameters without those that are None: AWS then takes its default."""
    return {key: value for key, value in values.items() if value is not None}
