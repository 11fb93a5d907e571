"""EC2 takes a spot instance back: it says so by an event, and two minutes later it is gone.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
"""

import json
import threading
from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.events.models import events_backends

from localcloud.scarcity import Interruption
from localcloud.state import ACCOUNT_ID, REGION


class InterruptionError(ValueError):
    """EC2 would not do so; the message says why."""


class Interruptions:
    """Puts the events and ends the instances."""

    def __init__(self, terminate: Callable[[str], object]) -> None:
        """`terminate` ends the instance of an id, as a call of EC2, so that others see it."""
        self._terminate = terminate
        self._timers: list[threading.Timer] = []

    def begin(self, asked: Interruption) -> None:
        """Puts the event; the instance ends later. Raises InterruptionError."""
        found: Any = ec2_backends[ACCOUNT_ID][REGION].get_instance_by_id(asked.instance)
        if found is None or found.state != "running":
            raise InterruptionError(f"no instance {asked.instance} runs")
        if found.lifecycle != "spot":
            raise InterruptionError(
                f"{asked.instance} is no spot instance: EC2 interrupts no other"
            )
        detail = {"instance-id": found.id, "instance-action": "terminate"}
        events_backends[ACCOUNT_ID][REGION].put_events(
            [
                {
                    "Source": "aws.ec2",
                    "DetailType": "EC2 Spot Instance Interruption Warning",
                    "Detail": json.dumps(detail),
                    "Resources": [
                        f"arn:aws:ec2:{found.placement.zone}:instance/{found.id}",
                    ],
                }
            ]
        )
        timer = threading.Timer(asked.seconds, self._end, [found.id])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def stop(self) -> None:
        """Ends no instance any more."""
        for timer in self._timers:
            timer.cancel()

    def _end(self, instance: str) -> None:
        found: Any = ec2_backends[ACCOUNT_ID][REGION].get_instance_by_id(instance)
        if found is not None and found.state == "running":
            self._terminate(instance)
