"""The range of a cluster's Services."""

import pytest

from components.service_range import free_service_range, overlapping


@pytest.mark.parametrize(
    ("taken", "services"),
    [
        (["10.40.0.0/16"], "172.20.0.0/16"),
        (["10.100.0.0/16", "100.64.0.0/16"], "172.20.0.0/16"),
        (["192.168.0.0/20"], "172.20.0.0/16"),
        (["172.20.16.0/20"], "10.100.0.0/16"),
        (["172.16.0.0/16"], "172.20.0.0/16"),
        (["172.16.0.0/16", "172.20.16.0/20"], "10.100.0.0/16"),
        (["10.40.0.0/16", "172.20.0.0/16", "10.100.1.0/24"], "172.16.0.0/16"),
        (["10.40.0.0/16", "172.16.0.0/12", "10.100.0.0/16"], "10.0.0.0/16"),
        (["10.0.0.0/8", "172.16.0.0/12"], "192.168.0.0/16"),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.7.0/24"], None),
    ],
)
def test_it_overlaps_nothing_that_is_taken(taken: list[str], services: str | None) -> None:
    assert free_service_range(taken) == services
    assert services is None or overlapping(services, taken) == []
