"""Certificates: of the right kind, in the state, and renewed when they are due."""

import pytest
from cryptography import x509
from cryptography.x509 import verification

from components import addons
from components.addon_stack.addon import Addon
from localcloud.plugins.tls import keys, resources
from tests.unit.components.addons.addon_cluster import KEY as SEC1
from tests.unit.components.addons.addon_cluster import KEY_PKCS8
from tests.unit.components.addons.deployed import RELEASE, deployed
from tests.unit.pulumi_harness import Plain

KEY = "tls:index/privateKey:PrivateKey"
SELF = "tls:index/selfSignedCert:SelfSignedCert"
REQUEST = "tls:index/certRequest:CertRequest"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
DAY = 24


def inputs(kind: str, name: str) -> Plain:
    return deployed().only(kind, name).inputs


def test_every_key_is_of_the_curve_that_linkerd_takes() -> None:
    made = deployed().of_type(KEY)
    assert len(made) == 10
    for key in made:
        assert (key.inputs["algorithm"], key.inputs["ecdsaCurve"]) == ("ECDSA", "P256")


def test_the_trust_anchor_signs_the_issuer_and_both_sign_others() -> None:
    anchor = inputs(SELF, "linkerd-trust-anchor")
    issuer = inputs(SIGNED, "linkerd-issuer")
    assert anchor["isCaCertificate"] is True
    assert issuer["isCaCertificate"] is True
    assert anchor["allowedUses"] == issuer["allowedUses"] == ["cert_signing", "crl_signing"]
    assert issuer["caCertPem"] == "certificate of root.linkerd.cluster.local"
    assert anchor["validityPeriodHours"] == 3650 * DAY
    assert (issuer["validityPeriodHours"], issuer["earlyRenewalHours"]) == (730 * DAY, 90 * DAY)


SERVERS = {
    "linkerd-linkerd-proxy-injector": "linkerd-proxy-injector.linkerd.svc",
    "linkerd-linkerd-sp-validator": "linkerd-sp-validator.linkerd.svc",
    "linkerd-linkerd-policy-validator": "linkerd-policy-validator.linkerd.svc",
    "aws-load-balancer-controller-webhook": "aws-load-balancer-webhook-service.kube-system.svc",
    "metrics-server-serving": "metrics-server.kube-system.svc",
}
"""The name that the API server calls, by the name of the server's certificate."""
AUTHORITIES = ("linkerd", "aws-load-balancer-controller", "metrics-server")


@pytest.mark.parametrize(("name", "host"), SERVERS.items())
def test_a_server_answers_to_the_name_that_the_api_server_calls(name: str, host: str) -> None:
    made = inputs(SIGNED, name)
    assert host in inputs(REQUEST, name)["dnsNames"]
    assert made["isCaCertificate"] is False
    assert "server_auth" in made["allowedUses"]
    assert (made["validityPeriodHours"], made["earlyRenewalHours"]) == (730 * DAY, 90 * DAY)


@pytest.mark.parametrize(("name", "host"), SERVERS.items())
def test_a_server_is_trusted_by_who_trusts_its_authority(name: str, host: str) -> None:
    """With real keys in place of the made-up ones."""
    (addon,) = [it for it in AUTHORITIES if name.startswith(f"{it}-")]
    root = real(SELF, f"{addon}-authority", privateKeyPem=KEYS[0])
    asked = real(REQUEST, name, privateKeyPem=KEYS[1])["certRequestPem"]
    signer = {"caCertPem": root["certPem"], "caPrivateKeyPem": KEYS[0]}
    leaf = real(SIGNED, name, certRequestPem=asked, **signer)
    anchor, end = (x509.load_pem_x509_certificate(it["certPem"].encode()) for it in (root, leaf))
    store = verification.Store([anchor])
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(x509.DNSName(host))
    assert verifier.verify(end, []) == [end, anchor]


KEYS = [keys.outputs(keys.generate("ECDSA", "P256", 0))["privateKeyPem"] for _ in range(2)]


def real(kind: str, name: str, **given: str) -> Plain:
    """What the tls provider makes of a resource's inputs, some of them given."""
    return resources.TYPES[kind].create({**inputs(kind, name), **given})[1]


def test_what_the_api_server_trusts_stays_when_a_server_is_renewed() -> None:
    # Else it refuses the webhook until both sides have the new certificate.
    linkerd, balancer, metrics = (
        deployed().only(RELEASE, name).inputs["values"] for name in AUTHORITIES
    )
    trusted = {
        "linkerd": {linkerd[it]["caBundle"] for it in ("proxyInjector", "profileValidator")}
        | {linkerd["policyValidator"]["caBundle"]},
        "aws-load-balancer-controller": {balancer["webhookTLS"]["caCert"]},
        "metrics-server": {metrics["apiService"]["caBundle"]},
    }
    assert trusted == {it: {f"certificate of authority of {it}"} for it in AUTHORITIES}


@pytest.mark.parametrize("addon", ["linkerd", "metrics-server"])
def test_a_renewed_server_is_a_new_secret_and_no_new_release(addon: str) -> None:
    made = [*deployed().of_type(SELF), *deployed().of_type(SIGNED)]
    servers = {it.urn for it in made if "server_auth" in it.inputs["allowedUses"]}
    assert len(servers) == len(SERVERS)
    release = deployed().only(RELEASE, addon)
    assert not servers & set(release.property_dependencies["values"])


def test_no_server_outlives_its_authority() -> None:
    for addon in AUTHORITIES:
        made = inputs(SELF, f"{addon}-authority")
        assert made["isCaCertificate"] is True
        assert made["validityPeriodHours"] == 3650 * DAY
        assert made["earlyRenewalHours"] >= 730 * DAY


@pytest.mark.parametrize("addon", addons.load().values(), ids=lambda addon: addon.name)
def test_renewal_is_due_well_before_the_end(addon: Addon) -> None:
    for certificate in addon.certificates:
        assert 90 <= certificate.renewal_days < certificate.validity_days


def test_linkerd_finds_its_certificates_in_secrets() -> None:
    secrets = {
        it.inputs["metadata"]["name"]: it.inputs["stringData"]
        for it in deployed().of_type("kubernetes:core/v1:Secret")
    }
    assert set(secrets) == {
        "linkerd-identity-issuer",
        "linkerd-proxy-injector-k8s-tls",
        "linkerd-sp-validator-k8s-tls",
        "linkerd-policy-validator-k8s-tls",
        "metrics-server-serving",
    }
    assert secrets["linkerd-identity-issuer"]["ca.crt"].startswith("certificate of root.linkerd")
    for data in secrets.values():
        assert set(data) == {"tls.crt", "tls.key", "ca.crt"}


def test_who_is_given_a_key_gets_it_in_pkcs8() -> None:
    # Linkerd's policy controller loads ECDSA keys in no other form, and never becomes ready.
    secrets = deployed().of_type("kubernetes:core/v1:Secret")
    given = [it.inputs["stringData"]["tls.key"] for it in secrets]
    webhook = deployed().only(RELEASE, "aws-load-balancer-controller").inputs["values"]
    assert {*given, webhook["webhookTLS"]["key"]} == {KEY_PKCS8}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (SELF, "privateKeyPem"),
        (REQUEST, "privateKeyPem"),
        (SIGNED, "caPrivateKeyPem"),
    ],
)
def test_what_signs_keeps_the_form_that_it_had(kind: str, key: str) -> None:
    # Another form is another input: every certificate would be made anew, the anchor as well.
    assert {it.inputs[key] for it in deployed().of_type(kind)} == {SEC1}
