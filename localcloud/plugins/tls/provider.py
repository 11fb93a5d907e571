"""The tls provider: what it makes exists in the state alone, so reading it asks nobody."""

import importlib.metadata
import json

from localcloud.plugins.plugin import Difference, Failure, Object, PluginError, Read
from localcloud.plugins.tls.resources import IN_PLACE, TYPES, TlsType, is_due, refreshed

_IGNORED = ("version", "pluginDownloadURL", "__internal")


class TlsProvider:
    """The tls provider of the local cloud; see `localcloud.plugins.plugin.Plugin`.

    Which outputs are secret is said by the SDK's resource classes.
    """

    def __init__(self) -> None:
        self.version = importlib.metadata.version("pulumi-tls")

    def configure(self, config: Object) -> None:
        """Takes no setting: the proxy is for functions that are not known here."""
        unknown = sorted(set(config) - set(_IGNORED))
        if unknown:
            raise PluginError(f"the local tls provider does not know tls:{', tls:'.join(unknown)}")

    def check(
        self, token: str, name: str, olds: Object, news: Object, seed: bytes
    ) -> tuple[Object, list[Failure]]:
        """Refuses unknown, missing and impossible properties."""
        del name, olds, seed
        inputs = {key: value for key, value in news.items() if key != "__defaults"}
        return inputs, _type(token).mistakes(inputs)

    def diff(self, token: str, old_state: Object, old_inputs: Object, news: Object) -> Difference:
        """Every change but one makes a new resource, and so does a certificate's age."""
        _type(token)
        changes = {
            key: "add" if key not in old_inputs else "delete" if key not in news else "update"
            for key in (*old_inputs, *(key for key in news if key not in old_inputs))
            if not _means_same(old_inputs.get(key), news.get(key))
        }
        if is_due(old_state, news.get(IN_PLACE)):
            changes["readyForRenewal"] = "update"
        return Difference(changes, frozenset(changes) - {IN_PLACE})

    def create(
        self, token: str, inputs: Object, *, preview: bool, timeout: float
    ) -> tuple[str, Object]:
        """Makes it."""
        del timeout
        kind = _type(token)
        if preview:
            return "", inputs
        try:
            return kind.create(inputs)
        except PluginError as error:
            raise PluginError(f"{token}: {error}") from error

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Read | None:
        """What the state says, as old as it is now."""
        _type(token)
        if not state:
            raise PluginError(f"{token} cannot be imported: it exists in no other place")
        return Read(resource_id, refreshed(state), inputs)

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
        """Notes when the certificate is to be renewed."""
        del resource_id, old_inputs, preview, timeout
        _type(token)
        return refreshed({**old_state, IN_PLACE: news.get(IN_PLACE) or 0})

    def delete(self, token: str, resource_id: str, state: Object, *, timeout: float) -> None:
        """Nothing is left anywhere but in the state."""
        del resource_id, state, timeout
        _type(token)

    def invoke(self, token: str, arguments: Object) -> Object:
        """Knows no function."""
        del arguments
        raise PluginError(f"the local tls provider does not know the function {token}")


def _type(token: str) -> TlsType:
    kind = TYPES.get(token)
    if kind is None:
        raise PluginError(f"the local tls provider does not know the resource type {token}")
    return kind


def _means_same(old: object, new: object) -> bool:
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
