"""What looks like a secret, also where nobody has marked it as one.

The engine blinds what a program has marked. This is for the rest: it hides more than it must, for
what is hidden in vain can be looked up, and what is shown cannot be taken back.
"""

import re
from collections.abc import Iterator, Mapping

from preview.events import Plain

HIDDEN = "(hidden)"
"""What stands in a text where a secret was."""

# A name that goes on like this tells of a secret, and is none: keyArn, secretName.
_ABOUT = (
    r"(?![_-]?(?:arns?|names?|alias(?:es)?|spec|usage|policy|pair|rotation|source|enabled"
    r"|required)(?![a-z]))"
)
_SENSITIVE = re.compile(
    r"password|passphrase|passwd|credential|kubeconfig|stringdata|dockerconfig|htpasswd|authori[sz]ation"
    r"|connection[_-]?string|(?:^|[^a-z])(?:pwd|pass|dsn|cookie|pem)(?![a-z])|[_-]?keypem|key[_-]pem"
    r"|(?:pg|db|mysql|admin|user|root|smtp|mail|redis)[_-]?pass(?![a-z])|session[_-]?cookie|webhook[_-]?url|bearer"
    rf"|secrets?{_ABOUT}|tokens?{_ABOUT}"
    r"|(?:private|api|secret|signing|signature|access|encryption|decryption|master|session|ssh|hmac"
    rf"|shared|auth|account|license|deploy|client|consumer|storage|registration|webhook)"
    rf"[_-]?keys?(?![_-]?ids?(?![a-z])){_ABOUT}",
    re.IGNORECASE,
)
_NOT_SENSITIVE = re.compile(
    r"httptokens|automountserviceaccounttoken|secretstores?|external[_-]?secrets?", re.IGNORECASE
)

_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "aws:ssm/parameter:Parameter": ("value", "valueWo", "insecureValue"),
    "aws:lambda/function:Function": ("environment",),
    "kubernetes:core/v1:Secret": ("data", "stringData"),
    "kubernetes:core/v1:SecretPatch": ("data", "stringData"),
    "random:index/randomPassword:RandomPassword": ("result", "bcryptHash"),
    "random:index/randomString:RandomString": ("result",),
    "random:index/randomBytes:RandomBytes": ("base64", "hex"),
}
"""Properties that are secret by what the resource is, whatever is in them."""

_PEM = re.compile(
    r"-----BEGIN [^-\n]*-----(?:.*?-----END [^-\n]*-----|.*)|LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]*",
    re.DOTALL,
)
_URL = re.compile(
    r"(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<who>[^\s/?#@]*:[^\s/?#]*|[^\s/?#@:]{20,})@",
    re.I,
)
_TOKEN = re.compile(
    r"(?<![\w-])(?:A[KS]IA[0-9A-Z]{16}|gh[oprsu]_\w{30,}|github_pat_\w{20,}|glpat-[\w.-]{20,}"
    r"|xox[a-z]-[\w-]{10,}|[rs]k_live_\w{10,}|AIza[\w-]{30,}|pul-[0-9a-f]{30,}|hv[sb]\.[\w-]{20,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*|k8s-aws-v1\.[\w-]+)|(?<=Bearer )\S+|(?<=Basic )\S{8,}"
)
_PAIR = re.compile(
    r"""(?<![\w.\-])(?P<key>-{0,2}[A-Za-z_][\w.\-]*)"""
    r"""(?P<sep>\\?["']?(?:[ \t]*=[ \t]*|[ \t]*:[ \t]+|(?<=["'])[ \t]*:))"""
    r"""(?P<value>\\?"(?:[^"\\]|\\.)*"?|'[^']*'?|(?<==)[^\s;&"']+|(?<=[ \t])[^\n"']+)"""
)
_DEPTH = 3
"""Documents in texts in documents, and no more: each costs a look at all of them."""

_FLAG = re.compile(
    r"""(?<![\w.\-])(?P<key>--?[A-Za-z][\w\-]*)(?P<sep>[ \t]+)(?P<value>[^\s\-]\S*)"""
)
_BLOCK = re.compile(r"""(?P<indent> *(?:- +)?)["']?(?P<key>[\w.\-]+)["']?:(?: ?[|>][+-]?\d*)?""")


def is_sensitive(path: str) -> bool:
    """Whether a property's name says that nobody should read it in a comment."""
    return _SENSITIVE.search(_NOT_SENSITIVE.sub("", path)) is not None


def hidden_properties(type_: str) -> tuple[str, ...]:
    """Properties of a resource's type that nobody should read, whatever they are called."""
    return _BY_TYPE.get(type_, ())


def hides_value(labelled: Mapping[str, Plain]) -> bool:
    """Whether an entry such as ``{name: DB_PASSWORD, value: …}`` says that its value is secret."""
    return any(is_sensitive(str(labelled.get(key) or "")) for key in ("name", "key"))


def is_flag_of_secret(value: Plain) -> bool:
    """Whether a word of a command line, such as ``--password``, says that the next is secret."""
    is_flag = isinstance(value, str) and value.startswith("-") and "=" not in value
    return is_flag and is_sensitive(value)


def is_secret_object(value: Mapping[str, Plain]) -> bool:
    """Whether this is a Secret of Kubernetes, whatever it lies in."""
    return value.get("kind") == "Secret" and str(value.get("apiVersion", "v1")) == "v1"


def masked(text: str) -> str:
    """A text without what looks like a secret: keys, tokens, passwords of URLs and of settings."""
    plain = _PEM.sub(HIDDEN, text)
    plain = "".join(_without_blocks(plain))
    plain = _FLAG.sub(_pair, _without_pairs(plain))
    plain = _URL.sub(rf"\g<scheme>{HIDDEN}@", plain)
    return _TOKEN.sub(HIDDEN, plain)


def _without_pairs(text: str, depth: int = _DEPTH) -> str:
    """A text without values of sensitive names, also of names inside quoted values."""

    def pair(found: re.Match[str]) -> str:
        if is_sensitive(found["key"]):
            return _pair(found)
        value = found["value"]
        inner = _without_pairs(value[1:], depth - 1) if depth and value[1:] else value[1:]
        return f"{found['key']}{found['sep']}{value[:1]}{inner}"

    return _PAIR.sub(pair, text)


def _pair(found: re.Match[str]) -> str:
    if not is_sensitive(found["key"]):
        return found[0]
    quote = re.match(r"\\?[\"']", found["value"])
    mark = quote[0] if quote else ""
    return f"{found['key']}{found['sep']}{mark}{HIDDEN}{mark}"


def _without_blocks(text: str) -> Iterator[str]:
    """Lines, but for those of YAML that belong to a sensitive key above them."""
    inside: int | None = None
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip(" "))
        if inside is not None and (not line.strip() or indent > inside):
            continue
        inside = None
        yield line
        opened = _BLOCK.fullmatch(line.rstrip())
        if opened and is_sensitive(opened["key"]):
            inside = len(opened["indent"])
            yield f"{' ' * (inside + 2)}{HIDDEN}\n"
