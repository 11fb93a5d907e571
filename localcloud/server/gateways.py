"""What moto's NAT gateways leave out: a deleted one gives up its network interface."""

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend


class _UnknownGatewayError(EC2ClientError):
    def __init__(self, gateway: str) -> None:
        super().__init__("NatGatewayNotFound", f"The Nat Gateway {gateway} was not found")


def install() -> None:
    """Replaces the method; once per process."""
    EC2Backend.delete_nat_gateway = _delete_with_interface


def _delete_with_interface(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
    """Deletes a gateway; its address is free and its interface gone, as on EC2."""
    if nat_gateway_id not in self.nat_gateways:
        raise _UnknownGatewayError(nat_gateway_id)
    gateway = NatGatewayBackend.delete_nat_gateway(self, nat_gateway_id)
    for address in self.addresses:
        if address.eni is gateway._eni:
            self.disassociate_address(association_id=address.association_id)
    # It can be deleted twice.
    self.enis.pop(gateway._eni.id, None)
    return gateway
