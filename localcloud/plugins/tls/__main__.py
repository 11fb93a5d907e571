"""``python -m localcloud.plugins.tls``: started by the Pulumi engine."""

from localcloud.plugins.serving import serve
from localcloud.plugins.tls.provider import TlsProvider

serve(TlsProvider())
