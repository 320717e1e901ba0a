"""A strict stand-in on loopback for what moto lacks of AWS, in front of moto for all the rest.

    fake = Fake(upstream="http://127.0.0.1:5000")   # moto; without one, everything that the fake lacks is refused
    os.environ |= fake.environment()                # one AWS_ENDPOINT_URL for every service: boto3, terraform, aws
    ...
    fake.check()                                    # raises AssertionError for every request that was not understood
    fake.reset(); fake.stop()

In tests: the fixture `faked` (tests/conftest.py) is a `Live` account behind a fake, `faked.fake`, in front of moto.

What it is. Each request is recognized by botocore's own models (service by the scope of its signature, operation by
method and path, or by X-Amz-Target), its parameters are read and checked against the operation's input, the answer
against its output: unknown members, missing ones, wrong types, values of no enumeration are errors, and botocore must
read from the bytes what was answered. A request that nothing here knows, or that the model does not allow, is answered
with 501 and kept in `fake.problems`; so is what moto says it has not implemented. `check` fails for them.

What is here: create, get, update, delete and list, by account and region, with tags, of
  bedrock         guardrails and versions, application inference profiles, provisioned throughput, tags
                  (custom models and the configuration of invocation logging are moto's)
  bedrock-agent   all: agents, versions, PrepareAgent, action groups, aliases, collaborators, knowledge bases and their
                  associations, data sources, flows, prompts, tags
  opensearchserverless   all: collections, policies of all types, VPC endpoints
  others          Access Analyzer; backup selections; data protection policies of log groups; lambda
                  ListFunctionUrlConfigs; wafv2 ListResourcesForWebACL
Ids are counted, moments are `MOMENT`: answers are the same in every run.

For one operation more, or another answer:
    fake.say("config", "SelectAggregateResourceConfig", {"Results": ["{}"]})     # checked at once
    fake.say("bedrock", "ListGuardrails", Fault("AccessDeniedException", status=403))
    fake.say("backup", "ListBackupSelections", lambda ask: ask.listed([...]))    # ask.parameters, ask.of("...")
`fake.state.page = 2` makes every list that the fake answers end after two things, with a token for the next.
`fake.asked` lists what was asked, as (service, operation); of what moto answers, (signing name, method and path).
"""

from __future__ import annotations

import http.client
import re
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from botocore.model import OperationModel

import fake_agents
import fake_bedrock
import fake_others
import fake_search
from fake_store import MOMENT, Asked, Fault, Handler, Record, State
from fake_wire import MismatchError, Wire, answered, model, parameters, recognized, refused

__all__ = ["MOMENT", "Asked", "Fake", "Fault"]

ACCOUNT = "123456789012"
"""The account of whoever did not assume a role, as moto has it."""

_OURS = ("bedrock-agent", "accessanalyzer", "opensearchserverless")
"""Services that are the fake's as a whole: an operation it lacks is a problem, not moto's."""

_NOT_THERE = re.compile(rb"not (yet )?(been )?implemented|Not yet implemented|404 Not Found</title>", re.IGNORECASE)
_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "host", "date", "server"}
_Reply = tuple[int, dict[str, str], bytes]


class Fake:
    """The server."""

    def __init__(self, upstream: str = "") -> None:
        """Serve on a free port of loopback; pass on to `upstream` what is not here."""
        self.upstream = upstream
        self.state = State()
        self.problems: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self._said: dict[tuple[str, str], Handler] = {}
        self._handlers: dict[tuple[str, str], Handler] = {}
        for module in (fake_bedrock, fake_agents, fake_search, fake_others):
            self._handlers.update(module.handlers())
        self._accounts: dict[str, str] = {}
        self._lock = threading.RLock()
        handler = type("Handler", (_HttpHandler,), {"fake": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def say(self, service: str, operation: str, answer: Record | Fault | Handler) -> None:
        """Answer an operation so from now on: the same each time, an error, or what a function makes of it."""
        known = model(service).operation_model(operation)
        if isinstance(answer, dict):
            answered(known, answer)
            self._said[service, operation] = lambda _ask: answer
        elif isinstance(answer, Fault):
            self._said[service, operation] = _raising(answer)
        else:
            self._said[service, operation] = answer

    def reset(self) -> None:
        """Forget everything, what stands behind the fake too."""
        self.state = State()
        self.problems, self.asked, self._said, self._accounts = [], [], {}, {}
        if self.upstream:
            assert self.ask_upstream("POST", "/moto-api/reset", {}, b"")[0] == 200

    def check(self) -> None:
        """Raise AssertionError if a request was not understood or an answer not allowed."""
        assert not self.problems, "\n".join(self.problems)

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self) -> dict[str, str]:
        """Environment in which every AWS client asks this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def answer(self, wire: Wire) -> _Reply:
        """Answer one request."""
        services = {service for service, _ in (*self._handlers, *self._said)} | {*_OURS}
        found = recognized(wire, sorted(services))
        handler = None
        if found is not None:
            handler = self._said.get((found[0], found[1].name)) or self._handlers.get((found[0], found[1].name))
        if found is None or (handler is None and found[0] not in _OURS):
            return self._passed_on(wire)
        service, operation = found
        self.asked.append((service, operation.name))
        if handler is None:
            return self._problem(wire, f"the fake has no {service} {operation.name}")
        return self._handled(wire, service, operation, handler)

    def _handled(self, wire: Wire, service: str, operation: OperationModel, handler: Handler) -> _Reply:
        try:
            asked = parameters(wire, operation)
            upstream = self._as_the_caller(wire)
            account, region = self._account(wire), wire.scope[1]
            with self._lock:
                reply = handler(Asked(account, region, service, operation, asked, self.state, upstream))
            return answered(operation, reply)
        except Fault as fault:
            return refused(operation, fault.code, str(fault), fault.status)
        except MismatchError as mismatch:
            return self._problem(wire, str(mismatch))
        except Exception:  # noqa: BLE001 - whatever goes wrong in a thread must fail the test that asked
            return self._problem(wire, traceback.format_exc())

    def _passed_on(self, wire: Wire) -> _Reply:
        self.asked.append((wire.scope[2], f"{wire.method} {urlsplit(wire.target).path}"))
        if not self.upstream:
            return self._problem(wire, "nobody here knows this request")
        status, headers, body = self.ask_upstream(wire.method, wire.target, wire.headers, wire.body)
        if status == 501 or (status in {404, 500} and _NOT_THERE.search(body)):
            self._problem(wire, f"what stands behind the fake answers {status}: {body[:200]!r}")
        return status, headers, body

    def ask_upstream(self, method: str, target: str, headers: Any, body: bytes) -> _Reply:
        """Ask what stands behind the fake."""
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=60)
        sent = {name: value for name, value in dict(headers).items() if name not in _HOP - {"host"}}
        connection.request(method, target, body=body, headers=sent)
        response = connection.getresponse()
        reply = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return reply

    def _as_the_caller(self, wire: Wire) -> Callable[[str, str, bytes], tuple[int, bytes]]:
        def ask(method: str, target: str, body: bytes) -> tuple[int, bytes]:
            if not self.upstream:
                return 404, b""
            status, _, answer = self.ask_upstream(method, target, wire.headers, body)
            return status, answer

        return ask

    def _account(self, wire: Wire) -> str:
        """The caller's account, as what stands behind the fake knows it."""
        key = wire.scope[0]
        if key not in self._accounts:
            self._accounts[key] = self._asked_account(wire)
        return self._accounts[key]

    def _asked_account(self, wire: Wire) -> str:
        if not self.upstream:
            return ACCOUNT
        signature = wire.headers["authorization"]
        headers = {
            "authorization": signature.replace(f"/{wire.scope[2]}/aws4_request", "/sts/aws4_request"),
            "content-type": "application/x-www-form-urlencoded",
        }
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        _, _, answer = self.ask_upstream("POST", "/", headers, body)
        found = re.search(rb"<Account>(\d+)</Account>", answer)
        assert found, answer
        return found[1].decode()

    def _problem(self, wire: Wire, what: str) -> _Reply:
        self.problems.append(f"{wire.method} {wire.target} ({wire.scope[2]}): {what}")
        return 501, {"Content-Type": "application/json"}, b'{"__type": "NotInTheFake"}'


def _raising(fault: Fault) -> Handler:
    def handler(_ask: Asked) -> Record:
        raise fault

    return handler


class _Server(ThreadingHTTPServer):
    """Takes as many connections at once as terraform opens."""

    request_queue_size = 128


class _HttpHandler(BaseHTTPRequestHandler):
    """Reads a request off the socket, and writes the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Headers and body are two packets: the second would wait 40 ms for word of the first."""

    fake: Fake

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        wire = Wire(self.command, self.path, headers, self._body(headers))
        status, answer, body = self.fake.answer(wire)
        self.send_response(status)
        for name, value in answer.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        length = {k.lower(): v for k, v in answer.items()}.get("content-length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""
