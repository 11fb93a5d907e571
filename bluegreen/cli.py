"""The command line: options in, tables or JSON and an exit code out."""

import gc
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.arguments import (
    DURATION_HELP,
    NOTIFY_VARIABLE,
    RESOLVER_VARIABLE,
    STACKS,
    parse_colour,
    parse_duration,
    parse_name,
    parse_resolver,
    parse_stack,
)
from bluegreen.charts_command import charts
from bluegreen.ending import errors_to_exit_code, print_json, print_line
from bluegreen.errors import MEANINGS, Exit, OperatorError, RefusedError
from bluegreen.init_command import init
from bluegreen.on_demand import OnDemand
from eks_platform_contract.names import COLOURS, Colour

if TYPE_CHECKING:
    from importlib import metadata

    from rich import live as live_display

    from bluegreen import command_output as output
    from bluegreen import context as parts
    from bluegreen import costs_seen, notifications, rules, stack_files, updates
    from bluegreen import finding as judged
    from bluegreen import snapshot as snapshot_module
    from bluegreen import watch as watching
    from bluegreen.context import Context
    from bluegreen.drain import Drained, TrafficReading
    from bluegreen.finding import Finding
    from bluegreen.overview import Overview
    from bluegreen.render import findings as shown
    from bluegreen.render import history as shown_history
    from bluegreen.render import leftovers as shown_leftovers
    from bluegreen.render import overview as shown_overview
    from bluegreen.render import overview_page as shown_page
    from bluegreen.render import status as shown_status
    from bluegreen.render import traffic as shown_traffic
else:
    metadata = OnDemand("importlib.metadata")
    live_display = OnDemand("rich.live")
    output = OnDemand("bluegreen.command_output")
    parts = OnDemand("bluegreen.context")
    costs_seen = OnDemand("bluegreen.costs_seen")
    judged = OnDemand("bluegreen.finding")
    notifications = OnDemand("bluegreen.notifications")
    rules = OnDemand("bluegreen.rules")
    snapshot_module = OnDemand("bluegreen.snapshot")
    stack_files = OnDemand("bluegreen.stack_files")
    updates = OnDemand("bluegreen.updates")
    watching = OnDemand("bluegreen.watch")
    shown = OnDemand("bluegreen.render.findings")
    shown_history = OnDemand("bluegreen.render.history")
    shown_leftovers = OnDemand("bluegreen.render.leftovers")
    shown_overview = OnDemand("bluegreen.render.overview")
    shown_page = OnDemand("bluegreen.render.overview_page")
    shown_status = OnDemand("bluegreen.render.status")
    shown_traffic = OnDemand("bluegreen.render.traffic")

_HELP = """
Moves production between two EKS clusters, **blue** and **green**, safely.

One colour is *active*: production's live names lead to its load balancers. The life of a colour,
command by command:

- `init` writes the stack files of a new platform
- `charts` fetches the Helm charts into the project
- `preflight` asks the account whether it has what that needs
- `bootstrap` builds it; the very first one becomes active
- `recover` settles what an interrupted `pulumi up` left
- `status` shows both colours side by side, and every broken rule
- `watch` shows the same in a few figures, again and again
- `plan` shows what a switch would do, and what forbids it
- `switch` makes it active
- `drain` watches traffic leave the other one
- `retire` deletes the other one
- `history` lists past switches
- `leftovers` lists and removes records that nothing asks for any more

An upgrade from blue to green, green's version set in Pulumi.green.yaml:

    bluegreen bootstrap --colour green
    bluegreen switch --to green --only NAME   # a canary, if you like
    bluegreen switch --to green
    bluegreen drain --colour blue
    bluegreen retire --colour blue

The command keeps no state of its own: it reads the stacks, Route 53, EKS, the API servers and
the load balancers each time. Whatever is interrupted is continued by the same command. Each
update that it makes is a plain `pulumi up`, and `plan` prints them: the same can be done by hand.

Run it in the project's folder, with credentials for AWS and for Pulumi's backend, from where the
VPC can be reached.
"""

_DISTRIBUTION = "eks-platform"

_EPILOG = "**Exit codes**\n\n" + "\n".join(f"- {code:d}: {MEANINGS[code]}" for code in Exit)

app = typer.Typer(
    name="bluegreen",
    help=_HELP,
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("init")(init)
app.command("charts")(charts)

_COLOUR = "blue|green"
ColourOption = Annotated[
    Colour,
    typer.Option(
        "--colour",
        parser=parse_colour,
        metavar=_COLOUR,
        autocompletion=lambda: list(COLOURS),
        help="The colour it is about.",
    ),
]
StackOption = Annotated[
    str,
    typer.Option(
        "--stack",
        "-s",
        parser=parse_stack,
        metavar="|".join(STACKS),
        autocompletion=lambda: list(STACKS),
        help="The stack.",
        show_default=False,
    ),
]
ToOption = Annotated[
    Colour,
    typer.Option(
        "--to",
        parser=parse_colour,
        metavar=_COLOUR,
        autocompletion=lambda: list(COLOURS),
        help="The colour that is to become active.",
    ),
]
ProjectOption = Annotated[
    Path,
    typer.Option("--project", "-C", help="Folder of the Pulumi project, or one below it."),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document; progress goes to standard error."),
]
WaiveOption = Annotated[
    list[str] | None,
    typer.Option(
        "--waive",
        metavar="NAME",
        help="Leave this live name behind; it stays as it is. Or go on in spite of what a check"
        " names: a node, a load balancer, KIND/NAMESPACE/NAME, STACK/CHANGE. Can be given several"
        " times.",
    ),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        parser=parse_name,
        metavar="NAME",
        help="A canary: move this live name alone, and leave the rest where it is. Can be given"
        " several times. Move it back with the same option, or the rest after it without.",
    ),
]
ResolverOption = Annotated[
    list[str] | None,
    typer.Option(
        "--resolver",
        metavar="HOST[:PORT]",
        envvar=RESOLVER_VARIABLE,
        help="Ask this name server, in place of the zones' authoritative ones (public names) and"
        " this machine's resolver (private names). Can be given several times.",
    ),
]
WarmOption = Annotated[
    bool,
    typer.Option(
        "--warm",
        help="Raise first what is cold on the colour: replicas, or the least of an autoscaler, to"
        " the ready pods of the other one. It is let go at the end.",
    ),
]
KeepWarmOption = Annotated[
    timedelta,
    typer.Option(
        "--keep-warm",
        parser=parse_duration,
        metavar="DURATION",
        help="How long the least of autoscalers that --warm has raised stays so at most, once names"
        f" have moved: until they ask for as many pods by themselves. {DURATION_HELP}",
    ),
]
TimeoutOption = Annotated[
    timedelta,
    typer.Option(
        "--timeout",
        parser=parse_duration,
        metavar="DURATION",
        help=f"How long live names may take to move. {DURATION_HELP}",
    ),
]
WindowOption = Annotated[
    timedelta,
    typer.Option(
        "--window",
        parser=parse_duration,
        metavar="DURATION",
        help=f"How long nothing must have come. {DURATION_HELP}",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DeadLockOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dead-lock",
        metavar="LOCK",
        help="Your word that the update of this lock is dead, where nothing proves it: the lock is"
        " removed. Named as the command names it, with its time, so that it never means a later"
        " one. Can be given several times.",
    ),
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore-traffic",
        metavar="NAME",
        help="Accept what comes to this load balancer, such as scanners' connections. Also takes"
        " an object whose load balancer cannot be watched, as the refusal writes it:"
        " KIND/NAMESPACE/NAME. Can be given several times.",
    ),
]

NotifyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--notify",
        metavar="URL",
        envvar=NOTIFY_VARIABLE,
        help="Tell this webhook when it begins and how it ends, as JSON; Slack's own, or one with"
        " `slack+` before it, in Slack's form. Can be given several times; an address is a secret,"
        " so better in the variable.",
    ),
]

_HERE = Path()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bluegreen {metadata.version(_DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version, and end."
        ),
    ] = False,
) -> None:
    """What comes before a command; the application's own help is shown for it."""


_QUARTER = "15m"
_KEEP_WARM = "4m"
_MOVES = "this moves production names"


@app.command()
@errors_to_exit_code
def preflight(
    colour: Annotated[
        Colour | None,
        typer.Option(
            "--colour", help="Look at what this colour needs. Default: all that have a stack file."
        ),
    ] = None,
    resolver: ResolverOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask the account whether it has what the stack files need, before anything is made.

    Pinned versions, instance types in each zone, quotas for all nodes of `max`, free addresses,
    roles of AWS's own services, the caller's permissions, zones and their delegation, Pulumi's
    backend and key, charts and images. Changes nothing. Ends with 3 if something is lacking, and
    with 8 if nothing is as far as was seen, and something was not.
    """
    context = _context(project, as_json, resolver)
    findings = context.preflight.run([colour] if colour else None)
    _show_findings(context, findings)
    verdicts = {finding.verdict for finding in judged.refused(findings)}
    if verdicts:
        raise typer.Exit(Exit.REFUSED if "fail" in verdicts else Exit.UNSEEN)


def _show_findings(context: "Context", findings: "Sequence[Finding]") -> None:
    if context.as_json:
        print_json({"findings": [output.to_json(it) for it in findings]})
    else:
        context.console.print(shown.account(findings), crop=False)


@app.command()
@errors_to_exit_code
def bootstrap(  # noqa: PLR0917 - options, given by name
    colour: ColourOption = "blue",
    skip_preflight: Annotated[
        bool,
        typer.Option(
            "--skip-preflight",
            help="Do not look at the account first, or in spite of what it lacks.",
        ),
    ] = False,
    resolver: ResolverOption = None,
    dead_lock: DeadLockOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Build a colour and all that it needs; where no colour is active, make it active.

    Brings up the shared stack, the colour, and tells shared of it. Of a platform that stands it
    builds the idle colour, for example on the next Kubernetes version: set that in
    Pulumi.COLOUR.yaml before. Interrupted, it goes on where it was.

    Where the colour does not stand yet, it looks at the account first, as `preflight` does, and
    refuses if something is lacking. What could not be seen is shown, and refuses nothing.
    """
    context = _context(project, as_json, resolver, dead_locks=dead_lock)
    if not skip_preflight:
        _look_first(context, colour)
    with stack_files.advise_commit(context):
        built = context.bootstrap.run(colour)
        output.show_result(
            context, built, f"{colour} stands; {built.active or 'no colour'} is active."
        )


def _look_first(context: "Context", colour: Colour) -> None:
    """Looks at the account, unless the colour's stack has resources: then an update goes on."""
    if context.stacks.read(colour).resources:
        return
    findings = context.preflight.run([colour])
    if not context.as_json:
        context.console.print(shown.account(findings), crop=False)
    lacking = [finding for finding in findings if finding.verdict == "fail"]
    if lacking:
        which = (
            f":\n{judged.describe_refused(lacking)}"
            if context.as_json
            else f", by {judged.name_refused(lacking)}"
        )
        raise RefusedError(
            "nothing was made: mend what the account lacks, or give --skip-preflight; it lacks"
            f" something{which}"
        )


@app.command()
@errors_to_exit_code
def recover(
    stack: StackOption,
    dead_lock: DeadLockOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Take into a stack what an interrupted update made and did not write down.

    For a plain `pulumi up` or `pulumi destroy`: run it before you run that again. All other
    commands here do so by themselves. What exists, and is surely the stack's own by its name and
    tags, goes into the state; what does not exist is forgotten, and the next update makes it; a
    Helm release that is stuck in its installation is freed. Refuses where something exists that
    may be somebody else's, and then says what to do.
    """
    context = _context(project, as_json, dead_locks=dead_lock)
    recovered = context.updates.recover(stack)
    output.show_result(context, recovered, f"{recovered.summary}\nNext: pulumi up -s {stack}")


@app.command()
@errors_to_exit_code
def status(project: ProjectOption = _HERE, as_json: JsonOption = False) -> None:
    """Show both colours side by side, where live names lead, and every broken rule in red.

    Changes nothing. Works with a colour absent, or nothing there at all.
    """
    context = _context(project, as_json)
    with context.report.step("look at stacks, clusters, records and load balancers"):
        snapshot = context.observer.everything()
        window = parse_duration(_QUARTER)
        looks: dict[Colour, TrafficReading] = {
            c: context.drain.read_traffic(snapshot, c, window) for c in COLOURS
        }
        left = context.cleanup.find(snapshot)
    findings = rules.invariants(snapshot)
    if as_json:
        traffic = {b: sum(t.values()) for look in looks.values() for b, t in look.traffic.items()}
        said = {
            "findings": [output.to_json(f) for f in findings],
            "traffic": traffic,
            "costs": output.to_json(costs_seen.pair_costs(snapshot)),
        }
        print_json(
            {
                **output.to_json(snapshot),
                **said,
                "leftovers": [output.to_json(it) for it in left.leftovers],
            }
        )
    else:
        context.console.print(shown_status.status(snapshot, findings, looks))
        context.console.print(shown_leftovers.table(left, snapshot))
    verdicts = {finding.verdict for finding in judged.refused(findings)}
    if verdicts:
        raise typer.Exit(Exit.REFUSED if "fail" in verdicts else Exit.UNSEEN)


@app.command()
@errors_to_exit_code
def watch(
    every: Annotated[
        timedelta,
        typer.Option(
            "--every",
            parser=parse_duration,
            metavar="DURATION",
            help=f"Pause between two looks. {DURATION_HELP}",
        ),
    ] = "15s",  # pyright: ignore[reportArgumentType] - parsed by typer
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write each look as a page too, which a browser loads anew by itself.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once.")] = False,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Watch both colours: live names, writers, traffic, nodes, what is left of the minor's support.

    Changes nothing, and ends with Ctrl-C. Traffic is that of the last half hour; CloudWatch is up
    to two minutes late. Without a terminal, each look is a line; with --json, a JSON document.
    """
    context = _context(project, as_json)
    looks = watching.Watch(context.observer, context.drain)
    with live_display.Live(console=context.console, auto_refresh=False) as live:

        def show(seen: "Overview", trouble: str) -> None:
            if html is not None:
                watching.write_page(html, shown_page.page(seen, every.total_seconds(), trouble))
            if as_json:
                print_line({**output.to_json(seen), "trouble": trouble})
            elif context.console.is_terminal:
                live.update(shown_overview.panel(seen, trouble), refresh=True)
            else:
                context.console.print(shown_overview.line(seen, trouble), soft_wrap=True)

        with suppress(KeyboardInterrupt):
            looks.run(every, show, 1 if once else None)


@app.command()
@errors_to_exit_code
def leftovers(
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--remove", metavar="NAME", help="Remove this name. Can be given several times."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--remove-all", help="Remove all that are listed.")
    ] = False,
    yes: YesOption = False,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """List, and remove, records that no object asks for any more.

    The DNS writers never delete, so a name stays when its object goes, and leads to a load
    balancer that may be gone. Only record sets that ownership records give to this platform's DNS
    writers are ever touched, and only if no object of a cluster asks for the name. Age is that of
    the last write, by CloudTrail, which looks back 90 days.
    """
    context = _context(project, as_json)
    if not names and not every:
        found = context.cleanup.find()
        if as_json:
            print_json(
                {
                    "leftovers": [output.to_json(it) for it in found.leftovers],
                    "notSeen": list(found.blind),
                }
            )
        else:
            context.console.print(shown_leftovers.table(found))
            if not found.leftovers and not found.blind:
                context.console.print("[green]There is none.[/green]")
        if found.blind:
            raise typer.Exit(Exit.UNSEEN)
        return
    if not yes:
        chosen = context.cleanup.choose(names or (), every=every)
        _confirm(f"Delete the records of {', '.join(it.name for it in chosen)}?")
    removed = context.cleanup.remove(names or (), every=every)
    output.show_result(
        context, removed, f"{len(removed.names)} names removed, {removed.records} record sets."
    )


@app.command()
@errors_to_exit_code
def plan(  # noqa: PLR0917 - options, given by name
    to: ToOption,
    only: OnlyOption = None,
    waive: WaiveOption = None,
    warm: WarmOption = False,
    resolver: ResolverOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Show what a switch would do, step by step, and every reason to refuse it.

    Changes nothing. Ends with 3 if the switch would be refused.
    """
    context = _context(project, as_json, resolver)
    found = context.switch.plan(to, waive or (), only or (), warm=warm)
    if as_json:
        print_json(output.plan_to_json(found))
    else:
        context.console.print(shown.plan(found), crop=False)
    if judged.refused(found.findings):
        raise typer.Exit(Exit.REFUSED)


@app.command()
@errors_to_exit_code
def switch(  # noqa: PLR0917 - options, given by name
    to: ToOption,
    only: OnlyOption = None,
    waive: WaiveOption = None,
    warm: WarmOption = False,
    rollback: Annotated[
        bool,
        typer.Option(
            "--rollback/--no-rollback",
            help="Go back to the old colour if the switch fails after its first change.",
        ),
    ] = True,
    yes: YesOption = False,
    timeout: TimeoutOption = _QUARTER,  # pyright: ignore[reportArgumentType] - parsed by typer
    keep_warm: KeepWarmOption = _KEEP_WARM,  # pyright: ignore[reportArgumentType] - as above
    resolver: ResolverOption = None,
    dead_lock: DeadLockOption = None,
    notify: NotifyOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a colour active, and end once every live name leads to it.

    Checks first, and refuses with every reason at once. Shows the plan and asks. Then: the old
    colour's live DNS writers end; the new colour becomes active, API records included; its live DNS
    writers start; every name server of the zones gives the new addresses. Interrupted, run it
    again: it goes on from where the stacks stand. To take a switch back, switch to the old colour.
    """
    patience = updates.Patience(
        names_seconds=timeout.total_seconds(), warm_seconds=keep_warm.total_seconds()
    )
    context = _context(project, as_json, resolver, patience, dead_lock, notify=notify)
    if not yes:
        _require_terminal(_MOVES)
    found = context.switch.plan(to, waive or (), only or (), warm=warm)
    if not as_json:
        context.console.print(shown.plan(found), crop=False)
        found = replace(found, told=True)
    if not yes and found.steps and (found.begun or not judged.refused(found.findings)):
        _confirm(f"Go on, so that {found.target.in_words}?", _MOVES)
    record = None
    if found.steps and (found.begun or not judged.refused(found.findings)):
        record = context.recorder.begin("switch", to, only=only or (), waived=waive or ())
    with stack_files.advise_commit(context):
        with context.recorder.recorded(record) as say:
            names = context.switch.run(found, waive or (), rollback=rollback)
            now = f"{to} is active" if found.target.whole else found.target.in_words
            ended = f"{now}; {names} live names lead there."
            say(ended)
        result = {
            **output.assignment_to_json(found.target),
            "names": names,
            "waived": list(waive or ()),
        }
        output.show_result(context, result, ended)
        if found.target.whole:
            context.report.print_line(
                f"Next: bluegreen drain --colour {snapshot_module.other_colour(to)}"
            )


@app.command()
@errors_to_exit_code
def drain(
    colour: ColourOption,
    window: WindowOption = _QUARTER,  # pyright: ignore[reportArgumentType] - parsed by typer
    give_up: Annotated[
        timedelta | None,
        typer.Option(
            "--give-up-after",
            parser=parse_duration,
            metavar="DURATION",
            help=f"End with 7 if there is still traffic then. {DURATION_HELP} Default: never.",
        ),
    ] = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Watch traffic leave a colour, and end once nothing came for the window.

    Looks at requests and flows of its load balancers (CloudWatch) and at the records that still
    lead there. CloudWatch is up to two minutes late, so it waits as much longer. While a Service
    or an Ingress has a load balancer whose traffic it cannot see, it does not end but says so.
    """
    context = _context(project, as_json)
    drained = _watch_traffic(
        context,
        lambda show: context.drain.watch(colour, window, give_up, 15.0, show),
    )
    output.show_result(context, drained, f"Next: bluegreen retire --colour {colour}")


@app.command()
@errors_to_exit_code
def retire(  # noqa: PLR0917 - options, given by name
    colour: ColourOption,
    window: WindowOption = _QUARTER,  # pyright: ignore[reportArgumentType] - parsed by typer
    ignore: IgnoreOption = None,
    yes: YesOption = False,
    dead_lock: DeadLockOption = None,
    notify: NotifyOption = None,
    project: ProjectOption = _HERE,
    as_json: JsonOption = False,
) -> None:
    """Delete a colour: its load balancers, its stack and the records that it alone owned.

    Its control plane and pod logs stay for their days, unless its stack file has logging.keep off.
    Refuses for the active colour, and for one whose load balancers are still named by a record
    other than its own, had traffic in the window or cannot be watched. Never touches a live name.
    Interrupted, run it again.
    """
    context = _context(project, as_json, dead_locks=dead_lock, notify=notify)
    _, findings = context.retirement.check(colour, window, ignore or ())
    if not as_json:
        context.console.print(shown.findings_table(findings, "Checks"))
        if judged.refused(findings):
            raise RefusedError(
                f"{colour} cannot be retired, by {judged.name_refused(findings)} above"
            )
    if not judged.refused(findings) and not yes:
        _confirm(f"Delete cluster eks-{colour} and all that it owns?")
    record = None
    if not judged.refused(findings):
        record = context.recorder.begin("retire", colour, waived=ignore or ())
    with stack_files.advise_commit(context):
        with context.recorder.recorded(record) as say:
            retired = context.retirement.run(colour, window, ignore or ())
            say(retired.in_words)
        output.show_result(
            context,
            {**output.to_json(retired), "waived": list(ignore or ())},
            retired.in_full(context.aws.region),
        )


@app.command()
@errors_to_exit_code
def history(project: ProjectOption = _HERE, as_json: JsonOption = False) -> None:
    """List switches and retirements: who, when, how long, what was waived, how each ended.

    They are kept beside the states of the stacks, in a file or an S3 backend. One that stands as
    `begun` and is over was killed. A canary is a switch of its names.
    """
    context = _context(project, as_json)
    records = context.stacks.journal.read()
    if as_json:
        print_json({"records": [output.to_json(it) for it in records]})
    elif records:
        context.console.print(shown_history.table(records))
    else:
        context.console.print("None was recorded here yet.")


def _context(
    project: Path,
    as_json: bool,
    resolvers: Sequence[str] | None = None,
    patience: "updates.Patience | None" = None,
    dead_locks: Sequence[str] | None = None,
    *,
    notify: Sequence[str] | None = None,
) -> "Context":
    context = parts.Context(
        folder=parts.project_folder(project),
        resolvers=[parse_resolver(text) for text in resolvers or ()],
        patience=patience or updates.Patience(),
        as_json=as_json,
        dead_locks=dead_locks or (),
        ask=_ask if sys.stdin.isatty() else None,
        webhooks=[notifications.parse_webhook(text) for text in notify or ()],
    )
    # What was imported for it stays; see `main`.
    gc.freeze()
    gc.enable()
    return context


def _ask(question: str) -> bool:
    return typer.confirm(question, err=True)


def _watch_traffic(
    context: "Context", watch: "Callable[[Callable[[TrafficReading], None]], Drained]"
) -> "Drained":
    """Shows each look in place of the last one; without a terminal, a line when it changes."""
    looks: list[TrafficReading] = []

    def show(look: "TrafficReading") -> None:
        said = shown_traffic.verdict(look)
        if live.console.is_terminal:
            live.update(shown_traffic.traffic_table(look), refresh=True)
        elif not looks or shown_traffic.verdict(looks[-1]) != said:
            context.console.print(f"{look.until:%H:%M} {said}", highlight=False)
        looks[:] = [look]

    try:
        with live_display.Live(console=context.console, auto_refresh=False, transient=True) as live:
            return watch(show)
    finally:
        for look in looks:
            context.console.print(shown_traffic.traffic_table(look))


def _confirm(question: str, what: str = "this deletes something") -> None:
    _require_terminal(what)
    if not _ask(question):
        raise OperatorError("nothing was changed")


def _require_terminal(what: str) -> None:
    if not sys.stdin.isatty():
        raise OperatorError(f"{what}: give --yes where nobody can be asked")


def main() -> None:
    """Runs the command and ends the process with its exit code."""
    # Looking for garbage among modules that are being imported is a fifth of a command's start.
    gc.disable()
    app(prog_name="bluegreen")
