"""What must hold after an interruption and one more command."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bluegreen.errors import Exit
from development.chaos.platform import API_ZONE, Platform
from development.chaos.tracking import SwitchState, read_switch_state
from development.chaos.watching import Watch, wait_until_names_lead_to
from localcloud import names, writers
from localcloud.backend import outputs
from localcloud.writers import Term, Write
from settings.names import COLOURS

_NAMES_SECONDS = 20.0  # of a FairClock, since the last name moved
"""Beyond the last command's own wait: propagation, and one pass of the writers."""

Status = Mapping[str, Any]
"""What ``bluegreen status --json`` prints."""


@dataclass(frozen=True)
class Window:
    """From when on the logs of the local cloud count.

    Attributes:
        since: time, UTC.
        calls: bytes of the log of AWS calls until then.
    """

    since: datetime
    calls: int


def check_exit_code(
    code: int | None, before: SwitchState, after: SwitchState, old: str, new: str
) -> list[str]:
    """Whether an interrupted command's exit code says what has happened.

    Args:
        code: exit code; negative for one that was killed, which says nothing.
        before: where things stood before it.
        after: where they stand now.
        old: the colour that was active.
        new: the colour that was to become active.
    """
    if code is None:
        return ["the command hung"]
    if code < 0 or code in (Exit.HALFWAY, Exit.INTERRUPTED):
        return []
    said = f"exit code {code}"
    if code == Exit.DONE:
        writes = after.reports[new].get("running") is True
        done = after.named == new == after.wanted and writes
        return [] if done else [f"{said}, but {new} is not active: {after}"]
    if code == Exit.TAKEN_BACK:
        back = after.named == old == after.wanted and after.reports[old].get("running") is True
        return [] if back else [f"{said}, but {old} is not active again: {after}"]
    if code in (Exit.FAILED, Exit.REFUSED, Exit.BUSY):
        same = (before.named, before.term, before.wanted) == (after.named, after.term, after.wanted)
        return [] if same else [f"{said}, but something was changed: {before} became {after}"]
    return [f"{said} is none that a switch has"]


def check_rules(platform: Platform, watch: Watch, window: Window, colour: str) -> list[str]:
    """Every rule, once all is said to be well and a colour to be active; what is broken.

    Args:
        platform: the platform.
        watch: what was looked at all the time.
        window: of the logs.
        colour: the colour that must be active.
    """
    places = watch.names.places
    left = wait_until_names_lead_to(platform, places, colour, _NAMES_SECONDS)
    broken = [f"{n} leads to {c}" for n, c in left.items()]
    asked = platform.run("bluegreen", "status", "--json")
    broken += _check_status_command(asked.returncode, asked.stdout, colour)
    broken += check_api_records(platform, colour)
    broken += _check_pods(watch.pods.by_colour(), colour)
    broken += _check_reports(read_switch_state(platform.state, COLOURS), colour)
    terms = writers.read_terms(platform.state.writer_processes)
    writes = writers.read_writes(platform.state.aws_calls, window.calls)
    broken += check_writes(writes, terms, window.since, platform.live_names)
    return broken + watch.take_broken()


def _check_status_command(code: int, printed: str, colour: str) -> Iterator[str]:
    try:
        status: Status = json.loads(printed)
    except ValueError:
        yield f"bluegreen status printed no JSON (exit code {code}): {printed[-300:]}"
        return
    if "findings" not in status:
        yield f"bluegreen status: {status}"
        return
    yield from check_status(code, status, colour)


def check_status(code: int, status: Status, colour: str) -> Iterator[str]:
    """What ``bluegreen status`` says that may not be so."""
    failing = [f for f in status["findings"] if f["verdict"] == "fail"]
    yield from (f"status: {f['rule']}: {', '.join(f['details'])}" for f in failing)
    if code and not failing:
        yield f"bluegreen status ended with {code}"
    shared = status["shared"]
    writer = shared["liveWriter"]
    if writer["colour"] != colour or writer["unconfirmed"] or writer.get("canary"):
        yield f"shared names {writer}, and not {colour} alone"
    if shared["configured"]["active"] != colour:
        yield f"the shared stack's file says {shared['configured']}"
    for view in status["colours"]:
        writing = bool(view["kube"]["liveWriters"])
        if writing != (view["colour"] == colour) or view["report"]["running"] != writing:
            yield f"{view['colour']}: report {view['report']}, pods {view['kube']['liveWriters']}"
    for state in (shared["state"], *(view["state"] for view in status["colours"])):
        yield from (f"{state['name']} has pending {text}" for text in state["pending"])
        yield from (f"{state['name']} is locked by {lock['holder']}" for lock in state["locks"])


def check_api_records(platform: Platform, colour: str) -> list[str]:
    """Whether the API records name a colour's cluster, by the DNS server."""
    cluster = f"eks-{colour}"
    txt = names.resolve(f"eks.{API_ZONE}", "TXT", platform.cloud.dns_port)
    cname = names.resolve(f"api.{API_ZONE}", "CNAME", platform.cloud.dns_port)
    endpoints = {c: endpoint(platform, c) for c in COLOURS}
    named = [c for c, host in endpoints.items() if cname == [f"{host}."]]
    if txt == [cluster] and named == [colour]:
        return []
    return [f"the API TXT is {txt}, the CNAME {cname} (of {named}), and {colour} is active"]


def endpoint(platform: Platform, colour: str) -> str:
    """Host name of a cluster's API server, lower case, by the colour's outputs."""
    url = str(outputs(platform.state, colour)["cluster"]["endpoint"])
    return url.removeprefix("https://").rstrip("/").lower()


def _check_pods(there: Mapping[str, set[str]], colour: str) -> Iterator[str]:
    for its, pods in there.items():
        if its != colour and pods:
            yield f"pods of live writers are left on {its}: {', '.join(sorted(pods))}"
        if its == colour and len(pods) != 2:  # noqa: PLR2004 - one for each zone
            yield f"{its} has the live writers' pods {', '.join(sorted(pods)) or 'none'}"


def _check_reports(now: SwitchState, colour: str) -> Iterator[str]:
    for its, report in now.reports.items():
        if report.get("running") is not (its == colour):
            yield f"output liveWriters of {its} is {report}"
    if now.wanted != colour or now.named != colour:
        yield f"the file asks for {now.wanted}, shared names {now.named}"


def check_writes(
    writes: Sequence[Write], terms: Sequence[Term], since: datetime, live_names: Sequence[str]
) -> list[str]:
    """Two live writers at once, by process and by who wrote to Route 53.

    Args:
        writes: changes in the window.
        terms: lives of all processes.
        since: when the window began.
        live_names: names that live writers alone may write.
    """
    recent = [term for term in terms if term.ended is None or term.ended >= since]
    broken = [f"two live writers: {text}" for text in writers.two_alive(recent)]
    broken += [f"two wrote by turns: {text}" for text in writers.two_at_once(writes)]
    by_pod: dict[str, list[Term]] = {}
    for term in recent:
        by_pod.setdefault(term.pod, []).append(term)
    stray: dict[str, list[Write]] = {}
    for write in writes:
        for text in _check_write(write, by_pod.get(write.writer, []), recent, live_names):
            stray.setdefault(text, []).append(write)
    return broken + [_describe_writes(text, found) for text, found in stray.items()]


def _describe_writes(text: str, writes: Sequence[Write]) -> str:
    first = writes[0]
    return f"{text}: {len(writes)} changes from {first.time} on, the first of {first.name}"


def _published_name(write: Write) -> str:
    return write.name.split("-", 1)[-1] if write.type == "TXT" else write.name


def _check_write(
    write: Write, own: Sequence[Term], recent: Sequence[Term], live_names: Sequence[str]
) -> Iterator[str]:
    """A write lies within its writer's life, and outside that of every one of another colour."""
    if not write.live:
        if _published_name(write) in live_names:
            yield f"{write.writer} wrote a live name, and is no live writer"
        return
    if not any(_lived(term, write.time) for term in own):
        yield f"{write.writer} wrote when no process of it lived"
    others = [t for t in recent if t.live and t.colour != write.colour and t.zone == write.zone]
    for term in others:
        if _lived(term, write.time):
            yield f"{write.writer} wrote when {term.pod} of {term.cluster} lived too"


def _lived(term: Term, time: datetime) -> bool:
    return term.started <= time and (term.ended is None or time <= term.ended)
