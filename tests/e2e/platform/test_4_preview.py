"""Previews with the policies, on the platform as it stands."""

from pathlib import Path

import pytest

from development.recordings.record import FOLDER, SCENARIOS, Scenario, previewed
from preview import engine, events, markdown
from tests.e2e.platform.conftest import Platform

# Green stands on the newest minor here, so there is no bump to preview.
_HERE = [scenario for scenario in SCENARIOS if scenario.name != "kubernetes-minor"]


def test_a_colour_at_rest_keeps_to_every_policy(platform: Platform, tmp_path: Path) -> None:
    """Green; test_4_pipelines.py previews the other stacks."""
    log = tmp_path / "events.jsonl"
    assert engine.preview("green", log, project=platform.state.project) == 0
    found = events.read_event_log("green", log)
    assert [v.message for v in found.violations if v.level == "mandatory"] == []
    assert "Nothing changes." in markdown.comment([found])


@pytest.mark.parametrize("scenario", _HERE, ids=lambda scenario: scenario.name)
def test_a_change_makes_the_golden_comment(platform: Platform, scenario: Scenario) -> None:
    log = previewed(scenario, platform.state)
    comment = markdown.comment([events.read_event_log(scenario.stack, log)])
    assert comment == (FOLDER / f"{scenario.name}.md").read_text()


def test_what_was_changed_behind_the_programs_back_is_reported(
    platform: Platform, tmp_path: Path
) -> None:
    zone = "devinfra.info"
    record = platform.records(zone)[f"api.{zone}", "CNAME"]
    log = tmp_path / "events.jsonl"
    try:
        platform.put_record(zone, {**record, "TTL": 5})
        assert engine.drift("shared", log, project=platform.state.project) == 0
    finally:
        platform.put_record(zone, record)
    found = events.read_event_log("shared", log)
    assert markdown.drifted(found)
    report = markdown.drift([found])
    assert "`ttl`: `60` → `5`" in report
    assert report.count("**changed**") == 1
