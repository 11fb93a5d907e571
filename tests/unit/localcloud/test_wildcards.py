"""Which record sets answer for a name, as RFC 4592 has it."""

from typing import Any

import pytest
from moto.route53.models import RecordSet

from localcloud.server.route53.propagation import Answers


def record(name: str) -> RecordSet:
    said: dict[str, Any] = {
        "Name": name,
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": ["192.0.2.1"],
    }
    made: Any = RecordSet(said)  # moto's metaclass hides the type
    return made


ANSWERS = Answers(
    [
        record(name)
        for name in (
            "example.com.",
            "\\052.example.com.",
            "\\052.shop.example.com.",
            "www.shop.example.com.",
            "a.b.example.com.",
        )
    ]
)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("new.example.com", "\\052.example.com."),
        ("x.y.example.com", "\\052.example.com."),
        ("new.shop.example.com", "\\052.shop.example.com."),
        ("www.shop.example.com", "www.shop.example.com."),
        ("*.shop.example.com", "\\052.shop.example.com."),
        ("x.www.shop.example.com", None),
        ("shop.example.com", None),
        ("b.example.com", None),
        ("x.b.example.com", None),
        ("example.org", None),
    ],
)
def test_a_wildcard_answers_where_nothing_closer_exists(name: str, by: str | None) -> None:
    assert [entry.name for entry in ANSWERS.record_sets_for(name)] == ([by] if by else [])
