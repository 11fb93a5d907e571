"""The most ordinary Ingress, with the arguments of before and with those of now, under IAM."""

from collections.abc import Sequence

from components.addons.external_dns.arguments import arguments
from handover.writers import Writer
from localcloud.permissions import read_denials
from settings.colour import ExternalDns
from tests.e2e.publishing.lab import ZONE, Lab
from tests.e2e.publishing.test_remedies import SHOP, ingress

CHANGE = "route53:ChangeResourceRecordSets"


def before(writer: Writer) -> Sequence[str]:
    """Arguments with which hosts of rules came before the template, in all of the zone."""
    return [
        "--source=service",
        "--source=ingress",
        f"--domain-filter={ZONE}",
        f"--zone-id-filter={writer.zone.id}",
        "--aws-zone-type=public",
        f"--fqdn-template={{{{ .Annotations.PublicDNSName }}}}.{writer.domain}",
        "--annotation-filter=PublicDNSName",
        "--ignore-hostname-annotation",
        "--provider=aws",
        "--policy=upsert-only",
        "--registry=txt",
        f"--txt-owner-id={writer.owner_id}",
        "--log-format=json",
    ]


def test_a_cluster_writer_that_asks_for_a_live_name_is_denied_as_on_aws(lab: Lab) -> None:
    writer = Writer(colour="green", visibility="public", zone=lab.zone(), live=False)
    namespace, session = lab.namespace([ingress("green")]), lab.session_of(writer)
    log = lab.run_with(before(writer), namespace, session)
    assert "Desired change: CREATE shop.devinfra.fr A" in log
    assert f"is not authorized to perform: {CHANGE}" in log
    assert lab.sets(writer.zone) == []
    denials = read_denials(lab.world.state.denied_calls)
    assert {(it.action, it.resource) for it in denials} == {(CHANGE, writer.zone.arn)}

    now = arguments(writer, ExternalDns.model_validate({"logLevel": "debug"}))
    log = lab.run_with(now, namespace, session)
    assert "not authorized" not in log
    assert {it.name for it in lab.sets(writer.zone) if it.type == "A"} == {
        "shop.eks-green.devinfra.fr"
    }
    assert read_denials(lab.world.state.denied_calls) == denials


def test_anybody_without_a_role_could_have_written_it(lab: Lab) -> None:
    """What the case above would do on a cloud that holds nobody to a policy."""
    writer = Writer(colour="green", visibility="public", zone=lab.zone(), live=False)
    nobody = {"AWS_ACCESS_KEY_ID": "AKIALAB", "AWS_SECRET_ACCESS_KEY": "lab"}
    lab.run_with(before(writer), lab.namespace([ingress("green")]), nobody)
    assert {it.name for it in lab.sets(writer.zone) if it.type == "A"} == {SHOP}
