"""Controls over ways in a running account: the same controls, over what the account shows."""

from __future__ import annotations

from live import Faked
from scanner.findings import Status
from test_links_code_live import role
from test_live_compute import function


def test_a_vendor_that_a_function_calls_is_asked_about_with_the_way_to_it(faked: Faked) -> None:
    plain = role(faked, "plain", {"Action": "s3:ListAllMyBuckets", "Resource": "*"})
    chat = function(faked, "chat", plain, Environment={"Variables": {"LLM_URL": "https://api.openai.com/v1"}})
    run = faked.judge("iam", "lambda", "s3").run
    (found,) = [f for f in run.findings if f.control == "vendor-agreed" and f.subject == "ext:api.openai.com"]
    assert found.status is Status.UNKNOWN
    assert found.reason.startswith("no register of vendors is kept")
    assert found.path[0::2] == (chat, "ext:api.openai.com")
    assert found.path[1].startswith("invokes (likely, aws-vendor")
    told = " ".join((found.message, found.reason, *found.path))
    assert "erraform" not in told
    assert "apply" not in told
