"""How a command ends: its JSON, or its error, as text or JSON, and its exit code."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from bluegreen.errors import Exit, OperatorError

P = ParamSpec("P")
Document: TypeAlias = Mapping[str, object]

_MISTAKE = (
    "a mistake in bluegreen itself, please report it. `bluegreen status` says where things stand;"
    " the same command again goes on from there"
)
_INTERRUPTED = "interrupted; run the same command again to go on, `bluegreen status` to look"


def errors_to_exit_code(command: Callable[P, None]) -> Callable[P, None]:
    """Makes errors of a command into its exit code and one message."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("as_json"))
        try:
            command(*args, **kwargs)
        except OperatorError as error:
            raise _exit_with(error.code, str(error), as_json=as_json) from None
        except KeyboardInterrupt:
            raise _exit_with(Exit.INTERRUPTED, _INTERRUPTED, as_json=as_json) from None
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as error:  # noqa: BLE001 - its exit code would say that nothing was changed
            # Only here: whose errors they are is slow to import.
            from bluegreen import failures  # noqa: PLC0415

            known = failures.meaning_of(error)
            if known is None:
                traceback.print_exc()
            code, text = known or (Exit.MISTAKE, _MISTAKE)
            raise _exit_with(code, text, as_json=as_json) from None

    return run


def print_json(document: Document) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_line(document: Document) -> None:
    """One JSON document in one line on standard output, at once."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _exit_with(code: Exit, text: str, *, as_json: bool) -> typer.Exit:
    Console(stderr=True, emoji=False).print(
        f"[red]{escape(text)}[/red]", highlight=False, soft_wrap=True
    )
    if as_json:
        print_json({"error": text, "exit": int(code)})
    return typer.Exit(int(code))
