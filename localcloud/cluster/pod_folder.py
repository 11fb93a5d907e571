"""What a kubelet puts into a pod's file system: tokens, the way to the API server, volumes."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from localcloud.cluster.kube import Connection, Kube, Object

_AUDIENCES = (("api", "https://kubernetes.default.svc"), ("aws", "sts.amazonaws.com"))
_TOKEN_SECONDS = 24 * 3600


class VolumeError(LookupError):
    """A volume's source is not there, so a kubelet would not start the pod yet."""


class PodFolder:
    """The folder of one pod.

    Attributes:
        root: its path.
    """

    def __init__(self, kube: Kube, connection: Connection, pod: Object, root: Path) -> None:
        self.root = root
        self._kube = kube
        self._connection = connection
        self._pod = pod
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def kubeconfig(self) -> Path:
        """Leads to the API server as the pod's service account."""
        return self.root / "kubeconfig"

    @property
    def aws_token(self) -> Path:
        """The token that STS takes."""
        return self.root / "aws.token"

    def write_tokens(self) -> None:
        """Writes new tokens of the pod's service account; half their life is 12 hours."""
        meta = self._pod["metadata"]
        for name, audience in _AUDIENCES:
            request = {
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": {
                    "audiences": [audience],
                    "expirationSeconds": _TOKEN_SECONDS,
                    "boundObjectRef": {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "name": meta["name"],
                        "uid": meta["uid"],
                    },
                },
            }
            answer = self._kube.create(f"{service_account_path(self._pod)}/token", request)
            _write(self.root / f"{name}.token", answer["status"]["token"].encode())

    def write_kubeconfig(self) -> None:
        """Writes `kubeconfig`."""
        cluster = {
            "server": f"https://127.0.0.1:{self._connection.port}",
            "certificate-authority": str(self._connection.authority),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "pod", "user": {"tokenFile": str(self.root / "api.token")}}],
            "contexts": [{"name": "pod", "context": {"cluster": "cluster", "user": "pod"}}],
            "current-context": "pod",
        }
        self.kubeconfig.write_text(yaml.safe_dump(config))

    def write_volumes(self, container: Object) -> Mapping[str, Path]:
        """Writes the files of a container's volumes.

        Returns:
            Path in the container → path here, of each volume that is mounted.

        Raises:
            VolumeError: a Secret or ConfigMap is not there.
        """
        sources = {it["name"]: it for it in self._pod["spec"].get("volumes") or []}
        mounted: dict[str, Path] = {}
        for mount in container.get("volumeMounts") or []:
            folder = self.root / "volumes" / mount["name"]
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, content in self._files(sources.get(mount["name"], {})).items():
                _write(folder / name, content)
            mounted[mount["mountPath"].rstrip("/")] = folder / mount.get("subPath", "")
        return mounted

    def _files(self, volume: Object) -> dict[str, bytes]:
        """Of other kinds, such as emptyDir, there is an empty folder."""
        if "secret" in volume:
            source, kind, name = volume["secret"], "secrets", volume["secret"]["secretName"]
        elif "configMap" in volume:
            source, kind, name = volume["configMap"], "configmaps", volume["configMap"]["name"]
        else:
            return {}
        namespace = self._pod["metadata"]["namespace"]
        found = self._kube.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")
        if found is None:
            if source.get("optional"):
                return {}
            raise VolumeError(f"its volume {volume['name']}: no {kind[:-1]} {namespace}/{name}")
        data = found.get("data") or {}
        if kind == "secrets":
            return {key: base64.b64decode(text) for key, text in data.items()}
        return {key: text.encode() for key, text in data.items()}


def moved(words: Sequence[str], mounted: Mapping[str, Path]) -> list[str]:
    """Arguments such as ``--file=/etc/x/y`` with paths in volumes replaced by those here."""
    places = sorted(mounted.items(), key=lambda it: len(it[0]), reverse=True)
    return [_moved(word, places) for word in words]


def _moved(word: str, places: Sequence[tuple[str, Path]]) -> str:
    option, equals, value = word.rpartition("=") if word.startswith("-") else ("", "", word)
    for path, folder in places:
        if value == path or value.startswith(f"{path}/"):
            return f"{option}{equals}{folder}{value[len(path) :]}"
    return word


def service_account_path(pod: Object) -> str:
    """Path of a pod's service account in the API."""
    name = pod["spec"].get("serviceAccountName", "default")
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/serviceaccounts/{name}"


def _write(path: Path, content: bytes) -> None:
    """Writes what changed, at once: whoever watches the file never reads half of it."""
    if path.is_file() and path.read_bytes() == content:
        return
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.rename(path)
