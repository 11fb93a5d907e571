"""docs/how-a-setting-becomes-a-resource.md: what it quotes, and where the setting ends up."""

import re

import pulumi
import pytest
import yaml

import settings
from components.addon_stack.args import MakeArgs
from components.addons.external_dns import ADDON
from components.control_plane import ControlPlane
from development.docsite.registration import config
from tests.unit.components.addons.addon_cluster import DEPLOYMENT, TAGS, run_on_cluster, site
from tests.unit.documentation.blocks import Block, titled
from tests.unit.documentation.commands import ROOT

STANDS_FOR_ONE = re.compile(r"/toy|NAME")
PAGE = ROOT / "docs" / "how-a-setting-becomes-a-resource.md"


@pytest.mark.parametrize("block", titled(PAGE), ids=lambda it: it.file)
def test_what_is_quoted_stands_in_the_file_in_that_order(block: Block) -> None:
    lines = iter((ROOT / block.file).read_text("utf-8").splitlines())
    for quoted in block.text.splitlines():
        assert quoted in lines, quoted


@pytest.mark.parametrize(
    "page",
    [PAGE.name, "contributing.md", "add-a-setting.md", "add-an-addon.md", "add-a-rule.md"],
)
def test_every_file_that_is_named_exists(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    named = {
        it
        for it in re.findall(r"`([\w-]+/[\w./-]*(?:\.\w+|/)?)`", text)
        if not STANDS_FOR_ONE.search(it)
    }
    assert len(named) > 5
    assert [it for it in sorted(named) if not (ROOT / it).exists()] == []


def test_the_first_block_becomes_the_last() -> None:
    file, manifest = (yaml.safe_load(it) for it in _plain_blocks())
    loaded = settings.load_colour(
        "blue", config("blue", externalDns=file["config"]["eks-platform:externalDns"])
    )

    def program(cluster: ControlPlane) -> None:
        args = MakeArgs(
            tags=TAGS,
            cluster=cluster,
            site=site(cluster, loaded),
            after=(),
            opts=pulumi.ResourceOptions(),
        )
        assert ADDON.make
        ADDON.make(args)

    made = run_on_cluster(program).of_type(DEPLOYMENT)
    assert len(made) == 4
    (shown,) = manifest["spec"]["template"]["spec"]["containers"]
    for deployment in made:
        (container,) = deployment.inputs["spec"]["template"]["spec"]["containers"]
        assert set(shown["args"]) <= set(container["args"])


def _plain_blocks() -> list[str]:
    return re.findall(
        r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
