"""Tells a webhook, or a channel of Slack, of a switch."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bluegreen.errors import OperatorError, in_words
from bluegreen.switch_record import SwitchRecord

_SLACK: Final = "slack+"
_SLACK_HOST = "hooks.slack.com"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 10.0
_MARKS = {"begun": "⏳", "done": "✅", "taken back": "↩️", "halfway": "🚨"}


class NotifyError(OperatorError):
    """An address is none, or could not be told.

    The message names its host alone: the rest of an address is a secret.
    """


@dataclass(frozen=True)
class Webhook:
    """Where to tell.

    Attributes:
        url: its address.
        slack: whether it takes Slack's form; else it gets the record as JSON.
    """

    url: str
    slack: bool

    def tell(self, record: SwitchRecord) -> None:
        """Sends a record. Raises NotifyError."""
        body = (
            slack_message(record) if self.slack else record.model_dump(mode="json", by_alias=True)
        )
        request = urllib.request.Request(  # noqa: S310 - `parse_webhook` lets https through alone
            self.url,
            data=json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "bluegreen"},
            method="POST",
        )
        host = urlsplit(self.url).hostname
        try:
            with _OPENER.open(request, timeout=_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            raise NotifyError(f"{host} was not told: it answered {error.code}") from None
        except OSError as error:
            raise NotifyError(f"{host} was not told: {in_words(error)}") from None


def parse_webhook(text: str) -> Webhook:
    """An address: https, or http of this machine.

    With ``slack+`` before it, or of Slack's own host, it gets Slack's form.

    Raises:
        NotifyError: it is none.
    """
    url = text.removeprefix(_SLACK)
    parts = urlsplit(url)
    loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or loopback):
        raise NotifyError(
            "an address to notify is no https:// one: expected https://… or slack+https://…"
        )
    return Webhook(url, slack=text != url or parts.hostname == _SLACK_HOST)


def slack_message(record: SwitchRecord) -> dict[str, object]:
    """A message of an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""
    mark = _MARKS.get(record.outcome, "❌")
    head = f"{mark} {_escaped(record.in_words)}"
    lines = [f"*{head}*", f"by `{_escaped(record.by)}` on {_escaped(record.on)}"]
    lines += [_escaped(record.says)] if record.says else []
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)[:3000]}}
    return {"text": head, "blocks": [section]}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _opener() -> urllib.request.OpenerDirector:
    """Follows no redirect: what is sent goes to the address that was given, and nowhere else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER = _opener()
