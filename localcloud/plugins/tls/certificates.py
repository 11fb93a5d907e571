"""Certificates and requests, with the extensions that the real tls provider gives them."""

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from localcloud.plugins.plugin import Object, PluginError
from localcloud.plugins.tls import keys
from localcloud.plugins.tls.keys import PrivateKey, PublicKey

SUBJECT = {
    "commonName": NameOID.COMMON_NAME,
    "country": NameOID.COUNTRY_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
"""Parts of a subject; the lines of ``streetAddresses`` are one more."""

_KEY_USAGES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
_EXTENDED_KEY_USAGES = {
    "any_extended": "2.5.29.37.0",
    "server_auth": "1.3.6.1.5.5.7.3.1",
    "client_auth": "1.3.6.1.5.5.7.3.2",
    "code_signing": "1.3.6.1.5.5.7.3.3",
    "email_protection": "1.3.6.1.5.5.7.3.4",
    "ipsec_end_system": "1.3.6.1.5.5.7.3.5",
    "ipsec_tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec_user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp_signing": "1.3.6.1.5.5.7.3.9",
    "microsoft_server_gated_crypto": "1.3.6.1.4.1.311.10.3.3",
    "netscape_server_gated_crypto": "2.16.840.1.113730.4.1",
    "microsoft_commercial_code_signing": "1.3.6.1.4.1.311.2.1.22",
    "microsoft_kernel_code_signing": "1.3.6.1.4.1.311.61.1.1",
}
USES = frozenset({*_KEY_USAGES, *_EXTENDED_KEY_USAGES})
"""Values of ``allowedUses``."""


@dataclass(frozen=True)
class Wanted:
    """What a certificate is for.

    Attributes:
        subject: of the certificate.
        alternatives: names, addresses and URIs.
        public_key: of the subject.
        inputs: the resource's, for uses, validity and what is asked of a CA.
    """

    subject: x509.Name
    alternatives: list[x509.GeneralName]
    public_key: PublicKey
    inputs: Object


def subject_of(inputs: Object) -> x509.Name:
    """The subject that inputs describe, in the order in which Go writes it."""
    said: Object = inputs.get("subject") or {}
    order = (
        "country",
        "organization",
        "organizationalUnit",
        "locality",
        "province",
        "streetAddresses",
        "postalCode",
        "commonName",
        "serialNumber",
        "emailAddress",
    )
    parts: list[x509.NameAttribute[str]] = []
    for key in order:
        if key == "streetAddresses":
            lines: list[str] = said.get(key) or []
            parts += [x509.NameAttribute(NameOID.STREET_ADDRESS, line) for line in lines]
        elif said.get(key):
            parts.append(_part(key, said[key]))
    return x509.Name(parts)


def _part(key: str, value: str) -> "x509.NameAttribute[str]":
    try:
        return x509.NameAttribute(SUBJECT[key], value)
    except ValueError as error:
        raise PluginError(f"subject.{key}: {error}") from error


def alternatives_of(inputs: Object) -> list[x509.GeneralName]:
    """Names, addresses and URIs that inputs describe."""
    try:
        return [
            *(x509.DNSName(name) for name in inputs.get("dnsNames") or []),
            *(
                x509.IPAddress(ipaddress.ip_address(address))
                for address in inputs.get("ipAddresses") or []
            ),
            *(x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []),
        ]
    except ValueError as error:
        raise PluginError(f"dnsNames, ipAddresses or uris: {error}") from error


def request(inputs: Object, key: PrivateKey) -> str:
    """PEM of a certificate request."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject_of(inputs))
    alternatives = alternatives_of(inputs)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    made = builder.sign(key, keys.digest_for(key))
    return made.public_bytes(serialization.Encoding.PEM).decode()


def parse_request(pem: str, inputs: Object) -> Wanted:
    """What a certificate request asks for. Raises PluginError when it is none."""
    try:
        asked = x509.load_pem_x509_csr(pem.encode())
    except ValueError as error:
        raise PluginError(f"certRequestPem is no certificate request: {error}") from error
    if not asked.is_signature_valid:
        raise PluginError("certRequestPem is not signed with its own key")
    try:
        names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        alternatives = list(names)
    except x509.ExtensionNotFound:
        alternatives = []
    key = asked.public_key()
    return Wanted(asked.subject, alternatives, _public_key(key), inputs)


def parse_authority(pem: str, key: PrivateKey) -> x509.Certificate:
    """An authority's certificate. Raises PluginError when it is none, or not the key's."""
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise PluginError(f"caCertPem is no certificate: {error}") from error
    if keys.public_bytes(_public_key(found.public_key())) != keys.public_bytes(key.public_key()):
        raise PluginError("caPrivateKeyPem is not the key of caCertPem")
    return found


def _public_key(key: object) -> PublicKey:
    if isinstance(key, PublicKey):
        return key
    raise PluginError(f"a key is of none of {', '.join(keys.ALGORITHMS)}")


def sign(wanted: Wanted, key: PrivateKey, authority: x509.Certificate | None) -> x509.Certificate:
    """A new certificate, valid from now on.

    Args:
        wanted: what it is for.
        key: signs it.
        authority: the certificate of `key`; None for a self-signed one.
    """
    inputs = wanted.inputs
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    is_authority = bool(inputs.get("isCaCertificate"))
    if is_authority and not list(wanted.subject):
        raise PluginError("a certificate authority must have a subject")
    try:
        end = now + datetime.timedelta(hours=inputs["validityPeriodHours"])
    except OverflowError as error:
        raise PluginError("validityPeriodHours: the end is after the year 9999") from error
    builder = (
        x509.CertificateBuilder()
        .subject_name(wanted.subject)
        .issuer_name(authority.subject if authority else wanted.subject)
        .public_key(wanted.public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(wanted, authority, is_authority=is_authority):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, keys.digest_for(key))


def _extensions(
    wanted: Wanted, authority: x509.Certificate | None, *, is_authority: bool
) -> list[tuple[x509.ExtensionType, bool]]:
    """Extensions, and whether each is critical."""
    inputs = wanted.inputs
    found: list[tuple[x509.ExtensionType, bool]] = []
    uses: list[str] = inputs.get("allowedUses") or []
    usages = {name: use in uses for use, name in _KEY_USAGES.items()}
    if any(usages.values()):
        found.append((_key_usage(usages), True))
    extended = [ObjectIdentifier(_EXTENDED_KEY_USAGES[u]) for u in uses if u not in _KEY_USAGES]
    if extended:
        found.append((x509.ExtendedKeyUsage(extended), False))
    length = inputs.get("maxPathLength") if is_authority else None
    found.append((x509.BasicConstraints(is_authority, length), True))
    own = x509.SubjectKeyIdentifier.from_public_key(wanted.public_key)
    has_own = is_authority or bool(inputs.get("setSubjectKeyId"))
    if has_own:
        found.append((own, False))
    issuer = _key_identifier(authority) if authority else own if has_own else None
    if inputs.get("setAuthorityKeyId") and issuer is None:
        raise PluginError("setAuthorityKeyId: the signer has no subject key identifier")
    if issuer is not None and (authority or inputs.get("setAuthorityKeyId")):
        identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer)
        found.append((identifier, False))
    if wanted.alternatives:
        names = x509.SubjectAlternativeName(wanted.alternatives)
        found.append((names, not list(wanted.subject)))
    return found


def _key_usage(usages: dict[str, bool]) -> x509.KeyUsage:
    try:
        return x509.KeyUsage(**usages)
    except ValueError as error:
        raise PluginError(f"allowedUses: {error}") from error


def _key_identifier(certificate: x509.Certificate) -> x509.SubjectKeyIdentifier | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
