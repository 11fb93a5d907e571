"""What pages say of scaling is what KEDA's kinds and triggers take."""

import json
from collections.abc import Iterator
from functools import cache

import jsonschema
import pytest
import yaml

from handover.live_work import LIVE_WORK, LIVE_WORK_LABEL, PAUSES, SELECTOR
from settings.keda import Keda
from tests.unit.documentation.commands import ROOT
from tests.unit.documentation.others_scaling import EXAMPLES, Example
from tests.unit.pulumi_harness import Plain

PAGE = ROOT / "docs/addons/keda.md"
FOLDER = ROOT / "localcloud/plugins/kubernetes/charts"

# Source: pkg/scalers of KEDA 2.21.0.
REQUIRED = {
    "aws-sqs-queue": {"queueURL", "awsRegion"},
    "aws-cloudwatch": {"targetMetricValue", "minMetricValue", "awsRegion"},
    "cron": {"timezone", "start", "end", "desiredReplicas"},
    "prometheus": {"serverAddress", "query", "threshold"},
}
OPTIONAL = {
    "aws-sqs-queue": {"queueLength", "activationQueueLength", "scaleOnInFlight", "scaleOnDelayed"},
    "aws-cloudwatch": {
        "namespace",
        "metricName",
        "dimensionName",
        "dimensionValue",
        "expression",
        "activationTargetMetricValue",
        "metricStat",
        "metricStatPeriod",
        "metricCollectionTime",
        "metricEndTimeOffset",
        "metricUnit",
        "ignoreNullValues",
    },
    "cron": set[str](),
    "prometheus": {"activationThreshold", "ignoreNullValues", "namespace", "customHeaders"},
}


def blocks() -> Iterator[Plain]:
    for block in PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]:
        yield from yaml.safe_load_all(block.partition("\n```")[0])


BLOCKS = [it for it in blocks() if "apiVersion" in it]
SETTINGS = [it["config"] for it in blocks() if "config" in it]
OBJECTS = [it for it in BLOCKS if it["apiVersion"].startswith("keda.sh/")]
SCALED = [it for it in OBJECTS if it["kind"] == "ScaledObject"]
TRIGGERS = [trigger for it in SCALED for trigger in it["spec"]["triggers"]]


@cache
def schemas() -> dict[str, Plain]:
    """Of each kind, as the local cloud's API servers hold it."""
    made = list(yaml.safe_load_all((FOLDER / "keda.yaml").read_text(encoding="utf-8")))
    return {
        it["spec"]["names"]["kind"]: strict(
            it["spec"]["versions"][0]["schema"]["openAPIV3Schema"] | {"additionalProperties": True}
        )
        for it in made
    }


def strict(schema: Plain) -> Plain:
    """A schema that refuses what it does not name, as strict validation of an API server does."""
    found = {key: strict(it) if isinstance(it, dict) else it for key, it in schema.items()}
    closed = "properties" in found and "additionalProperties" not in found
    return found | {"additionalProperties": False} if closed else found


@pytest.mark.parametrize(
    "example", OBJECTS, ids=lambda it: f"{it['kind']} {it['metadata']['name']}"
)
def test_an_example_is_of_its_kind(example: Plain) -> None:
    jsonschema.validate(example, schemas()[example["kind"]])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda it: it.name)
def test_what_others_write_is_of_its_kind(example: Example) -> None:
    for it in (*example.beside, example.scales):
        jsonschema.validate(it, schemas()[it["kind"]])


@pytest.mark.parametrize(
    "spec",
    [{"maxReplicaCount": 0}, {"pollingInterval": 0}, {"triggers": [{"type": "cron"}]}],
    ids=str,
)
def test_the_schema_refuses_what_kedas_own_does(spec: Plain) -> None:
    wrong = {**SCALED[0], "spec": {**SCALED[0]["spec"], **spec}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schemas()["ScaledObject"])


def test_the_schema_refuses_what_it_does_not_know() -> None:
    wrong = {**SCALED[0], "spec": {**SCALED[0]["spec"], "minReplicas": 1}}
    with pytest.raises(jsonschema.ValidationError, match="minReplicas"):
        jsonschema.validate(wrong, schemas()["ScaledObject"])


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda it: it["type"])
def test_a_trigger_says_all_that_it_must_and_nothing_else(trigger: Plain) -> None:
    said = set(trigger["metadata"])
    kind = trigger["type"]
    assert REQUIRED[kind] <= said <= REQUIRED[kind] | OPTIONAL[kind]
    assert all(isinstance(it, str) for it in trigger["metadata"].values())


def test_every_way_to_scale_has_its_example() -> None:
    assert {it["type"] for it in TRIGGERS} == set(REQUIRED)


def test_the_queue_of_the_example_is_one_that_its_role_reads() -> None:
    (config,) = SETTINGS
    asked = Keda.model_validate_json(json.dumps(config["eks-platform:keda"]))
    queues = [it["metadata"]["queueURL"] for it in TRIGGERS if it["type"] == "aws-sqs-queue"]
    assert {it.rpartition("/")[2] for it in queues} <= set(asked.queues)
    assert asked.cloudwatch


def test_who_asks_aws_signs_in() -> None:
    (account,) = [it for it in OBJECTS if it["kind"] == "TriggerAuthentication"]
    for it in SCALED:
        for trigger in it["spec"]["triggers"]:
            asks = trigger["type"].startswith("aws-")
            wanted = {"name": account["metadata"]["name"]} if asks else None
            assert trigger.get("authenticationRef") == wanted
            assert it["metadata"]["namespace"] == account["metadata"]["namespace"]


def test_what_is_live_says_so_on_what_scales_and_on_its_pods() -> None:
    (live,) = [it for it in SCALED if "labels" in it["metadata"]]
    (workload,) = [it for it in BLOCKS if it["kind"] == "Deployment"]
    assert workload["metadata"]["name"] == live["spec"]["scaleTargetRef"]["name"]
    pods = workload["spec"]["template"]["metadata"]["labels"]
    for labels in (live["metadata"]["labels"], pods):
        assert labels[LIVE_WORK_LABEL] == LIVE_WORK


def test_the_page_names_the_annotations_that_pause() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for annotation, value in PAUSES.values():
        assert f'`{annotation}: "{value}"`' in text
    assert f"-l {SELECTOR}" in text
