"""Empties a colour before its cluster goes: load balancers, volumes, nodes of Karpenter, records.

What only a controller in the cluster can remove must go while that controller still runs. The
program calls `tear_down` when ``pulumi destroy --run-program`` is about to delete the first
resource; other commands may call it by themselves. It can be run again at any time.

    tear_down(target, log=print)

`Target` says which cluster and which zones; it is plain data and goes to JSON and back. All that
is asked of the cluster and of AWS is behind `ClusterApi` and `AwsApi`.
"""

from teardown.aws import AwsApi as AwsApi
from teardown.cluster import ClusterApi as ClusterApi
from teardown.cluster import GoneCluster as GoneCluster
from teardown.deadline import Deadline as Deadline
from teardown.deadline import TeardownError as TeardownError
from teardown.steps import DEADLINE as DEADLINE
from teardown.steps import count_records as count_records
from teardown.steps import remove_records as remove_records
from teardown.steps import tear_down as tear_down
from teardown.target import OwnZone as OwnZone
from teardown.target import Target as Target
