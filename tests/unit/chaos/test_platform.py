"""The platform that is interrupted is the shipped one, but smaller."""

import json

import yaml

from development.chaos.platform import APPLICATIONS, applications, shrink
from localcloud.demo import SAMPLE
from localcloud.state import PROJECT_ROOT
from settings.loading import load_colour


def test_its_stack_files_are_valid() -> None:
    content = yaml.safe_load((PROJECT_ROOT / "Pulumi.blue.yaml").read_text())
    config = shrink(content)["config"]
    given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}
    settings = load_colour("blue", given)
    assert [name for name, it in settings.addons.items() if it.enabled] == []
    assert "aws-load-balancer-controller" not in settings.addons
    assert list(settings.node_groups) == ["on-demand"]


def test_every_application_has_a_name_in_both_zones() -> None:
    asked = [
        item["metadata"]["annotations"].get(key)
        for item in applications(SAMPLE)
        for key in ("PublicDNSName", "PrivateDNSName")
        if item["kind"] == "Ingress"
    ]
    assert sorted(filter(None, asked)) == sorted([*APPLICATIONS, *APPLICATIONS])
