"""Instances start from images of their own architecture alone, as on EC2."""

from types import SimpleNamespace

import pytest
from moto.autoscaling.exceptions import ValidationError

from localcloud.server import instances


class Ec2:
    def describe_images(self, ami_ids: list[str]) -> list[SimpleNamespace]:
        (kind,) = ami_ids
        return [SimpleNamespace(architecture=kind)]


@pytest.mark.parametrize(
    ("kind", "image", "starts"),
    [
        ("m7i.large", "x86_64", True),
        ("m7g.large", "arm64", True),
        ("m7g.large", "x86_64", False),
        ("m7i.large", "arm64", False),
    ],
)
def test_an_image_of_another_architecture_is_refused(kind: str, image: str, starts: bool) -> None:
    if starts:
        instances.refuse_other_architecture(Ec2(), kind, image)
        return
    with pytest.raises(ValidationError, match="does not match"):
        instances.refuse_other_architecture(Ec2(), kind, image)
