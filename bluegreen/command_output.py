"""What a command says in the end: its result, as text or JSON."""

from bluegreen.context import Context
from bluegreen.ending import Document, print_json
from bluegreen.finding import refused
from bluegreen.render.findings import commands
from bluegreen.snapshot import JsonModel
from bluegreen.switch import Plan
from handover.assignment import Assignment


def show_result(context: Context, result: JsonModel | Document, text: str) -> None:
    """The result as JSON, or in words."""
    if context.as_json:
        print_json(to_json(result) if isinstance(result, JsonModel) else result)
    else:
        context.console.print(text, highlight=False)


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
