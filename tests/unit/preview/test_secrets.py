"""What is hidden though nobody has marked it, and what is shown all the same."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview.markdown import comment
from preview.secrets import is_sensitive, masked
from tests.unit.preview.event_logs import Plain, error, outputs, recorded, step, violation

SECRET = "kubernetes:core/v1:Secret"
PEM = "-----BEGIN EC PRIVATE KEY-----\nhunter1\nhunter2\n-----END EC PRIVATE KEY-----\n"
# Put together here: what scans a repository for tokens should find none.
TOKENS = [
    "AKIA" + "A" * 16,
    "ghp_" + "a" * 36,
    "glpat-" + "a" * 20,
    "eyJhbGciOiJ9.eyJzdWIiOiIx.x" + "y" * 9,
]


@pytest.mark.parametrize(
    "name",
    [
        "keyPEM",
        "identity.issuer.tls.keyPEM",
        "webhook.keyPem",
        "apiKey",
        "api_key",
        "datadog.apiKey",
        "apiKeys[0]",
        "apiTokens",
        "signingKey",
        "encryptionKey",
        "secretAccessKey",
        "clientSecret",
        "secretId",
        "dbPasswd",
        "SENTRY_DSN",
        "PGPASS",
        ".dockerconfigjson",
        "authorization",
        "connectionString",
        "sshKey",
        "slack.webhookUrl",
    ],
)
def test_a_name_tells_of_a_secret(name: str) -> None:
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        "metadataOptions.httpTokens",
        "automountServiceAccountToken",
        "secretName",
        "secretArn",
        "keyArn",
        "kmsKeyId",
        "apiKeyId",
        "signingKeyArn",
        "enableKeyRotation",
        "publicKey",
        "tags[key].value",
        "caBundle",
        "compass",
        "passThrough",
        "externalSecrets.image",
        "values.image.tag",
        "accessKeyId",
    ],
)
def test_a_name_tells_of_none(name: str) -> None:
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    "value",
    [
        PEM,
        base64.b64encode(PEM.encode()).decode(),
        "postgres://app:hunter1@db.example/shop",
        "redis://:hunter1@cache.example",
        "jdbc:mysql://db.example/shop?user=app&password=hunter1",
        "https://hunter1hunter1hunter1@git.example/a.git",
        "--api-token=hunter1",
        "run --password hunter1",
        "Authorization: Bearer hunter1.hunter2",
        "export API_KEY='hunter1 hunter2'",
        "password: hunter1 hunter2",
        "a:\n  token: |\n    hunter1\n    hunter2\n  b: 1\n",
        "- name: x\n  clientSecret: >-\n    hunter1\n",
        '{"password": "hunter1"}',
        'see {"password": "hunter1"} and {"a": 1}',
        '{"inner": "{\\"apiKey\\": \\"hunter1\\"}"}',
    ],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_is_written(
    tmp_path: Path, value: str
) -> None:
    changed = step("update", old={"a": 1, "b": "x"}, new={"a": value, "b": f"{value} "})
    found = recorded(
        tmp_path,
        changed,
        error(value),
        violation("rule", f"The rule.\n{value}"),
        outputs({"out": "x"}, {"out": value}),
        result="failed",
    )
    said = comment([found])
    assert "hunter" not in said
    assert "hidden" in said


@pytest.mark.parametrize(
    "document",
    [
        [{"name": "API_KEY", "value": "hunter1"}],
        {"kind": "Secret", "data": {"a": "hunter1"}},
        {"args": ["--token", "hunter1"]},
        {"a": [{"b": {"keyPEM": "hunter1"}}]},
        {"url": "https://a:hunter1@b"},
    ],
)
def test_a_document_is_hidden_where_it_is_secret(tmp_path: Path, document: Plain) -> None:
    for value in (document, json.dumps(document), {"in": {"it": document}}):
        changed = step("update", old={}, new={"a": value})
        said = comment([recorded(tmp_path, changed, outputs({"out": 1}, {"out": value}))])
        assert "hunter" not in said
        assert "hidden" in said


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_known_by_its_form(token: str) -> None:
    assert token not in masked(f"with {token} it works")


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:eks-platform/*",
        "https://github.com/acme/platform",
        "ssh://git@git.example/a.git",
        "system:serviceaccount:kube-system:external-dns-public",
        "- --node-labels=node.kubernetes.io/lifecycle=on-demand",
        '{"httpTokens": "required"}',
        "Set metadataOptions.httpTokens to required",
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert masked(text) == text


def _said(tmp_path: Path, type_: str, old: Plain, new: Plain) -> str:
    return comment([recorded(tmp_path, step("update", type_, old=old, new=new))])


@pytest.mark.parametrize("key", ["data", "stringData"])
def test_what_a_secret_holds_is_hidden(tmp_path: Path, key: str) -> None:
    said = _said(
        tmp_path, SECRET, {key: {"user": "hunter1"}}, {key: {"user": "hunter2", "b": "hunter3"}}
    )
    assert f"`{key}.user`: _hidden_ → _hidden_" in said
    assert f"`{key}.b`: nothing → _hidden_" in said
    assert "hunter" not in said


def test_a_secret_inside_another_object_is_hidden(tmp_path: Path) -> None:
    def release(value: str) -> Plain:
        secret = {"apiVersion": "v1", "kind": "Secret", "data": {"user": value}}
        return {"values": {"extraObjects": [secret], "manifest": json.dumps(secret)}}

    said = _said(tmp_path, "kubernetes:helm.sh/v3:Release", release("hunter1"), release("hunter2"))
    assert "hunter" not in said
    assert said.count("_hidden_ → _hidden_") == 2


def test_a_config_map_is_shown(tmp_path: Path) -> None:
    kind = "kubernetes:core/v1:ConfigMap"
    said = _said(tmp_path, kind, {"kind": "ConfigMap", "data": {"a": "b"}}, {"data": {"a": "c"}})
    assert "`data.a`: `b` → `c`" in said


@pytest.mark.parametrize(
    ("type_", "key"),
    [
        ("aws:ssm/parameter:Parameter", "value"),
        ("random:index/randomPassword:RandomPassword", "result"),
    ],
)
def test_what_a_resource_is_for_tells_of_a_secret(tmp_path: Path, type_: str, key: str) -> None:
    assert "hunter" not in _said(tmp_path, type_, {key: "hunter1"}, {key: "hunter2"})


def test_the_word_behind_a_flag_is_hidden(tmp_path: Path) -> None:
    old, new = ["--token", "hunter1", "--level", "info"], ["--token", "hunter2", "--level", "debug"]
    said = _said(tmp_path, SECRET.replace("Secret", "Pod"), {"args": old}, {"args": new})
    assert "hunter" not in said
    assert "`args[3]`: `info` → `debug`" in said
    alone = _said(tmp_path, "a:b:C", {"args": old}, {"args": [*old[:1], "hunter3", *old[2:]]})
    assert "`args[]`: _hidden_ → _hidden_" in alone
    longer = _said(tmp_path, "a:b:C", {"args": old}, {"args": [*new, "--more"]})
    assert "hunter" not in longer


def test_a_value_is_hidden_by_the_name_beside_it(tmp_path: Path) -> None:
    def env(value: str, level: str) -> Plain:
        named = [{"name": "DB_PASSWORD", "value": value}, {"name": "LEVEL", "value": level}]
        return {"env": named}

    said = _said(tmp_path, "a:b:C", env("hunter1", "info"), env("hunter2", "debug"))
    assert "hunter" not in said
    assert "`env[LEVEL].value`: `info` → `debug`" in said


def test_lines_of_a_key_are_hidden_and_others_are_shown(tmp_path: Path) -> None:
    def data(key: str, size: int) -> Plain:
        text = (
            f"size: {size}\nkey: x\n{PEM.replace('hunter1', key)}api_key = {key}\n--flag {size}\n"
        )
        return {"userData": base64.b64encode(text.encode()).decode()}

    said = _said(tmp_path, "a:b:C", data("hunter1", 1), data("hunter3", 2))
    assert "hunter" not in said
    assert "-size: 1" in said
    assert "---flag 1" in said
    alone = _said(tmp_path, "a:b:C", data("hunter1", 1), data("hunter3", 1))
    assert "hunter" not in alone
    assert "(hidden)" in alone


NAMES = st.sampled_from(["password", "apiKey", "DB_TOKEN", "tls.keyPEM", "clientSecret"])
VALUES = st.text("abcdefgh0123456789+/_.%!", min_size=12, max_size=40).map(lambda it: f"q{it}q")


@given(name=NAMES, value=VALUES, form=st.sampled_from(["{}={}", "{}: {}", '"{}": "{}"', "--{}={}"]))
def test_a_pair_is_hidden_whatever_its_value(name: str, value: str, form: str) -> None:
    assert value not in masked(f"before\n{form.format(name, value)}\nafter")


@given(st.text(max_size=300))
def test_a_text_of_any_kind_is_masked_once_and_for_all(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "part",
    ["x", "a:", "a=", " ", "eyJ-", "-----BEGIN ", "://", "a://b:", '"', '\\"', "\n", "- ", "token"],
)
def test_a_long_text_takes_no_longer_than_it_is_long(part: str) -> None:
    # Squares of this length would take minutes.
    assert masked("password: " + part * 50_000)
    assert masked(part * 50_000)
