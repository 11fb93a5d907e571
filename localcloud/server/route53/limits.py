"""How often Route 53 may be asked: one token bucket for the whole account."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from localcloud.aws import OWN_KEY
from localcloud.server.errors import throttling
from localcloud.server.identity import access_key_of
from localcloud.server_settings import RateLimit, Route53Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TokenBucket:
    """Full at first; safe for many threads."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.set(limit)

    def set(self, limit: RateLimit) -> None:
        """Takes another limit over, with a full bucket."""
        with self._lock:
            self.limit = limit
            self._tokens = float(limit.burst)
            self._filled = self._clock()

    def take_token(self) -> bool:
        """Takes a token, if there is one."""
        with self._lock:
            now = self._clock()
            gained = (now - self._filled) * self.limit.per_second
            self._tokens = min(self.limit.burst, self._tokens + gained)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Throttled:
    """WSGI middleware before Route 53; the local cloud's own calls pass freely.

    Attributes:
        bucket: the account's.
        latency: seconds that an answer takes on its way.
    """

    def __init__(self, app: "WSGIApplication", settings: Route53Settings) -> None:
        self._app = app
        self.bucket = TokenBucket(settings.limit)
        self.latency = settings.latency_seconds

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        if access_key_of(str(environ.get("HTTP_AUTHORIZATION", ""))) == OWN_KEY:
            return self._app(environ, start_response)
        time.sleep(self.latency)
        if self.bucket.take_token():
            return self._app(environ, start_response)
        return throttling("route53").answer("route53", start_response)
