"""The tls stand-in: keys and certificates that other programs accept."""

import importlib.metadata
import ipaddress
from datetime import UTC, datetime, timedelta

import pulumi_tls
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pulumi._types import input_type_py_to_pulumi_names, resource_types
from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.plugin import Object, PluginError
from localcloud.plugins.tls.provider import TlsProvider
from localcloud.plugins.tls.resources import TYPES

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"

WRITE_ONLY = {
    "privateKeyPemWo",
    "privateKeyPemWoVersion",
    "caPrivateKeyPemWo",
    "caPrivateKeyPemWoVersion",
}


@pytest.fixture
def provider() -> TlsProvider:
    made = TlsProvider()
    made.configure({"version": made.version})
    return made


def create(provider: TlsProvider, token: str, inputs: Object) -> tuple[str, Object]:
    """Checks and creates, as the engine does; the answer has only outputs that exist."""
    checked, failures = provider.check(token, "it", {}, inputs, b"seed")
    assert failures == []
    _, previewed = provider.create(token, checked, preview=True, timeout=0)
    assert previewed == inputs
    identifier, state = provider.create(token, checked, preview=False, timeout=0)
    assert set(state) <= set(resource_types(getattr(pulumi_tls, token.rsplit(":", 1)[1])))
    assert {key: state[key] for key in inputs} == inputs
    read = provider.read(token, identifier, state, inputs)
    assert read is not None
    assert (read.resource_id, read.state, read.inputs) == (identifier, state, inputs)
    assert not provider.diff(token, state, inputs, inputs).changes
    return identifier, state


def failures(provider: TlsProvider, token: str, inputs: Object) -> dict[str, str]:
    _, found = provider.check(token, "it", {}, inputs, b"seed")
    return {failure.path: failure.reason for failure in found}


def key_pem(provider: TlsProvider, algorithm: str = "ECDSA") -> str:
    inputs = {"algorithm": algorithm, "ecdsaCurve": "P256"}
    return str(create(provider, KEY, inputs)[1]["privateKeyPem"])


def authority(provider: TlsProvider, key: str, **more: object) -> Object:
    inputs: Object = {
        "privateKeyPem": key,
        "subject": {"commonName": "root.linkerd.cluster.local"},
        "isCaCertificate": True,
        "validityPeriodHours": 87600,
        "allowedUses": ["cert_signing", "crl_signing"],
        **more,
    }
    return create(provider, SELF_SIGNED, inputs)[1]


@pytest.mark.parametrize("token", sorted(TYPES))
def test_properties_are_those_of_the_real_provider(token: str) -> None:
    args = getattr(pulumi_tls, token.rsplit(":", 1)[1] + "Args")
    known = set(input_type_py_to_pulumi_names(args).values())
    assert known - WRITE_ONLY == set(TYPES[token].properties)


@pytest.mark.parametrize(
    ("inputs", "begin", "openssh"),
    [
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "EC PRIVATE KEY", "ecdsa-sha2-nistp256 "),
        ({"algorithm": "ECDSA"}, "EC PRIVATE KEY", ""),
        ({"algorithm": "RSA"}, "RSA PRIVATE KEY", "ssh-rsa "),
        ({"algorithm": "ED25519"}, "PRIVATE KEY", "ssh-ed25519 "),
    ],
)
def test_a_key_in_all_its_forms(
    provider: TlsProvider, inputs: Object, begin: str, openssh: str
) -> None:
    identifier, state = create(provider, KEY, inputs)
    assert len(identifier) == 40
    assert state["privateKeyPem"].startswith(f"-----BEGIN {begin}-----\n")
    assert state["publicKeyOpenssh"].startswith(openssh)
    forms = [
        serialization.load_pem_private_key(state[name].encode(), None)
        for name in ("privateKeyPem", "privateKeyPemPkcs8")
    ]
    publics = {
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        for key in forms
    }
    assert publics == {state["publicKeyPem"]}
    if openssh:
        serialization.load_ssh_private_key(state["privateKeyOpenssh"].encode(), None)
        assert len(state["publicKeyFingerprintMd5"].split(":")) == 16
        assert state["publicKeyFingerprintSha256"].startswith("SHA256:")


def test_keys_are_new_each_time(provider: TlsProvider) -> None:
    assert key_pem(provider) != key_pem(provider)


def test_an_issuer_below_an_anchor_is_trusted(provider: TlsProvider) -> None:
    root_key, issuer_key, leaf_key = (key_pem(provider) for _ in range(3))
    root = authority(provider, root_key)
    request: Object = {
        "privateKeyPem": issuer_key,
        "subject": {"commonName": "identity.linkerd.cluster.local", "organization": "us"},
    }
    _, asked = create(provider, REQUEST, request)
    signing: Object = {
        "caCertPem": root["certPem"],
        "caPrivateKeyPem": root_key,
        "certRequestPem": asked["certRequestPem"],
        "isCaCertificate": True,
        "maxPathLength": 0,
        "validityPeriodHours": 8760,
        "allowedUses": ["cert_signing", "crl_signing"],
    }
    identifier, issuer = create(provider, SIGNED, signing)
    _, leaf_asked = create(
        provider, REQUEST, {"privateKeyPem": leaf_key, "dnsNames": ["web.linkerd.svc"]}
    )
    _, leaf = create(
        provider,
        SIGNED,
        {
            **{k: v for k, v in signing.items() if k not in {"isCaCertificate", "maxPathLength"}},
            "caCertPem": issuer["certPem"],
            "caPrivateKeyPem": issuer_key,
            "certRequestPem": leaf_asked["certRequestPem"],
            "allowedUses": ["digital_signature", "server_auth"],
        },
    )
    anchor, middle, end = (
        x509.load_pem_x509_certificate(made["certPem"].encode()) for made in (root, issuer, leaf)
    )
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store([anchor]))
        .build_server_verifier(x509.DNSName("web.linkerd.svc"))
    )
    assert verifier.verify(end, [middle]) == [end, middle, anchor]
    assert str(middle.serial_number) == identifier
    assert issuer["caKeyAlgorithm"] == "ECDSA"
    basic = middle.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)


def test_what_a_certificate_says(provider: TlsProvider) -> None:
    inputs: Object = {
        "privateKeyPem": key_pem(provider, "RSA"),
        "subject": {"commonName": "webhook", "streetAddresses": ["1 Road"], "country": "FR"},
        "dnsNames": ["webhook.kube-system.svc"],
        "ipAddresses": ["10.0.0.1"],
        "uris": ["spiffe://cluster.local/ns/a"],
        "validityPeriodHours": 24,
        "allowedUses": ["digital_signature", "key_encipherment", "server_auth", "client_auth"],
        "setSubjectKeyId": True,
        "setAuthorityKeyId": True,
    }
    _, state = create(provider, SELF_SIGNED, inputs)
    made = x509.load_pem_x509_certificate(state["certPem"].encode())
    assert made.subject.get_attributes_for_oid(NameOID.STREET_ADDRESS)[0].value == "1 Road"
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["webhook.kube-system.svc"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.1")]
    usage = made.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.key_encipherment, usage.value.key_cert_sign) == (True, False)
    extended = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(extended) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    own = made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert issuer.key_identifier == own.digest
    end = datetime.fromisoformat(state["validityEndTime"])
    assert end == datetime.fromisoformat(state["validityStartTime"]) + timedelta(hours=24)
    assert made.not_valid_after_utc == end
    assert state["keyAlgorithm"] == "RSA"
    assert abs(datetime.now(UTC) - made.not_valid_before_utc) < timedelta(minutes=5)


def test_an_old_certificate_is_renewed(provider: TlsProvider) -> None:
    state = authority(provider, key_pem(provider), validityPeriodHours=48)
    inputs = {key: state[key] for key in ("privateKeyPem", "validityPeriodHours", "allowedUses")}
    assert state["readyForRenewal"] is False
    early = {**inputs, "earlyRenewalHours": 24}
    later = provider.diff(SELF_SIGNED, state, inputs, early)
    assert (later.changes, set(later.replaces)) == ({"earlyRenewalHours": "add"}, set())
    args = (SELF_SIGNED, "1", state, inputs, early)
    state = provider.update(*args, preview=False, timeout=0)
    assert (state["earlyRenewalHours"], state["readyForRenewal"]) == (24, False)
    # Two days from its end, and to be renewed two days before.
    due = {**inputs, "earlyRenewalHours": 48}
    assert provider.diff(SELF_SIGNED, state, early, due).replaces == {"readyForRenewal"}
    read = provider.read(SELF_SIGNED, "1", {**state, "earlyRenewalHours": 48}, due)
    assert read is not None
    assert read.state["readyForRenewal"] is True


@pytest.mark.parametrize("changed", ["validityPeriodHours", "subject", "privateKeyPem", "dnsNames"])
def test_any_other_change_takes_a_new_certificate(provider: TlsProvider, changed: str) -> None:
    state: Object = {"validityEndTime": "2999-01-01T00:00:00Z"}
    olds: Object = {"validityPeriodHours": 1, "subject": {"commonName": "a"}, "privateKeyPem": "k"}
    news = {**olds, changed: UNKNOWN}
    assert provider.diff(SELF_SIGNED, state, olds, news).replaces == {changed}


@pytest.mark.parametrize(
    ("token", "inputs", "paths"),
    [
        (KEY, {"algorithm": "DSA"}, {"algorithm"}),
        (KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P-256"}, {"ecdsaCurve"}),
        (KEY, {"algorithm": "RSA", "size": 4096}, {"size"}),
        (REQUEST, {"subject": {"cn": "a"}}, {"privateKeyPem", "subject.cn"}),
        (
            SELF_SIGNED,
            {"privateKeyPem": "k", "allowedUses": ["all"], "validityPeriodHours": -1},
            {"allowedUses[0]", "validityPeriodHours"},
        ),
        (
            SIGNED,
            {"caPrivateKeyPemWo": "k"},
            {
                "caPrivateKeyPemWo",
                "allowedUses",
                "caCertPem",
                "caPrivateKeyPem",
                "certRequestPem",
                "validityPeriodHours",
            },
        ),
    ],
)
def test_mistakes_name_their_property(
    provider: TlsProvider, token: str, inputs: Object, paths: set[str]
) -> None:
    assert set(failures(provider, token, inputs)) == paths


def test_what_is_not_known_yet_is_no_mistake(provider: TlsProvider) -> None:
    inputs: Object = {
        "privateKeyPem": UNKNOWN,
        "subject": UNKNOWN,
        "allowedUses": [UNKNOWN],
        "validityPeriodHours": UNKNOWN,
        "earlyRenewalHours": UNKNOWN,
    }
    assert failures(provider, SELF_SIGNED, inputs) == {}
    state: Object = {"validityEndTime": "2999-01-01T00:00:00Z"}
    assert provider.diff(SELF_SIGNED, state, {}, inputs).changes


def test_what_makes_no_certificate(provider: TlsProvider) -> None:
    key, other = key_pem(provider), key_pem(provider)
    root = authority(provider, key)
    request = create(provider, REQUEST, {"privateKeyPem": other})[1]["certRequestPem"]
    good: Object = {
        "caCertPem": root["certPem"],
        "caPrivateKeyPem": key,
        "certRequestPem": request,
        "validityPeriodHours": 1,
        "allowedUses": [],
    }
    for changes, message in (
        ({"caPrivateKeyPem": other}, "is not the key of caCertPem"),
        ({"caPrivateKeyPem": "secret words"}, "caPrivateKeyPem is no private key"),
        ({"caCertPem": "x"}, "caCertPem is no certificate"),
        ({"certRequestPem": root["certPem"]}, "certRequestPem is no certificate request"),
        ({"isCaCertificate": True}, "must have a subject"),
    ):
        with pytest.raises(PluginError, match=f"^{SIGNED}: .*{message}") as raised:
            provider.create(SIGNED, {**good, **changes}, preview=False, timeout=0)
        assert "secret words" not in str(raised.value)


def test_what_the_stand_in_does_not_do(provider: TlsProvider) -> None:
    assert provider.version == importlib.metadata.version("pulumi-tls")
    with pytest.raises(PluginError, match="tls:proxy"):
        provider.configure({"proxy": {}})
    with pytest.raises(PluginError, match="resource type tls:index/other:Other"):
        provider.check("tls:index/other:Other", "it", {}, {}, b"")
    with pytest.raises(PluginError, match="function tls:index/getPublicKey:getPublicKey"):
        provider.invoke("tls:index/getPublicKey:getPublicKey", {})
    with pytest.raises(PluginError, match="cannot be imported"):
        provider.read(KEY, "1", {}, {})
    provider.delete(KEY, "1", {}, timeout=0)
