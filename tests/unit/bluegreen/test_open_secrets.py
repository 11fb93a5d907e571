"""An exported state with its secrets in clear."""

from bluegreen.world.content import open_secrets

MARK = "4dabf18193072939515e22adb298388d"


def test_secrets_are_opened_wherever_they_stand() -> None:
    secret = {MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '{"a": [1]}'}
    assert open_secrets({"b": [secret, "c"]}) == {"b": [{"a": [1]}, "c"]}


def test_other_marked_values_stay_as_they_are() -> None:
    reference = {MARK: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:it", "id": "it"}
    assert open_secrets({"of": reference}) == {"of": reference}
