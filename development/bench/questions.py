"""Runs the operator command, and writes down each thing that it asks.

A program of its own: ``python questions.py FILE WORD…``. Each line of the file is a JSON list: of
whom it asked (``engine``, ``aws``, ``cluster``, ``program``), and what. Two equal lines are one
question that was asked twice.
"""

import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

_CHANGING = ("--event-log",)
"""Options of the engine whose values are no part of the question."""


def main() -> None:
    """Runs the words as ``bluegreen`` would."""
    place, *words = sys.argv[1:]
    sys.argv = ["bluegreen", *words]
    with Path(place).open("a", encoding="utf-8") as file:
        note = _note_in(file)
        _watch_programs(note)
        _watch_aws(note)
        _watch_clusters(note)
        from bluegreen.cli import main as bluegreen  # noqa: PLC0415 - after what watches it

        bluegreen()


def _note_in(file: TextIO) -> Callable[[str, str], None]:
    lock = threading.Lock()

    def note(whom: str, what: str) -> None:
        with lock:
            file.write(json.dumps([whom, what]) + "\n")
            file.flush()

    return note


def _watch_programs(note: Callable[[str, str], None]) -> None:
    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            words = [str(it) for it in arguments[1]]
            whom = "engine" if Path(words[0]).name == "pulumi" else "program"
            note(whom, " ".join(_lasting(words)))

    sys.addaudithook(hear)


def _lasting(words: list[str]) -> list[str]:
    """Words of a command without paths of temporary files."""
    gone = {at + 1 for at, word in enumerate(words) if word in _CHANGING}
    return [word for at, word in enumerate(words) if at not in gone]


def _watch_aws(note: Callable[[str, str], None]) -> None:
    from botocore.endpoint import Endpoint  # noqa: PLC0415 - what the command loads itself

    plain = Endpoint.make_request

    def make_request(self: Endpoint, operation_model: Any, request_dict: Mapping[str, Any]) -> Any:  # noqa: ANN401 - botocore's own
        body = request_dict.get("body") or b""
        text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        place = f"{request_dict.get('url_path', '')} {request_dict.get('query_string', '')}"
        note(
            "aws",
            f"{operation_model.service_model.service_name} {operation_model.name} {place} {text}",
        )
        return plain(self, operation_model, request_dict)

    Endpoint.make_request = make_request


def _watch_clusters(note: Callable[[str, str], None]) -> None:
    from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415 - what it loads itself

    plain = RESTClientObject.request

    def request(self: Any, method: str, url: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - untyped there
        note("cluster", f"{method} {url}")
        return plain(self, method, url, *rest, **named)

    RESTClientObject.request = request


if __name__ == "__main__":
    main()
