"""What the gRPC service asks of a resource, whatever its type is."""

from dataclasses import dataclass
from typing import Protocol

from localcloud.plugins.kubernetes import kubeconfig, tokens
from localcloud.plugins.kubernetes.api import ApiError, ApiServer, UnreachableError
from localcloud.plugins.kubernetes.config import Config
from localcloud.plugins.kubernetes.diff import Difference
from localcloud.plugins.kubernetes.kubeconfig import Access, KubeconfigError
from localcloud.plugins.kubernetes.manifest import Mistake
from localcloud.plugins.kubernetes.operations import Objects, Written
from localcloud.plugins.kubernetes.releases import Releases
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import Object

_SECRET = {("", "Secret"): ("data", "stringData")}
"""Outputs that are secret whatever the program says, by group and kind."""


class Resources(Protocol):
    """Resources of one type; `Objects` and `Releases` say what the methods do and raise."""

    @property
    def secret(self) -> tuple[str, ...]:
        """Outputs that are secret whatever the program says."""
        ...

    def check(
        self, old: Object, new: Object, *, name: str, seed: bytes
    ) -> tuple[Object, list[Mistake]]:
        """Completes inputs and finds the mistakes in them."""
        ...

    def diff(self, old: Object, new: Object) -> Difference:
        """Compares inputs."""
        ...

    def create(self, new: Object, *, seconds: float, preview: bool) -> Written:
        """Creates a resource."""
        ...

    def update(self, new: Object, properties: Object, *, seconds: float, preview: bool) -> Written:
        """Changes a resource."""
        ...

    def read(self, identity: str, old: Object, properties: Object) -> Written | None:
        """Reads a resource."""
        ...

    def delete(self, identity: str, properties: Object, *, seconds: float) -> None:
        """Deletes a resource."""
        ...


@dataclass(frozen=True)
class ObjectsOfKind:
    """The objects of one kind as `Resources`."""

    objects: Objects
    kind: Kind

    @property
    def secret(self) -> tuple[str, ...]:
        """Outputs that are secret whatever the program says."""
        return _SECRET.get(self.kind.group_kind, ())

    def check(
        self, old: Object, new: Object, *, name: str, seed: bytes
    ) -> tuple[Object, list[Mistake]]:
        """See `Objects.check`."""
        return self.objects.check(self.kind, old, new, name=name, seed=seed)

    def diff(self, old: Object, new: Object) -> Difference:
        """See `Objects.diff`."""
        return self.objects.diff(self.kind, old, new)

    def create(self, new: Object, *, seconds: float, preview: bool) -> Written:
        """See `Objects.create`."""
        return self.objects.create(self.kind, new, seconds=seconds, preview=preview)

    def update(self, new: Object, properties: Object, *, seconds: float, preview: bool) -> Written:
        """See `Objects.update`."""
        return self.objects.update(self.kind, new, properties, seconds=seconds, preview=preview)

    def read(self, identity: str, old: Object, properties: Object) -> Written | None:
        """See `Objects.read`."""
        return self.objects.read(self.kind, identity, old, properties)

    def delete(self, identity: str, properties: Object, *, seconds: float) -> None:
        """See `Objects.delete`."""
        self.objects.delete(self.kind, identity, properties, seconds=seconds)


class _Cluster:
    """The cluster that a provider's settings name, asked once whether it answers.

    As the real provider does (Configure in provider/pkg/provider/provider.go loads the API
    server's schema): one that does not answer then is unreachable for the rest of the update.
    """

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._server: ApiServer | None = None
        self._silent = ""
        try:
            self.connect().check()
        except (ApiError, UnreachableError) as error:
            self._silent = f"configured Kubernetes cluster is unreachable: {error}"
        except KubeconfigError:
            pass  # reported by the first call that needs the cluster

    def connect(self) -> ApiServer:
        """Its API server.

        Raises:
            UnreachableError: it did not answer when it was asked.
            KubeconfigError: there is no way to it.
        """
        if self._silent:
            raise UnreachableError(self._silent)
        if self._server is None:
            self._server = ApiServer(self._access())
        return self._server

    def namespace(self) -> str:
        """Namespace of objects that name none."""
        if self._settings.namespace is not None:
            return self._settings.namespace or "default"
        try:
            return self._access().namespace or "default"
        except KubeconfigError:
            return "default"

    def _access(self) -> Access:
        settings = self._settings
        return kubeconfig.load(settings.kubeconfig, settings.context, settings.cluster)


@dataclass(frozen=True)
class PatchesOfKind(ObjectsOfKind):
    """Parts of objects of one kind, which may be somebody else's."""

    def diff(self, old: Object, new: Object) -> Difference:
        """See `Objects.diff`: all but where it is changes in place."""
        return self.objects.diff(self.kind, old, new, in_place=True)

    def create(self, new: Object, *, seconds: float, preview: bool) -> Written:
        """See `Objects.create`: one that exists is no error."""
        return self.objects.create(self.kind, new, seconds=seconds, preview=preview, or_patch=True)

    def delete(self, identity: str, properties: Object, *, seconds: float) -> None:
        """See `Objects.relinquish`."""
        self.objects.relinquish(self.kind, identity, properties)


def of_type(objects: Objects, token: str) -> Resources:
    """The resources of a type that is a kind's, or of the type that patches a kind's objects.

    Raises:
        UnknownTokenError: it is neither.
    """
    kind = tokens.parse(token)
    if tokens.is_patch(token):
        return PatchesOfKind(objects, kind)
    return ObjectsOfKind(objects, kind)


def of_cluster(settings: Config) -> tuple[Objects, Releases]:
    """The objects and the releases of the cluster that a provider's settings name."""
    cluster = _Cluster(settings)
    namespace = cluster.namespace()
    objects = Objects(settings, namespace, cluster.connect)
    return objects, Releases(settings, namespace, cluster.connect, objects.cancelled)
