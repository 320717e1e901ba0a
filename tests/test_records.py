"""Records of runs: canonical, whole, chained, and such that anybody can check them with SHA-256 and JSON alone."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import PROGRAM, Answer, call, program, refused
from furnished import furnish
from live import ACCOUNT, REGION, Live
from scanner.errors import InputError
from scanner.evidence import folder
from scanner.evidence.record import FORMAT, Missing, Record, canonical, decode
from test_reports import strict
from test_reports import valid as valid_report
from test_secrets import REAL, leaks
from worlds import FIXTURES, ROOT, change, plan

LEAKY = FIXTURES / "stacks" / "leaky" / "plan.json"
SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-run-1.schema.json").read_text())
DIFFERS = {"began", "ended", "previous"}
"""What two records of the same input may differ in."""


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    file = tmp_path / "bucket.json"
    file.write_bytes(plan(change("aws_s3_bucket.chat", {"bucket": "chat"})))
    return file


def kept(runs: Path) -> list[Path]:
    return sorted(runs.glob("*.run.json"))


def run(runs: Path, *files: str | Path) -> dict[str, Any]:
    """Keep a run, and read its record without our code."""
    before = set(kept(runs))
    call("plan", *files, "--run-dir", runs, "--quiet")
    (new,) = set(kept(runs)) - before
    document: dict[str, Any] = json.loads(new.read_bytes())
    return document


def valid(document: Any) -> None:
    checker = jsonschema.Draft202012Validator(strict(SCHEMA), format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(document)] == []


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def audited(runs: Path) -> list[dict[str, Any]]:
    """What an auditor does with a folder of records, last one first: nothing of ours is used."""
    by_digest = {sha256(path.read_bytes()): path for path in runs.iterdir() if path.name.endswith(".run.json")}
    mark, name = (runs / "HEAD").read_text().split()
    assert by_digest[mark].name == name
    chain = []
    while mark:
        content = by_digest.pop(mark).read_bytes()
        document = json.loads(content)
        again = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again.encode() + b"\n" == content, "canonical: keys sorted, no blanks"
        chain.append(document)
        mark = document["previous"]
    assert by_digest == {}, "no record stands beside the chain"
    return chain


# --- what a record holds ----------------------------------------------------------------------------------------------


def test_an_auditor_can_work_out_every_digest_and_count(tmp_path: Path, bucket: Path) -> None:
    settings = tmp_path / "own.yaml"
    settings.write_text("environments:\n- environment: prod\n  match: {address: aws_s3_bucket.*}\n")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(call("plan", LEAKY, "--format", "json").out)
    options = ("--run-dir", tmp_path / "runs", "--config", settings, "--baseline", earlier)
    result = json.loads(call("plan", LEAKY, bucket, *options, "--format", "json").out)
    (document,) = audited(tmp_path / "runs")
    valid(document)
    assert [(one["name"], one["sha256"]) for one in document["inputs"]] == [
        (str(file), sha256(file.read_bytes())) for file in (LEAKY, bucket)
    ]
    rules = {path.stem: sha256(path.read_bytes()) for path in (ROOT / "policies").rglob("*.yaml")}
    assert {rule["id"]: rule["sha256"] for rule in document["rules"]} == rules
    assert document["settings"] == {
        "config": sha256(settings.read_bytes()),
        "baseline": sha256(earlier.read_bytes()),
    }
    program_ = ROOT / "scanner"
    files = [path for path in program_.rglob("*") if path.suffix == ".py" or path.parent == program_ / "data"]
    lines = sorted((path.relative_to(program_).as_posix(), path) for path in files)
    listed = "".join(f"{sha256(path.read_bytes())}  {name}\n" for name, path in lines)
    assert document["tool_sha256"] == sha256(listed.encode())
    assert document["population"] == Counter(thing["kind"] for thing in document["resources"])
    counted = Counter((finding["control"], finding["status"]) for finding in document["findings"])
    for rule in document["rules"]:
        told = (rule["passed"], rule["failed"], rule["unknown"])
        assert told == tuple(counted[rule["id"], status] for status in ("pass", "fail", "unknown"))
    assert {f["id"]: f["status"] for f in document["findings"]} == {f["id"]: f["status"] for f in result["findings"]}
    assert {f["id"] for f in document["findings"] if f["baseline"]} == {
        f["id"] for f in result["findings"] if f["baseline"]
    }
    assert counted.total() == len(result["findings"])
    assert sum(count for (_, status), count in counted.items() if status == "pass") > 100, "passes are there"
    assert len(document["gaps"]) == result["summary"]["gaps"] > 0


def test_the_digest_of_a_control_is_that_of_its_file_however_its_lines_end(tmp_path: Path, bucket: Path) -> None:
    own = tmp_path / "own" / "my-own.yaml"
    own.parent.mkdir()
    text = (ROOT / "policies" / "stores" / "store-versioned.yaml").read_text()
    own.write_bytes(text.replace("id: store-versioned", "id: my-own", 1).replace("\n", "\r\n").encode())
    call("plan", bucket, "--policies", own.parent, "--run-dir", tmp_path / "runs")
    (document,) = audited(tmp_path / "runs")
    assert {rule["sha256"] for rule in document["rules"] if rule["id"] == "my-own"} == {sha256(own.read_bytes())}


def test_the_same_input_gives_the_same_record_but_for_its_times_and_its_place(tmp_path: Path) -> None:
    one, two = run(tmp_path / "one", LEAKY), run(tmp_path / "two", LEAKY)
    assert {name for name in one if one[name] != two[name]} <= DIFFERS
    three = run(tmp_path / "two", LEAKY)
    assert {name for name in two if two[name] != three[name]} <= DIFFERS
    assert three["previous"]


def test_waivers_are_told_with_their_last_day(tmp_path: Path, bucket: Path) -> None:
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "waivers:\n- {control: store-versioned, subject: aws_s3_bucket.chat, requester: ann, approver: bob,\n"
        "   reason: no need, expires: '2099-12-31', ticket: T-1}\n"
    )
    call("plan", bucket, "--waivers", waivers, "--run-dir", tmp_path / "runs")
    (document,) = audited(tmp_path / "runs")
    valid(document)
    assert {f["control"]: f["waived_until"] for f in document["findings"] if f["waived_until"]} == {
        "store-versioned": "2099-12-31"
    }
    assert [rule["waived"] for rule in document["rules"] if rule["id"] == "store-versioned"] == [1]
    assert document["settings"] == {"waivers": sha256(waivers.read_bytes())}


def test_a_live_run_tells_who_read_what_when_and_what_was_not_read(faked: Live, tmp_path: Path) -> None:
    furnish(faked.client, 2)
    runs, night = tmp_path / "runs", tmp_path / "night"
    live = call("live", "aws", "--region", REGION, "--save", night, "--run-dir", runs, "--format", "json")
    again = call("judge", night, "--run-dir", runs, "--format", "json")
    last, first = audited(runs)
    for document, answer in ((first, live), (last, again)):
        valid(document)
        result = json.loads(answer.out)
        valid_report(result)
        assert {f["id"]: f["status"] for f in document["findings"]} == {
            f["id"]: f["status"] for f in result["findings"]
        }
        told = ("scope", "reason", "kinds", "hides", "call", "account", "regions")
        gaps = [tuple(gap[name] for name in told) for gap in result["gaps"]]
        assert sorted(gaps, key=str) == sorted((tuple(gap[name] for name in told) for gap in document["gaps"]), key=str)
        account, capture = document["inputs"]
        assert account["name"] == ACCOUNT
        assert account["identity"].startswith("arn:aws:sts::")
        assert capture["sha256"] == sha256((night / "capture.json").read_bytes())
        assert account["read_at"] == capture["read_at"] == json.loads((night / "capture.json").read_text())["began"]
        assert document["began"] <= document["ended"]
        hidden = [gap for gap in document["gaps"] if "not asked for with --region" in gap["reason"]]
        assert [(gap["account"], gap["kinds"], "key" in gap["hides"]) for gap in hidden] == [(ACCOUNT, [], True)]
        assert "eu-west-1" in hidden[0]["regions"]
        assert REGION not in hidden[0]["regions"]
    assert (first["kind"], last["kind"]) == ("live", "capture")
    assert first["began"] == first["inputs"][0]["read_at"], "a live run begins when it begins to read"
    assert {name for name in first if first[name] != last[name]} <= DIFFERS | {"kind"}
    text = "".join(path.read_text() for path in kept(runs))
    assert "vendor/1" in text
    assert "correct-horse-battery-staple" not in text


@pytest.mark.parametrize("file", REAL, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_nothing_planted_in_a_plan_is_in_its_record(file: Path, tmp_path: Path) -> None:
    planted = (file.parent / "planted.txt").read_text().splitlines()
    answer = call("plan", file, "--run-dir", tmp_path)
    texts = [path.read_text() for path in kept(tmp_path)]
    assert len(texts) == (answer.code != 2)
    assert leaks(planted, *texts) == set()


def test_a_file_name_that_is_no_text_is_kept_as_one(tmp_path: Path, bucket: Path) -> None:
    odd = Path(os.fsdecode(bytes(tmp_path) + b"/odd-\xff"))
    odd.mkdir()
    file = odd / "plan.json"
    file.write_bytes(bucket.read_bytes())
    assert call("plan", file, "--run-dir", odd / "runs").code != 2
    (document,) = audited(odd / "runs")
    assert document["inputs"][0]["name"].endswith("odd-\\xff/plan.json")


# --- the chain --------------------------------------------------------------------------------------------------------


def test_each_record_names_the_one_before(tmp_path: Path, bucket: Path) -> None:
    for _ in range(3):
        run(tmp_path / "runs", bucket)
    assert len(audited(tmp_path / "runs")) == 3


def again(tmp_path: Path, bucket: Path) -> Answer:
    return call("plan", bucket, "--run-dir", tmp_path / "runs")


def test_a_last_record_that_was_changed_is_refused_before_anything_is_scanned(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path / "runs", bucket)
    (record,) = kept(tmp_path / "runs")
    record.write_bytes(record.read_bytes().replace(b'"status":"fail"', b'"status":"pass"', 1))
    refused(again(tmp_path, bucket), record.name, "was changed since it was written")
    refused(call("diff", tmp_path / "runs", tmp_path / "runs"), "was changed since it was written")
    refused(call("diff", record, record), "was changed since it was written")
    assert kept(tmp_path / "runs") == [record]


def test_a_last_record_that_is_missing_is_refused(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path / "runs", bucket)
    (record,) = kept(tmp_path / "runs")
    record.unlink()
    refused(again(tmp_path, bucket), record.name, "cannot be read: No such file")
    refused(call("diff", tmp_path / "runs", bucket), record.name, "cannot be read: No such file")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("", "does not say which run is the last"),
        ("0" * 64 + "  ../../elsewhere.run.json\n", "does not say which run is the last"),
        ("0" * 64 + "  HEAD\n", "does not say which run is the last"),
        (None, "not the HEAD that says which is the last"),
        ("{other}", "cannot be read"),
        ("{changed}", "was changed since it was written"),
        (b"\xff\xfe\x00", "does not say which run is the last"),
    ],
)
def test_a_head_that_was_changed_is_refused(tmp_path: Path, bucket: Path, head: str | bytes | None, words: str) -> None:
    run(tmp_path / "runs", bucket)
    path = tmp_path / "runs" / "HEAD"
    mark, name = path.read_text().split()
    if head is None:
        path.unlink()
    elif isinstance(head, bytes):
        path.write_bytes(head)
    else:
        other = f"{'0' * 64}  {name[:16]}{'0' * 12}.run.json\n"
        path.write_text(head.format(other=other, changed=f"{mark[:12]}{'0' * 52}  {name}\n"))
    refused(again(tmp_path, bucket), words)
    refused(call("diff", tmp_path / "runs", tmp_path / "runs"), words)
    assert len(kept(tmp_path / "runs")) == 1


def test_a_head_that_is_no_file_is_refused(tmp_path: Path, bucket: Path) -> None:
    (tmp_path / "runs" / "HEAD").mkdir(parents=True)
    refused(again(tmp_path, bucket), "runs cannot be kept there")
    refused(call("diff", tmp_path / "runs", tmp_path / "runs"), "cannot be read")


def test_runs_that_end_at_once_are_chained_one_after_the_other(tmp_path: Path, bucket: Path) -> None:
    scan: list[str | Path] = [
        PROGRAM,
        "plan",
        bucket,
        "--run-dir",
        tmp_path / "runs",
        "--control",
        "store-versioned",
        "--quiet",
    ]
    started = [subprocess.Popen(scan, stdout=subprocess.DEVNULL) for _ in range(6)]
    assert {process.wait(120) for process in started} <= {0, 1}
    assert len(audited(tmp_path / "runs")) == 6


# --- what can go wrong while one is kept ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/dev/null/runs", "/proc/runs"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_scanned(place: str, bucket: Path) -> None:
    if not Path(place).parent.exists():
        pytest.skip("this system has no such place")
    refused(call("plan", bucket, "--run-dir", place), f"{place}: runs cannot be kept there")
    refused(call("plan", bucket, "--run-dir", bucket), "runs cannot be kept there")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_refused_before_anything_is_scanned(tmp_path: Path, bucket: Path) -> None:
    (tmp_path / "runs").mkdir(mode=0o555)
    refused(again(tmp_path, bucket), "runs cannot be kept there: Permission denied")


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
from scanner.main import main
main()
"""
"""A disk on which files end after 2 KB."""


def test_a_disk_that_fills_up_costs_the_record_and_not_the_result(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path / "runs", bucket)
    before = {path.name: path.read_bytes() for path in (tmp_path / "runs").iterdir()}
    options = ("--run-dir", tmp_path / "runs", "--format", "json")
    done = subprocess.run(
        [sys.executable, "-c", FULL, "plan", bucket, *options],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.returncode == 2
    assert done.stderr == f"trustscan: {tmp_path / 'runs'}: runs cannot be kept there: File too large\n"
    assert json.loads(done.stdout)["findings"]
    call("plan", bucket, "--run-dir", tmp_path / "runs", "--control", "store-versioned")
    assert len(audited(tmp_path / "runs")) == 2
    assert before.keys() - {"HEAD"} < {path.name for path in (tmp_path / "runs").iterdir()}
    assert not list((tmp_path / "runs").glob(".*.part"))


KILLED = """
import os, signal, sys
from pathlib import Path
from scanner.evidence import folder
from scanner.evidence.record import decode

record, place, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
document = decode(record.read_bytes(), str(record))

def watch(event, args):
    global left
    touches = event in {"open", "os.rename", "os.remove", "fcntl.flock"}
    if touches and (event == "fcntl.flock" or place in str(args[0])):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
folder.keep(Path(place), document)
"""
"""Keeps a record, and is killed before it touches the folder for the n-th time."""


def test_whatever_kills_a_run_the_chain_stays_whole(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path / "other", bucket)
    (record,) = kept(tmp_path / "other")
    document = decode(record.read_bytes(), "")
    lengths = set()
    for step in range(1, 40):
        runs = tmp_path / f"runs-{step}"
        folder.keep(runs, document)
        done = subprocess.run([sys.executable, "-c", KILLED, record, runs, str(step)], check=False)
        assert done.returncode in {0, -signal.SIGKILL}
        # What the last run left behind is read by anybody, and the next one goes on from there.
        assert folder.load(runs).format == FORMAT
        folder.keep(runs, document)
        folder.keep(runs, document)
        lengths.add(len(audited(runs)))
        assert {path.name for path in runs.iterdir() if path.name.startswith(".")} == {".lock"}
        if done.returncode == 0:
            break
    assert done.returncode == 0
    assert step > 6, "it was killed at every step"
    assert lengths == {3, 4}, "its own record counts from when it was written whole"


def test_what_a_killed_run_wrote_half_is_forgotten(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path / "runs", bucket)
    (record,) = kept(tmp_path / "runs")
    (tmp_path / "runs" / ".HEAD.part").write_text("0" * 64 + "  20261121T0300")
    (tmp_path / "runs" / ".20261121T030000-000000000000.run.json.part").write_text('{"began":')
    run(tmp_path / "runs", bucket)
    assert len(audited(tmp_path / "runs")) == 2
    assert record in kept(tmp_path / "runs")


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no record of a run"),
        (b"[]", "is no record of a run"),
        (b"\xff", "is no record of a run"),
        (b'{"format":"trustscan-run/1"}', "is no record of a run"),
        (b'{"format":"trustscan-run/2","all":"else"}', "this version reads 'trustscan-run/1'"),
        (b'{"schema":"trustscan/1"}', "is no record of a run"),
        (b'{"format":"trustscan-run/1","resources":[{"facts":{"a":' + b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_record_is_refused_in_a_line(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "record.json"
    file.write_bytes(content)
    refused(call("diff", file, file), words)


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    refused(call("diff", tmp_path, tmp_path), "holds no run and no capture")
    refused(program("diff", tmp_path / "nothing", tmp_path), "nothing: the record of a run cannot be read")


def test_a_record_of_a_later_version_with_more_keys_is_read(tmp_path: Path, bucket: Path) -> None:
    document = run(tmp_path, bucket)
    document["later"] = {"new": 1}
    document["findings"][0]["later"] = True
    assert decode(json.dumps(document).encode(), "").kind == "plan"


TEXTS = st.text(st.characters(codec="utf-8"))


@given(
    st.builds(
        Record,
        tool=TEXTS,
        kind=TEXTS,
        began=TEXTS,
        ended=TEXTS,
        inputs=st.just([]),
        rules=st.just([]),
        resources=st.just([]),
        findings=st.just([]),
        gaps=st.lists(st.builds(Missing, scope=TEXTS, reason=TEXTS, kinds=st.lists(TEXTS))),
        notes=st.lists(TEXTS),
        settings=st.dictionaries(st.text("abcdefgh_"), TEXTS),
        population=st.dictionaries(st.text("abcdefgh_"), st.integers(0, 2**53 - 1)),
    )
)
def test_a_record_is_read_as_it_was_written(document: Record) -> None:
    content = canonical(document)
    assert decode(content, "") == document
    assert canonical(decode(content, "")) == content
    plain = json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert plain.encode() + b"\n" == content


def test_the_schema_describes_every_key_that_a_record_has() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    names = {"Input": "input", "Rule": "rule", "Thing": "resource", "Verdict": "finding", "Missing": "gap"}
    described = {name: SCHEMA["$defs"][part] for name, part in names.items()} | {"Record": SCHEMA}
    from scanner.evidence import record  # noqa: PLC0415 - by name

    for name, part in described.items():
        fields = {field.name for field in msgspec.structs.fields(getattr(record, name))}
        assert set(part["properties"]) == set(part["required"]) == fields
        assert all("description" in key or "$ref" in key for key in part["properties"].values())


def test_load_tells_the_last_of_a_folder(tmp_path: Path, bucket: Path) -> None:
    run(tmp_path, bucket)
    last = run(tmp_path, LEAKY)
    assert len(folder.load(tmp_path).resources) == len(last["resources"])
    with pytest.raises(InputError, match="cannot be read"):
        folder.load(tmp_path / "nothing.json")
