"""Whose credentials made a call: looks access keys up in moto's IAM and STS."""

from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localcloud.aws import OWN_KEY
from localcloud.state import ACCOUNT_ID

PARTITION = "aws"
_SIGNATURE = "X-Amz-Signature"


@dataclass(frozen=True)
class Principal:
    """Who made a call.

    Attributes:
        arn: of the user or of the session, as GetCallerIdentity says it.
        identity_arn: of the IAM user or role, as policies and access entries name it.
        account_id: 12 digits.
        user_id: unique id.
        session_name: of a role's session; empty for a user.
        secret_key: for checking signatures.
        session_token: of a role's session, or None.
    """

    arn: str
    identity_arn: str
    account_id: str
    user_id: str
    session_name: str
    secret_key: str
    session_token: str | None


@dataclass(frozen=True)
class WebIdentity:
    """The pod to which STS gave credentials for its service account's token.

    Attributes:
        cluster: name of its EKS cluster.
        service_account: ``NAMESPACE/NAME``.
        pod: its name; empty for a token that is bound to no pod.
        pod_uid: its uid, or empty.
    """

    cluster: str
    service_account: str
    pod: str
    pod_uid: str

    def as_json(self) -> dict[str, str]:
        """As the log of calls has it."""
        return asdict(self)


_web_identities: dict[str, WebIdentity] = {}


def remember_web_identity(access_key: str, identity: WebIdentity) -> None:
    """Notes who got an access key."""
    _web_identities[access_key] = identity


def web_identity_of(access_key: str) -> WebIdentity | None:
    """The pod that got an access key, or None when no pod did."""
    return _web_identities.get(access_key)


def principal_of(access_key: str) -> Principal | None:
    """The user or session that an access key belongs to, or None."""
    for role in sts_backends[ACCOUNT_ID][PARTITION].assumed_roles:
        if role.access_key_id == access_key:
            return Principal(
                role.arn,
                role.role_arn,
                role.account_id,
                role.user_id,
                role.session_name,
                role.secret_access_key,
                role.session_token,
            )
    iam = iam_backends[ACCOUNT_ID][PARTITION]
    for user in iam.users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key:
                return Principal(
                    user.arn, user.arn, ACCOUNT_ID, user.id, "", key.secret_access_key, None
                )
    return None


def name_of(access_key: str) -> str:
    """Who made a call, for people to read: an ARN, or what is known instead."""
    if access_key == OWN_KEY:
        return "local-cloud"
    found = principal_of(access_key)
    return found.arn if found else f"unknown key {access_key}"


def access_key_of(authorization: str) -> str:
    """The access key in an Authorization header of signature version 4, or an empty text."""
    _, _, rest = authorization.partition("Credential=")
    return rest.partition("/")[0]


def signature_is_right(url: str, headers: dict[str, str], principal: Principal) -> bool:
    """Whether a presigned GET was signed with the principal's secret.

    Args:
        url: with its query.
        headers: signed headers other than ``host``.
        principal: whose key the URL names.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    said = dict(query)
    unsigned = urlencode([(key, value) for key, value in query if key != _SIGNATURE])
    _, date, region, service, _ = said["X-Amz-Credential"].split("/")
    if not said["X-Amz-Date"].startswith(date):
        return False
    request = AWSRequest("GET", urlunsplit(parts._replace(query=_aws_quoted(unsigned))))
    for key, value in headers.items():
        request.headers[key] = value
    request.context["timestamp"] = said["X-Amz-Date"]
    credentials = Credentials(said["X-Amz-Credential"].split("/")[0], principal.secret_key)
    auth = SigV4QueryAuth(credentials, service, region)
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    return auth.signature(to_sign, request) == said.get(_SIGNATURE)


def _aws_quoted(query: str) -> str:
    # AWS wants %20 where HTML forms have a plus sign.
    return query.replace("+", "%20")
