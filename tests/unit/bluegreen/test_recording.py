"""The record of a switch: kept beside the states, told to webhooks, whatever it ends with."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from bluegreen.errors import HalfwayError, OperatorError, TakenBackError
from bluegreen.notifications import NotifyError, Webhook, parse_webhook, slack_message
from bluegreen.recording import Recorder
from bluegreen.render import history
from bluegreen.report import Report
from bluegreen.switch_record import SwitchRecord
from bluegreen.world.journal import Journal, JournalError
from tests.unit.http_server import QuietHandler, running

BEGUN = datetime(2026, 11, 29, 20, 13, 7, 250, tzinfo=UTC)
RECORD = SwitchRecord(
    command="switch",
    colour="green",
    waived=("old.devinfra.fr",),
    by="arn:aws:iam::123456789012:user/eve",
    on="eve@desk",
    begun=BEGUN,
)
DONE = RECORD.model_copy(
    update={"ended": BEGUN + timedelta(seconds=71), "outcome": "done", "says": "green is active"}
)


class Heard:
    """A webhook of this machine, and what came to it."""

    def __init__(self, answer: int = 200) -> None:
        self.answer = answer
        self.bodies: list[Mapping[str, object]] = []
        self.url = ""


@contextmanager
def listening(answer: int = 200) -> Generator[Heard]:
    heard = Heard(answer)

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - the name http.server calls
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.bodies.append(json.loads(body))
            self.send_response(heard.answer)
            self.send_header("Location", heard.url + "/elsewhere")
            self.end_headers()

    with running(Handler) as port:
        heard.url = f"http://127.0.0.1:{port}"
        yield heard


def recorder(
    folder: Path, *webhooks: Webhook, backend: str = "file", environment: Mapping[str, str] = {}
) -> tuple[Recorder, Journal, StringIO]:
    journal = Journal(f"{backend}://{folder}?metadata=skip", "eks-platform")
    said = StringIO()
    made = Recorder(
        lambda: journal,
        webhooks,
        Report(Console(file=said, width=200)),
        lambda: "arn:aws:iam::123456789012:user/eve",
        environment,
    )
    return made, journal, said


def test_a_switch_is_kept_with_who_when_how_long_and_what_was_waived(tmp_path: Path) -> None:
    made, journal, _ = recorder(tmp_path)
    with made.recorded(made.begin("switch", "green", waived=["old.devinfra.fr"])) as say:
        (running,) = journal.read()
        assert (running.outcome, running.ended) == ("begun", None)
        say("green is active; 2 live names lead there.")
    (kept,) = journal.read()
    assert kept.outcome == "done"
    assert kept.ended is not None
    assert kept.ended >= kept.begun
    assert kept.by == "arn:aws:iam::123456789012:user/eve"
    assert "@" in kept.on
    assert kept.waived == ("old.devinfra.fr",)
    assert kept.says.startswith("green is active")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TakenBackError("back"), "taken back"),
        (HalfwayError("half"), "halfway"),
        (OperatorError("no"), "failed"),
        (RuntimeError("a mistake"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_each_end_is_kept_and_still_ends_the_command(
    tmp_path: Path, error: BaseException, outcome: str
) -> None:
    made, journal, _ = recorder(tmp_path)
    with pytest.raises(type(error)), made.recorded(made.begin("switch", "green")):
        raise error
    assert journal.read()[0].outcome == outcome
    assert journal.read()[0].says == str(error)


def test_nothing_is_kept_where_nothing_is_about_to_change(tmp_path: Path) -> None:
    made, journal, _ = recorder(tmp_path)
    with made.recorded(None) as say:
        say("nothing to do")
    assert journal.read() == ()


def test_a_backend_without_objects_is_told_and_stops_nothing(tmp_path: Path) -> None:
    made, journal, said = recorder(tmp_path, backend="https")
    with made.recorded(made.begin("retire", "blue")):
        pass
    assert said.getvalue().count("no record:") == 2
    assert "pulumi stack history" in said.getvalue()
    with pytest.raises(JournalError, match="keeps no records"):
        journal.read()


def test_a_pipeline_is_named_by_the_address_of_its_run(tmp_path: Path) -> None:
    github = {
        "GITHUB_RUN_ID": "7",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/platform",
    }
    made, _, _ = recorder(tmp_path, environment=github)
    assert made.begin("switch", "green").on == "https://github.com/acme/platform/actions/runs/7"
    made, _, _ = recorder(tmp_path, environment={"CI_JOB_URL": "https://gitlab.com/a/-/jobs/7"})
    assert made.begin("switch", "green").on == "https://gitlab.com/a/-/jobs/7"


@pytest.mark.parametrize("path", ["", "/below/it"])
def test_records_lie_in_the_bucket_of_the_states(path: str) -> None:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="states")
        journal = Journal(f"s3://states{path}?region=us-east-1", "eks-platform")
        later = RECORD.model_copy(update={"begun": BEGUN + timedelta(days=1)})
        for record in (later, RECORD, DONE):
            journal.write(record)
        assert journal.read() == (DONE, later)
        listed = client.list_objects_v2(Bucket="states").get("Contents", [])
        folder = f"{path.strip('/')}/.pulumi/bluegreen/eks-platform/".lstrip("/")
        assert [it.get("Key") for it in listed] == [folder + DONE.key, folder + later.key]


def test_something_that_is_no_record_is_an_error(tmp_path: Path) -> None:
    made, journal, _ = recorder(tmp_path)
    with made.recorded(made.begin("switch", "green")):
        pass
    (tmp_path / ".pulumi/bluegreen/eks-platform/0.json").write_text('{"command": "dance"}')
    with pytest.raises(JournalError, match="no record"):
        journal.read()


def test_a_webhook_is_told_of_the_begin_and_of_the_end(tmp_path: Path) -> None:
    with listening() as heard:
        made, _, said = recorder(tmp_path, parse_webhook(heard.url))
        with made.recorded(made.begin("switch", "green")):
            pass
    assert [body["outcome"] for body in heard.bodies] == ["begun", "done"]
    assert heard.bodies[1]["colour"] == "green"
    assert said.getvalue() == ""


@pytest.mark.parametrize("answer", [500, 302])
def test_a_webhook_that_refuses_or_leads_elsewhere_stops_nothing(
    tmp_path: Path, answer: int
) -> None:
    with listening(answer) as heard:
        made, journal, said = recorder(tmp_path, parse_webhook(heard.url + "/secret"))
        with made.recorded(made.begin("switch", "green")):
            pass
    assert len(heard.bodies) == 2
    assert journal.read()[0].outcome == "done"
    assert f"not notified: 127.0.0.1 was not told: it answered {answer}" in said.getvalue()
    assert "secret" not in said.getvalue()


def test_a_webhook_that_cannot_be_reached_is_told_in_plain_words(tmp_path: Path) -> None:
    made, _, said = recorder(tmp_path, parse_webhook("http://127.0.0.1:1/secret"))
    with made.recorded(made.begin("switch", "green")):
        pass
    assert "not notified: 127.0.0.1 was not told: Connection refused\n" in said.getvalue()


def test_slack_gets_its_own_form() -> None:
    with listening() as heard:
        Webhook(heard.url, slack=True).tell(DONE)
    (body,) = heard.bodies
    assert body == slack_message(DONE)
    assert body["text"] == ("✅ switch to green: done after 1 min 11 s; waived: old.devinfra.fr")
    marked = DONE.model_copy(update={"says": "<!channel> & more"})
    assert "&lt;!channel&gt; &amp; more" in json.dumps(slack_message(marked))


@pytest.mark.parametrize(
    ("text", "slack"),
    [
        ("https://hooks.slack.com/services/T/B/x", True),
        ("slack+https://chat.acme.example/hooks/x", True),
        ("https://acme.example/hook", False),
        ("http://127.0.0.1:8080/hook", False),
    ],
)
def test_addresses(text: str, slack: bool) -> None:
    assert parse_webhook(text).slack is slack


@pytest.mark.parametrize(
    "text", ["http://acme.example/SECRET", "acme.example/SECRET", "file:///SECRET", "https://"]
)
def test_an_address_that_is_none_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(NotifyError, match="expected https://") as caught:
        parse_webhook(text)
    assert "SECRET" not in str(caught.value)


def test_the_table_has_the_newest_first() -> None:
    later = RECORD.model_copy(update={"begun": BEGUN + timedelta(days=1)})
    text = StringIO()
    Console(file=text, width=200).print(history.table([DONE, later]))
    first, second = [line for line in text.getvalue().splitlines() if "│ 2026" in line]
    assert "2026-11-30 20:13" in first
    assert "begun" in first
    assert "done (71 s)" in second
    assert "old.devinfra.fr" in second
