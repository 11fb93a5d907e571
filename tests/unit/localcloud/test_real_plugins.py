"""Real provider plugins: what is asked for, what is missing, and where the engine finds them."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from localcloud import charts, cli, lifecycle, status
from localcloud.plugins import install as plugins
from localcloud.plugins import real
from localcloud.plugins.real import RealPlugins, RealPluginsError, Wanted
from localcloud.server_settings import ServerSettings
from localcloud.state import RunningCloud, StateFolder

CLOUD = RunningCloud(pid=1, aws_port=1, dns_port=1, proxy_port=1, balancer_port=1)
NEEDED = [it for it in real.asked_for(real.BY_DEFAULT) if it.name in real.BY_DEFAULT]


def put(folder: Path, wanted: Wanted, *, mode: int = 0o755) -> Path:
    """A plugin as its release has it: a program and a file beside it."""
    program = folder / wanted.folder_name / wanted.program
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 1234\n")
    program.chmod(mode)
    (program.parent / "schema.json").write_text("{}")
    return program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All that the default asks for, beside plugins of others."""
    for wanted in (*NEEDED, Wanted("random", "4.18.0"), Wanted("kubernetes", "3.0.0")):
        put(tmp_path / "plugins", wanted)
    (tmp_path / "plugins" / "resource-random-v4.18.0.lock").touch()
    return tmp_path / "plugins"


def test_the_real_eks_plugin_asks_for_versions_of_its_own() -> None:
    assert [(it.name, it.version) for it in real.asked_for() if it.name == "kubernetes"] == [
        ("kubernetes", "4.34.2")
    ]
    by_eks = {(it.name, it.version) for it in real.asked_for(["eks"])} - {
        (it.name, it.version) for it in real.asked_for()
    }
    assert by_eks == {("aws", "7.25.0"), ("kubernetes", "4.21.1")}


def test_the_engine_finds_real_ones_and_stand_ins_of_all_others(
    folder: Path, tmp_path: Path
) -> None:
    state = StateFolder(tmp_path / "state")
    chosen = real.of_folder(folder)
    plugins.install(state, chosen)
    found = {(it.name, it.version): it for it in plugins.installed(state)}
    assert set(found) == {(it.name, it.version) for it in real.asked_for(real.BY_DEFAULT)}
    for (name, version), plugin in found.items():
        assert plugin.stand_in is (name == "aws")
        assert plugin.executable.stat().st_mode & 0o111
        if name != "aws":
            # The engine passes over folders that are links; what stands beside is there too.
            assert not plugin.executable.parent.is_symlink()
            assert plugin.executable.resolve().parent == folder / f"resource-{name}-v{version}"
            assert (plugin.executable.parent / "schema.json").read_text() == "{}"
    line = status.plugins_line(state)
    assert "real: eks 4.4.0, kubernetes 4.21.1, kubernetes 4.34.2, tls" in line
    assert "stand-ins: aws 7.25.0, aws " in line


def test_without_the_option_all_are_stand_ins(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    plugins.install(state)
    found = plugins.installed(state)
    assert {it.name for it in found} == set(plugins.PROVIDERS)
    assert len(found) == len(plugins.PROVIDERS)
    assert all(it.stand_in for it in found)


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    put(folder, Wanted("kubernetes", "4.32.0"))
    put(folder, Wanted("tls", NEEDED_BY_NAME["tls"]), mode=0o644)
    with pytest.raises(RealPluginsError) as said:
        real.of_folder(folder)
    kubernetes = "pulumi-resource-kubernetes is missing"
    of_eks = f"{kubernetes} for the real eks plugin (there is v4.32.0)"
    tls = f"resource-tls-v{NEEDED_BY_NAME['tls']}/pulumi-resource-tls"
    assert str(said.value).split("\n  - ") == [
        f"no real plugins from {folder}:",
        f"resource-kubernetes-v4.34.2/{kubernetes} (there is v4.32.0)",
        "resource-eks-v4.4.0/pulumi-resource-eks is missing",
        f"{tls} is no program that can be run",
        f"resource-kubernetes-v4.21.1/{of_eks}",
    ]


NEEDED_BY_NAME: Mapping[str, str] = {it.name: it.version for it in reversed(NEEDED)}


def test_a_folder_that_is_none_and_names_that_nobody_asks_for(tmp_path: Path) -> None:
    with pytest.raises(RealPluginsError) as said:
        real.of_folder(tmp_path / "nowhere", ["kubernetes", "gcp"])
    assert str(said.value).splitlines()[1:] == [
        "  - gcp: the program asks for no such provider; it has kubernetes, eks, tls, aws",
        f"  - {tmp_path}/nowhere is no folder",
    ]


def test_one_provider_alone_needs_no_other(folder: Path) -> None:
    chosen = real.of_folder(folder, ["kubernetes"])
    assert [it.version for it in chosen.folders or ()] == ["4.34.2"]


def test_the_engine_downloads_each_once_before_anything_starts(tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def run(command: Sequence[str], **options: object) -> None:
        environment = options["env"]
        assert isinstance(environment, dict)
        assert environment["PULUMI_HOME"] == str(tmp_path)
        assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in environment
        asked.append(tuple(command[1:]))
        put(tmp_path / "plugins", Wanted(command[4], command[5].removeprefix("v")))

    for _ in range(2):
        chosen = real.downloaded(real.BY_DEFAULT, Path("pulumi"), tmp_path, run)
        assert chosen.names == set(real.BY_DEFAULT)
    assert asked == [("plugin", "install", "resource", it.name, f"v{it.version}") for it in NEEDED]


def test_downloads_that_fail_are_all_named_with_a_way_out(tmp_path: Path) -> None:
    def run(command: Sequence[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, list(command), stderr="error: a\nno route to host\n")

    with pytest.raises(RealPluginsError) as said:
        real.downloaded(["kubernetes", "tls"], Path("pulumi"), tmp_path, run)
    lines = str(said.value).splitlines()
    assert lines[1] == "  - kubernetes v4.34.2 was not downloaded: no route to host"
    assert lines[2].startswith("  - tls v")
    assert lines[3].endswith("and give that: --plugins FOLDER")


def test_node_trusts_the_local_authority(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    assert state.environment(CLOUD)["NODE_EXTRA_CA_CERTS"] == str(state.authority / "ca.crt")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RealPlugins | None]:
    """What the local cloud is started with."""
    given: list[RealPlugins | None] = []

    def start(*_: object, plugins: RealPlugins | None, **__: object) -> RunningCloud:
        given.append(plugins)
        return CLOUD

    monkeypatch.setattr(lifecycle, "start", start)
    monkeypatch.setattr(lifecycle, "find", lambda _: None)
    monkeypatch.setattr(status, "print_coming", lambda *_: None)
    return given


def test_the_command_takes_a_folder_or_starts_nothing(
    folder: Path,
    tmp_path: Path,
    started: list[RealPlugins | None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = ["--state", str(tmp_path / "state")]
    assert cli.main([*state, "up", "--plugins", str(folder), "--real", "eks, tls"]) == 0
    (given,) = started
    assert given is not None
    assert given.names == {"eks", "tls"}
    assert cli.main([*state, "up"]) == 0
    assert started.pop() is None
    assert cli.main([*state, "up", "--plugins", str(tmp_path / "none")]) == 1
    assert f"{tmp_path}/none is no folder" in capsys.readouterr().err
    assert len(started) == 1
    monkeypatch.setattr(lifecycle, "find", lambda _: CLOUD)
    assert cli.main([*state, "up", "--plugins", str(folder)]) == 1
    assert "`make down`, then this again" in capsys.readouterr().err


@pytest.mark.usefixtures("started")
def test_the_command_says_who_does_not_heed_a_speed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    up = ["--state", str(tmp_path / "state"), "up", "--aws-time", "10"]
    assert cli.main([*up, "--plugins", str(folder), "--real", "tls,eks"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "--aws-time slows stand-ins alone; these take their own time: eks, tls." in said
    assert cli.main(up) == 0
    assert "--aws-time" not in capsys.readouterr().out


def test_the_real_kubernetes_plugin_wants_real_charts_before_anything_starts(
    folder: Path,
    tmp_path: Path,
    started: list[RealPlugins | None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.setattr(cli, "PROJECT_ROOT", checkout)
    up = ["--state", str(tmp_path / "state"), "up", "--plugins", str(folder)]
    assert cli.main(up) == 1
    said = capsys.readouterr().err
    assert said.startswith("up: the real kubernetes plugin renders real charts; `bluegreen charts`")
    assert started == []
    charts.write_stand_ins(checkout)  # of no matter what: they are those of the lock
    assert cli.main(up) == 0
    assert len(started) == 1
    (missing := next((checkout / "charts").glob("cilium-*.tgz"))).unlink()
    assert cli.main(up) == 1
    assert f"charts/{missing.name}: found" in capsys.readouterr().err


def test_the_project_gets_the_checkouts_charts(tmp_path: Path) -> None:
    checkout, project = tmp_path / "checkout", tmp_path / "project"
    for place in (checkout, project):
        place.mkdir()
        charts.write_stand_ins(place)
    archive = next((checkout / "charts").glob("cilium-*.tgz"))
    archive.write_bytes(b"the real one")
    (checkout / "charts.lock").write_text("real")
    charts.take_real(checkout, project)
    assert (project / "charts" / archive.name).read_bytes() == b"the real one"
    assert (project / "charts.lock").read_text() == "real"


def test_webhooks_of_real_charts_are_answered_without_a_check() -> None:
    asked = ServerSettings(balancer_port=7)
    rendered = lifecycle.settings_with(RealPlugins(frozenset({"kubernetes"})), asked)
    assert rendered == asked.model_copy(update={"unchecked_webhooks": True})
    alone = lifecycle.settings_with(RealPlugins(frozenset({"kubernetes"})), None)
    assert alone is not None
    assert alone.unchecked_webhooks
    for others in (None, RealPlugins(frozenset({"tls"}))):
        assert lifecycle.settings_with(others, asked) is asked
