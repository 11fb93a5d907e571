"""Arguments of one ExternalDNS."""

from handover.filters import filter_arguments
from handover.name_annotation import PREFIX
from handover.writers import Writer
from settings.colour import ExternalDns

# All writers of both colours share the account's requests, 10 a second and 5 before July 2026: see
# development/bench/live_names.py.
_ROUTE53_QUOTA = (
    # A writer's zone never changes; without it every pass asks for all zones, three times.
    "--aws-zones-cache-duration=1h",
    # Quiet passes read no zone, which at 1,000 live names is 14 requests or more. It is emptied
    # before every change, so a failed one is tried again at the next pass; --txt-cache-interval
    # would take it for done. Damage from outside is mended when it runs out.
    "--provider-cache-time=5m",
    # A batch that is refused falls apart into one request for each of its names, so a throttled
    # one is rather tried for a while: from 3 to 10 times.
    "--aws-api-retries=10",
    # Batches keep ExternalDNS's size (Route 53's limits) and have half its pause, so that a
    # switch of many names is over sooner: two live writers take 4 requests a second at most, and
    # leave the rest to others. The pages of a listing have no pause, and no argument gives them
    # one: whether some are refused is decided by how fast Route 53 answers, see docs/switch.md.
    "--aws-batch-change-interval=500ms",
)


def arguments(writer: Writer, settings: ExternalDns) -> list[str]:
    """Arguments of the container, in a fixed order.

    Args:
        writer: what it writes.
        settings: how all writers of the cluster work.
    """
    return [
        "--source=service",
        "--source=ingress",
        # Other types have no load balancer that could move: what they would publish are
        # addresses of pods and nodes.
        "--service-type-filter=LoadBalancer",
        *filter_arguments(writer),
        # A public and a private zone may share a name; the id cannot be mistaken.
        f"--zone-id-filter={writer.zone.id}",
        f"--aws-zone-type={writer.visibility}",
        # No filter lets the zone itself through; the flag looks at it nevertheless.
        "--aws-zone-match-parent",
        f"--fqdn-template={_template(writer)}",
        # Without it, objects that ask for no name would get the name "<no value>".
        f"--annotation-filter={writer.annotation}",
        # The annotation alone says the names. The template counts only where nothing else does.
        "--ignore-hostname-annotation",
        "--ignore-ingress-rules-spec",
        "--ignore-ingress-tls-spec",
        f"--annotation-prefix={PREFIX}",
        "--provider=aws",
        # Never deletes: a name whose Ingress is on its way to the other colour stays.
        "--policy=upsert-only",
        "--registry=txt",
        f"--txt-owner-id={writer.owner_id}",
        f"--interval={settings.interval_seconds}s",
        "--events",
        "--min-event-sync-interval=5s",
        *_ROUTE53_QUOTA,
        f"--log-level={settings.log_level}",
        "--log-format=json",
    ]


def _template(writer: Writer) -> str:
    """Makes of ``a, b`` the text ``a.DOMAIN, b.DOMAIN``; ExternalDNS parts it, and drops spaces."""
    below = f'replace "," ".{writer.domain},"'
    return f"{{{{ .Annotations.{writer.annotation} | {below} }}}}.{writer.domain}"
