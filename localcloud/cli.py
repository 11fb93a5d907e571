"""The command line of the local cloud; the Makefile's targets call it."""

import argparse
import json
import math
import os
import shlex
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from pydantic import ValidationError
from rich.console import Console
from rich.live import Live
from rich.table import Table

from catalogue.minors import KUBERNETES_VERSIONS, SHIPPED
from localcloud import (
    charts,
    client,
    demo,
    demo_switch,
    extras,
    lifecycle,
    permissions_report,
    status,
    workspace,
)
from localcloud.aws import AwsClients
from localcloud.charts import RealChartsError
from localcloud.control import RefusedError
from localcloud.lifecycle import CloudError
from localcloud.load import Load, LoadError, kubectl_of, millicores
from localcloud.plugins.real import (
    BY_DEFAULT,
    DOWNLOADED,
    REPLACEABLE,
    RealPlugins,
    RealPluginsError,
    downloaded,
    of_folder,
)
from localcloud.scarcity import (
    CAPACITY_TYPES,
    WARNING_SECONDS,
    Interruption,
    interrupt,
    read_capacity,
    set_capacity,
)
from localcloud.server_settings import Route53Settings, ServerSettings
from localcloud.state import PROJECT_ROOT, REGION, RunningCloud, StateFolder
from localcloud.tools.cache import cache_folder
from localcloud.tools.catalogue import PULUMI, TOOLS, control_plane
from localcloud.tools.display import ToolDisplay
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import ToolError
from preview import cli as preview

if TYPE_CHECKING:
    from localcloud.traffic import Traffic

DEFAULT_PORTS = (14566, 15353, 18443)
"""AWS APIs, DNS and proxy."""

DEFAULT_BALANCER_PORT = 18080
"""Port of every load balancer. Real ones have 80 and 443, which need privileges here."""

_PIPE_WIDTH = 140
_EXTRAS_VARIABLE = "LOCALCLOUD_WITH"
_LAST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it did what it says, 1 with one sentence on stderr when not."""
    parser = _parser()
    options, options.rest = parser.parse_known_args(arguments)
    if options.rest and options.command != "preview":
        parser.error(f"unrecognized arguments: {' '.join(options.rest)}")
    state = StateFolder(Path(options.state).resolve())
    # A pipe has no width of its own; names must not be cut for want of one.
    console = (
        Console(emoji=False) if sys.stdout.isatty() else Console(width=_PIPE_WIDTH, emoji=False)
    )
    try:
        return _COMMANDS[options.command](state, options, console)
    except (CloudError, RealChartsError, RealPluginsError, ToolError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    except ValidationError as error:
        for mistake in error.errors(include_url=False):
            place = ".".join(map(str, mistake["loc"]))
            # pydantic's own word before what a validator of ours says
            said = mistake["msg"].removeprefix("Value error, ")
            print(f"{options.command}: {place}: {said}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.command}: interrupted; `make down` ends what was started", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="localcloud",
        description="A stand-in for AWS and EKS on this machine, for the whole platform.",
    )
    parser.add_argument(
        "--state",
        default=str(StateFolder.default().root),
        help="folder for everything that it writes (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text in (
        ("demo", "start it if need be, bring the platform up and show it"),
        ("up", "start an empty one"),
    ):
        command = commands.add_parser(name, help=help_text)
        for option, port, what in zip(
            ("--aws-port", "--dns-port", "--proxy-port"),
            DEFAULT_PORTS,
            ("AWS APIs", "DNS server", "HTTPS proxy"),
            strict=True,
        ):
            command.add_argument(
                option,
                type=_port,
                default=os.environ.get(_port_variable(option), str(port)),
                help=f"loopback port of the {what}; 0 takes any free one "
                f"(default: ${_port_variable(option)} or {port})",
            )
        _add_settings(command)
        _add_plugins(command)
    _add_traffic(commands)
    _add_load(commands)
    _add_scarcity(commands)
    commands.add_parser(
        "preview",
        help="preview stacks on it and say what would change; options of `python -m preview`",
        add_help=False,
    )
    for name, help_text in (
        ("demo-switch", "move production to the other colour while visitors are counted"),
        ("shell", "open a shell in which pulumi, kubectl, aws and dig use it"),
        ("env", 'print the variables that make a script use it: eval "$(… localcloud env)"'),
        ("status", "show what it runs, and which calls were denied"),
        ("permissions", "show what each IAM role used, lacked and never used"),
        ("down", "end all its processes and remove its state"),
    ):
        commands.add_parser(name, help=help_text)
    tools = commands.add_parser("tools", help="find or build the programs that it runs")
    tools.add_argument(
        "--kubernetes",
        metavar="MINOR",
        action="append",
        default=[],
        choices=KUBERNETES_VERSIONS,
        help=f"the control plane of this minor too (always: {', '.join(SHIPPED)}); may be repeated",
    )
    _add_extras(tools)
    execute = commands.add_parser("exec", help="run one command that uses it: exec -- COMMAND …")
    execute.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser


def _add_extras(command: argparse.ArgumentParser) -> None:
    listed = "; ".join(f"{extra.name}: {extra.does}" for extra in extras.EXTRAS.values())
    command.add_argument(
        "--with",
        dest="extras",
        metavar="NAME[,NAME]",
        action="append",
        help=f"programs of charts that run here, and are not simulated ({listed}; "
        f"{extras.ALL}: every one); may be repeated (default: ${_EXTRAS_VARIABLE}, or none)",
    )


def _extras(options: argparse.Namespace) -> tuple[str, ...]:
    given: list[str] | None = options.extras
    try:
        return extras.read(os.environ.get(_EXTRAS_VARIABLE, "").split() if given is None else given)
    except ValueError as error:
        place = _EXTRAS_VARIABLE if given is None else "--with"
        raise CloudError(f"{place}: {error}") from None


def _add_settings(command: argparse.ArgumentParser) -> None:
    route53 = Route53Settings()
    _add_extras(command)
    command.add_argument(
        "--balancer-port",
        type=_port,
        default=os.environ.get(_port_variable("--balancer-port"), str(DEFAULT_BALANCER_PORT)),
        help="port of every load balancer, each on a loopback address of its own; 0 takes any "
        f"free one (default: ${_port_variable('--balancer-port')} or {DEFAULT_BALANCER_PORT})",
    )
    command.add_argument(
        "--route53-rate",
        type=float,
        default=route53.limit.per_second,
        help="requests a second that Route 53 takes (default: %(default)g)",
    )
    command.add_argument(
        "--route53-burst",
        type=int,
        default=route53.limit.burst,
        help="requests that it takes at once after a pause (default: %(default)s)",
    )
    command.add_argument(
        "--route53-propagation",
        type=float,
        default=route53.propagation_seconds,
        help="seconds until a change is INSYNC and answered by the DNS server "
        "(default: %(default)g)",
    )
    command.add_argument(
        "--node-start",
        type=float,
        default=os.environ.get(_port_variable("--node-start"), "0"),
        metavar="SECONDS",
        help="what an instance takes until its node registers; 40 to 60 on EC2 "
        f"(default: ${_port_variable('--node-start')} or 0)",
    )
    command.add_argument(
        "--aws-time",
        type=_speed,
        default=os.environ.get(_port_variable("--aws-time")),
        metavar="TIMES",
        help="let a resource take as long as on AWS to come and to go, so many times as fast: "
        "1 is AWS's own time, by localcloud/latencies.py; real plugins take their own "
        f"(default: ${_port_variable('--aws-time')}, or as fast as it can)",
    )
    command.add_argument(
        "--controller-manager-arg",
        action="append",
        default=[],
        metavar="--NAME=VALUE",
        help="one more option of each cluster's kube-controller-manager; can be repeated",
    )
    command.add_argument(
        "--program",
        action="append",
        default=[],
        metavar="IMAGE=COMMAND",
        help="run this command for each running pod of an image, with its container's arguments; "
        "$(PORT_8443) there is the loopback port of the pod's port 8443; can be repeated",
    )
    command.add_argument(
        "--unchecked-webhooks",
        action="store_true",
        help="let admission webhooks whose programs do not run here say yes, with a warning; "
        "without it their objects are refused where the webhook's failurePolicy is Fail",
    )


def _add_plugins(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--plugins",
        metavar="FOLDER",
        default=os.environ.get("LOCALCLOUD_PLUGINS", ""),
        help="real provider plugins in place of stand-ins, from a folder such as "
        f"~/.pulumi/plugins; `{DOWNLOADED}`: the engine downloads them first "
        "(default: $LOCALCLOUD_PLUGINS)",
    )
    command.add_argument(
        "--real",
        metavar="NAMES",
        default=os.environ.get("LOCALCLOUD_REAL", ",".join(BY_DEFAULT)),
        help="with --plugins: which providers are real, of "
        f"{', '.join(REPLACEABLE)} (default: $LOCALCLOUD_REAL or {','.join(BY_DEFAULT)})",
    )


def _add_traffic(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "traffic", help="send requests to names, as clients with a DNS cache do"
    )
    command.add_argument("--name", nargs="+", required=True, help="names to ask, in turn")
    command.add_argument(
        "--rate", type=float, default=10.0, help="requests a second (default: %(default)g)"
    )
    command.add_argument(
        "--seconds", type=float, default=60.0, help="how long (default: %(default)g)"
    )
    command.add_argument(
        "--clients",
        type=int,
        default=20,
        help="clients, each with a DNS cache of its own (default: %(default)s)",
    )


def _add_load(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "load", help="let a Deployment's pods use CPU together, so that its autoscaler has work"
    )
    command.add_argument("deployment", help="name of the Deployment")
    command.add_argument("--context", help="kubectl's context, such as blue (default: the current)")
    command.add_argument("-n", "--namespace", default="default", help="(default: %(default)s)")
    command.add_argument(
        "--cpu", type=_cpu, default="1", help="what all its pods use together (default: 1)"
    )
    command.add_argument(
        "--seconds", type=float, default=120.0, help="how long (default: %(default)g)"
    )


def _add_scarcity(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "interrupt", help="let EC2 take a spot instance back, by its event first"
    )
    command.add_argument("instance", help="id of the instance, or name of its node")
    command.add_argument(
        "--seconds",
        type=float,
        default=WARNING_SECONDS,
        help="between the event and the instance's end (default: %(default)g)",
    )
    command = commands.add_parser(
        "capacity", help="say in which zones EC2 has no instances left, for groups or fleets"
    )
    command.add_argument(
        "zones",
        nargs="*",
        metavar="ZONE[=spot|=on-demand]",
        help=f"such as {REGION}a, or {REGION}b=spot; without any, all zones have some again",
    )


def _cpu(text: str) -> int:
    try:
        return millicores(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, such as 2 or 1500m") from None


def _port_variable(option: str) -> str:
    return "LOCALCLOUD_" + option.removeprefix("--").replace("-", "_").upper()


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to {_LAST_PORT}")
    return port


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not how many times as fast: a number above 0"
        )
    return speed


def _tools(_state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    more = [tool for minor in options.kubernetes for tool in control_plane(minor)]
    names = _extras(options)
    wanted = dict.fromkeys((*TOOLS, *more, *extras.tools_of(names)))
    with ToolDisplay(console, every=True) as display:
        ensure(wanted, display)
    extras.fetch_files(names)
    return 0


def _up(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    cloud = _start(state, options, console)
    console.print(
        f"The local cloud runs: AWS APIs on {cloud.aws_url}, DNS on 127.0.0.1:{cloud.dns_port}. "
        "`make shell` opens a shell that uses it, `make down` ends it."
    )
    return 0


def _demo(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    cloud = _start(state, options, console)
    workspace.enter(state, cloud)
    demo.run(state, cloud, console)
    return 0


def _demo_switch(state: StateFolder, _options: argparse.Namespace, console: Console) -> int:
    return demo_switch.run(state, _running(state), console)


def _shell(state: StateFolder, _options: argparse.Namespace, console: Console) -> int:
    cloud = _running(state)
    console.print("pulumi, kubectl, aws and dig use the local cloud; `exit` leaves this shell.")
    return client.open_shell(state, cloud)


def _exec(state: StateFolder, options: argparse.Namespace, _console: Console) -> int:
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    return client.run(state, _running(state), words)


def _env(state: StateFolder, _options: argparse.Namespace, _console: Console) -> int:
    print(client.variables(state, _running(state)))
    return 0


def _preview(state: StateFolder, options: argparse.Namespace, _console: Console) -> int:
    workspace.enter(state, _running(state))
    return preview.main(["--project", str(state.project), *options.rest])


def _status(state: StateFolder, _options: argparse.Namespace, console: Console) -> int:
    cloud = _running(state)
    status.print_processes(state, cloud, console)
    status.print_later_tools(cloud, console)
    permissions_report.print_denials(state.denied_calls, console)
    return 0


def _permissions(state: StateFolder, _options: argparse.Namespace, console: Console) -> int:
    permissions_report.print_uses(_running(state), console)
    return 0


def _down(state: StateFolder, _options: argparse.Namespace, console: Console) -> int:
    was_running = lifecycle.stop(state)
    console.print(
        "The local cloud is ended." if was_running else "No local cloud runs; its state is removed."
    )
    return 0


def _traffic(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    from localcloud.traffic import Traffic  # noqa: PLC0415 - no other command needs its clients

    cloud = _running(state)
    if min(options.rate, options.seconds, options.clients) <= 0:
        raise CloudError("--rate, --seconds and --clients must be more than 0.")
    traffic = Traffic(
        options.name,
        dns_port=cloud.dns_port,
        balancer_port=cloud.balancer_port,
        clients=options.clients,
    )
    with Live(
        console=console, refresh_per_second=2, get_renderable=lambda: _traffic_table(traffic)
    ):
        try:
            traffic.run(options.rate, options.seconds, threading.Event())
        except KeyboardInterrupt:
            console.print("Ended early; these are the requests until then.")
    return 0


def _load(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    cloud = _running(state)
    if extras.METRICS_SERVER.name not in cloud.extras:
        raise CloudError(
            "nobody here measures what pods use: the local cloud was started without "
            f"{extras.METRICS_SERVER.name}; `make down`, then `make demo WITH=metrics-server`"
        )
    place = ["-n", options.namespace, *(["--context", options.context] if options.context else [])]
    kubectl = kubectl_of(state.bin / "kubectl", state.environment(cloud), place)
    try:
        load = Load(kubectl, options.deployment, options.cpu)
        load.run(
            options.seconds,
            lambda shares: console.print(f"{shares.pods} ready pods use {shares.each}m CPU each"),
        )
    except LoadError as error:
        raise CloudError(f"{error}") from error
    except KeyboardInterrupt:
        console.print("Ended early; the load is off.")
    return 0


def _interrupt(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    cloud = _running(state)
    instance = str(options.instance)
    if not instance.startswith("i-"):
        instance = _instance_of(cloud, instance)
    asked = Interruption(instance=instance, seconds=options.seconds)
    try:
        interrupt(cloud, asked)
    except RefusedError as error:
        raise CloudError(str(json.loads(str(error))["error"])) from error
    console.print(f"EC2 takes {instance} back: it ends in {asked.seconds:g} s.")
    return 0


def _instance_of(cloud: RunningCloud, node: str) -> str:
    ec2 = AwsClients(cloud.aws_url, REGION).ec2
    found = ec2.describe_instances(Filters=[{"Name": "private-dns-name", "Values": [node]}])
    ids = [it.get("InstanceId", "") for group in found["Reservations"] for it in group["Instances"]]
    if len(ids) != 1:
        raise CloudError(f"no instance is the node {node}; `kubectl get nodes` names them")
    return ids[0]


def _capacity(state: StateFolder, options: argparse.Namespace, console: Console) -> int:
    cloud = _running(state)
    try:
        wanted = read_capacity(options.zones)
    except ValidationError as error:
        words = ", ".join(str(mistake["input"]) for mistake in error.errors())
        raise CloudError(
            f"{words}: no zone of {REGION}, a to c, or nothing that EC2 sells: "
            f"{', '.join(CAPACITY_TYPES)}"
        ) from None
    set_capacity(cloud, wanted)
    lines = [f"{zone} has no {' and no '.join(kinds)}" for zone, kinds in wanted.without.items()]
    console.print("; ".join(lines) or "All zones have capacity.")
    return 0


def _traffic_table(traffic: "Traffic") -> Table:
    counts = dict(traffic.counts)
    colours = sorted({colour for _, colour in counts})
    table = Table("name", *colours, title="Requests answered")
    for name in dict.fromkeys(name for name, _ in counts):
        table.add_row(name, *(str(counts.get((name, colour), 0)) for colour in colours))
    return table


def _start(state: StateFolder, options: argparse.Namespace, console: Console) -> RunningCloud:
    ports = (options.aws_port, options.dns_port, options.proxy_port)
    settings = _settings(options)
    with ToolDisplay(console) as display:
        plugins = _plugins(state, options, display)
        cloud = lifecycle.start(
            state,
            ports,
            display,
            settings,
            plugins=plugins,
            speed=options.aws_time,
            say=console.print,
        )
    status.print_coming(cloud, console)
    if plugins is not None:
        console.print(status.plugins_line(state))
        if plugins.renders_charts:
            console.print("Webhooks of charts say yes without a check, with a warning each time.")
        if options.aws_time is not None:
            names = ", ".join(sorted(plugins.names))
            console.print(f"--aws-time slows stand-ins alone; these take their own time: {names}.")
    return cloud


_OPTIONS: Mapping[tuple[str, ...], str] = {
    ("balancer_port",): "--balancer-port",
    ("route53", "limit", "per_second"): "--route53-rate",
    ("route53", "limit", "burst"): "--route53-burst",
    ("route53", "propagation_seconds"): "--route53-propagation",
    ("node_start_seconds",): "--node-start",
    ("controller_manager",): "--controller-manager-arg",
    ("programs", "image"): "--program",
}
"""Place of a server's setting, without numbers of lists → the option that says it."""


def _settings(options: argparse.Namespace) -> ServerSettings:
    """Settings of the server. Raises CloudError, which names every option that is wrong."""
    limit = {"per_second": options.route53_rate, "burst": options.route53_burst}
    said = {
        "balancer_port": options.balancer_port,
        "route53": {"limit": limit, "propagation_seconds": options.route53_propagation},
        "unchecked_webhooks": options.unchecked_webhooks,
        "node_start_seconds": options.node_start,
        "extras": _extras(options),
        "controller_manager": tuple(options.controller_manager_arg),
        "programs": [_program(word) for word in options.program],
    }
    try:
        return ServerSettings.model_validate(said)
    except ValidationError as error:
        mistakes = [
            f"{_OPTIONS[tuple(it for it in found['loc'] if isinstance(it, str))]}: "
            f"{found['msg']}, not {found['input']!r}"
            for found in error.errors(include_url=False)
        ]
        raise CloudError("\n".join(mistakes)) from None


def _program(word: str) -> dict[str, object]:
    """A `PodProgram` as JSON."""
    image, _, command = word.partition("=")
    words = shlex.split(command)
    if not words or which(words[0]) is None:
        raise CloudError(f"--program: no program of IMAGE=COMMAND is found: {word!r}")
    return {"image": image, "command": (str(Path(which(words[0]) or "").resolve()), *words[1:])}


def _plugins(
    state: StateFolder, options: argparse.Namespace, display: ToolDisplay
) -> RealPlugins | None:
    """The real plugins that were asked for; they are there before anything starts."""
    if not options.plugins:
        return None
    if lifecycle.find(state) is not None:
        raise CloudError(
            "a local cloud runs with its plugins already: `make down`, then this again."
        )
    names = tuple(filter(None, (name.strip() for name in options.real.split(","))))
    if options.plugins == DOWNLOADED:
        found = downloaded(names, ensure((PULUMI,), display)[PULUMI], cache_folder().parent)
    else:
        found = of_folder(Path(options.plugins).expanduser().resolve(), names)
    if found.renders_charts:
        charts.refuse_without_real(PROJECT_ROOT)
    return found


def _running(state: StateFolder) -> RunningCloud:
    cloud = lifecycle.find(state)
    if cloud is None:
        raise CloudError("no local cloud runs; start one with `make demo` or `make up`.")
    return cloud


_COMMANDS = {
    "tools": _tools,
    "up": _up,
    "demo": _demo,
    "demo-switch": _demo_switch,
    "preview": _preview,
    "shell": _shell,
    "exec": _exec,
    "env": _env,
    "status": _status,
    "permissions": _permissions,
    "down": _down,
    "traffic": _traffic,
    "load": _load,
    "interrupt": _interrupt,
    "capacity": _capacity,
}
