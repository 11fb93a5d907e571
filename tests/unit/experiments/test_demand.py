"""What requests ask of pods."""

import pytest

from development.experiments.demand import Service

SERVICE = Service(millicores=900, requests=100, least=2, most=80, target=0.6)


@pytest.mark.parametrize(
    ("load", "pods"), [(0, 2), (120, 2), (121, 3), (600, 10), (2400, 40), (10**6, 80)]
)
def test_pods_that_a_load_asks_for(load: float, pods: int) -> None:
    assert SERVICE.pods(load) == pods


@pytest.mark.parametrize(
    ("load", "ready", "millicores"), [(240, 4, 540), (240, 2, 900), (240, 0, 0), (0, 4, 0)]
)
def test_pods_share_a_load_and_use_no_more_than_they_may(
    load: float, ready: int, millicores: int
) -> None:
    assert SERVICE.usage(load, ready) == millicores


@pytest.mark.parametrize(
    ("load", "ready", "unserved"), [(240, 3, 0), (240, 2, 40), (300, 3, 0), (240, 0, 240)]
)
def test_what_pods_have_no_room_for(load: float, ready: int, unserved: float) -> None:
    assert SERVICE.unserved(load, ready) == unserved
