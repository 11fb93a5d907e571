"""Kept prices: what each says of itself, what stands in for what no list has, and what has none."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from catalogue import prices
from catalogue.prices import NoPriceError
from development import prices as development
from settings.regions import REGIONS
from tests.unit.http_server import QuietHandler, running

VERSION = "v1.99.9"
HEAD = "// generated at 2027-01-02T03:04:05Z for us-east-1\n"
WORLD = f"""package pricing
{HEAD}
var Prices = map[string]map[string]float64{{
\t"us-east-1": {{
\t\t"m7i.large": 0.200000, "x9.unknown": 1.000000,
\t}},
}}
"""
GOV = WORLD.replace("us-east-1", "us-gov-west-1").replace("0.200000", "0.000000")


def test_the_file_says_of_whom_of_when_and_under_what_licence_it_is() -> None:
    text = prices.NODES_FILE.read_text()
    assert prices.head_of(text, "Source").startswith(development.MODULE)
    assert prices.head_of(text, "Version").startswith("v1.")
    assert "Apache-2.0, Copyright Amazon.com" in text
    assert "Copyright Amazon.com, Inc." in (prices.FOLDER / "NOTICE").read_text()


def test_a_listed_price_is_stated_by_nothing_else() -> None:
    assert prices.node("m7i.large", "us-east-1") == prices.Price(0.1008)
    assert prices.node("m7i.large", "us-gov-west-1") == prices.Price(0.12705)


def test_a_region_and_spot_are_taken_at_ratios_that_are_said() -> None:
    price = prices.node("m7i.xlarge", "eu-west-1", spot=True)
    assert price.usd_hour == pytest.approx(0.2016 * 1.115 * 0.5)
    assert price.stated == ("eu-west-1 at 1.115 of us-east-1", "spot at 0.5 of on demand")


@pytest.mark.parametrize(
    ("kind", "region", "says"),
    [
        ("r9g.large", "us-east-1", "no price for r9g.large"),
        ("m7i.large", "sa-east-1", "no price for region sa-east-1"),
        ("c3.large", "us-gov-east-1", "no price for c3.large in us-gov-east-1"),
        ("m7i.large", "", "no price for a region that is not known"),
    ],
)
def test_what_no_list_has_is_named(kind: str, region: str, says: str) -> None:
    with pytest.raises(NoPriceError, match=f"^{says}$"):
        prices.node(kind, region)


def test_an_item_of_all_regions_has_a_price_in_each() -> None:
    for region in REGIONS:
        assert prices.item("controlPlaneExtended", region).usd_hour == 0.60
    with pytest.raises(NoPriceError, match="region sa-east-1"):
        prices.item("natGateway", "sa-east-1")


def test_ratios_are_of_regions_that_the_platform_runs_in() -> None:
    assert set(prices.services().regions.ratios) <= set(REGIONS)
    assert prices.services().regions.ratios[prices.services().region] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Regions: us-east-1\n", "says no Date"),
        ("# Date: 2027-01-02\n", "says no Regions"),
        ("# Date: 2027-01-02\n# Regions: us-east-1\nm7i.large\n", "m7i.large: not a price"),
        ("# Date: 2027-01-02\n# Regions: us-east-1\nm7i.large 0\n", "0 is no price"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        prices.parse(text)


def test_a_refresh_keeps_accepted_types_alone_and_never_a_zero() -> None:
    text = development.render(VERSION, [WORLD, GOV])
    found = prices.parse(text)
    assert found.prices == {"m7i.large": {"us-east-1": 0.2}}
    assert f"{found.date}" == "2027-01-02"
    assert "m7i.large 0.2 -" in text


def test_a_source_without_prices_is_an_error() -> None:
    with pytest.raises(development.PricesError, match="no day, or no prices"):
        development.render(VERSION, ["package pricing", GOV])


def module() -> bytes:
    """The module as a proxy of Go serves it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        root = f"{development.MODULE}@{VERSION}"
        archive.writestr(f"{root}/go.mod", f"module {development.MODULE}\n")
        folder = f"{root}/pkg/providers/pricing/zz_generated.pricing_aws"
        archive.writestr(f"{folder}.go", WORLD)
        archive.writestr(f"{folder}_us_gov.go", GOV)
    return content.getvalue()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kept file, a copy; Go takes modules from nowhere else than a test says."""
    file = tmp_path / "nodes.txt"
    file.write_text(prices.NODES_FILE.read_text())
    monkeypatch.setattr(development, "NODES_FILE", file)
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    monkeypatch.setenv("GONOSUMDB", development.MODULE)
    return file


def test_a_refresh_fetches_the_module_through_the_proxy_of_go(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    class Proxy(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - as the base calls it
            asked.append(self.path)
            answers = {
                ".info": json.dumps({"Version": VERSION}).encode(),
                ".mod": f"module {development.MODULE}\n".encode(),
                ".zip": module(),
            }
            answer = answers[Path(self.path).suffix]
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with running(Proxy) as port:
        monkeypatch.setenv("GOPROXY", f"http://127.0.0.1:{port}")
        assert development.main(["refresh", "--version", VERSION]) == 0
        assert development.main(["check"]) == 0
    assert f"/{development.MODULE}/@v/{VERSION}.zip" in asked
    assert prices.parse(file.read_text()).prices == {"m7i.large": {"us-east-1": 0.2}}
    assert "1 types, prices of 2027-01-02" in capsys.readouterr().out
    file.write_text(file.read_text().replace("0.2", "0.3"))
    assert development.main(["check"]) == 1


def test_a_proxy_that_lacks_the_module_leaves_the_file_as_it_is(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_text()

    class Proxy(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - as the base calls it
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with running(Proxy) as port:
        monkeypatch.setenv("GOPROXY", f"http://127.0.0.1:{port}")
        assert development.main(["refresh", "--version", VERSION]) == 1
    assert f"{development.MODULE}@{VERSION}" in capsys.readouterr().err
    assert file.read_text() == before
