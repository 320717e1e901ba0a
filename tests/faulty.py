"""A loopback endpoint that passes requests on to another, and does to some of them what networks and clouds do."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass(frozen=True)
class Seen:
    """One request as the endpoint sees it."""

    number: int
    """Of all requests, from 1."""

    service: str
    operation: str
    """As far as the request itself says it; empty for REST."""

    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What is done instead of, or to, the answer."""

    status: int = 200
    body: bytes | None = None
    """None: the body of the real answer."""

    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    """Seconds before a byte is sent."""

    cut: bool = False
    """Send half the body and hang up."""

    reset: bool = False
    """Reset the connection instead of answering."""

    edit: Callable[[bytes], bytes] | None = None
    """Change the real answer."""


class FaultyServer:
    """Passes on to `upstream`; `fault` says of each request what goes wrong, None for nothing."""

    def __init__(self, upstream: str, fault: Callable[[Seen], Reply | None]) -> None:
        self.seen: list[Seen] = []
        self.fault = fault
        self._lock = threading.Lock()
        host = urlsplit(upstream).netloc
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and body are two packets: the second would wait 40 ms

            def handle_one(self) -> None:
                outer._handle(self, host)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one  # noqa: N815 - the base class's names

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler, host: str) -> None:
        size = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(size)
        if len(body) < size:
            # Headers and body are two packets: whoever was killed between them asked for nothing.
            handler.close_connection = True
            return
        seen = self._see(handler, body)
        reply = self.fault(seen) or Reply()
        time.sleep(reply.delay)
        if reply.reset:
            # An immediate close with something unread on the way is a reset, not an end.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return
        status, headers, content = reply.status, dict(reply.headers), reply.body
        if content is None:
            status, headers, content = _passed_on(handler, host, body)
        content = reply.edit(content) if reply.edit else content
        self._send(handler, status, headers, content, cut=reply.cut)

    def _see(self, handler: BaseHTTPRequestHandler, body: bytes) -> Seen:
        scope = _SCOPE.search(handler.headers.get("Authorization") or "")
        target = (handler.headers.get("X-Amz-Target") or "").rpartition(".")[2]
        form = handler.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0] if form else ""
        with self._lock:
            service = scope[1] if scope else ""
            seen = Seen(len(self.seen) + 1, service, target or action, f"{handler.command} {handler.path}", body)
            self.seen.append(seen)
        return seen

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes, *, cut: bool
    ) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content[: len(content) // 2] if cut else content)
        handler.close_connection = handler.close_connection or cut


def _passed_on(handler: BaseHTTPRequestHandler, host: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(host, timeout=60)
    headers = {k: v for k, v in handler.headers.items() if k.lower() not in _HOP}
    connection.request(handler.command, handler.path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
    connection.close()
    return answer.status, kept, content


def error(code: str, status: int, service: str, message: str = "planted") -> Reply:
    """An error as the protocol of the service writes it."""
    if service in {"s3", "iam", "sts", "ec2", "sns", "sqs", "rds", "elasticloadbalancing", "cloudfront", "monitoring"}:
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        if service in {"s3", "cloudfront"}:
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        if service == "ec2":
            body = (
                f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
            )
        return Reply(status, f"<?xml version='1.0'?>{body}".encode(), {"Content-Type": "text/xml"})
    body = f'{{"__type": "{code}", "message": "{message}"}}'
    return Reply(status, body.encode(), {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code})
