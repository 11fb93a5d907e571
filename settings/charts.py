"""Where Helm charts come from."""

from typing import Annotated, Literal

from pydantic import Field

from settings.model import Matching

PUBLIC_REPOSITORIES: Literal["public"] = "public"
"""Charts come straight from the repositories that publish them."""

ChartSource = Annotated[
    str,
    Matching(
        r"public|\.{1,2}(?:/[A-Za-z0-9_.-]+)+",
        "public, or a folder beside the stack files such as ./charts",
    ),
    Field(max_length=255),
]
