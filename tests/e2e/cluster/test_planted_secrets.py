"""Secrets that are planted and looked for, wherever an engineer or a pipeline leaves something.

Planted: a passphrase, keys and tokens of the environment, a secret of a stack file, private keys
that the program makes. Looked for: in states, history and backups, event logs, comments, JSON, all
that is printed, files that are removed again, and the command lines of every process.
"""

import base64
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.cluster.conftest import Cluster
from tests.e2e.cluster.test_secret_settings import ROOT, VALUES, blue, program
from tests.e2e.project import Project
from tests.e2e.spying import Spy, spy

PLANTED: Mapping[str, str] = {
    "PULUMI_CONFIG_PASSPHRASE": "planted-passphrase-5d1f",
    "PULUMI_ACCESS_TOKEN": "pul-planted5d1f5d1f5d1f5d1f5d1f5d1f5d1f5d1f",
    "AWS_SECRET_ACCESS_KEY": "planted/aws/key/5d1f+5d1f",
    "AWS_SESSION_TOKEN": "planted-aws-session-5d1f",
    "GITHUB_TOKEN": "ghp_planted5d1f5d1f5d1f5d1f5d1f5d1f5d1f",
}
"""Of the environment."""

FIRST, SECOND = "planted-value-one-5d1f", "planted-value-two-5d1f"
"""Of the stack file."""

SERVING = "/api/v1/namespaces/kube-system/secrets/metrics-server-serving"
STACK_CALLS = """
import json, sys
from pathlib import Path
from bluegreen.world.stacks import Stacks

stacks = Stacks(Path(sys.argv[1]))
stacks.set_config("blue", {"logging": {"retentionDays": 30}})
print(stacks.config("blue"))
print(stacks.read("blue"), stacks.read("blue", clear=True).addons)
stacks.import_state("blue", stacks.deployment("blue"))
"""


@dataclass
class Watched:
    """A project of which everything that it leaves is kept."""

    project: Project
    folder: Path
    spy: Spy
    said: list[str] = field(default_factory=list[str])

    def pulumi(self, *words: str, code: int = 0) -> str:
        self.said.append(self.project.pulumi(*words, code=code))
        return self.said[-1]

    def python(self, *words: str, code: int = 0) -> str:
        path = f"{self.spy.folder}:{ROOT}"
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.project.folder,
            env={**self.project.environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        assert done.returncode == code, self.said[-1]
        return self.said[-1]

    def leaks(self, secrets: Mapping[str, str]) -> Iterator[str]:
        """Where which secret is, as it is or encoded as a Secret has it."""
        for name, value in secrets.items():
            for form in (value, base64.b64encode(value.encode()).decode().rstrip("=")):
                yield from (f"{name} in {place}" for place in self._places(form))

    def _places(self, text: str) -> Iterator[str]:
        for file in sorted(self.folder.rglob("*")):
            kept = file.is_file() and not file.is_symlink() and self.spy.folder not in file.parents
            if kept and text.encode() in file.read_bytes():
                yield str(file.relative_to(self.folder))
        yield from ("what was printed" for it in self.said if text in it)
        yield from (f"a command line: {what}" for _, what in self.spy.seen() if text in str(what))


@pytest.fixture
def watched(cluster: Cluster, tmp_path: Path) -> Watched:
    planted = [*PLANTED.values(), FIRST, SECOND]
    seeing = spy(tmp_path / "spy", planted)
    (tmp_path / "tmp").mkdir()
    environment = {
        **PLANTED,
        "AWS_ACCESS_KEY_ID": "AKIAPLANTED",
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "GITHUB_API_URL": "http://127.0.0.1:1",
        "GITHUB_REPOSITORY": "acme/platform",
        "PR_NUMBER": "7",
    }
    project = blue(cluster, tmp_path, "descheduler", "metrics_server", environment=environment)
    project.environment.update(seeing.environment(project.environment["PATH"]))
    seeing.watch_plugins(Path(project.environment["PULUMI_HOME"]))
    return Watched(project, tmp_path, seeing)


def test_planted_secrets_are_found_nowhere(
    cluster: Cluster, watched: Watched, tmp_path: Path
) -> None:
    key = f"{VALUES}.podAnnotations.token"
    watched.project.pulumi("config", "set", "--secret", "--path", key, FIRST)
    watched.pulumi("up", "--yes", "--diff")
    watched.project.pulumi("config", "set", "--secret", "--path", key, SECOND)

    report = tmp_path / "report"
    common = ("--project", str(watched.project.folder), "--stack", "blue", "--events", str(report))
    watched.python("-m", "preview", *common, "--output", str(report / "comment.md"))
    assert "descheduler" in (report / "comment.md").read_text()
    watched.python("-m", "preview.post", str(report / "comment.md"), code=1)
    watched.pulumi("up", "--yes")
    watched.python("-c", STACK_CALLS, str(watched.project.folder))

    # What goes wrong says more than what goes well.
    watched.project.pulumi("config", "set", "--secret", "--path", key, FIRST)
    nowhere = tmp_path / "nowhere.yaml"
    nowhere.write_text(_unreachable(cluster.kubeconfig.read_text()))
    watched.project.write(program(nowhere, "descheduler", "metrics_server"))
    watched.pulumi("up", "--yes", code=1)
    watched.project.write(program(cluster.kubeconfig, "descheduler", "metrics_server"))
    wrong = f"{VALUES.rpartition('.')[0]}.enabled"
    watched.project.pulumi("config", "set", "--secret", "--path", wrong, SECOND)
    assert "found a secret value" in watched.pulumi("up", "--yes", code=1)
    watched.project.pulumi("config", "rm", "--path", wrong)

    found = cluster.kube.get(SERVING)
    assert found is not None
    pem = base64.b64decode(found["data"]["tls.key"]).decode()
    keys = {"private key": pem.splitlines()[2]}
    assert list(watched.leaks({**PLANTED, "stack file": FIRST, "of it": SECOND, **keys})) == []
    _assert_looked_everywhere(watched)
    watched.project.pulumi("destroy", "--yes", "--run-program")


def _unreachable(kubeconfig: str) -> str:
    lines = kubeconfig.splitlines()
    server = next(it for it in lines if it.strip().startswith("server:"))
    return kubeconfig.replace(
        server, f"{server.partition('server:')[0]}server: https://127.0.0.1:1"
    )


def _assert_looked_everywhere(watched: Watched) -> None:
    """That what is searched has what it should: an empty place holds no secret either."""
    kept = {it.name for it in watched.folder.rglob("*") if it.is_file()}
    assert {"blue.json", "blue.json.bak", "comment.md", "Pulumi.blue.yaml"} <= kept
    assert any(".history.json" in it for it in kept)
    assert any(it.suffix in (".json", ".jsonl") for it in (watched.folder / "report").iterdir())
    kinds = {kind for kind, what in watched.spy.seen() if "pulumi" in str(what)}
    assert {"runs", "started"} <= kinds, kinds
    lines = [str(what) for kind, what in watched.spy.seen() if kind == "runs"]
    assert any("preview.post" in it for it in lines)
    for started in ("pulumi-language-python", "pulumi-resource-kubernetes", "language_program.py"):
        assert any(started in str(what) for _, what in watched.spy.seen()), started


def test_the_search_finds_what_is_planted(watched: Watched) -> None:
    leak = "from pathlib import Path; import os, subprocess; p = Path('left'); "
    value = PLANTED["GITHUB_TOKEN"]
    watched.python("-c", f"{leak}p.write_text(os.environ['GITHUB_TOKEN']); p.unlink()")
    assert [kind for kind, _ in watched.spy.seen() if kind == "removed"] == ["removed"]
    watched.python("-c", f"{leak}subprocess.run(['true', os.environ['GITHUB_TOKEN']])")
    watched.python("-c", "import os; print(os.environ['AWS_SESSION_TOKEN'])")
    # By something that is no Python, and starts another such.
    planted = PLANTED["PULUMI_ACCESS_TOKEN"]
    asked = ["/bin/sh", "-c", f"git --version {planted}; true"]
    subprocess.run(asked, env=watched.project.environment, check=True, capture_output=True)
    (watched.folder / "kept.json").write_text(base64.b64encode(value.encode()).decode())
    found = list(watched.leaks(PLANTED))
    assert "AWS_SESSION_TOKEN in what was printed" in found
    assert "GITHUB_TOKEN in kept.json" in found
    assert any(it.startswith("GITHUB_TOKEN in a command line: ['true'") for it in found)
    assert any("/git', '--version'" in it for it in found if "PULUMI_ACCESS_TOKEN" in it), found
