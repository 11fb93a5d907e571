"""Posts a comment on the pull or merge request that a pipeline runs for, once, then updates it.

Needs nothing but Python, so that it runs from another checkout than the one that was previewed.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""What an API answers."""

_PAGE = 100
_TIMEOUT = 30.0  # seconds for one answer


class PostError(Exception):
    """The comment could not be posted; the message says why."""


@dataclass(frozen=True)
class Forge:
    """Where comments go.

    Attributes:
        comments: URL of the request's comments.
        one: URL of a comment, to which its id is added.
        update: HTTP method that changes a comment.
        headers: headers of each call; they hold the token.
    """

    comments: str
    one: str
    update: str
    headers: Mapping[str, str]


def publish(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Posts `text`, or updates the comment that has the same first line.

    Args:
        text: the comment.
        environment: of the pipeline: GITHUB_* with GITHUB_TOKEN and PR_NUMBER, or CI_* with
            GITLAB_TOKEN.

    Returns:
        What was done, in one sentence.

    Raises:
        PostError: this is no pipeline of a request, the text is no comment of ours, or the
            forge refused.
    """
    forge, mark = _forge(environment), text.partition("\n")[0]
    if not mark.startswith("<!--"):
        raise PostError("this is no comment of `python -m preview`: its first line is no mark")
    known = next((it for it in _all(forge) if str(it.get("body", "")).startswith(mark)), None)
    if known is None:
        _call(forge, "POST", forge.comments, {"body": text})
        return "the comment was posted"
    _call(forge, forge.update, f"{forge.one}/{known['id']}", {"body": text})
    return "the comment was updated"


def _forge(environment: Mapping[str, str]) -> Forge:
    if "GITHUB_REPOSITORY" in environment:
        return _github(environment)
    if "CI_PROJECT_ID" in environment:
        return _gitlab(environment)
    raise PostError("a comment can be posted by a pipeline of GitHub Actions or GitLab CI only")


def _github(environment: Mapping[str, str]) -> Forge:
    given = _needed(environment, "GITHUB_API_URL", "GITHUB_REPOSITORY", "PR_NUMBER", "GITHUB_TOKEN")
    issues = f"{given['GITHUB_API_URL']}/repos/{given['GITHUB_REPOSITORY']}/issues"
    return Forge(
        comments=f"{issues}/{given['PR_NUMBER']}/comments",
        one=f"{issues}/comments",
        update="PATCH",
        headers={
            "Authorization": f"Bearer {given['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
        },
    )


def _gitlab(environment: Mapping[str, str]) -> Forge:
    given = _needed(
        environment, "CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "GITLAB_TOKEN"
    )
    project = urllib.parse.quote(given["CI_PROJECT_ID"], safe="")
    request = f"projects/{project}/merge_requests/{given['CI_MERGE_REQUEST_IID']}"
    notes = f"{given['CI_API_V4_URL']}/{request}/notes"
    return Forge(notes, notes, "PUT", {"PRIVATE-TOKEN": given["GITLAB_TOKEN"]})


def _needed(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    lacking = [name for name in names if not environment.get(name)]
    if lacking:
        raise PostError(f"to post a comment needs {', '.join(lacking)} in the environment")
    return {name: environment[name] for name in names}


def _all(forge: Forge) -> Iterator[Json]:
    page = 1
    while True:
        found = _call(forge, "GET", f"{forge.comments}?per_page={_PAGE}&page={page}")
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def _call(forge: Forge, method: str, url: str, body: Json = None) -> Json:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise PostError(f"{url} is not https, and a token would go with it")
    request = urllib.request.Request(  # noqa: S310 - the scheme has just been checked
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={**forge.headers, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise PostError(f"{method} {url} was answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        raise PostError(f"{method} {url} got no answer: {error}") from error


def main(arguments: list[str] | None = None) -> int:
    """Runs the command: 0 once the comment stands, 1 with one sentence on stderr if not."""
    parser = argparse.ArgumentParser(prog="python -m preview.post", description=__doc__)
    parser.add_argument("file", type=Path, help="the comment, as `python -m preview` wrote it")
    options = parser.parse_args(arguments)
    try:
        print(publish(options.file.read_text()))
    except (OSError, PostError) as error:
        print(f"post: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
