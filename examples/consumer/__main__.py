"""The shop on every colour of the platform: a switch between them needs no change here."""

from typing import cast

import pulumi
import pulumi_kubernetes as kubernetes
from application import Application, ApplicationArgs
from workload import workload_role

from eks_platform_contract.names import HumanRole
from eks_platform_contract.platform import NoActiveColourError, Platform

NAME = "shop"


async def main() -> None:
    """Deploys the shop to each colour that stands, whichever is active."""
    role = cast("HumanRole", pulumi.Config().get("platformRole") or "admin")
    platforms = await Platform.colours()
    workload = workload_role(NAME, [it.cluster for it in platforms])
    for platform in platforms:
        provider = kubernetes.Provider(
            platform.name,
            kubeconfig=platform.kubeconfig(role),
            # A colour that was retired cannot be cleaned up, only forgotten.
            delete_unreachable=True,
        )
        dns, zones = platform.outputs.dns, platform.shared.zones
        domains = {
            "Public": (dns.public, zones.public.name),
            "Private": (dns.private, zones.private.name),
        }
        Application(
            f"{NAME}-{platform.name}",
            ApplicationArgs(name=NAME, role_arn=workload.arn, domains=domains),
            opts=pulumi.ResourceOptions(providers=[provider]),
        )
        for kind, (own, _) in domains.items():
            pulumi.export(f"{platform.name}-{kind.lower()}", f"http://{NAME}.{own}")
    await _export_live_names()


async def _export_live_names() -> None:
    """Says where the shop is for its users. In the middle of a switch, no colour is active."""
    try:
        active = await Platform.active()
    except NoActiveColourError:
        pulumi.log.info("no colour is active now: a switch is under way")
        return
    pulumi.export("active", active.name)
    pulumi.export("public", f"http://{NAME}.{active.shared.zones.public.name}")
    pulumi.export("private", f"http://{NAME}.{active.shared.zones.private.name}")


pulumi.run(main)
