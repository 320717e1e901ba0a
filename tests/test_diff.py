"""Two runs or captures compared: what is new, gone or changed, and what was only not seen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import call, program, refused
from faulty import FaultyServer, Reply, Seen, error
from live import ACCOUNT, REGION, Live
from scanner.diff import Differences, differences
from scanner.evidence.record import Missing, Record, Thing, Verdict
from worlds import FIXTURES, change, plan

STACKS = FIXTURES / "stacks"
ONE = ("--region", REGION)
UNKNOWN = {"unknown": "known only after apply"}


def thing(id_: str, kind: str = "store", **more: Any) -> Thing:
    about = {"type": "bucket", "provider_type": "aws_s3_bucket", "name": id_, "account": "", "region": ""}
    return Thing(id=id_, kind=kind, facts=more.pop("facts", {}), **about | more)


def verdict(control: str, subject: str, status: str) -> Verdict:
    return Verdict(id="0" * 16, control=control, subject=subject, status=status, severity="high", reason="so")


def record(
    *resources: Thing, findings: Iterable[Verdict] = (), gaps: Iterable[Missing] = (), kind: str = "live"
) -> Record:
    return Record(
        tool="t",
        kind=kind,
        began="",
        ended="",
        inputs=[],
        rules=[],
        settings={},
        population={},
        resources=list(resources),
        findings=list(findings),
        gaps=list(gaps),
        notes=[],
    )


def ids(found: Differences) -> tuple[list[str], list[str]]:
    return [one.thing.id for one in found.new], [one.thing.id for one in found.gone]


# --- which resources are the same -------------------------------------------------------------------------------------


def test_a_resource_of_several_kinds_is_each_of_them() -> None:
    before = record(thing("a", "store", facts={"public": False}), thing("a", "entrypoint", facts={"public": False}))
    after = record(thing("a", "store", facts={"public": True}))
    found = differences(before, after)
    assert [(one.thing.kind, one.thing.id) for one in found.gone] == [("entrypoint", "a")]
    assert [(c.kind, c.before, c.after) for c in found.facts] == [("store", False, True)]


def test_a_plans_resource_and_a_live_one_find_each_other_by_name() -> None:
    planned = thing("aws_s3_bucket.chat", name="chat", facts={"versioned": UNKNOWN, "binds": ["aws_iam_role.r"]})
    live = thing(
        "arn:aws:s3:::chat", name="chat", account=ACCOUNT, region=REGION, facts={"versioned": True, "binds": ["arn"]}
    )
    found = differences(
        record(planned, findings=[verdict("c", planned.id, "unknown"), verdict("d", planned.id, "pass")]),
        record(live, findings=[verdict("c", live.id, "pass"), verdict("d", live.id, "pass")]),
    )
    assert ids(found) == ([], [])
    assert [(c.resource, c.fact, c.how) for c in found.facts] == [(live.id, "versioned", "learned")]
    assert [(c.control, c.subject, c.before, c.after) for c in found.findings] == [("c", live.id, "unknown", "pass")]


def test_a_policy_is_the_same_where_its_statements_are() -> None:
    about = {"kind": "statement", "provider_type": "aws_iam_role_policy", "name": "read"}
    planned = thing("aws_iam_role_policy.read#1", facts={"policy": "aws_iam_role_policy.read"}, **about)
    live = thing("arn:aws:iam::1:role/r/read#1", facts={"policy": "arn:aws:iam::1:role/r/read"}, **about)
    found = differences(
        record(planned, findings=[verdict("c", "aws_iam_role_policy.read", "fail")]),
        record(live, findings=[verdict("c", "arn:aws:iam::1:role/r/read", "fail")]),
    )
    assert not found
    assert found.same == 1


def test_a_statement_of_an_inline_policy_is_the_same_where_the_account_knows_it_as_a_part_of_its_role() -> None:
    role = thing("aws_iam_role.chat", kind="identity", provider_type="aws_iam_role", name="chat")
    facts = {"policy": "aws_iam_role_policy.read", "binds": ["aws_iam_role.chat"], "actions": ["a", "b"]}
    about = {"kind": "statement", "provider_type": "aws_iam_role_policy", "name": "read"}
    arn = "arn:aws:iam::1:role/chat"
    live_role = thing(arn, kind="identity", provider_type="aws_iam_role", name="chat")
    live_about = {"kind": "statement", "provider_type": "aws_iam_role", "name": "chat"}
    trust, live_trust = (
        thing(f"{of}#trust#1", facts={"policy": of, "actions": ["sts:AssumeRole"]}, **live_about)
        for of in ("aws_iam_role.chat", arn)
    )
    planned = [thing(f"aws_iam_role_policy.read#{n}", facts=facts, **about) for n in (1, 2)]
    live_facts = {"policy": arn, "binds": [arn], "actions": ["b", "a"]}
    live = [thing(f"{arn}#read#{n}", facts=live_facts, **live_about) for n in (2, 1)]
    before = record(role, trust, *planned, findings=[verdict("c", "aws_iam_role.chat", "fail")])
    after = record(live_role, live_trust, *live, findings=[verdict("c", arn, "fail")])
    for found in (differences(before, after), differences(after, before)):
        assert not found
        assert found.same == 4


def test_a_name_that_several_have_pairs_none_of_them() -> None:
    before = record(thing("x.a", name="chat"), thing("x.b", name="chat"))
    after = record(thing("arn:1", name="chat"))
    assert ids(differences(before, after)) == (["arn:1"], ["x.a", "x.b"])


def test_account_and_region_tell_names_apart() -> None:
    before = record(thing("p.a", name="chat", account="1", region="eu-west-1"), thing("p.b", name="chat", account="2"))
    after = record(
        thing("arn:a", name="chat", account="1", region="eu-west-1"),
        thing("arn:b", name="chat", account="2", region="us-east-1"),
        thing("arn:c", name="chat", account="1", region="us-east-1"),
    )
    assert ids(differences(before, after)) == (["arn:c"], [])


def test_resources_of_different_accounts_are_never_the_same() -> None:
    before, after = record(thing("arn:1", name="chat", account="1")), record(thing("arn:2", name="chat", account="2"))
    assert ids(differences(before, after)) == (["arn:2"], ["arn:1"])


def test_a_resource_without_a_name_is_the_same_by_id_alone() -> None:
    before, after = record(thing("a", name=""), thing("b", name="")), record(thing("b", name=""), thing("c", name=""))
    assert ids(differences(before, after)) == (["c"], ["a"])


# --- what differs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        (False, True, "changed"),
        (UNKNOWN, True, "learned"),
        (True, UNKNOWN, "lost"),
        (["a"], ["b"], "changed"),
        (["a"], ["a", "a"], "changed"),
    ],
)
def test_a_fact_is_changed_learned_or_lost(before: Any, after: Any, how: str) -> None:
    found = differences(record(thing("a", facts={"f": before})), record(thing("a", facts={"f": after})))
    assert [(c.fact, c.before, c.after, c.how) for c in found.facts] == [("f", before, after, how)]
    assert found.same == 0


def test_another_reason_not_to_know_is_no_difference() -> None:
    one, other = thing("a", facts={"f": UNKNOWN}), thing("a", facts={"f": {"unknown": "AccessDenied"}})
    assert not differences(record(one), record(other))


def test_a_fact_that_an_earlier_version_did_not_tell_is_learned() -> None:
    found = differences(record(thing("a")), record(thing("a", facts={"f": 3, "g": UNKNOWN})))
    assert [(c.fact, c.how) for c in found.facts] == [("f", "learned")]


def test_findings_come_go_and_change() -> None:
    before = [verdict("c", "a", "fail"), verdict("d", "a", "pass"), verdict("e", "a", "fail")]
    after = [verdict("c", "a", "pass"), verdict("d", "a", "pass"), verdict("f", "a", "unknown")]
    found = differences(record(thing("a"), findings=before), record(thing("a"), findings=after))
    assert [(c.control, c.before, c.after) for c in found.findings] == [
        ("c", "fail", "pass"),
        ("e", "fail", ""),
        ("f", "", "unknown"),
    ]


@pytest.mark.parametrize(
    ("gap", "doubt"),
    [
        (Missing(scope="s", reason="denied", kinds=["store"], account="1", regions=["eu-north-1", "eu-west-1"]), True),
        (Missing(scope="s", reason="denied", kinds=[], hides=["store"], account="1"), True),
        (Missing(scope="s", reason="denied", kinds=["store"]), True),
        (Missing(scope="s", reason="denied", kinds=["key"], account="1"), False),
        (Missing(scope="s", reason="denied", kinds=["store"], account="2"), False),
        (Missing(scope="s", reason="denied", kinds=["store"], account="1", regions=["us-east-1"]), False),
        (Missing(scope="s", reason="one answer was denied", kinds=[], account="1"), False),
    ],
)
def test_what_was_not_seen_is_not_simply_gone(gap: Missing, *, doubt: bool) -> None:
    there = record(thing("a", account="1", region="eu-west-1"))
    found = differences(there, record(gaps=[gap]))
    assert [one.doubt for one in found.gone] == ["denied" if doubt else ""]
    back = differences(record(gaps=[gap]), there)
    assert [one.doubt for one in back.new] == ["denied" if doubt else ""]


# --- laws -------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "a#1", "b#1", "c#x#1"])
FACTS = st.dictionaries(
    st.sampled_from(["f", "g", "policy", "binds"]),
    st.booleans() | NAMES | st.just(UNKNOWN) | st.lists(NAMES, max_size=2),
)
THINGS = st.builds(
    thing,
    NAMES,
    st.sampled_from(["store", "key", "statement"]),
    name=st.sampled_from(["", "x", "y"]),
    account=st.sampled_from(["", "1", "2"]),
    region=st.sampled_from(["", "r"]),
    facts=FACTS,
)
VERDICTS = st.builds(verdict, st.sampled_from("mn"), NAMES, st.sampled_from(["pass", "fail", "unknown"]))
GAPS = st.builds(
    Missing,
    scope=st.just("s"),
    reason=NAMES,
    kinds=st.lists(st.sampled_from(["store", "key"]), max_size=1),
    account=st.sampled_from(["", "1"]),
)
RECORDS = st.builds(
    lambda things, verdicts, gaps: record(*things, findings=verdicts, gaps=gaps),
    st.lists(THINGS, max_size=5, unique_by=lambda one: (one.kind, one.id)),
    st.lists(VERDICTS, max_size=5, unique_by=lambda one: (one.control, one.subject)),
    st.lists(GAPS, max_size=1),
)


@given(RECORDS)
def test_nothing_differs_from_itself(one: Record) -> None:
    found = differences(one, one)
    assert not found
    assert found.same == len(one.resources)


@settings(max_examples=300)
@given(RECORDS, RECORDS)
def test_backwards_new_is_gone_and_after_is_before(one: Record, other: Record) -> None:
    there, back = differences(one, other), differences(other, one)
    assert (there.new, there.gone, there.same) == (back.gone, back.new, back.same)
    assert sorted((c.kind, c.fact, str(c.before), str(c.after)) for c in there.facts) == sorted(
        (c.kind, c.fact, str(c.after), str(c.before)) for c in back.facts
    )
    assert sorted((c.control, c.before, c.after) for c in there.findings) == sorted(
        (c.control, c.after, c.before) for c in back.findings
    )


@given(RECORDS, RECORDS, st.randoms())
def test_in_what_order_a_record_tells_makes_no_difference(one: Record, other: Record, random: Any) -> None:
    def shuffled(made: Record) -> Record:
        lists = {name: list(getattr(made, name)) for name in ("resources", "findings")}
        for items in lists.values():
            random.shuffle(items)
        return msgspec.structs.replace(made, **lists)

    assert differences(shuffled(one), shuffled(other)) == differences(one, other)


@given(RECORDS, RECORDS)
def test_every_resource_is_told_once(one: Record, other: Record) -> None:
    found = differences(one, other)
    assert len(one.resources) - len(found.gone) == len(other.resources) - len(found.new) >= found.same


# --- the command ------------------------------------------------------------------------------------------------------


def kept(runs: Path, *files: Path) -> Path:
    call("plan", *files, "--run-dir", runs, "--quiet")
    return runs


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run of each stack."""
    folder = tmp_path_factory.mktemp("runs")
    leaky, sound = (kept(folder / name, STACKS / name / "plan.json") for name in ("leaky", "sound"))
    return leaky, sound


def test_two_runs_of_one_plan_do_not_differ(stacks: tuple[Path, Path], tmp_path: Path) -> None:
    again = kept(tmp_path, STACKS / "leaky" / "plan.json")
    answer = call("diff", stacks[0], again)
    assert answer.code == 0
    assert answer.out.startswith("nothing differs in ")
    assert json.loads(call("diff", stacks[0], again, "--json").out)["new"] == []


def test_a_stack_and_its_sound_copy_differ_as_they_were_made_to(stacks: tuple[Path, Path]) -> None:
    answer = call("diff", *stacks, "--json")
    assert answer.code == 1
    found = json.loads(answer.out)
    assert found.keys() == {"schema", "new", "gone", "facts", "findings", "unchanged_resources"}
    assert found["schema"] == "trustscan-diff/1"
    flaw = 'module.chatbot["staging"].module.functions.aws_lambda_function.this["chat"]'
    assert {
        "resource": flaw,
        "fact": "compute.plaintext_credentials",
        "how": "changed",
        "before": True,
        "after": False,
    } in found["facts"]
    assert {c["after"] for c in found["findings"] if c["subject"] == flaw and c["before"] == "fail"} == {"pass"}
    assert any(one["id"].startswith("module.legacy.") for one in found["gone"])
    back = json.loads(call("diff", *reversed(stacks), "--json").out)
    assert (back["new"], back["gone"]) == (found["gone"], found["new"])


def test_text_fits_eighty_columns_and_breaks_no_name(stacks: tuple[Path, Path]) -> None:
    answer = program("diff", *stacks, COLUMNS="80")
    assert answer.code == 1
    found = json.loads(program("diff", *stacks, "--json").out)
    lines = answer.out.splitlines()
    assert all(len(line) <= 80 or len(line.split()) == 1 for line in lines), "only a name may be longer"
    assert f"new resources: {len(found['new'])}" in lines
    assert f"gone resources: {len(found['gone'])}" in lines
    assert f"changed facts: {len(found['facts'])}, of " in answer.out
    assert lines[-1] == f"unchanged resources: {found['unchanged_resources']}"
    assert "more; --json has them all" in answer.out
    words = set(answer.out.split())
    assert all(one["id"] in words for one in found["new"])


def test_nothing_in_a_name_reaches_the_terminal_as_a_control_character(tmp_path: Path) -> None:
    odd = plan(change("aws_s3_bucket.x", {"bucket": "chat"}) | {"address": 'aws_s3_bucket.x["\x1b[31m\u202e"]'})
    files = []
    for name, content in (("one", plan()), ("two", odd)):
        (tmp_path / f"{name}.json").write_bytes(content)
        files.append(kept(tmp_path / name, tmp_path / f"{name}.json"))
    answer = call("diff", *files)
    assert "aws_s3_bucket.x" in answer.out
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "nothing", "nothing: the record of a run cannot be read: No such file"),
        (lambda folder: folder, "holds no run and no capture"),
        (lambda _: STACKS / "sound" / "plan.json", "is no record of a run"),
        (lambda folder: made(folder, "ledger.sqlite", ""), "was interrupted; finish it with --resume"),
        (lambda folder: made(folder, "capture.json", '{"format":"trustscan-capture/9"}'), "trustscan-capture/9"),
        (lambda folder: made(folder, "capture.json", "{}"), "is no capture"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_line(
    stacks: tuple[Path, Path], tmp_path: Path, make: Any, words: str
) -> None:
    other = make(tmp_path)
    refused(call("diff", stacks[0], other), words)
    refused(call("diff", other, stacks[0]), words)


def made(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder


def test_a_plan_and_the_account_after_it_are_compared(faked: Live, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    versioning = {"bucket": "chat", "versioning_configuration": [{"status": "Enabled"}]}
    queue = {"name": "jobs", "sqs_managed_sse_enabled": True, "region": REGION}
    file.write_bytes(
        plan(
            change("aws_s3_bucket.chat", {"bucket": "chat"}),
            change("aws_s3_bucket_versioning.chat", versioning),
            change("aws_sqs_queue.jobs", queue),
            change("aws_sqs_queue.never", queue | {"name": "never"}),
        )
    )
    faked.client("s3").create_bucket(Bucket="chat")
    faked.client("s3").create_bucket(Bucket="by-hand")
    faked.client("sqs").create_queue(QueueName="jobs", Attributes={"SqsManagedSseEnabled": "true"})
    runs = kept(tmp_path / "before", file)
    call("live", "aws", *ONE, "--run-dir", tmp_path / "after", "--quiet", "--control", "store-*")
    found = json.loads(call("diff", runs, tmp_path / "after", "--json").out)
    assert [one["id"] for one in found["new"] if one["kind"] == "store"] == ["arn:aws:s3:::by-hand"]
    assert [one["id"] for one in found["gone"]] == ["aws_sqs_queue.never"]
    assert ("arn:aws:s3:::chat", "store.versioned", "changed", True, False) in [
        (c["resource"], c["fact"], c["how"], c["before"], c["after"]) for c in found["facts"]
    ]
    assert ("store-versioned", "arn:aws:s3:::chat", "pass", "fail") in [
        (c["control"], c["subject"], c["before"], c["after"]) for c in found["findings"]
    ]


def test_what_could_not_be_listed_may_still_be_there(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = faked.client("kms").create_key()["KeyMetadata"]["Arn"]
    call("live", "aws", *ONE, "--save", tmp_path / "one", "--quiet")

    def denied(seen: Seen) -> Reply | None:
        return error("AccessDeniedException", 400, "kms") if seen.operation == "ListKeys" else None

    with FaultyServer(faked.server.url, denied) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        call("live", "aws", *ONE, "--save", tmp_path / "two", "--quiet")
    found = json.loads(call("diff", tmp_path / "one", tmp_path / "two", "--json").out)
    (gone,) = [one for one in found["gone"] if one["id"] == key]
    assert "AccessDeniedException on kms:ListKeys" in gone["doubt"]
    answer = program("diff", tmp_path / "one", tmp_path / "two", COLUMNS="80")
    told = " ".join(answer.out.split())
    assert f"- key {key} may still be there: AccessDeniedException on kms:ListKeys" in told
    scope = f"aws:{ACCOUNT}:{REGION}"
    assert ("key-rotation-enabled", scope, None, "unknown") in [
        (c["control"], c["subject"], c["before"], c["after"]) for c in found["findings"]
    ]
