"""`bluegreen charts`: the archives of all charts in the project, as the lock pins them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bluegreen.ending import errors_to_exit_code, print_json
from bluegreen.errors import Exit, OperatorError
from bluegreen.on_demand import OnDemand
from eks_platform_contract.names import SHARED

if TYPE_CHECKING:
    from bluegreen import context as parts
    from bluegreen import report as reports
    from bluegreen import vendoring
    from bluegreen.vendoring import Vendored
    from bluegreen.world import published_charts, stack_settings
    from catalogue import chart_archives as archives
    from catalogue.chart_archives import Flaw
    from settings import charts as chart_settings
else:
    parts = OnDemand("bluegreen.context")
    reports = OnDemand("bluegreen.report")
    vendoring = OnDemand("bluegreen.vendoring")
    published_charts = OnDemand("bluegreen.world.published_charts")
    stack_settings = OnDemand("bluegreen.world.stack_settings")
    archives = OnDemand("catalogue.chart_archives")
    chart_settings = OnDemand("settings.charts")

_HERE = Path()


@errors_to_exit_code
def charts(
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is lacking or wrong; ask nobody.")
    ] = False,
    project: Annotated[
        Path, typer.Option("--project", "-C", help="Folder of the Pulumi project.")
    ] = _HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Keep the archives of all Helm charts in the project, so that an update asks no repository.

    Fetches what is lacking into the folder of `eks-platform:charts` (./charts), and verifies all by
    charts.lock. A chart that the lock does not have yet is pinned as it comes first. Commit both.
    What is there and right is not fetched again. Ends with 3 if an archive is lacking or wrong, and
    with 1 if one cannot be fetched; the others are kept.
    """
    folder = parts.project_folder(project)
    folders = _folders(folder)
    if check:
        _show_flaws(
            [it for place in folders for it in archives.flaws(folder, place, archives.pins())],
            as_json,
        )
        return
    console = Console(stderr=as_json, emoji=False)
    report = reports.Report(console)
    try:
        lock = archives.read_lock(folder)
    except archives.LockError as error:
        raise OperatorError(
            f"{archives.LOCK} cannot be read: {error}; take it back from version control"
        ) from None
    wanted = archives.pins()
    with report.step(f"fetch what is lacking of {len(wanted)} charts") as show:
        try:
            done = vendoring.vendor(
                folder,
                folders,
                wanted,
                lock,
                fetch=published_charts.Publishers().fetch,
                today=datetime.now(UTC).date(),
                told=show,
            )
        except OSError as error:
            raise OperatorError(f"{error.filename}: {error.strerror}") from None
    _show(done, folders, console, as_json=as_json)
    if done.failed:
        raise typer.Exit(Exit.FAILED)


def _folders(project: Path) -> list[str]:
    """Folders that stack files name, each once.

    Raises:
        OperatorError: a stack file is wrong, or no colour keeps charts.
    """
    wanted = stack_settings.read(project)
    wrong = [it for it in wanted.mistakes if not it.startswith(f"Pulumi.{SHARED}.yaml")]
    if wrong:
        raise OperatorError("\n".join(["the stack files are wrong:", *wrong]))
    found = dict.fromkeys(it.charts for it in wanted.colours.values())
    found.pop(chart_settings.PUBLIC_REPOSITORIES, None)
    if not found:
        raise OperatorError(
            "no colour keeps charts: set eks-platform:charts to a folder, such as ./charts"
        )
    return list(found)


def _show_flaws(found: "list[Flaw]", as_json: bool) -> None:
    if as_json:
        print_json({"flaws": [vars(it) for it in found]})
    else:
        console = Console(emoji=False)
        for it in found or ["every chart is there, as charts.lock has it"]:
            console.print(str(it), highlight=False, markup=False, soft_wrap=True)
    if found:
        raise typer.Exit(Exit.REFUSED)


def _show(done: "Vendored", folders: list[str], console: Console, *, as_json: bool) -> None:
    if as_json:
        print_json(vars(done))
        return
    lines = [
        f"{len(done.fetched)} fetched, {len(done.kept)} kept, in {' and '.join(folders)}",
        *(f"pinned as it came, no record has it: {it}" for it in sorted(done.trusted)),
        *(f"removed, nothing installs it any more: {it}" for it in done.removed),
        *(f"not fetched: {file}: {why}" for file, why in sorted(done.failed.items())),
    ]
    if done.fetched or done.removed:
        lines.append(f"commit {', '.join(folders)} and {archives.LOCK}")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
