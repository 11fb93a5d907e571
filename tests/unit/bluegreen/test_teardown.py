"""Which records go with a colour."""

from bluegreen.teardown import owned, removable
from tests.unit.bluegreen.made import host, live_set, record, snapshot

BLUE, GREEN = "ingress-eks-blue.example.com", "ingress-eks-green.example.com"


def test_only_a_colours_own_records_go_with_it() -> None:
    own = [
        record("web.eks-blue.example.com", host("blue"), kind=kind, owner=BLUE)
        for kind in ("A", "AAAA")
    ]
    others = [
        *live_set("web.example.com", host("blue")),
        record("web.eks-green.example.com", host("green"), owner=GREEN),
        record("by-hand.eks-blue.example.com", host("blue"), owner=None),
        record("api.example.net", "blue.eks.amazonaws.com", zone="api", kind="CNAME", owner=BLUE),
    ]
    seen = snapshot(records=[*own, *others])
    assert removable(seen, "blue") == own
    assert owned(seen, "blue") == 4
