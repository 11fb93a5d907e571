"""Single points of the comment."""

import base64
import re
from pathlib import Path

import pytest

from preview.events import NotAnEventLogError, read_event_log
from preview.markdown import comment, drift, drifted, refused
from preview.marks import LONGEST
from tests.unit.preview.event_logs import (
    KEY,
    SECRET,
    UNKNOWN,
    error,
    looked_at,
    outputs,
    recorded,
    step,
    violation,
)

CLUSTER = "aws:eks/cluster:Cluster"
ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"


def test_nothing_to_do_is_said_in_one_sentence(tmp_path: Path) -> None:
    found = recorded(tmp_path, step("same", old={}, new={}))
    assert "Nothing changes." in comment([found])
    assert not refused(found)


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    changed = step(
        "update",
        old={"a": SECRET, "password": "hunter1", "env": [{"name": "x", "apiToken": "hunter2"}]},
        new={"a": "hunter3", "password": "hunter4", "env": [{"name": "x", "apiToken": "hunter5"}]},
    )
    made = step("create", name="new", new={"secretString": "hunter6"})
    said = comment([recorded(tmp_path, changed, made, outputs({}, {"token": "hunter7"}))])
    assert "hunter" not in said
    assert said.count("_hidden_") >= 5


def test_a_secret_inside_an_object_that_comes_is_hidden(tmp_path: Path) -> None:
    changed = step("update", old={}, new={"env": {"name": "x", "value": SECRET, "password": "h1"}})
    said = comment([recorded(tmp_path, changed)])
    assert "(hidden)" in said
    assert "h1" not in said


def test_imds_tokens_are_no_secret(tmp_path: Path) -> None:
    changed = step(
        "update",
        old={"metadataOptions": {"httpTokens": "optional"}},
        new={"metadataOptions": {"httpTokens": "required"}},
    )
    assert "`metadataOptions.httpTokens`: `optional` → `required`" in comment(
        [recorded(tmp_path, changed)]
    )


def test_an_unknown_value_is_called_so(tmp_path: Path) -> None:
    changed = step("update", old={"a": "1"}, new={"a": UNKNOWN})
    assert "`a`: `1` → _known only during the update_" in comment([recorded(tmp_path, changed)])


def test_documents_are_compared_inside(tmp_path: Path) -> None:
    old, new = '{"Statement": [{"Action": "a"}]}', '{"Statement": [{"Action": "b"}]}'
    changed = step("update", old={"policy": old}, new={"policy": new})
    assert "`policy.Statement[0].Action`: `a` → `b`" in comment([recorded(tmp_path, changed)])


def test_tags_are_compared_by_their_keys(tmp_path: Path) -> None:
    def tags(**values: str) -> dict[str, list[dict[str, str]]]:
        return {"tags": [{"key": key, "value": value} for key, value in values.items()]}

    changed = step("update", old=tags(b="1", c="2"), new=tags(a="0", b="1", c="3"))
    said = comment([recorded(tmp_path, changed)])
    assert "`tags[a]`: nothing" in said
    assert "`tags[c].value`: `2` → `3`" in said
    assert "tags[b]" not in said


def test_user_data_is_shown_by_its_changed_lines(tmp_path: Path) -> None:
    def data(size: int) -> str:
        return base64.b64encode(f"kind: NodeConfig\nsize: {size}\nend: 1\n".encode()).decode()

    changed = step("update", old={"userData": data(1)}, new={"userData": data(2)})
    said = comment([recorded(tmp_path, changed)])
    assert "-size: 1" in said
    assert "+size: 2" in said
    assert "NodeConfig" not in said


def test_a_replacement_comes_first_with_its_cause_and_what_is_lost(tmp_path: Path) -> None:
    steps = [
        step("update", KEY, "key", old={"a": 1}, new={"a": 2}),
        step("create-replacement", CLUSTER, "eks-blue", old={"name": "a"}, new={"name": "b"}),
        step(
            "replace",
            CLUSTER,
            "eks-blue",
            old={"name": "a", "version": "1.34"},
            new={"name": "b", "version": "1.35"},
            detailedDiff={"name": {"diffKind": "update-replace"}},
        ),
        step("delete-replaced", CLUSTER, "eks-blue", old={"name": "a"}),
        step("delete", ZONE, "zones-public", old={}, state={"protect": True}),
    ]
    said = comment([recorded(tmp_path, *steps)])
    first, rest = said.split("### Beside the components")
    assert "**replaced**: EKS cluster `eks-blue`: everything that runs on it goes with it" in first
    assert "The cause: `name`" in first
    assert "**deleted**: hosted zone `zones-public`" in first
    assert "It is protected, so the engine will refuse" in first
    assert first.index("EKS cluster") < first.index("hosted zone")
    assert rest.index("**this is why it is replaced**") < rest.index("`version`")
    assert "| 1 | 1 | 1 | 0 | 0 |" in said


def test_the_order_of_events_does_not_matter(tmp_path: Path) -> None:
    steps = [step("update", name=n, old={"a": 1}, new={"a": 2}) for n in ("b", "a", "c")]
    one = comment([recorded(tmp_path, *steps)])
    assert comment([recorded(tmp_path, *reversed(steps))]) == one


def test_an_upgrade_under_production_is_said(tmp_path: Path) -> None:
    reference = {
        "resOutputsEvent": {
            "metadata": {
                "op": "read",
                "urn": "urn:pulumi:blue::eks-platform::pulumi:pulumi:StackReference::o/p/shared",
                "type": "pulumi:pulumi:StackReference",
                "new": {"outputs": {"outputs": {"activeColour": "blue"}}},
            }
        }
    }
    changed = step("update", CLUSTER, old={"version": "1.34"}, new={"version": "1.35"})
    said = comment([recorded(tmp_path, reference, changed)])
    assert "blue is the active colour, and Kubernetes goes from `1.34` to `1.35` under" in said


def test_a_switch_is_said_by_the_shared_stacks_outputs(tmp_path: Path) -> None:
    moved = outputs({"activeColour": "blue"}, {"activeColour": "green"})
    said = comment([recorded(tmp_path, moved, stack="shared")])
    assert "the active colour goes from `blue` to `green`" in said
    assert "- `activeColour`: `blue` → `green`" in said


def test_a_live_writer_that_starts_is_said(tmp_path: Path) -> None:
    def replicas(count: int) -> dict[str, dict[str, int]]:
        return {"spec": {"replicas": count}}

    deployment = "kubernetes:apps/v1:Deployment"
    started = step(
        "update", deployment, "live-external-dns-public", old=replicas(0), new=replicas(1)
    )
    said = comment([recorded(tmp_path, started)])
    assert "Never two live DNS writers for one zone." in said
    assert "`live-external-dns-public` goes from 0 to 1 pods" in said


def test_policies_refuse_advise_and_wait(tmp_path: Path) -> None:
    found = recorded(
        tmp_path,
        violation("no-open-ingress", "The rule.\n0.0.0.0/0 may come in. Name a group"),
        violation("chart-atomic", "Atomic.\nchart x is not", "advisory"),
        violation("tags", "can't run policy 'tags' during preview: unknown", "advisory"),
        error("preview failed"),
        result="failed",
    )
    said = comment([found])
    assert refused(found)
    assert "**Policies refuse this change.**" in said
    assert "  - `it`: 0.0.0.0/0 may come in. Name a group" in said
    assert "Advice about what stays as it is: 1, in the pipeline's artifact." in said
    assert "chart x is not" not in said
    assert "- `tags`: 1 resource" in said
    assert "### Error" not in said
    whole = comment([found], limit=None)
    assert "Advice of policies (1)" in whole
    assert "chart x is not" in whole


def test_advice_is_given_of_what_changes(tmp_path: Path) -> None:
    advice = violation("chart-atomic", "Atomic.\nchart x is not", "advisory")
    changed = step("update", KEY, old={"enableKeyRotation": True}, new={"enableKeyRotation": False})
    said = comment([recorded(tmp_path, changed, advice)])
    assert "Advice of policies (1)" in said
    assert "chart x is not" in said
    assert "stays as it is" not in said


def test_an_error_is_shown_and_refuses(tmp_path: Path) -> None:
    said = (error("subnet-1 does not exist"), error("preview failed"))
    found = recorded(tmp_path, *said, result="failed")
    assert refused(found)
    assert "**The preview failed**" in comment([found])
    assert "subnet-1 does not exist" in comment([found])


def test_an_error_beside_a_refusal_is_shown(tmp_path: Path) -> None:
    said = (violation("p", "Rule.\nfault"), error("no such AMI"), error("preview failed"))
    found = comment([recorded(tmp_path, *said, result="failed")])
    assert "**The preview failed**" in found
    assert "no such AMI" in found
    assert "fault" in found


def test_an_error_that_stops_nothing_refuses_nothing(tmp_path: Path) -> None:
    found = recorded(tmp_path, error("a plugin ended early"))
    assert not refused(found)
    assert "Errors that did not stop the preview" in comment([found])


def test_an_engine_that_dies_is_no_success(tmp_path: Path) -> None:
    found = recorded(tmp_path, step("same", old={}, new={}), result=None)
    assert refused(found)
    assert "The engine ended before its summary." in comment([found])


def test_too_long_a_comment_leaves_whole_parts_out_and_counts_them(tmp_path: Path) -> None:
    many = [
        step("create", f"aws:kms/key{n}:Key", f"key-{n}-{'x' * 80}", new={}) for n in range(2_000)
    ]
    many.append(step("delete", ZONE, "zones-public", old={}))
    said = comment([recorded(tmp_path, *many)])
    assert len(said) <= LONGEST
    assert "**Cut**: one part of this comment, with 2001 changes, did not fit." in said
    assert "**deleted**: hosted zone `zones-public`" in said


def test_even_what_must_be_said_is_bounded(tmp_path: Path) -> None:
    many = [violation(f"policy-{n}", f"Rule {n}.\n{'x' * 400}") for n in range(300)]
    said = comment([recorded(tmp_path, *many)])
    assert len(said) <= LONGEST
    assert "**Cut here**" in said


def test_what_a_resource_is_called_cannot_write_markdown(tmp_path: Path) -> None:
    changed = step("update", old={"a": "x"}, new={"a": "``` <b>@everyone</b>"})
    said = comment([recorded(tmp_path, changed, violation("p", "See <img> @everyone.\nfault"))])
    assert "````" in said
    assert "&lt;img> &#64;everyone" in said


def test_drift_is_told_from_none(tmp_path: Path) -> None:
    detailed = {"ttl": {"diffKind": "update", "inputDiff": True}}
    moved = looked_at("update", RECORD, "a", old={"ttl": 60}, new={"ttl": 5}, detailedDiff=detailed)
    gone = looked_at("delete", RECORD, "b", old={"ttl": 60})
    still = looked_at("same", RECORD, "c", old={"ttl": 60}, new={"ttl": 60})
    found = recorded(tmp_path, *moved, *gone, *still)
    assert drifted(found)
    said = drift([found])
    assert "**changed**: DNS record `a`\n  - `ttl`: `60` → `5`" in said
    assert "**deleted**: DNS record `b`" in said
    assert "`c`" not in said

    rest = recorded(tmp_path, *still)
    assert not drifted(rest)
    assert "Nothing differs." in drift([rest])


def test_drift_in_what_the_provider_says_alone_is_shown(tmp_path: Path) -> None:
    detailed = {"ttl": {"diffKind": "update", "inputDiff": False}}
    events = looked_at("update", RECORD, "a", old={}, new={}, detailedDiff=detailed)
    for side, ttl in (("old", 60), ("new", 5)):
        events[-1]["resOutputsEvent"]["metadata"][side]["outputs"] = {"ttl": ttl}
    assert "`ttl`: `60` → `5`" in drift([recorded(tmp_path, *events)])


def test_a_file_that_is_no_event_log_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"summaryEvent": {}}\nerror: no such stack\n')
    with pytest.raises(NotAnEventLogError, match="log:2 is no event"):
        read_event_log("blue", file)


NASTY = "a` <img src=x> @everyone [x](https://evil.example) `b"


def test_no_name_leaves_its_code_span(tmp_path: Path) -> None:
    events = [
        step("update", name=NASTY, old={NASTY: "x"}, new={NASTY: "y"}),
        step("delete", ZONE, name=NASTY, old={}),
        step("update", RECORD, f"api-records{NASTY}", old={"a": 1}, new={"a": 2}),
        step("update", CLUSTER, NASTY, old={"version": "1"}, new={"version": "2` <b>"}),
        violation(NASTY, f"Rule {NASTY}.\nfault {NASTY}"),
        violation(NASTY, f"Rule.\n{NASTY}", "advisory"),
        violation(NASTY, f"can't run policy {NASTY}", "advisory"),
        outputs({NASTY: "x"}, {NASTY: "y"}),
    ]
    events[4]["policyEvent"]["resourceUrn"] = f"urn:pulumi:blue::p::a:b:C::{NASTY}"
    said = comment([recorded(tmp_path, *events)])
    assert f"`` {NASTY} ``" in said
    outside = _outside_code(said)
    for what in ("<img", "@everyone", "](https", "<b>"):
        assert what not in outside, what


def test_a_type_and_a_component_write_no_markdown(tmp_path: Path) -> None:
    parent = f"urn:pulumi:blue::p::eks-platform:x:<b>@Y::{'it<b>@all'}"
    changed = step("update", "aws:a/b:<b>@C", old={"a": 1}, new={"a": 2})
    changed["resourcePreEvent"]["metadata"]["new"]["parent"] = parent
    said = comment([recorded(tmp_path, changed)])
    assert "<b>" not in _outside_code(said)
    assert "@" not in _outside_code(said)


def test_what_cannot_be_seen_is_made_visible(tmp_path: Path) -> None:
    changed = step("update", name="a\u202egnp\u200b", old={"a": 1}, new={"a": "\u2066x\x07"})
    said = comment([recorded(tmp_path, changed)])
    assert said.isprintable() or all(it.isprintable() or it == "\n" for it in said)
    assert "\N{REPLACEMENT CHARACTER}" in said


def test_a_line_of_the_log_may_hold_what_looks_like_its_end(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"diagnosticEvent": {"message": "a\u2028b\x85c", "severity": "error"}}\n')
    assert read_event_log("blue", file).errors == ["a\u2028b\x85c"]


def _outside_code(said: str) -> str:
    """A comment without its code spans and blocks, told as CommonMark tells them."""
    said = re.sub(r"^( *)(`{3,})[a-z]*\n.*?^\1\2$", "", said, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", said)
