"""The table of regions says what botocore says."""

import boto3
import pytest

from settings.model import is_region
from settings.regions import APART, CHINA, PARTITIONS, REGIONS, partition_of

SESSION = boto3.Session()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_regions_are_those_where_botocore_knows_eks(partition: str) -> None:
    found = SESSION.get_available_regions("eks", partition)
    regions = {region for region in found if not region.startswith("fips-")}
    assert set(PARTITIONS[partition]) == regions
    assert {partition_of(region) for region in regions} == {partition}


def test_every_other_partition_is_refused_with_its_reason() -> None:
    for partition in SESSION.get_available_partitions():
        if partition not in PARTITIONS:
            for region in SESSION.get_available_regions("eks", partition):
                assert region.startswith((CHINA, *APART))


def test_each_region_is_in_one_partition() -> None:
    assert len(set(REGIONS)) == len(REGIONS)
    assert all(map(is_region, REGIONS))
    assert partition_of("eu-west-9") == partition_of(None) == "aws"
