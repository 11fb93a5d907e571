"""JSON Schemas whose descriptions are the docstrings below the attributes of models.

Pydantic reads them itself if it is asked to, but as each class is made: that is a fifth of the
time that importing the models takes. A schema is made seldom, so they are read only then.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


class Described(GenerateJsonSchema):
    """For `model_json_schema(schema_generator=Described)`."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The schema of one model, each property with its description."""
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        properties: dict[str, JsonSchemaValue] = made.get("properties", {})
        for name, text in docstrings(model).items():
            field = model.model_fields.get(name)
            found = field and properties.get(field.alias or name)
            if found is not None:
                found.setdefault("description", text)
        return made


def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The docstring of each attribute of a model, those of its bases included."""
    classes = [it for it in reversed(model.__mro__) if issubclass(it, BaseModel)]
    return {name: text for it in classes if it is not BaseModel for name, text in _own_text(it)}


def _own_text(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (made,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(made, ast.ClassDef)  # noqa: S101 - the source of a class
    for said, after in pairwise(made.body):
        match said, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
            case _:
                pass
