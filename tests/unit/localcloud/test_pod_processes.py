"""A pod whose program runs here is started as its kubelet would, and ended with it."""

import base64
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from localcloud.authority import KeyPair
from localcloud.cluster import pod_processes
from localcloud.cluster.kube import Connection, Kube, Object
from localcloud.cluster.pod_folder import moved
from localcloud.cluster.pod_processes import FINALIZER, PodProcesses
from localcloud.cluster.programs import PROGRAMS, Launch, Program, of_user
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.server_settings import PodProgram
from localcloud.state import StateFolder

ROLE = "arn:aws:iam::123456789012:role/dns"
SPEC = ClusterSpec("eks-blue", "0" * 32, "1.34", "eu-west-1", "1" * 12, "172.20.0.0/16", "vpc-0")


class Process:
    """A process that lives until it is stopped."""

    pid = 4242
    running = True


class Processes:
    """What was started, and what was stopped."""

    def __init__(self) -> None:
        self.commands: list[Sequence[str]] = []
        self.environments: list[Mapping[str, str]] = []
        self.stopped: list[object] = []

    def start(
        self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]
    ) -> Process:
        assert name.endswith(" of eks-blue")
        assert log.name == f"{name.removesuffix(' of eks-blue')}.log"
        self.commands.append(command)
        self.environments.append(environment)
        return Process()

    def stop(self, processes: Sequence[object]) -> None:
        self.stopped += processes


class Api:
    """An API server with one service account and, if wished, one Secret."""

    def __init__(self, secret: Mapping[str, str] | None = None) -> None:
        self._secret = secret
        self.finalizers: list[Sequence[str]] = []

    def get(self, path: str) -> Object | None:
        if path == "/api/v1/namespaces/ns/serviceaccounts/dns":
            return {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": ROLE}}}
        assert path == "/api/v1/namespaces/ns/secrets/serving"
        return None if self._secret is None else {"data": self._secret}

    def create(self, path: str, body: Object) -> Object:
        assert path == "/api/v1/namespaces/ns/serviceaccounts/dns/token"
        return {"status": {"token": f"for {body['spec']['audiences'][0]}"}}

    def patch(self, path: str, body: Object) -> Object:
        assert path.startswith("/api/v1/namespaces/ns/pods/it-")
        self.finalizers.append(body["metadata"]["finalizers"])
        return body


def pod(image: str, *arguments: str, **spec: object) -> Object:
    mounts = [{"name": "serving", "mountPath": "/etc/serving/"}] if spec else []
    container = {
        "name": "it",
        "image": image,
        "args": list(arguments),
        "env": [
            {"name": "SAID", "value": "yes"},
            {"name": "EMPTY"},  # an API server takes its empty value away
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "volumeMounts": mounts,
    }
    return {
        "metadata": {"name": "it-1", "namespace": "ns", "uid": "u1"},
        "spec": {"serviceAccountName": "dns", "containers": [container], **spec},
        "status": {"phase": "Running"},
    }


class World:
    """A runner and what it does, look by look."""

    def __init__(
        self,
        folder: Path,
        api: Api,
        programs: tuple[Program, ...] = PROGRAMS,
        extras: frozenset[str] = frozenset(),
    ) -> None:
        self.state = StateFolder(folder)
        self.state.logs.mkdir()
        self.processes = Processes()
        self.pods: list[Object] = []
        services: Any = SimpleNamespace(
            state=self.state,
            processes=self.processes,
            programs=programs,
            extras=extras,
            aws_url="http://127.0.0.1:14566",
            tool_now=lambda tool: Path("/tools") / tool.name,
        )
        connection = Connection(6443, folder / "ca.crt", KeyPair(folder / "c", folder / "k"))
        self.runner = PodProcesses(
            SPEC,
            cast("CloudServices", services),
            cast("Kube", api),
            connection,
            proxy_url=lambda who: f"http://{who}@127.0.0.1:1",
        )
        self.runner._pods = cast("Any", SimpleNamespace(objects=lambda: self.pods))

    def look(self, *pods: Object) -> None:
        self.pods = list(pods)
        self.runner._reconcile()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Api())


def test_externaldns_has_its_arguments_its_role_and_the_way_to_both_clouds(world: World) -> None:
    it = pod("registry.k8s.io/external-dns/external-dns:v0.21.0", "--source=ingress")
    world.look(it)
    world.look(it)
    assert world.processes.commands == [["/tools/external-dns", "--source=ingress"]]
    folder = world.state.clusters / "eks-blue" / "pods" / "u1"
    environment = dict(world.processes.environments[0])
    assert environment.pop("EXTERNAL_DNS_METRICS_ADDRESS").startswith("127.0.0.1:")
    assert environment == {
        "AWS_REGION": "eu-west-1",
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_ROLE_ARN": ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "aws.token"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:14566",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:14566",
        "AWS_EC2_METADATA_DISABLED": "true",
        "KUBECONFIG": str(folder / "kubeconfig"),
        "EXTERNAL_DNS_KUBECONFIG": str(folder / "kubeconfig"),
        "HTTPS_PROXY": "http://pod ns/it-1@127.0.0.1:1",
        "NO_PROXY": "127.0.0.1,localhost",
        "SAID": "yes",
        "EMPTY": "",
        "POD": "it-1",
        "GOGC": "50",
    }
    assert (folder / "aws.token").read_text() == "for sts.amazonaws.com"
    config = yaml.safe_load((folder / "kubeconfig").read_text())
    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"
    token = Path(config["users"][0]["user"]["tokenFile"])
    assert token.read_text() == "for https://kubernetes.default.svc"
    assert '"event": "started"' in world.state.writer_processes.read_text()


def test_a_pod_goes_once_its_process_has_ended(tmp_path: Path) -> None:
    api = Api()
    world = World(tmp_path, api)
    it = pod("external-dns:v0.21.0")
    world.look(it)
    assert api.finalizers == [[FINALIZER]]
    leaving: Object = {
        **it,
        "metadata": {**it["metadata"], "deletionTimestamp": "now", "finalizers": [FINALIZER, "x"]},
    }
    world.look(leaving)
    assert len(world.processes.stopped) == 1
    assert api.finalizers[1:] == [["x"]]
    assert not (world.state.clusters / "eks-blue" / "pods" / "u1").exists()
    assert '"event": "ended"' in world.state.writer_processes.read_text()


def test_other_pods_and_those_that_wait_are_left_alone(world: World) -> None:
    waiting = pod("external-dns:v0.21.0")
    waiting["status"] = {"phase": "Pending"}
    world.look(waiting)
    world.look(pod("registry.example.org/external-dns-ui:v1"))
    assert world.processes.commands == []


def test_what_must_be_asked_for_is_simulated_where_it_is_not(tmp_path: Path) -> None:
    it = pod("registry.k8s.io/metrics-server/metrics-server:v0.9.0", "--secure-port=4443")
    for asked, extras in ((False, frozenset[str]()), (True, frozenset({"metrics-server"}))):
        folder = tmp_path / str(asked)
        folder.mkdir()
        world = World(folder, Api(), extras=extras)
        world.look(it)
        assert bool(world.processes.commands) == asked
        assert bool(world.runner.port_of("u1", 4443)) == asked


SERVING = [{"name": "serving", "secret": {"secretName": "serving"}}]
ANSWERS = Program("answers", Path(sys.executable), lambda it: [*it.arguments, f"{it.port(8443)}"])


def test_a_program_has_the_files_of_its_volumes_and_a_port_of_its_own(tmp_path: Path) -> None:
    api = Api({"tls.crt": base64.b64encode(b"PEM").decode()})
    world = World(tmp_path, api, (ANSWERS,))
    world.look(pod("answers:v1", "--certificate=/etc/serving/tls.crt", volumes=SERVING))
    (_, certificate, port), *_ = world.processes.commands
    assert Path(certificate.removeprefix("--certificate=")).read_text() == "PEM"
    assert world.runner.port_of("u1", 8443) == int(port)
    assert world.runner.port_of("u1", 80) is None
    assert world.runner.port_of("u2", 8443) is None
    # Only of programs that write names is it told when they lived.
    assert not world.state.writer_processes.exists()


def test_what_follows_a_command_is_handed_to_the_program(tmp_path: Path) -> None:
    """Some charts give all of it as the command, whose first word is the program."""
    world = World(tmp_path, Api(), (ANSWERS,))
    it = pod("answers:v1", "--last=1")
    it["spec"]["containers"][0]["command"] = ["./answers", "--first=1"]
    world.look(it)
    assert world.processes.commands[0][1:3] == ["--first=1", "--last=1"]


def test_a_running_program_gets_the_files_that_its_volumes_get_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret: dict[str, str] = {}
    world = World(tmp_path, Api(secret), (ANSWERS,))
    it = pod("answers:v1", "/etc/serving/tls.crt", volumes=SERVING)
    world.look(it)
    certificate = Path(world.processes.commands[0][1])
    assert not certificate.exists()
    secret["tls.crt"] = base64.b64encode(b"PEM").decode()
    world.look(it)
    assert not certificate.exists()
    monkeypatch.setattr(pod_processes, "_REFRESH", -1.0)
    world.look(it)
    assert certificate.read_text() == "PEM"
    assert certificate.stat().st_mode & 0o777 == 0o600
    assert [it.name for it in certificate.parent.iterdir()] == ["tls.crt"]


SECRETS_IMAGE = "ghcr.io/external-secrets/external-secrets:v2.9.0"


def other(it: Object, number: int) -> Object:
    """The same pod again, under another name."""
    return {**it, "metadata": {**it["metadata"], "name": f"it-{number}", "uid": f"u{number}"}}


def test_an_image_of_several_programs_runs_the_one_that_a_pod_names(tmp_path: Path) -> None:
    world = World(tmp_path, Api(), extras=frozenset({"external-secrets"}))
    it = pod(SECRETS_IMAGE, "--concurrent=5", "--enable-leader-election=true", "--live-addr=:8082")
    webhook = other(pod(SECRETS_IMAGE, "webhook", "--port=10250", "--dns-name=a.b.svc"), 2)
    certificates = other(pod(SECRETS_IMAGE, "certcontroller", "--secret-name=a"), 3)
    world.look(it, webhook, certificates)
    found = [command[1:] for command in world.processes.commands]
    assert [words[0] for words in found] == ["--concurrent=5", "webhook", "certcontroller"]
    assert "--enable-leader-election=false" in found[0]
    # What only the chart's version knows ends the program.
    assert not [word for word in found[0] if "live-addr" in word]
    assert f"--port={world.runner.port_of('u2', 10250)}" in found[1]
    assert "--secret-name=a" in found[2]
    environment = world.processes.environments[0]
    for service in ("SECRETSMANAGER", "SSM", "STS"):
        assert environment[f"AWS_{service}_ENDPOINT"] == "http://127.0.0.1:14566"


def test_a_program_of_ones_own_has_the_ports_that_its_arguments_ask_for(tmp_path: Path) -> None:
    asked = PodProgram(image="example.org/mine", command=("/opt/mine", "serve"))
    world = World(tmp_path, Api(), (of_user(asked),))
    world.look(pod("example.org/mine:v1", "--port=$(PORT_8443)", "--name=$(NAME)"))
    port = world.runner.port_of("u1", 8443)
    assert world.processes.commands == [
        ["/opt/mine", "serve", f"--port={port}", "--name=$(NAME)"],
    ]


def test_of_what_cannot_be_elected_one_process_runs_until_it_ends(tmp_path: Path) -> None:
    world = World(tmp_path, Api(), extras=frozenset({"external-secrets"}))
    first = pod(SECRETS_IMAGE)
    second = other(first, 2)
    world.look(first, second)
    world.look(first, second)
    assert len(world.processes.commands) == 1
    world.look(second)
    assert len(world.processes.stopped) == 1
    assert len(world.processes.commands) == 2


def test_a_pod_whose_volume_is_not_there_yet_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, Api(), (ANSWERS,))
    world.look(pod("answers:v1", volumes=SERVING))
    assert world.processes.commands == []
    assert (
        "it-1 of eks-blue does not start: its volume serving: no secret ns/serving" in caplog.text
    )


def test_a_pod_that_cannot_be_begun_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def arguments(launch: Launch) -> Sequence[str]:
        if list(launch.arguments) == ["--wrong"]:
            raise ValueError("embedded null byte")
        return launch.arguments

    program = Program("answers", Path(sys.executable), arguments)
    world = World(tmp_path, Api(), (program,))
    world.look(pod("answers:v1", "--wrong"), other(pod("answers:v1", "--right"), 2))
    assert [command[1:] for command in world.processes.commands] == [["--right"]]
    assert "it-1 of eks-blue: embedded null byte" in caplog.text


def test_a_process_that_ended_is_started_again_after_a_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = pod("external-dns:v0.21.0")
    world.look(it)
    monkeypatch.setattr(Process, "running", False)
    monkeypatch.setattr(Process, "name", "it", raising=False)
    monkeypatch.setattr(Process, "log", world.state.logs / "it-1.log", raising=False)
    world.look(it)
    assert len(world.processes.commands) == 1
    monkeypatch.setattr(pod_processes, "_PAUSE", -1.0)
    world.look(it)
    assert len(world.processes.commands) == 2


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("--file=/etc/a/x", "--file=/here/a/x"),
        ("/etc/a", "/here/a"),
        ("--file=/etc/ab/x", "--file=/etc/ab/x"),
        ("--file=/etc/a/deep/x", "--file=/here/deep/x"),
        ("--label=a=/etc/a/x", "--label=a=/here/a/x"),
        ("--v=3", "--v=3"),
    ],
)
def test_paths_of_volumes_are_those_here(word: str, found: str) -> None:
    mounted = {"/etc/a": Path("/here/a"), "/etc/a/deep": Path("/here/deep")}
    assert moved([word], mounted) == [found]
