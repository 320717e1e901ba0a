"""Bodies that are no answer are refused, in every protocol that AWS speaks, and never read as an empty list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from faulty import FaultyServer, Reply
from live import REGION, UNHURRIED, Live
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request
from scanner.errors import InputError

TUNING = Tuning(attempts=1)
CALLS = {
    "json": call("kms", "ListKeys", items="Keys"),
    "rest-json": call("lambda", "ListFunctions", items="Functions"),
    "query": call("iam", "ListRoles", items="Roles"),
    "ec2": call("ec2", "DescribeVolumes", items="Volumes"),
    "rest-xml": call("s3", "ListBuckets", items="Buckets"),
}
HTML = b"<!DOCTYPE html>\n<html xmlns='http://www.w3.org/1999/xhtml'><body>Sign in to the network</body></html>"
NO_ANSWERS = [b"", b" ", HTML, b"<HTML>", b"null", b"[]", b'"ok"', b'{"Keys": [', b"\xff\xfe", b"OK", b"<!-- -->"]


def _answers(
    aws: Live, protocol: str, replies: Sequence[Reply | None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Answer]:
    """What each reply to the protocol's call is taken for."""
    reached = reach(Wanted(regions=(REGION,), tuning=TUNING))
    asked = Request(reached.targets[0].account, REGION, CALLS[protocol], {})
    with FaultyServer(aws.server.url, lambda seen: replies[seen.number - 1]) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        source = Connections(reached.sessions, tuning=TUNING, pace=UNHURRIED)
        yield from (source.answer(asked) for _ in replies)


@pytest.mark.parametrize("protocol", CALLS)
def test_a_body_that_is_no_answer_is_an_error(aws: Live, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _answers(aws, protocol, [Reply(200, body) for body in NO_ANSWERS], monkeypatch)
    for body, answer in zip(NO_ANSWERS, answers, strict=True):
        # botocore turns what S3 answers in no XML into a 500, which is asked again.
        assert answer.error in {"MalformedAnswerError", "500"}, body
        assert answer.pages == []
        assert "Sign in" not in answer.message


@pytest.mark.parametrize("protocol", CALLS)
def test_an_answer_is_taken(aws: Live, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [answer.error for answer in _answers(aws, protocol, [None], monkeypatch)] == [""]


@pytest.mark.parametrize("protocol", ["query", "ec2"])
def test_an_answer_to_another_question_is_an_error(aws: Live, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Reply(200, b"<?xml version='1.0'?><ListUsersResponse><Users/></ListUsersResponse>")
    assert [answer.error for answer in _answers(aws, protocol, [other], monkeypatch)] == ["MalformedAnswerError"]


@pytest.mark.parametrize("body", [b"", HTML])
def test_nobody_is_entered_behind_a_proxy_that_answers_for_itself(
    aws: Live, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(aws.server.url, lambda _: Reply(200, body)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(InputError, match="the body of the answer"):
            reach(Wanted(regions=(REGION,), tuning=TUNING))
