"""The resource types of the tls provider: their properties, and how each one is made."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from localcloud.plugins.plugin import Failure, Object, is_unknown
from localcloud.plugins.tls import certificates, keys

IN_PLACE = "earlyRenewalHours"
"""The one property that may change without a new resource."""

_END, _DUE = "validityEndTime", "readyForRenewal"
_NAMES = ("dnsNames", "ipAddresses", "uris")


class TlsType(ABC):
    """One resource type: `properties` says whether each property must be given."""

    properties: ClassVar[Mapping[str, bool]]

    def mistakes(self, inputs: Object) -> list[Failure]:
        """Unknown, missing and impossible inputs."""
        found = [
            Failure(key, f'the local tls provider does not know the property "{key}"')
            for key in inputs
            if key not in self.properties
        ]
        found += [
            Failure(key, f'missing required property "{key}"')
            for key, required in self.properties.items()
            if required and inputs.get(key) is None
        ]
        return found + self.impossible(inputs)

    def impossible(self, inputs: Object) -> list[Failure]:
        """Values that cannot be."""
        del inputs
        return []

    @abstractmethod
    def create(self, inputs: Object) -> tuple[str, Object]:
        """The id and the outputs of a new resource. Raises PluginError."""


class PrivateKey(TlsType):
    """A private key."""

    properties: ClassVar = {"algorithm": True, "ecdsaCurve": False, "rsaBits": False}

    def impossible(self, inputs: Object) -> list[Failure]:
        """An algorithm or a curve that is not known."""
        return [
            *_none_of(inputs, "algorithm", keys.ALGORITHMS),
            *_none_of(inputs, "ecdsaCurve", tuple(keys.CURVES)),
        ]

    def create(self, inputs: Object) -> tuple[str, Object]:
        """Generates it; its id is the SHA-1 of the public key."""
        curve = inputs.get("ecdsaCurve") or keys.DEFAULT_CURVE
        bits = inputs.get("rsaBits") or keys.DEFAULT_BITS
        key = keys.generate(inputs["algorithm"], curve, bits)
        public = keys.public_bytes(key.public_key())
        identifier = hashlib.sha1(public, usedforsecurity=False).hexdigest()
        said = {"algorithm": inputs["algorithm"], "ecdsaCurve": curve, "rsaBits": bits}
        return identifier, {**said, **keys.outputs(key)}


class CertRequest(TlsType):
    """A request for a certificate."""

    properties: ClassVar = {"privateKeyPem": True, "subject": False, **dict.fromkeys(_NAMES, False)}

    def impossible(self, inputs: Object) -> list[Failure]:
        """A subject with unknown parts."""
        return _unknown_subject(inputs)

    def create(self, inputs: Object) -> tuple[str, Object]:
        """Signs it; its id is the SHA-1 of its PEM."""
        key = keys.parse(inputs["privateKeyPem"], "privateKeyPem")
        pem = certificates.request(inputs, key)
        identifier = hashlib.sha1(pem.encode(), usedforsecurity=False).hexdigest()
        return identifier, {
            **inputs,
            "certRequestPem": pem,
            "keyAlgorithm": keys.algorithm_of(key),
        }


class _Certificate(TlsType):
    """What both kinds of certificate share."""

    def impossible(self, inputs: Object) -> list[Failure]:
        """Uses and spans of time that do not exist."""
        found: list[Failure] = []
        for number, use in enumerate(inputs.get("allowedUses") or []):
            if use not in certificates.USES and not is_unknown(use):
                known = ", ".join(sorted(certificates.USES))
                found.append(Failure(f"allowedUses[{number}]", f"{use!r} is none of {known}"))
        for key in ("validityPeriodHours", IN_PLACE):
            hours = inputs.get(key)
            if isinstance(hours, int | float) and hours < 0:
                found.append(Failure(key, f"{hours} hours, at least 0 needed"))
        return found + _unknown_subject(inputs)


class SelfSignedCert(_Certificate):
    """A certificate that its own key signs."""

    properties: ClassVar = {
        "allowedUses": True,
        "privateKeyPem": True,
        "validityPeriodHours": True,
        IN_PLACE: False,
        "isCaCertificate": False,
        "maxPathLength": False,
        "setAuthorityKeyId": False,
        "setSubjectKeyId": False,
        "subject": False,
        **dict.fromkeys(_NAMES, False),
    }

    def create(self, inputs: Object) -> tuple[str, Object]:
        """Signs it; its id is its serial number."""
        key = keys.parse(inputs["privateKeyPem"], "privateKeyPem")
        wanted = certificates.Wanted(
            certificates.subject_of(inputs),
            certificates.alternatives_of(inputs),
            key.public_key(),
            inputs,
        )
        made = certificates.sign(wanted, key, None)
        defaults = {"setAuthorityKeyId": False, "keyAlgorithm": keys.algorithm_of(key)}
        return str(made.serial_number), {**defaults, **_certificate_state(made, inputs)}


class LocallySignedCert(_Certificate):
    """A certificate that an authority's key signs for a request."""

    properties: ClassVar = {
        "allowedUses": True,
        "caCertPem": True,
        "caPrivateKeyPem": True,
        "certRequestPem": True,
        "validityPeriodHours": True,
        IN_PLACE: False,
        "isCaCertificate": False,
        "maxPathLength": False,
        "setSubjectKeyId": False,
    }

    def create(self, inputs: Object) -> tuple[str, Object]:
        """Signs it; its id is its serial number."""
        key = keys.parse(inputs["caPrivateKeyPem"], "caPrivateKeyPem")
        authority = certificates.parse_authority(inputs["caCertPem"], key)
        wanted = certificates.parse_request(inputs["certRequestPem"], inputs)
        made = certificates.sign(wanted, key, authority)
        algorithm = keys.algorithm_of(key)
        return str(made.serial_number), {
            "caKeyAlgorithm": algorithm,
            **_certificate_state(made, inputs),
        }


TYPES: Mapping[str, TlsType] = {
    "tls:index/privateKey:PrivateKey": PrivateKey(),
    "tls:index/certRequest:CertRequest": CertRequest(),
    "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
    "tls:index/locallySignedCert:LocallySignedCert": LocallySignedCert(),
}
"""Resource types by token."""


def is_due(state: Object, early: object) -> bool:
    """Whether a certificate in `state` is to be renewed `early` hours before its end."""
    end = state.get(_END)
    if not isinstance(end, str):
        return False
    hours = early if isinstance(early, int | float) else 0
    return datetime.now(UTC) >= datetime.fromisoformat(end) - timedelta(hours=hours)


def refreshed(state: Object) -> Object:
    """State with what the clock changes."""
    if _END not in state:
        return state
    return {**state, _DUE: is_due(state, state.get(IN_PLACE))}


def _certificate_state(made: x509.Certificate, inputs: Object) -> Object:
    return {
        IN_PLACE: 0,
        "isCaCertificate": False,
        "setSubjectKeyId": False,
        **inputs,
        "certPem": made.public_bytes(serialization.Encoding.PEM).decode(),
        _DUE: False,
        "validityStartTime": _time(made.not_valid_before_utc),
        _END: _time(made.not_valid_after_utc),
    }


def _time(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _none_of(inputs: Object, key: str, known: tuple[str, ...]) -> list[Failure]:
    value = inputs.get(key)
    if value is None or is_unknown(value) or value in known:
        return []
    return [Failure(key, f"{value!r} is none of {', '.join(known)}")]


def _unknown_subject(inputs: Object) -> list[Failure]:
    subject = inputs.get("subject")
    if not isinstance(subject, dict):
        return []
    known = {*certificates.SUBJECT, "streetAddresses"}
    return [
        Failure(f"subject.{key}", f'the local tls provider does not know the property "{key}"')
        for key in sorted(set(subject) - known)  # pyright: ignore[reportUnknownVariableType]
    ]
