"""Fluentd: the logs of all pods to CloudWatch Logs."""

from collections.abc import Sequence
from functools import partial

from catalogue import addons
from catalogue.versions import FLUENTD_IMAGE
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import EVERYWHERE, NODE_CRITICAL, resources
from components.addon_stack.scraping import scrape_annotations
from components.addon_stack.site import Site
from components.iam_policy import Statement
from settings.names import pod_log_group

_NAME = "fluentd"
_METRICS = 24231

_SOURCES = r"""<source>
  @type tail
  @id containers
  @label @OUTPUT
  path /var/log/containers/*.log
  # Its own lines about lines would never end.
  exclude_path ["/var/log/containers/fluentd-*"]
  pos_file /var/log/fluentd-containers.pos
  tag kubernetes.*
  read_from_head true
  <parse>
    @type regexp
    # Twice the same: the filter takes `pipe` away with `part`.
    expression /^(?<time>\S+) (?=(?<stream>\S+))(?<pipe>stdout|stderr) (?<part>[FP]) (?<log>.*)$/
    time_format %Y-%m-%dT%H:%M:%S.%N%:z
  </parse>
</source>
<source>
  @type prometheus
  bind 0.0.0.0
  port 24231
  metrics_path /metrics
</source>
"""

# containerd cuts lines at 16 KiB: all pieces but the last are marked with P. What is joined must
# stay below CloudWatch's 1 MiB, at 4 bytes a character, or the whole chunk is thrown away.
_OUTPUTS = """<label @OUTPUT>
  <filter **>
    @type concat
    key log
    separator ""
    use_partial_cri_logtag true
    partial_cri_logtag_key part
    partial_cri_stream_key pipe
    use_first_timestamp true
    # What is never ended is written as far as it came.
    flush_interval 10s
    timeout_label @WRITE
  </filter>
  <match **>
    @type relabel
    @label @WRITE
  </match>
</label>
<label @WRITE>
  <match **>
    @type cloudwatch_logs
    max_message_length 262136
    region "REGION"
    log_group_name "LOG_GROUP"
    log_stream_name ${tag}
    auto_create_stream true
    <buffer tag>
      @type file
      path /var/log/fluentd-buffers
      flush_interval 5s
      chunk_limit_size 2m
      total_limit_size 512m
      retry_max_interval 30
      overflow_action drop_oldest_chunk
    </buffer>
  </match>
</label>
"""


def _outputs(region: str, log_group: str) -> str:
    """Not by variables: `env` is a list, and one of the stack file would take them away."""
    return _OUTPUTS.replace("REGION", region).replace("LOG_GROUP", log_group)


def _log_group(site: Site) -> str:
    return pod_log_group(site.cluster_name)


def _statements(site: Site) -> Sequence[Statement]:
    group = f"log-group:{_log_group(site)}"
    return (
        Statement(
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams"],
            resources=[site.arn("logs", f"{group}:*")],
        ),
        Statement(
            actions=["logs:PutLogEvents"], resources=[site.arn("logs", f"{group}:log-stream:*")]
        ),
        Statement(
            actions=["logs:DescribeLogGroups"],
            resources=["*"],
            reason="it looks for its group by the beginning of its name, among all",
        ),
    )


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "kind": "DaemonSet",
        # Not `variant`, which leaves a part of the tag to the chart.
        "image": {"tag": FLUENTD_IMAGE.pin(site.kubernetes_version)},
        "serviceAccount": {
            "create": True,
            "name": _NAME,
            "annotations": {"eks.amazonaws.com/role-arn": prerequisites.role_arn},
        },
        "podSecurityPolicy": {"enabled": False},
        "dashboards": {"enabled": False},
        "mountVarLogDirectory": True,
        "mountDockerContainersDirectory": False,
        # EKS gives it as well; nothing but this may be lost with an `env` of the stack file.
        "env": [{"name": "AWS_REGION", "value": site.region}],
        "fileConfigs": {
            "01_sources.conf": _SOURCES,
            "02_filters.conf": "",
            "03_dispatch.conf": "",
            "04_outputs.conf": prerequisites.log_group.apply(partial(_outputs, site.region)),
        },
        "priorityClassName": NODE_CRITICAL,
        "tolerations": EVERYWHERE,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "resources": resources("100m", "256Mi", "512Mi"),
    }


ADDON = Addon(
    line=addons.FLUENTD,
    why="the logs of all pods to CloudWatch Logs",
    phase=Phase.SERVICES,
    namespace="logging",
    # It reads the node's /var/log.
    owned_namespace={"pod-security.kubernetes.io/enforce": "privileged"},
    service_account=_NAME,
    statements=_statements,
    log_group=_log_group,
    values=_values,
    scrape_values={"podAnnotations": scrape_annotations(_METRICS)},
    cluster_ports={_METRICS: "metrics"},
)
"""One pod on every node, one stream for every container, in one group of the cluster."""
