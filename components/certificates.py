"""Certificates that live in the stack's state, so that they are the same at every render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.base import Component, ComponentArgs

HOURS_A_DAY = 24

AUTHORITY = "authority"
"""Name of the authority that signs an add-on's servers."""

_SERVER_DAYS = 730
_AUTHORITY_USES = ("cert_signing", "crl_signing")
_SERVER_USES = ("digital_signature", "key_encipherment", "server_auth")


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate that is wanted. Its key is ECDSA P-256.

    Attributes:
        name: its name, unique among those wanted together.
        common_name: common name of its subject.
        dns_names: names that a server answers to.
        signed_by: name of the authority that signs it, listed before it; empty: it itself.
        is_authority: whether it signs others; otherwise it is a server's.
        validity_days: days that it is valid.
        renewal_days: days before its end from which the next update makes a new one.
    """

    name: str
    common_name: str
    dns_names: tuple[str, ...] = ()
    signed_by: str = ""
    is_authority: bool = False
    validity_days: int
    renewal_days: int


def authority_certificate(addon: str) -> Certificate:
    """What signs the servers of an add-on; its certificate is what their clients trust.

    A server that signed itself would change that with each renewal, and the API server would
    refuse it until both sides have the new one.
    """
    return Certificate(
        name=AUTHORITY,
        common_name=f"authority of {addon}",
        is_authority=True,
        validity_days=3650,
        # So early that nothing which it signed outlives it.
        renewal_days=_SERVER_DAYS,
    )


def server_certificate(name: str, *hosts: str) -> Certificate:
    """A server that `authority` signs.

    Args:
        name: its name.
        hosts: names that it answers to, the common one first.
    """
    return Certificate(
        name=name,
        common_name=hosts[0],
        dns_names=hosts,
        signed_by=AUTHORITY,
        validity_days=_SERVER_DAYS,
        renewal_days=90,
    )


@dataclass(frozen=True)
class Issued:
    """A certificate that was made, as PEM.

    Attributes:
        certificate: the certificate.
        private_key: its key in PKCS#8, a secret. Every server loads that form; Linkerd's policy
            controller loads no ECDSA key in another (kubert, ``load_private_key``).
        signing_key: the same key in SEC1, for what it signs: in another form it would be another
            input, and all that it signed would be made anew.
        authority: certificate of what signed it; its own if it did.
    """

    certificate: pulumi.Output[str]
    private_key: pulumi.Output[str]
    signing_key: pulumi.Output[str]
    authority: pulumi.Output[str]


class Certificates(Component):
    """Pulumi type ``eks-platform:certificates:Certificates``.

    Creates a key and a certificate for each that is wanted. Keys are in the state, encrypted;
    the certificates change only when their renewal is due, at the next update.

    Args:
        name: begins the names of all resources.
        args: tags; certificates carry none.
        wanted: authorities before what they sign.
        opts: resource options.

    Attributes:
        issued: what was made, by name.
    """

    MODULE = "certificates"

    issued: Mapping[str, Issued]

    def __init__(
        self,
        name: str,
        args: ComponentArgs,
        wanted: Sequence[Certificate],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        del args
        super().__init__(name, opts)
        issued: dict[str, Issued] = {}
        for certificate in wanted:
            signer = issued[certificate.signed_by] if certificate.signed_by else None
            issued[certificate.name] = self._issue(
                f"{name}-{certificate.name}", certificate, signer
            )
        self.issued = issued
        self.register_outputs({})

    def _issue(self, name: str, wanted: Certificate, signer: Issued | None) -> Issued:
        key = tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=self.child())
        private, signing = key.private_key_pem_pkcs8, key.private_key_pem
        if signer is None:
            made = self._self_signed(name, wanted, signing).cert_pem
            return Issued(made, private, signing, made)
        made = self._signed(name, wanted, signing, signer).cert_pem
        return Issued(made, private, signing, signer.certificate)

    def _self_signed(
        self, name: str, wanted: Certificate, key: pulumi.Output[str]
    ) -> tls.SelfSignedCert:
        return tls.SelfSignedCert(
            name,
            private_key_pem=key,
            subject={"common_name": wanted.common_name},
            dns_names=list(wanted.dns_names),
            is_ca_certificate=wanted.is_authority,
            set_subject_key_id=True,
            allowed_uses=_uses(wanted),
            validity_period_hours=wanted.validity_days * HOURS_A_DAY,
            early_renewal_hours=wanted.renewal_days * HOURS_A_DAY,
            opts=self.child(),
        )

    def _signed(
        self, name: str, wanted: Certificate, key: pulumi.Output[str], signer: Issued
    ) -> tls.LocallySignedCert:
        request = tls.CertRequest(
            name,
            private_key_pem=key,
            subject={"common_name": wanted.common_name},
            dns_names=list(wanted.dns_names),
            opts=self.child(),
        )
        return tls.LocallySignedCert(
            name,
            cert_request_pem=request.cert_request_pem,
            ca_cert_pem=signer.certificate,
            ca_private_key_pem=signer.signing_key,
            is_ca_certificate=wanted.is_authority,
            set_subject_key_id=True,
            allowed_uses=_uses(wanted),
            validity_period_hours=wanted.validity_days * HOURS_A_DAY,
            early_renewal_hours=wanted.renewal_days * HOURS_A_DAY,
            opts=self.child(),
        )


def _uses(wanted: Certificate) -> list[str]:
    return list(_AUTHORITY_USES if wanted.is_authority else _SERVER_USES)
