"""Private keys, in the forms in which the real tls provider gives them."""

import base64
import hashlib
from typing import TypeAlias, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from localcloud.plugins.plugin import Object, PluginError

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES: dict[str, ec.EllipticCurve] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
DEFAULT_CURVE, DEFAULT_BITS = "P224", 2048  # the real provider's

_SIGNED_WITH = {384: hashes.SHA384(), 521: hashes.SHA512()}  # by the curve's bits, as Go does
_PEM = serialization.Encoding.PEM
_PLAIN = serialization.NoEncryption()


def generate(algorithm: str, curve: str, bits: int) -> PrivateKey:
    """A new key. Raises PluginError for a size that makes no key."""
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve])
    if algorithm == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    try:
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    except ValueError as error:
        raise PluginError(f"rsaBits: {error}") from error


def parse(pem: str, what: str) -> PrivateKey:
    """The key in a PEM.

    Raises:
        PluginError: it holds none of the known algorithms; names `what`, never the key.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PluginError(f"{what} is no private key in PEM without a passphrase") from error
    known = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
    if not isinstance(key, known):
        raise PluginError(f"{what} is a key of none of {', '.join(ALGORITHMS)}")
    return key


def algorithm_of(key: PrivateKey) -> str:
    """``RSA``, ``ECDSA`` or ``ED25519``."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def digest_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """What a certificate signed with `key` is hashed with; None for ED25519."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return cast("hashes.SHA384 | hashes.SHA512", _SIGNED_WITH.get(key.curve.key_size)) or (
            hashes.SHA256()
        )
    return hashes.SHA256()


def public_bytes(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER: the same for the same key."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def outputs(key: PrivateKey) -> Object:
    """All forms of a key, with the line's end that Go's PEM and OpenSSH writers put."""
    pkcs8 = _private(key, serialization.PrivateFormat.PKCS8)
    traditional = (
        pkcs8
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else _private(key, serialization.PrivateFormat.TraditionalOpenSSL)
    )
    public = key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "privateKeyPem": traditional,
        "privateKeyPemPkcs8": pkcs8,
        "publicKeyPem": public.decode(),
        **_openssh(key),
    }


def _private(key: PrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(_PEM, form, _PLAIN).decode()


def _openssh(key: PrivateKey) -> Object:
    """OpenSSH's forms; it knows no curve P224, for which they are empty."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == CURVES["P224"].name:
        return dict.fromkeys(
            (
                "privateKeyOpenssh",
                "publicKeyOpenssh",
                "publicKeyFingerprintMd5",
                "publicKeyFingerprintSha256",
            ),
            "",
        )
    line = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    blob = base64.b64decode(line.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {
        "privateKeyOpenssh": _private(key, serialization.PrivateFormat.OpenSSH),
        "publicKeyOpenssh": f"{line.decode()}\n",
        "publicKeyFingerprintMd5": ":".join(md5[at : at + 2] for at in range(0, len(md5), 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }
