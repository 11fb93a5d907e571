"""Settings of what watches a colour: alarms, a dashboard, metrics for a scraper."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.arns import check_partition
from settings.model import Matching, Settings, distinct, expected
from settings.regions import PARTITION

_ACTIONS = 5
"""Of an alarm, for each of its states.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""


def _check_region(value: str, info: ValidationInfo) -> str:
    region = (info.context or {}).get("region")
    if region and value.split(":")[3] != region:
        raise expected(f"a topic in {region}: alarms notify topics of their own region alone")
    return value


TopicArn = Annotated[
    str,
    Matching(
        rf"arn:{PARTITION}:sns:[a-z0-9-]+:[0-9]{{12}}:[A-Za-z0-9_-]{{1,256}}",
        "the ARN of a standard SNS topic",
    ),
    AfterValidator(check_partition),
    AfterValidator(_check_region),
]
"""https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"""


class Monitoring(Settings):
    """What watches the cluster."""

    alarm_topics: tuple[TopicArn, ...] = Field(default=(), max_length=_ACTIONS)
    """SNS topics that hear of each alarm, and of its end. Empty: alarms are seen in CloudWatch
    alone. The topics' policies have to let CloudWatch publish."""

    dashboard: bool = True
    """A CloudWatch dashboard of the cluster, `eks-COLOUR`."""

    prometheus: bool = False
    """Say by annotations where pods of add-ons serve metrics in Prometheus format, for a scraper in
    the cluster. Such pods are replaced once."""

    _distinct = field_validator("alarm_topics")(distinct)
