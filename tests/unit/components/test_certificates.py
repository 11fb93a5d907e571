"""Certificates: of the right kind, in the state, and renewed when they are due."""

import pytest

from components.addons import order
from components.addons.spec import Addon
from tests.unit.components.addons.deployed import RELEASE, deployed
from tests.unit.components.addons.made import KEY as SEC1
from tests.unit.components.addons.made import KEY_PKCS8
from tests.unit.pulumi_harness import Plain

KEY = "tls:index/privateKey:PrivateKey"
SELF = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
DAY = 24


def inputs(kind: str, name: str) -> Plain:
    return deployed().only(kind, name).inputs


def test_every_key_is_of_the_curve_that_linkerd_takes() -> None:
    keys = deployed().of_type(KEY)
    assert len(keys) == 7
    for key in keys:
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


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("linkerd-linkerd-proxy-injector", "linkerd-proxy-injector.linkerd.svc"),
        ("linkerd-linkerd-sp-validator", "linkerd-sp-validator.linkerd.svc"),
        ("linkerd-linkerd-policy-validator", "linkerd-policy-validator.linkerd.svc"),
        (
            "aws-load-balancer-controller-webhook",
            "aws-load-balancer-webhook-service.kube-system.svc",
        ),
        ("metrics-server-serving", "metrics-server.kube-system.svc"),
    ],
)
def test_a_server_answers_to_the_name_that_the_api_server_calls(name: str, host: str) -> None:
    made = inputs(SELF, name)
    assert host in made["dnsNames"]
    assert made["isCaCertificate"] is False
    assert "server_auth" in made["allowedUses"]
    assert (made["validityPeriodHours"], made["earlyRenewalHours"]) == (730 * DAY, 90 * DAY)


@pytest.mark.parametrize("addon", order.load().values(), ids=lambda addon: addon.name)
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
    keys = [it.inputs["stringData"]["tls.key"] for it in secrets]
    webhook = deployed().only(RELEASE, "aws-load-balancer-controller").inputs["values"]
    assert {*keys, webhook["webhookTLS"]["key"]} == {KEY_PKCS8}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (SELF, "privateKeyPem"),
        ("tls:index/certRequest:CertRequest", "privateKeyPem"),
        (SIGNED, "caPrivateKeyPem"),
    ],
)
def test_what_signs_keeps_the_form_that_it_had(kind: str, key: str) -> None:
    # Another form is another input: every certificate would be made anew, the anchor as well.
    assert {it.inputs[key] for it in deployed().of_type(kind)} == {SEC1}
