"""Tools that are downloaded: verified, or refused, or built instead. Servers are on loopback."""

import errno
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
import requests

from localcloud.authority import Authority
from localcloud.tools import digests, fetch, mirror
from localcloud.tools.archive import extract
from localcloud.tools.cache import built_path
from localcloud.tools.catalogue import AWS_IAM_AUTHENTICATOR, ETCD, KUBECTL, KWOK, Tool
from localcloud.tools.fetch import DigestError
from localcloud.tools.limits import Limits
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import Progress, ToolError
from tests.unit.localcloud.release_server import (
    Answer,
    Image,
    Releases,
    ReleaseServer,
    Request,
    archive,
    sha256,
)

PROGRAM = b"#!/bin/sh\necho a program\n" * 1000
KWOK_MEMBER = "usr/local/bin/kwok"
BUILT = b"built\n"

LIMITS = Limits(connect=30, stall=30, attempts=3, pause=0)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and on PATH only a Go that builds anything at once, and says so."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo "go version go1.26.0 x" && exit\n'
        'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo built > "$2"; shift; done\n'
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(go.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server() -> Generator[ReleaseServer]:
    server = ReleaseServer().start()
    yield server
    server.stop()


@pytest.fixture
def releases(cache: Path, server: ReleaseServer, monkeypatch: pytest.MonkeyPatch) -> Releases:
    """Release files behind the mirror, and nothing else pinned."""
    assert not cache.exists()
    pins = cache.with_name("digests.yaml")
    pins.write_text("[]")
    monkeypatch.setattr(digests, "DIGESTS", pins)
    monkeypatch.setattr(digests, "_entries", digests._entries.__wrapped__)
    monkeypatch.setenv(mirror.VARIABLE, server.url)
    return Releases(server, pins)


def kept(cache: Path) -> list[str]:
    """Files of the cache, without locks."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file() and path.name != ".lock")


def told(*tools: Tool, limits: Limits = LIMITS) -> tuple[dict[Tool, Path], list[Progress]]:
    steps: list[Progress] = []
    return ensure(tools, steps.append, limits), steps


def reason_of_build(tool: Tool, limits: Limits = LIMITS) -> str:
    """Has `tool` built after all; why, as it is said."""
    paths, steps = told(tool, limits=limits)
    assert paths == {tool: built_path(tool)}
    assert paths[tool].read_bytes() == BUILT
    (reason,) = [step.detail for step in steps if step.step == "building"]
    return reason


def assert_downloaded(path: Path, content: bytes) -> None:
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o755


# Right


def test_each_kind_of_file_is_downloaded_once(cache: Path, releases: Releases) -> None:
    releases.binary(KUBECTL, PROGRAM)
    releases.tarball(
        ETCD, archive(("etcd-x/README.md", b""), ("etcd-x/etcd", PROGRAM)), "etcd-x/etcd"
    )
    layers = [archive(("etc/os-release", b"x")), archive((KWOK_MEMBER, PROGRAM))]
    releases.image(KWOK, Image(layers), KWOK_MEMBER)
    paths, steps = told(KUBECTL, ETCD, KWOK)
    for tool in (KUBECTL, ETCD, KWOK):
        assert_downloaded(paths[tool], PROGRAM)
        mine = [step for step in steps if step.tool == tool]
        assert {step.step for step in mine} == {"downloading", "downloaded"}
        last = mine[-2]
        assert last.done == last.size is not None
    assert kept(cache) == ["etcd", "kubectl", "kwok"]
    asked = len(releases.server.asked)
    again, steps = told(KUBECTL, ETCD, KWOK)
    assert again == paths
    assert {step.step for step in steps} == {"cached"}
    assert len(releases.server.asked) == asked


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("prefix", ["", "/", "./"])
def test_a_program_is_found_in_any_layer(releases: Releases, mode: str, prefix: str) -> None:
    layers = [
        archive((prefix + KWOK_MEMBER, PROGRAM), mode=mode),
        archive(("etc/x", b"x"), mode=mode),
    ]
    paths = releases.image(KWOK, Image(layers), KWOK_MEMBER)
    assert_downloaded(ensure([KWOK], limits=LIMITS)[KWOK], PROGRAM)
    assert releases.server.paths() == [paths.index, paths.manifest, *reversed(paths.layers)]


def test_another_pin_is_another_file(releases: Releases) -> None:
    releases.binary(KUBECTL, b"one")
    first = ensure([KUBECTL], limits=LIMITS)[KUBECTL]
    releases.entries.clear()
    releases.binary(KUBECTL, b"two")
    second = ensure([KUBECTL], limits=LIMITS)[KUBECTL]
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")


# Tampered


@pytest.mark.parametrize("part", ["binary", "tarball", "index", "manifest", "layer"])
def test_what_is_not_pinned_ends_it_and_is_never_built_instead(
    cache: Path, releases: Releases, part: str
) -> None:
    layer = archive((KWOK_MEMBER, PROGRAM))
    image = releases.image(KWOK, Image([layer]), KWOK_MEMBER)
    packed = archive(("etcd", PROGRAM))
    tool, path = {
        "binary": (KUBECTL, releases.binary(KUBECTL, PROGRAM)),
        "tarball": (ETCD, releases.tarball(ETCD, packed, "etcd")),
        "index": (KWOK, image.index),
        "manifest": (KWOK, image.manifest),
        "layer": (KWOK, image.layers[0]),
    }[part]
    right = releases.server.files[path]
    wrong = right[:-1] + bytes([right[-1] ^ 1])
    releases.server.files[path] = wrong
    steps: list[Progress] = []
    with pytest.raises(DigestError) as raised:
        ensure([tool], steps.append, LIMITS)
    said = str(raised.value)
    assert f"{releases.server.url}{path} is not the file that is pinned" in said
    assert f"expected SHA-256 {sha256(right)}, found {sha256(wrong)}." in said
    assert kept(cache) == []
    assert "building" not in [step.step for step in steps]


def test_a_layer_that_is_longer_than_its_manifest_says_is_refused(releases: Releases) -> None:
    layer = archive((KWOK_MEMBER, PROGRAM))
    path = releases.image(KWOK, Image([layer]), KWOK_MEMBER).layers[0]
    releases.server.files[path] = layer + PROGRAM * 20
    with pytest.raises(DigestError, match=f"found more than the {len(layer)} bytes"):
        ensure([KWOK], limits=LIMITS)


def test_a_tampered_file_ends_other_downloads_at_once(cache: Path, releases: Releases) -> None:
    """The other one would stall for an hour."""
    stalled = threading.Event()
    other = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[other] = lambda request: request.stall(10)

    def report(progress: Progress) -> None:
        if progress.tool == KUBECTL and progress.done:
            stalled.set()

    path = releases.tarball(ETCD, archive(("etcd", PROGRAM)), "etcd")
    releases.server.files[path] = b"something else"

    def tampered(request: Request) -> None:
        stalled.wait()
        request.send()

    releases.server.always[path] = tampered
    with pytest.raises(DigestError):
        ensure([KUBECTL, ETCD], report, Limits(stall=3600))
    assert kept(cache) == []


# Cut off, slow, refused


@pytest.mark.parametrize("resumes", [True, False])
def test_a_download_that_breaks_off_goes_on(releases: Releases, *, resumes: bool) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.resumes = resumes
    releases.server.answers[path] = [lambda request: request.cut(5000)]
    assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)
    assert releases.server.asked == [(path, None), (path, "bytes=5000-")]


def test_a_download_that_always_breaks_off_is_built(cache: Path, releases: Releases) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[path] = lambda request: request.cut(10)
    assert reason_of_build(KUBECTL) == (
        "127.0.0.1 broke the connection off at the last of 3 attempts"
    )
    assert len(releases.server.asked) == 3
    assert kept(cache) == ["build.log", "kubectl"]


STALLS: dict[str, Answer] = {
    "in the middle": lambda request: request.stall(10),
    "before it answers": lambda request: request.ended.wait(),
}
FAILS: dict[str, tuple[Answer, str]] = {
    "503": (lambda request: request.refuse(503), "answered 503"),
    "429": (lambda request: request.refuse(429), "answered 429"),
    "hangs up": (lambda request: request.handler.connection.close(), "broke the connection off"),
}


@pytest.mark.parametrize("when", STALLS)
def test_a_server_that_always_stalls_is_given_up(releases: Releases, when: str) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[path] = STALLS[when]
    stalled = "127.0.0.1 sent nothing for 0.05 s at the last of 2 attempts"
    assert reason_of_build(KUBECTL, Limits(stall=0.05, attempts=2, pause=0)) == stalled


@pytest.mark.parametrize("when", STALLS)
def test_a_server_that_stalls_once_is_asked_again(releases: Releases, when: str) -> None:
    """And often enough for a machine that is slow itself."""
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.answers[path] = [STALLS[when]]
    patient = Limits(stall=0.05, slowest=0, attempts=10**6, pause=0)
    assert_downloaded(ensure([KUBECTL], limits=patient)[KUBECTL], PROGRAM)


@pytest.mark.parametrize("how", FAILS)
def test_what_may_pass_is_tried_again_then_built(releases: Releases, how: str) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    answer, reason = FAILS[how]
    releases.server.answers[path] = [answer] * 3
    assert reason_of_build(KUBECTL) == f"127.0.0.1 {reason} at the last of 3 attempts"
    built_path(KUBECTL).unlink()
    releases.server.answers[path] = [answer] * 2
    assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)


def test_a_server_that_sends_too_little_is_given_up(releases: Releases) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[path] = lambda request: request.stall(10)
    hours = iter(range(0, 10**6, 3600))
    slow = Limits(stall=30, attempts=1, clock=lambda: float(next(hours)))
    assert reason_of_build(KUBECTL, slow) == (
        "127.0.0.1 sent 10 bytes in 3600 s at the last of 1 attempts"
    )


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_file_that_is_not_there_is_asked_for_once_and_built(
    releases: Releases, status: int
) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[path] = lambda request: request.refuse(status)
    url = releases.server.url + path
    assert reason_of_build(KUBECTL) == f"127.0.0.1 answered {status} for {url}"
    assert releases.server.paths() == [path]


@pytest.mark.parametrize("status", [206, 416])
def test_a_wrong_part_is_not_taken(releases: Releases, status: int) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.answers[path] = [
        lambda request: request.cut(10),
        lambda request: request.refuse(status),
    ]
    assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)
    assert releases.server.asked == [(path, None), (path, "bytes=10-"), (path, None)]


# Redirected


def test_a_redirect_to_another_host_is_followed(releases: Releases) -> None:
    elsewhere = ReleaseServer().start()
    try:
        layer = archive((KWOK_MEMBER, PROGRAM))
        path = releases.image(KWOK, Image([layer]), KWOK_MEMBER).layers[0]
        elsewhere.files["/store?signed=1"] = layer
        elsewhere.answers["/store?signed=1"] = [lambda request: request.cut(100)]
        releases.server.always[path] = lambda request: request.redirect(
            f"{elsewhere.url}/store?signed=1"
        )
        assert_downloaded(ensure([KWOK], limits=LIMITS)[KWOK], PROGRAM)
        # A signed address may have expired: the first one is asked again.
        assert releases.server.paths()[-2:] == [path, path]
        assert [part for _, part in elsewhere.asked] == [None, "bytes=100-"]
    finally:
        elsewhere.stop()


def test_a_redirect_without_end_is_built(releases: Releases) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    releases.server.always[path] = lambda request: request.redirect(path)
    assert reason_of_build(KUBECTL) == "127.0.0.1 cannot be asked (Exceeded 5 redirects.)"


# Images


def test_an_image_without_this_platform_is_built(releases: Releases) -> None:
    layer = archive((KWOK_MEMBER, PROGRAM))
    releases.image(KWOK, Image([layer], platform="linux/s390x"), KWOK_MEMBER)
    assert f"has nothing for {digests.this_platform()}" in reason_of_build(KWOK)


def test_a_link_in_a_layer_is_not_followed(tmp_path: Path, releases: Releases) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    layer = archive(("real", PROGRAM), (KWOK_MEMBER, None), link=str(secret))
    releases.image(KWOK, Image([layer]), KWOK_MEMBER)
    assert reason_of_build(KWOK) == f"{KWOK_MEMBER} in the archive is no plain file"
    assert secret.read_text() == "secret"


def test_an_image_without_the_program_is_built(releases: Releases) -> None:
    releases.image(KWOK, Image([archive(("other", PROGRAM))]), KWOK_MEMBER)
    assert reason_of_build(KWOK).endswith(f"has {KWOK_MEMBER}")


@pytest.mark.parametrize(
    "content", [b"\x28\xb5\x2f\xfd zstd", archive((KWOK_MEMBER, PROGRAM))[:-90]]
)
def test_a_layer_that_cannot_be_unpacked_is_built(releases: Releases, content: bytes) -> None:
    releases.image(KWOK, Image([content]), KWOK_MEMBER)
    assert reason_of_build(KWOK).startswith("the archive cannot be unpacked")


def test_a_manifest_that_is_none_is_built(releases: Releases) -> None:
    odd = b'{"layers": [{"digest": "md5:x", "size": 1}]}'
    releases.image(KWOK, Image([], odd=odd), KWOK_MEMBER)
    assert "cannot be read (String should match pattern" in reason_of_build(KWOK)


# Nowhere to download from


def test_no_file_for_this_machine_is_built(releases: Releases) -> None:
    assert releases.entries == []
    assert reason_of_build(KUBECTL) == f"no file for {digests.this_platform()} is pinned"


def test_without_a_network_it_is_built_at_once(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: an hour would pass before a second attempt."""
    releases.binary(KUBECTL, PROGRAM)
    releases.binary(ETCD, PROGRAM)
    releases.server.stop()
    asked: list[str] = []
    send = requests.Session.send

    def counted(
        session: requests.Session, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        asked.append(str(request.url))
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", counted)
    monkeypatch.setattr("localcloud.tools.missing.STREAMS", 1)
    _, steps = told(KUBECTL, ETCD, limits=Limits(pause=3600))
    reasons = [step.detail for step in steps if step.step == "building"]
    assert reasons == ["127.0.0.1 cannot be reached (Connection refused)"] * 2
    assert len(asked) == 1


def test_a_name_that_is_unknown_is_a_reason(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases.binary(KUBECTL, PROGRAM)
    # Names below .invalid are never known; this machine's resolver need not be asked.
    monkeypatch.setenv(mirror.VARIABLE, "https://tools.invalid")
    assert reason_of_build(KUBECTL).startswith("tools.invalid cannot be reached (")


def test_nothing_is_downloaded_when_it_is_off(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases.binary(KUBECTL, PROGRAM)
    monkeypatch.setenv(mirror.VARIABLE, mirror.OFF)
    assert reason_of_build(KUBECTL) == "EKS_PLATFORM_TOOLS_MIRROR is off"
    assert releases.server.asked == []


def test_a_missing_go_is_said_only_where_something_must_be_built(
    cache: Path, releases: Releases
) -> None:
    (cache.with_name("bin") / "go").unlink()
    path = releases.binary(KUBECTL, PROGRAM)
    assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)
    del releases.server.files[path]
    releases.entries.clear()
    releases.binary(KUBECTL, b"later")
    del releases.server.files[path]
    with pytest.raises(
        ToolError,
        match=r"kubectl v\S+ must be built, as 127.0.0.1 answered 404 for "
        r"\S+: Go is not on PATH; install Go 1\.26",
    ):
        ensure([KUBECTL], limits=LIMITS)


# Mirrors and TLS


def test_a_mirror_has_each_host_as_a_folder(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    image = releases.image(KWOK, Image([archive((KWOK_MEMBER, PROGRAM))]), KWOK_MEMBER)
    server = releases.server
    server.files = {f"/our/tools{path}": content for path, content in server.files.items()}
    monkeypatch.setenv(mirror.VARIABLE, f"{server.url}/our/tools/")
    monkeypatch.setattr("localcloud.tools.missing.STREAMS", 1)
    ensure([KUBECTL, KWOK], limits=LIMITS)
    assert path == f"/releases.test/kubectl-{KUBECTL.version}"
    assert server.paths() == [
        f"/our/tools{path}" for path in (path, image.index, image.manifest, *image.layers)
    ]


@pytest.mark.parametrize(
    "wrong", ["ftp://mirror", "mirror.example/tools", "https://", "https://a/?b"]
)
def test_a_mirror_that_is_no_address_is_an_error(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    releases.binary(KUBECTL, PROGRAM)
    monkeypatch.setenv(mirror.VARIABLE, wrong)
    with pytest.raises(ToolError, match=r"EKS_PLATFORM_TOOLS_MIRROR is '.*', which is no http"):
        ensure([KUBECTL], limits=LIMITS)


def test_a_mirrors_password_is_used_and_not_said(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    headers: list[str | None] = []

    def refuse(request: Request) -> None:
        headers.append(request.handler.headers.get("Authorization"))
        request.refuse(404)

    releases.server.always[path] = refuse
    url = releases.server.url.replace("://", "://me:secret@")
    monkeypatch.setenv(mirror.VARIABLE, url)
    assert "secret" not in reason_of_build(KUBECTL)
    assert headers == ["Basic bWU6c2VjcmV0"]
    built_path(KUBECTL).unlink()
    releases.server.always.clear()
    releases.server.files[path] = b"x"
    with pytest.raises(DigestError) as raised:
        ensure([KUBECTL], limits=LIMITS)
    assert "secret" not in str(raised.value)


def test_certificates_are_verified_and_redirects_stay_in_tls(
    tmp_path: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    authority = Authority.create(tmp_path / "authority", "of a company")
    safe = ReleaseServer(files=releases.server.files)
    safe.start(authority.issue("mirror", hosts=["127.0.0.1"]))
    try:
        monkeypatch.setenv(mirror.VARIABLE, safe.url)
        assert "127.0.0.1 cannot be reached (its certificate: " in reason_of_build(KUBECTL)
        assert safe.asked == []
        built_path(KUBECTL).unlink()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.files.certificate))
        safe.answers[path] = [lambda request: request.redirect(releases.server.url + path)]
        assert "No connection adapters were found" in reason_of_build(KUBECTL)
        assert releases.server.asked == []
        built_path(KUBECTL).unlink()
        assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)
    finally:
        safe.stop()


# The disk


def test_a_full_disk_is_one_sentence_with_the_remedy(
    cache: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases.binary(KUBECTL, PROGRAM)

    def full(_received: object, _chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch._Received, "append", full)
    with pytest.raises(
        ToolError, match=r"cannot be kept in .*: .*No space left on device; let XDG_CACHE_HOME"
    ):
        ensure([KUBECTL], limits=LIMITS)
    assert kept(cache) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_gets_full_while_a_program_is_unpacked_is_one_too(tmp_path: Path) -> None:
    packed = tmp_path / "archive"
    packed.write_bytes(archive(("etcd", PROGRAM)))
    with pytest.raises(ToolError, match="No space left on device"):
        extract(packed, "etcd", Path("/dev/full"))


# Two runs


def test_two_runs_do_not_fight_over_a_tool(cache: Path, releases: Releases) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    waits = threading.Event()

    def once_the_other_waits(request: Request) -> None:
        waits.wait()
        request.send()

    releases.server.always[path] = once_the_other_waits
    steps: list[Progress] = []
    found: list[dict[Tool, Path]] = []

    def report(progress: Progress) -> None:
        steps.append(progress)
        if progress.step == "waiting":
            waits.set()

    runs = [
        threading.Thread(target=lambda: found.append(ensure([KUBECTL], report, LIMITS)))
        for _ in range(2)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert found[0] == found[1]
    assert_downloaded(found[0][KUBECTL], PROGRAM)
    assert releases.server.paths() == [path]
    (waiting,) = [step for step in steps if step.step == "waiting"]
    assert "which is downloading it since " in waiting.detail
    assert kept(cache) == ["kubectl"]


def test_what_a_killed_run_left_is_not_used(cache: Path, releases: Releases) -> None:
    path = releases.binary(KUBECTL, PROGRAM)
    unfinished = built_path(KUBECTL).parent / "unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "kubectl").write_bytes(PROGRAM[:100])
    assert_downloaded(ensure([KUBECTL], limits=LIMITS)[KUBECTL], PROGRAM)
    assert releases.server.asked == [(path, None)]
    assert kept(cache) == ["kubectl"]


def test_several_are_downloaded_at_once(releases: Releases) -> None:
    """Each answer waits until all were asked for."""
    tools = (KUBECTL, ETCD, AWS_IAM_AUTHENTICATOR)
    all_asked = threading.Barrier(len(tools))

    def together(request: Request) -> None:
        all_asked.wait()
        request.send()

    for tool in tools:
        releases.server.always[releases.binary(tool, PROGRAM)] = together
    assert set(ensure(tools, limits=LIMITS)) == set(tools)
