"""Hosts of release files on loopback, and the ways in which they fail."""

import hashlib
import io
import json
import ssl
import tarfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from localcloud.authority import KeyPair
from localcloud.tools.catalogue import Tool
from localcloud.tools.digests import this_platform

Answer: TypeAlias = "Callable[[Request], object]"
"""Answers one request for a file in place of plainly sending it."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Request:
    """One request, and how to answer it."""

    handler: BaseHTTPRequestHandler
    content: bytes
    resumes: bool
    ended: threading.Event

    def send(self) -> None:
        """The file, or the part of it that was asked for."""
        start = self._begin()
        self.handler.wfile.write(self.content[start:])

    def cut(self, count: int) -> None:
        """The next `count` bytes of it, then the connection ends."""
        start = self._begin()
        self.handler.wfile.write(self.content[start : start + count])

    def stall(self, count: int) -> None:
        """The next `count` bytes of it, then nothing until the server is closed."""
        self.cut(count)
        self.handler.wfile.flush()
        self.ended.wait()

    def redirect(self, url: str) -> None:
        self.handler.send_response(307)
        self.handler.send_header("Location", url)
        self.handler.send_header("Content-Length", "0")
        self.handler.end_headers()

    def refuse(self, status: int) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Length", "0")
        self.handler.end_headers()

    def _begin(self) -> int:
        asked = self.handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.resumes else 0
        self.handler.send_response(206 if start else 200)
        if start:
            last = len(self.content) - 1
            self.handler.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        self.handler.send_header("Content-Length", str(len(self.content) - start))
        self.handler.end_headers()
        return start


class _Server(ThreadingHTTPServer):
    # A stalled request ends with the server, and is not waited for.
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what some tests are about."""


@dataclass
class ReleaseServer:
    """Serves `files` by path; `answers` says which requests are answered otherwise, in order.

    Attributes:
        files: content by path.
        answers: what is done with the next requests for a path, and then with all later ones if
            it is one alone in `always`.
        always: what is done with every request for a path.
        asked: each request's path, with its Range header.
        resumes: whether a part of a file can be asked for.
    """

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    answers: dict[str, list[Answer]] = field(default_factory=dict[str, list[Answer]])
    always: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    resumes: bool = True
    scheme: str = "http"

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def start(self, identity: KeyPair | None = None) -> "ReleaseServer":
        if identity is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(identity.certificate, identity.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread.start()
        return self

    def stop(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}"

    def paths(self) -> list[str]:
        """Paths that were asked for, in order."""
        return [path for path, _ in self.asked]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        self.asked.append((path, handler.headers.get("Range")))
        request = Request(handler, self.files.get(path, b""), self.resumes, self._ended)
        waiting = self.answers.get(path)
        if waiting:
            waiting.pop(0)(request)
        elif path in self.always:
            self.always[path](request)
        elif path in self.files:
            request.send()
        else:
            request.refuse(404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@dataclass
class Releases:
    """Release files of tools on a server, and the file that pins them."""

    server: ReleaseServer
    digests: Path
    entries: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])

    def binary(self, tool: Tool, content: bytes) -> str:
        """Publishes a raw program; returns its path on the server."""
        return self._file(tool, content, {})

    def tarball(self, tool: Tool, content: bytes, member: str) -> str:
        """Publishes an archive; returns its path on the server."""
        return self._file(tool, content, {"member": member})

    def image(self, tool: Tool, image: "Image", member: str) -> "ImagePaths":
        """Publishes an image; returns the paths of its parts on the server."""
        base = f"/registry.test/v2/{tool.name}/{tool.name}"
        paths = ImagePaths(
            f"{base}/manifests/sha256:{sha256(image.index)}",
            f"{base}/manifests/sha256:{sha256(image.manifest)}",
            [f"{base}/blobs/sha256:{sha256(layer)}" for layer in image.layers],
        )
        self.server.files |= {paths.index: image.index, paths.manifest: image.manifest}
        self.server.files |= dict(zip(paths.layers, image.layers, strict=True))
        self._pin(tool, {"kind": "image", "url": f"https:/{paths.index}", "member": member})
        return paths

    def _file(self, tool: Tool, content: bytes, member: dict[str, str]) -> str:
        path = f"/releases.test/{tool.name}-{tool.version}"
        self.server.files[path] = content
        file = {"url": f"https:/{path}", "sha256": sha256(content), **member}
        kind = "tarball" if member else "binary"
        self._pin(tool, {"kind": kind, "platforms": {this_platform(): file}})
        return path

    def _pin(self, tool: Tool, entry: Mapping[str, Any]) -> None:
        self.entries.append({"tool": tool.name, "version": tool.version, **entry})
        self.digests.write_text(yaml.safe_dump(self.entries))


@dataclass(frozen=True)
class ImagePaths:
    index: str
    manifest: str
    layers: list[str]


@dataclass(frozen=True)
class Image:
    """An image for one platform, each part naming the next by its digest.

    Attributes:
        layers: archives, from the lowest on.
        platform: the one that it is for.
        odd: what its manifest is in place of a right one.
    """

    layers: Sequence[bytes]
    platform: str = field(default_factory=this_platform)
    odd: bytes | None = None

    @property
    def manifest(self) -> bytes:
        if self.odd is not None:
            return self.odd
        layers = [
            {"digest": f"sha256:{sha256(layer)}", "size": len(layer)} for layer in self.layers
        ]
        return json.dumps({"schemaVersion": 2, "layers": layers}).encode()

    @property
    def index(self) -> bytes:
        system, machine = self.platform.split("/")
        ours = {
            "digest": f"sha256:{sha256(self.manifest)}",
            "size": len(self.manifest),
            "platform": {"os": system, "architecture": machine},
        }
        other = {
            **ours,
            "digest": "sha256:" + "0" * 64,
            "platform": {"os": "plan9", "architecture": "x"},
        }
        # Attestations have no platform, or one that nobody has.
        proof = {"digest": "sha256:" + "1" * 64, "size": 1}
        return json.dumps({"schemaVersion": 2, "manifests": [proof, other, ours]}).encode()


def archive(*members: tuple[str, bytes | None], link: str = "", mode: str = "w:gz") -> bytes:
    """A tar archive of files; a member without content is a symbolic link to `link`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # pyright: ignore[reportCallIssue, reportArgumentType]
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, link
            else:
                info.size = len(content)
            tar.addfile(info, io.BytesIO(content or b""))
    return packed.getvalue()
