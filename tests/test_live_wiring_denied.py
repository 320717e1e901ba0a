"""What a scan that may not read the wiring of an account says of it: no verdict turns, and none goes away unsaid."""

from __future__ import annotations

from denials import flips
from live import Faked
from scanner.findings import Status
from test_live_wiring import COPY, UPLOADS, buckets

NAMES = ("backup", "events", "firehose", "kinesis", "pipes", "s3", "sns", "stepfunctions", "lambda", "sqs")
CONTROL, ACTION = "conversation-copies-expire", "s3:GetReplicationConfiguration"


def test_denials_turn_no_verdict(faked: Faked) -> None:
    buckets(faked)
    assert list(flips(faked, *NAMES)) == [f"{ACTION}: {CONTROL} of {COPY}: lost"]
    found = faked.judge(*NAMES, deny={ACTION}).run.findings
    (told,) = [one for one in found if (one.control, one.subject) == (CONTROL, UPLOADS)]
    assert told.status is Status.UNKNOWN, "whether it has a copy is open, which is said at what would be copied"
    assert ACTION in told.reason
