"""What moto leaves out of monitoring: metrics of groups one by one, alarms that go with tags."""

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudwatch.models import CloudWatchBackend
from moto.core.responses import ActionResult, EmptyResult


def install() -> None:
    """Replaces and adds the methods; once per process."""
    FakeAutoScalingGroup.enable_metrics_collection = _enable
    AutoScalingResponse.disable_metrics_collection = _disable  # pyright: ignore[reportAttributeAccessIssue]
    CloudWatchBackend.delete_alarms = _delete_alarms


def _enable(self: FakeAutoScalingGroup, metrics: list[str]) -> None:
    """Adds to those that are on: moto has none but the last."""
    self.metrics = sorted({*self.metrics, *metrics})


def _disable(response: AutoScalingResponse) -> ActionResult:
    name = str(response._get_param("AutoScalingGroupName"))
    (group,) = response.autoscaling_backend.describe_auto_scaling_groups([name])
    off: list[str] | None = response._get_param("Metrics")
    group.metrics = [it for it in group.metrics if off and it not in off]
    return EmptyResult()


_moto_delete_alarms = CloudWatchBackend.delete_alarms


def _delete_alarms(self: CloudWatchBackend, alarm_names: list[str]) -> None:
    """Their tags too: moto gives them to the next alarm of the name."""
    for alarm in self.get_alarms_by_alarm_names(alarm_names):
        self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    _moto_delete_alarms(self, alarm_names)
