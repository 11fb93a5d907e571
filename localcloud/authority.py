"""Certificate authorities of the local cloud, and the certificates that they sign."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = datetime.timedelta(days=365)
_SKEW = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class KeyPair:
    """Files of one certificate and its private key, both PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """A certificate authority whose files lie in one folder.

    Attributes:
        folder: holds ``ca.crt``, ``ca.key`` and every issued pair.
    """

    folder: Path

    @classmethod
    def create(cls, folder: Path, name: str) -> "Authority":
        """Makes a new authority; `name` is its common name."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = _usage(certificate_sign=True)
        certificate = (
            _builder(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .sign(key, hashes.SHA256())
        )
        authority = cls(folder)
        _write(authority.files, certificate, key)
        return authority

    @property
    def files(self) -> KeyPair:
        """The authority's own certificate and key."""
        return KeyPair(self.folder / "ca.crt", self.folder / "ca.key")

    @property
    def certificate_pem(self) -> str:
        """The authority's certificate."""
        return self.files.certificate.read_text()

    def issue(
        self,
        common_name: str,
        *,
        organizations: Sequence[str] = (),
        hosts: Sequence[str] = (),
    ) -> KeyPair:
        """Signs a certificate for servers and clients alike.

        Args:
            common_name: for a client of Kubernetes, the user; also names the files.
            organizations: for a client of Kubernetes, the groups.
            hosts: DNS names and IP addresses of a server.
        """
        signer = x509.load_pem_x509_certificate(self.files.certificate.read_bytes())
        signing_key = serialization.load_pem_private_key(self.files.key.read_bytes(), None)
        if not isinstance(signing_key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self.files.key} is no elliptic curve key")
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name) for name in organizations]
        subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _builder(subject, signer.subject, key.public_key())
        if hosts:
            purposes.append(ExtendedKeyUsageOID.SERVER_AUTH)
            alternatives = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(alternatives, critical=False)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificate_sign=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False
            )
            .sign(signing_key, hashes.SHA256())
        )
        stem = common_name.replace(":", "-").replace("/", "-")
        pair = KeyPair(self.folder / f"{stem}.crt", self.folder / f"{stem}.key")
        _write(pair, certificate, key)
        return pair


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
    )


def _usage(*, certificate_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not certificate_sign,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificate_sign,
        crl_sign=certificate_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(pair: KeyPair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    pair.key.touch(mode=0o600)
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
