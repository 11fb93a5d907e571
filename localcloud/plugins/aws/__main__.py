"""``python -m localcloud.plugins.aws``: started by the Pulumi engine."""

from localcloud.plugins.aws.provider import AwsProvider
from localcloud.plugins.serving import serve

serve(AwsProvider())
