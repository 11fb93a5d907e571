"""How a command ends: its result, or its error, as text or JSON, and its exit code."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeAlias

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from typer.exceptions import TyperException

from bluegreen.context import Context
from bluegreen.errors import Exit, OperatorError
from bluegreen.finding import refused
from bluegreen.render.findings import commands
from bluegreen.snapshot import JsonModel
from bluegreen.switch import Plan
from handover.assignment import Assignment
from handover.steps import NotReadyError
from teardown import TeardownError

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
        except TeardownError as error:
            raise _exit_with(Exit.FAILED, str(error), as_json=as_json) from None
        except NotReadyError as error:
            raise _exit_with(Exit.REFUSED, str(error), as_json=as_json) from None
        except (BotoCoreError, ClientError) as error:
            text = f"AWS could not be asked: {error}"
            raise _exit_with(Exit.FAILED, text, as_json=as_json) from None
        except KeyboardInterrupt:
            raise _exit_with(Exit.INTERRUPTED, _INTERRUPTED, as_json=as_json) from None
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception:  # noqa: BLE001 - else its exit code would say that nothing was changed
            traceback.print_exc()
            raise _exit_with(Exit.MISTAKE, _MISTAKE, as_json=as_json) from None

    return run


def show_result(context: Context, result: JsonModel | Document, text: str) -> None:
    """The result as JSON, or in words."""
    if context.as_json:
        print_json(to_json(result) if isinstance(result, JsonModel) else result)
    else:
        context.console.print(text, highlight=False)


def print_json(document: Document) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_line(document: Document) -> None:
    """One JSON document in one line on standard output, at once."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def to_json(value: JsonModel) -> dict[str, object]:
    """A model as JSON has it."""
    return value.model_dump(mode="json", by_alias=True)


def assignment_to_json(assignment: Assignment) -> dict[str, object]:
    """Who writes what, as JSON has it."""
    canary = {"colour": assignment.canary, "names": list(assignment.names)}
    return {"active": assignment.active, "canary": canary if assignment.names else None}


def plan_to_json(plan: Plan) -> Document:
    """A plan as JSON has it."""
    told = zip(plan.steps, commands(plan.steps, plan.configured), strict=True)
    steps = [
        {"act": step.act, "stack": step.stack, "title": step.title, "commands": lines}
        for step, lines in told
    ]
    return {
        "to": plan.to,
        "target": assignment_to_json(plan.target),
        "refused": bool(refused(plan.findings)),
        "begun": plan.begun,
        "steps": steps,
        "findings": [to_json(finding) for finding in plan.findings],
        "names": list(plan.names),
        "left": list(plan.left),
        "raises": [
            {"object": it.what.name, "field": it.what.field, "from": it.what.number, "to": it.to}
            for it in plan.raises
        ],
        "costs": to_json(plan.costs) if plan.costs else None,
    }


def _exit_with(code: Exit, text: str, *, as_json: bool) -> typer.Exit:
    Console(stderr=True).print(f"[red]{escape(text)}[/red]", highlight=False, soft_wrap=True)
    if as_json:
        print_json({"error": text, "exit": int(code)})
    return typer.Exit(int(code))
