"""`bluegreen init`: asks what the stack files must say of a new platform, and writes them."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer
from rich.console import Console

from bluegreen.ending import errors_to_exit_code, print_json
from bluegreen.errors import OperatorError
from bluegreen.on_demand import OnDemand
from eks_platform_contract.names import SHARED

if TYPE_CHECKING:
    import pydantic
    from pydantic import TypeAdapter

    from bluegreen import first_files
    from bluegreen.first_files import ExistingRoles, FirstZone
    from settings import human_roles, model
    from settings import shared as shared_settings
else:
    pydantic = OnDemand("pydantic")
    first_files = OnDemand("bluegreen.first_files")
    human_roles = OnDemand("settings.human_roles")
    model = OnDemand("settings.model")
    shared_settings = OnDemand("settings.shared")

Kind = Literal["public", "private", "api"]
Value = TypeVar("Value")

_KINDS: tuple[Kind, ...] = ("public", "private", "api")
_WHAT = {
    "public": "Public zone, of names that the internet asks for",
    "private": "Private zone, of names that the VPC asks for",
    "api": "Zone of the API server's own name, apart from the two",
}
_HERE = Path()


@errors_to_exit_code
def init(  # noqa: PLR0917 - options, given by name
    account: Annotated[
        str | None, typer.Option(help="Account id of the platform: 12 digits.", metavar="ID")
    ] = None,
    region: Annotated[str | None, typer.Option(help="AWS region, such as eu-west-1.")] = None,
    public_zone: Annotated[str | None, typer.Option(help=_WHAT["public"] + ".")] = None,
    private_zone: Annotated[str | None, typer.Option(help=_WHAT["private"] + ".")] = None,
    api_zone: Annotated[str | None, typer.Option(help=_WHAT["api"] + ".")] = None,
    create_zone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Create this zone (public, private or api); others are looked up. Can be given"
            " several times.",
        ),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Account whose people may take the platform's roles on; the platform's own by"
            " default. Can be given several times.",
        ),
    ] = None,
    admin_role: Annotated[
        str | None, typer.Option(help="Existing role of admins, by name or ARN.")
    ] = None,
    readwrite_role: Annotated[
        str | None, typer.Option(help="Existing role of those who change applications.")
    ] = None,
    readonly_role: Annotated[str | None, typer.Option(help="Existing role of readers.")] = None,
    cidr: Annotated[str | None, typer.Option(help="IPv4 range of the VPC that is made.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where colours stand.")] = False,
    project: Annotated[
        Path, typer.Option("--project", "-C", help="Folder of the Pulumi project.")
    ] = _HERE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write the three stack files of a new platform.

    Asks for account, region, zones and people; options answer before they are asked, and without a
    terminal all must be given. What the settings refuse is said before anything is written. Makes
    and asks nothing in AWS.
    """
    folder = _folder(project)
    existing = {"admin": admin_role, "readwrite": readwrite_role, "readonly": readonly_role}
    ask = _Questions(can_ask=_is_terminal())
    wanted_region = ask.text("--region", "AWS region", region, pydantic.TypeAdapter(model.Region))
    own_account = ask.text(
        "--account",
        "Account id of the platform",
        account,
        pydantic.TypeAdapter(human_roles.AccountId),
    )
    given = {"public": public_zone, "private": private_zone, "api": api_zone}
    made = _created(create_zone)
    zones = {kind: ask.zone(kind, given[kind], made) for kind in _KINDS}
    roles = ask.roles(existing)
    trusted = () if roles else ask.accounts(trust, own_account)
    ask.end()
    answers = first_files.Answers(
        region=wanted_region, trusted=trusted, roles=roles, cidr=cidr, **zones
    )
    texts = first_files.make_files(folder, answers, force=force)
    for path, text in texts.items():
        path.write_text(text)
    names = [path.name for path in texts]
    if as_json:
        print_json({"written": names})
        return
    delegated = [it.name for kind, it in zones.items() if it.create and kind != "private"]
    _say_next(names, delegated, own_account)


def _say_next(names: Sequence[str], delegated: Sequence[str], account: str) -> None:
    """What was written, and what is to do now.

    Args:
        names: of the files.
        delegated: public zones that the platform creates.
        account: id of the platform's.
    """
    console = Console(emoji=False)
    console.print(f"Written: {', '.join(names)}.", highlight=False)
    console.print(
        "Next: `bluegreen charts` fetches the Helm charts. Commit them with the stack files.",
        highlight=False,
        soft_wrap=True,
    )
    if delegated:
        console.print(
            f"{' and '.join(delegated)}: delegate them once the shared stack stands.",
            highlight=False,
        )
    console.print(
        f"Sign in to account {account}, then: pulumi stack init {SHARED}, and"
        f" pulumi up -s {SHARED}. docs/aws.md says all of it, step by step.",
        highlight=False,
        soft_wrap=True,
    )


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _folder(start: Path) -> Path:
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise OperatorError(
        f"no Pulumi.yaml in {start} or above: run this in the project, or give --project"
    )


def _created(kinds: list[str] | None) -> frozenset[str] | None:
    strange = sorted({*(kinds or ())} - {*_KINDS})
    if strange:
        raise typer.BadParameter(
            f"{', '.join(strange)}: expected public, private or api", param_hint="--create-zone"
        )
    return None if kinds is None else frozenset(kinds)


class _Questions:
    """Takes each answer from its option, else from a person; without one, notes what is missing."""

    def __init__(self, *, can_ask: bool) -> None:
        self._can_ask = can_ask
        self._missing: list[str] = []

    def text(
        self, option: str, question: str, given: str | None, adapter: "TypeAdapter[str]"
    ) -> str:
        """A text; one that a person types is asked for again until it is right."""
        if given is not None:
            return given
        if not self._can_ask:
            self._missing.append(option)
            return ""
        return _prompt(question, adapter)

    def zone(self, kind: Kind, given: str | None, created: frozenset[str] | None) -> "FirstZone":
        """A zone, and whether it is made."""
        name = self.text(
            f"--{kind}-zone", _WHAT[kind], given, pydantic.TypeAdapter(shared_settings.ZoneName)
        )
        if created is not None:
            return first_files.FirstZone(name, kind in created)
        if given is not None or not self._can_ask:
            return first_files.FirstZone(name, create=False)
        question = f"Does the zone {name} exist in Route 53? (no: it will be made)"
        return first_files.FirstZone(
            name, create=not typer.confirm(question, default=True, err=True)
        )

    def roles(self, given: dict[str, str | None]) -> "ExistingRoles | None":
        """Existing roles, if any is given; then all must be."""
        named = {kind: role for kind, role in given.items() if role is not None}
        if not named:
            return None
        answers = {
            kind: self.text(
                f"--{kind}-role", f"Role of {kind}", role, pydantic.TypeAdapter(human_roles.Role)
            )
            for kind, role in given.items()
        }
        return first_files.ExistingRoles(**answers)

    def accounts(self, given: list[str] | None, own: str) -> tuple[str, ...]:
        """Accounts whose people may take the roles on."""
        if given or not self._can_ask:
            return tuple(given or [own])
        question = "Accounts whose people may use the clusters, parted by commas"
        return _ask_until_right(
            lambda: tuple(
                it.strip() for it in str(typer.prompt(question, default=own, err=True)).split(",")
            ),
            pydantic.TypeAdapter(tuple[human_roles.AccountId, ...]),
        )

    def end(self) -> None:
        """Raises OperatorError if an answer is missing."""
        if self._missing:
            raise OperatorError(f"nobody can be asked here: give {', '.join(self._missing)}")


def _prompt(question: str, adapter: "TypeAdapter[str]") -> str:
    return _ask_until_right(lambda: str(typer.prompt(question, err=True)).strip(), adapter)


def _ask_until_right(ask: Callable[[], Value], adapter: "TypeAdapter[Value]") -> Value:
    while True:
        answer = ask()
        try:
            return adapter.validate_python(answer)
        except pydantic.ValidationError as error:
            typer.echo(f"Expected {error.errors()[0]['msg']}.", err=True)
