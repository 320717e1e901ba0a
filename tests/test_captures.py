"""Captures: judged again to the same findings, refused when touched, resumed without asking again, one writer."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import PROGRAM, call, program, refused
from faulty import FaultyServer, Reply, Seen, error
from furnished import furnish
from live import ACCOUNT, REGION, Faked, Live
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.collect import capture
from scanner.collect.calls import Answer, Call, Request, calls_of
from scanner.collect.capture import Capture
from scanner.collect.fanout import Threads
from scanner.collect.gather import Gathering, gather, shards
from scanner.collect.items import Item
from scanner.collect.ledger import Ledger, Recording
from scanner.collect.reader import Reader
from scanner.collect.saving import Saving
from scanner.collect.shards import Shard, ShardResult, Target
from scanner.errors import InputError, OutputError
from scanner.run import tool_version
from worlds import ROOT

BEGAN = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ABOUT = {"cloud": "aws", "tool": "t", "sdk": "s"}
THING = Call(service="shop", operation="GetThing", action="shop:GetThing", absent=frozenset({"NoSuchThing"}))
LIST = Call(service="shop", operation="ListThings", action="shop:ListThings", items="Things")
ONE = ("--region", REGION)


def findings(out: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    return found


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A small finished capture."""
    return saved(tmp_path / "night", {f"{i}": Answer(pages=[{"Size": i}]) for i in range(5)})


def saved(folder: Path, answers: dict[str, Answer]) -> Path:
    """A capture of answers by the name that was asked for."""
    target = Target(account=ACCOUNT, regions=(REGION,))
    ledger = capture.open_ledger(folder)
    for name, answer in answers.items():
        ledger.keep(Request(ACCOUNT, REGION, THING, {"Name": name}), answer)
    capture.seal(folder, ledger, [target], began=BEGAN, about=ABOUT)
    return folder


def asked(made: Capture, name: str) -> Answer:
    return made.answer(Request(ACCOUNT, REGION, THING, {"Name": name}))


# --- judged again -----------------------------------------------------------------------------------------------------


def test_a_capture_is_judged_under_any_policies_as_the_account_would_be(faked: Live, tmp_path: Path) -> None:
    furnish(faked.client, 2)
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(ROOT / "policies" / "keys" / "key-rotation-enabled.yaml", own / "x.yaml")
    text = (own / "x.yaml").read_text().replace("id: key-rotation-enabled", "id: my-rotation", 1)
    (own / "x.yaml").write_text(text)
    config = tmp_path / "trustscan.yaml"
    config.write_text("environments:\n- environment: staging\n  match: {account: '" + ACCOUNT + "'}\n")
    night = tmp_path / "night"
    call("live", "aws", *ONE, "--save", night, "--quiet")
    for options in (
        ("--policies", own, "--control", "my-*"),
        ("--config", config, "--skip", "store-*"),
        ("--control", "*-encrypted*", "--fail-on", "low"),
    ):
        live = call("live", "aws", *ONE, "--format", "json", *options)
        again = call("judge", night, "--format", "json", *options)
        assert findings(live.out)
        assert json.loads(again.out) == json.loads(live.out)
        assert again.code == live.code


def test_an_account_that_could_not_be_entered_is_in_the_log_and_in_the_capture(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "222222222222"

    def denied(seen: Seen) -> Reply | None:
        refused = seen.operation == "AssumeRole" and other.encode() in seen.body
        return error("AccessDenied", 403, "sts") if refused else None

    with FaultyServer(faked.server.url, denied) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        roles = [f"arn:aws:iam::{account}:role/trustscan" for account in (ACCOUNT, other)]
        options = [part for role in roles for part in ("--role-arn", role)]
        live = call("live", "aws", *ONE, "--save", tmp_path / "night", "--format", "json", *options)
    lines = [line for line in live.err.splitlines() if line.startswith("note: ")]
    assert sum(line.startswith(f"note: {ACCOUNT}: ") and "requests" in line for line in lines) == 1
    assert sum(line.startswith(f"note: {other}: not read: AccessDenied on sts:AssumeRole") for line in lines) == 1
    again = call("judge", tmp_path / "night", "--format", "json")
    assert json.loads(again.out) == json.loads(live.out)


# --- what was touched is refused --------------------------------------------------------------------------------------


def edited(night: Path, change: Callable[[dict[str, Any]], object], *, signed: bool = True) -> None:
    """Change the manifest; where it is signed, by somebody who knows how its digest is made."""
    path = night / "capture.json"
    document = json.loads(path.read_text())
    change(document)
    if signed:
        document["sha256"] = ""
        content = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        document["sha256"] = hashlib.sha256(content.encode()).hexdigest()
    path.write_text(json.dumps(document))


def answers(night: Path) -> Path:
    return night / "answers" / f"{ACCOUNT}.jsonl.gz"


def rewritten(night: Path, content: bytes) -> None:
    """Other answers, with the digest they have."""
    answers(night).write_bytes(content)
    edited(night, lambda d: d["accounts"][0].update(sha256=hashlib.sha256(content).hexdigest()))


TOUCHED: list[tuple[Callable[[Path], object], str]] = [
    (lambda n: answers(n).write_bytes(answers(n).read_bytes()[:-9]), "was changed since it was saved"),
    (lambda n: answers(n).write_bytes(b""), "was changed since it was saved"),
    (lambda n: answers(n).unlink(), "cannot be read: No such file"),
    (lambda n: shutil.rmtree(n / "answers"), "cannot be read: No such file"),
    (lambda n: (n / "capture.json").unlink(), "it has no capture.json"),
    (lambda n: (n / "capture.json").write_bytes((n / "capture.json").read_bytes()[:-9]), "is no capture"),
    (lambda n: (n / "capture.json").write_bytes(b""), "is no capture"),
    (lambda n: edited(n, lambda d: d.update(format="trustscan-capture/2", other=1)), "this version reads"),
    (lambda n: edited(n, lambda d: d.update(format="else/1")), "is of format 'else/1'"),
    (lambda n: edited(n, lambda d: d.pop("began")), "is no capture"),
    (lambda n: edited(n, lambda d: d.update(cloud="moon")), "moon"),
    (
        lambda n: edited(n, lambda d: d["accounts"][0].update(regions=[]), signed=False),
        "was changed since it was saved",
    ),
    (lambda n: edited(n, lambda d: d.update(accounts=[]), signed=False), "was changed since it was"),
    (lambda n: edited(n, lambda d: d.pop("sha256"), signed=False), "was changed since it was"),
    (lambda n: edited(n, lambda d: d["accounts"][0].update(later=1)), "is no capture"),
    (lambda n: edited(n, lambda d: d["accounts"][0].update(file="../../x")), "names a file outside the capture"),
    (lambda n: edited(n, lambda d: d["accounts"][0].update(requests=4)), "holds 5 answers, and capture.json says 4"),
    (lambda n: rewritten(n, gzip.compress(b"")), "holds 0 answers, and capture.json says 5"),
    (lambda n: rewritten(n, answers(n).read_bytes()[:-9]), "cannot be read"),
    (lambda n: rewritten(n, gzip.compress(b"{}\n" * 5)), "cannot be read"),
    (lambda n: rewritten(n, b"no gzip at all"), "cannot be read"),
    (lambda n: rewritten(n, gzip.compress(b'{"key":"' + b"\xff" + b'"}\n')), "cannot be read"),
]


@pytest.mark.parametrize(("touch", "words"), TOUCHED)
def test_a_capture_that_was_touched_is_refused_in_a_line(
    night: Path, touch: Callable[[Path], object], words: str
) -> None:
    assert call("judge", night).code != 2
    touch(night)
    refused(call("judge", night), words)
    if words != "it has no capture.json":
        refused(call("diff", night, night), words)


def test_a_place_that_is_no_capture_is_refused(tmp_path: Path) -> None:
    refused(call("judge", tmp_path / "nothing"), "there is no such folder")
    file = tmp_path / "file"
    file.write_text("")
    refused(program("judge", file), "file")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_no_byte_of_the_answers_can_be_changed_unnoticed(night: Path, data: st.DataObject) -> None:
    content = answers(night).read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(1, 255))
    try:
        answers(night).write_bytes(content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :])
        with pytest.raises(InputError, match="was changed since it was saved"):
            Capture(night)
    finally:
        answers(night).write_bytes(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_the_manifest_goes_unnoticed(night: Path, data: st.DataObject) -> None:
    path = night / "capture.json"
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + data.draw(st.binary(max_size=3)) + content[at + 1 :]
    try:
        path.write_bytes(changed)
        Capture(night)
        assert json.loads(changed) == json.loads(content), "blanks alone make no difference"
    except InputError:
        pass
    finally:
        path.write_bytes(content)


# --- laws -------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
FLAT = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(TEXT, LEAVES, max_size=3)
VALUES = FLAT | st.lists(FLAT, max_size=3) | st.dictionaries(TEXT, FLAT, max_size=3)
PAGES = st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=3)
ANSWERS = st.builds(Answer, pages=PAGES, error=TEXT, message=TEXT, at=TEXT, attempts=st.integers(1, 9))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(TEXT, ANSWERS, max_size=4))
def test_a_capture_answers_with_what_was_answered(
    tmp_path_factory: pytest.TempPathFactory, given_: dict[str, Answer]
) -> None:
    made = Capture(saved(tmp_path_factory.mktemp("c"), given_))
    assert {name: asked(made, name) for name in given_} == given_
    assert asked(made, "never asked").error == "NotInCapture"


REQUESTS = st.tuples(TEXT, st.sampled_from([THING, LIST]), st.dictionaries(TEXT, VALUES, max_size=2))


@given(REQUESTS, REQUESTS)
def test_requests_have_one_key_where_they_ask_the_same_and_only_there(
    one: tuple[str, Call, dict[str, Any]], other: tuple[str, Call, dict[str, Any]]
) -> None:
    keys = [Request("1", region.replace(" ", ""), of, parameters).key for region, of, parameters in (one, other)]
    same = (one[0].replace(" ", ""), one[1], json.dumps(one[2], sort_keys=True)) == (
        other[0].replace(" ", ""),
        other[1],
        json.dumps(other[2], sort_keys=True),
    )
    assert (keys[0] == keys[1]) == same
    again = Request("1", one[0].replace(" ", ""), one[1], dict(reversed(one[2].items())))
    assert again.key == keys[0], "in what order parameters are named makes no difference"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.tuples(TEXT, TEXT, TEXT), st.lists(st.sampled_from(["begun", "done"]), min_size=1)))
def test_a_ledger_keeps_the_last_state_of_every_shard(
    tmp_path_factory: pytest.TempPathFactory, states: dict[tuple[str, str, str], list[str]]
) -> None:
    path = tmp_path_factory.mktemp("l") / "ledger.sqlite"
    with closing(Ledger(path)) as ledger:
        for shard, marks in states.items():
            for mark in marks:
                ledger.mark(*shard, mark)
    with closing(Ledger(path)) as again:
        assert again.states() == {shard: marks[-1] for shard, marks in states.items()}


class _Named:
    """A collector of which only name and places matter."""

    types = ("aws_thing",)

    def __init__(self, name: str, *, everywhere: bool) -> None:
        self.name, self.everywhere, self.get = name, everywhere, THING

    def from_live(self, reader: Reader) -> Any:
        """Read one thing."""
        yield Item("aws_thing", f"{reader.account}:{reader.region}", {"about": reader.ask(THING, Name=self.name)})


@given(st.dictionaries(TEXT, st.lists(TEXT, unique=True, max_size=3), max_size=3), st.booleans())
def test_every_region_of_every_account_is_a_shard_once(places: dict[str, list[str]], everywhere: bool) -> None:  # noqa: FBT001
    targets = [Target(account=account, regions=tuple(regions)) for account, regions in places.items()]
    made = list(shards(targets, [_Named("a", everywhere=everywhere), _Named("b", everywhere=True)]))
    assert len(set(made)) == len(made)
    wide = {(account, region) for account, regions in places.items() for region in regions}
    assert {(shard.account, shard.region) for shard in made if shard.collector == "b"} == wide
    narrow = wide if everywhere else {(account, "") for account, regions in places.items() if regions}
    assert {(shard.account, shard.region) for shard in made if shard.collector == "a"} == narrow


# --- one answer a request ---------------------------------------------------------------------------------------------


class _Waiting:
    """A source that answers when it is told to, with another answer each time."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.go = threading.Event()

    def answer(self, request: Request, /) -> Answer:
        """Answer late."""
        assert request.call is THING
        self.asked += 1
        answer = self.answers.pop(0)
        assert self.go.wait(30)
        return answer


@pytest.mark.parametrize("first", [Answer(pages=[{"n": 1}]), Answer(pages=[], error="Throttling")])
def test_what_two_collectors_ask_at_once_is_asked_once_and_has_one_answer(tmp_path: Path, first: Answer) -> None:
    source = _Waiting(first, Answer(pages=[{"n": 2}]))
    request = Request(ACCOUNT, REGION, THING, {})
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        recording = Recording(source, ledger)
        got: list[Answer] = []
        both = [threading.Thread(target=lambda: got.append(recording.answer(request))) for _ in range(2)]
        for thread in both:
            thread.start()
        source.go.set()
        for thread in both:
            thread.join(30)
        assert got == [first, first]
        assert recording.answer(request) == first, "also later in the same run: the capture has but one answer"
        assert source.asked == 1
        again = Recording(source, ledger).answer(request)
        assert again == (first if not first.error else Answer(pages=[{"n": 2}])), "a run that goes on asks anew"


def test_work_that_comes_up_on_the_way_is_done_as_well() -> None:
    engine = Threads(ShardResult, 2)
    engine.submit(Shard("1", "r", "a"))
    done = []
    for result in engine.drain():
        done.append(result.shard.collector)
        if len(done) < 4:
            engine.submit(Shard("1", "r", "a" * (len(done) + 1)))
    assert done == ["a", "aa", "aaa", "aaaa"]
    assert engine.health() == "4 done, 0 to go"


def test_nothing_more_is_asked_once_something_has_failed(tmp_path: Path) -> None:
    class Full:
        asked = 0

        def answer(self, request: Request, /) -> Answer:
            assert request
            self.asked += 1
            raise OutputError("the disk is full")

    source = Full()
    targets = [Target(account=str(i), regions=("r",)) for i in range(50)]
    how = Gathering(source=source, collectors=(_Named("a", everywhere=True),), now=BEGAN, shards_at_once=2)
    with pytest.raises(OutputError, match="the disk is full"):
        gather(targets, how)
    assert source.asked <= 2, "what two shards asked at once"
    assert tmp_path.exists()


# --- who may save, and go on ------------------------------------------------------------------------------------------


def begun(folder: Path, **options: Any) -> None:
    """A scan that asked one thing and was interrupted."""
    with Saving(folder, resume=False, options=options) as saving:
        saving.same_readers([Target(account=ACCOUNT, identity=options.pop("_as", "arn:aws:iam::1:user/dana"))])
        saving.ledger.keep(Request(ACCOUNT, REGION, THING, {}), Answer(pages=[]))


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({"regions": ("eu-west-1",)}, {"regions": ("us-east-1",)}, "another regions: eu-west-1 then, us-east-1 now"),
        ({"role_arns": ()}, {"role_arns": ("arn:b", "arn:a")}, "another role arns: none then, arn:a, arn:b now"),
        ({"organization": True}, {"organization": False}, "another organization: True then, none now"),
        ({"tool": "trustscan 1"}, {"tool": "trustscan 2"}, "another tool: trustscan 1 then, trustscan 2 now"),
        ({}, {"later": "x"}, "another later: none then, x now"),
        ({"max_age": None}, {"max_age": 0.0}, "another max age: none then, 0.0 now"),
    ],
)
def test_a_scan_with_other_options_does_not_go_on(
    tmp_path: Path, before: dict[str, Any], now: dict[str, Any], words: str
) -> None:
    begun(tmp_path / "night", **before)
    with pytest.raises(InputError, match="had " + words), Saving(tmp_path / "night", resume=True, options=now):
        pass
    with Saving(tmp_path / "night", resume=True, options=before) as saving:
        assert saving.ledger.accounts() == [ACCOUNT], "nothing was lost over it"


def test_the_command_refuses_other_options_before_anything_is_asked(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = {"cloud": "aws", "tool": f"trustscan {tool_version()}", "regions": ["eu-west-1"], "role_name": "trustscan"}
    begun(tmp_path / "night", **about)
    with FaultyServer(faked.server.url, lambda _: None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        again: list[str | Path] = ["live", "aws", "--save", tmp_path / "night", "--resume"]
        refused(call(*again, "--region", REGION), "had another regions: eu-west-1 then, us-east-1 now")
        refused(call(*again), "had another regions: eu-west-1 then, none now")
        assert server.seen == []


def test_the_same_options_in_another_order_are_the_same(tmp_path: Path) -> None:
    begun(tmp_path / "night", regions=("a", "b"), profiles=["x"], organization=False, later="")
    with Saving(tmp_path / "night", resume=True, options={"profiles": ("x",), "regions": ("b", "a")}) as saving:
        assert saving.ledger.accounts() == [ACCOUNT]


@pytest.mark.parametrize(
    ("identity", "same"),
    [
        ("arn:aws:sts::1:assumed-role/audit/session-1", True),
        ("arn:aws:sts::1:assumed-role/audit/session-2", True),
        ("arn:aws:sts::1:assumed-role/admin/session-1", False),
        ("arn:aws:iam::1:user/audit", False),
        ("", True),
    ],
)
def test_another_identity_does_not_read_on(tmp_path: Path, identity: str, same: bool) -> None:  # noqa: FBT001
    with Saving(tmp_path, resume=False, options={}) as saving:
        saving.same_readers([Target(account=ACCOUNT, identity="arn:aws:sts::1:assumed-role/audit/session-1")])
        saving.ledger.keep(Request(ACCOUNT, REGION, THING, {}), Answer(pages=[]))
    with Saving(tmp_path, resume=True, options={}) as saving:
        targets = [Target(account="new", identity="arn:x"), Target(account=ACCOUNT, identity=identity)]
        if same:
            saving.same_readers(targets)
            return
        with pytest.raises(InputError, match="was read as arn:aws:sts::1:assumed-role/audit until"):
            saving.same_readers(targets)


def test_a_scan_that_asked_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError), Saving(tmp_path / "a" / "b", resume=False, options={}):
        raise InputError("nobody could be asked")
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_scan_that_asked_nothing_leaves_what_was_there(tmp_path: Path) -> None:
    begun(tmp_path / "night")
    with pytest.raises(InputError), Saving(tmp_path / "night", resume=True, options={}):
        raise InputError("nobody could be asked")
    with Saving(tmp_path / "night", resume=True, options={}) as saving:
        assert saving.ledger.accounts() == [ACCOUNT]


def test_a_resumed_scan_keeps_when_it_began(tmp_path: Path) -> None:
    with Saving(tmp_path, resume=False, options={}) as saving:
        saving.ledger.tell("began", BEGAN.isoformat())
        saving.ledger.keep(Request(ACCOUNT, REGION, THING, {}), Answer(pages=[]))
    with Saving(tmp_path, resume=True, options={}) as saving:
        assert saving.began == BEGAN


def test_only_one_process_saves_to_a_folder_at_a_time(tmp_path: Path) -> None:
    begun(tmp_path / "night")
    wait = (
        "import sys; from pathlib import Path; from scanner.collect.saving import Saving\n"
        "with Saving(Path(sys.argv[1]), resume=True, options={}): print('open', flush=True); sys.stdin.read()"
    )
    command: list[str | Path] = [sys.executable, "-c", wait, tmp_path / "night"]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"open\n"
    try:
        with (
            pytest.raises(InputError, match="another scan is saving to it now"),
            Saving(tmp_path / "night", resume=True, options={}),
        ):
            pass
    finally:
        other.kill()
        other.communicate()
    with Saving(tmp_path / "night", resume=True, options={}) as saving:
        assert saving.ledger.accounts() == [ACCOUNT], "a process that dies gives it free"


@pytest.mark.parametrize("place", ["/dev/null/night", "/proc/night"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_asked(
    place: str, faked: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path(place).parent.exists():
        pytest.skip("this system has no such place")
    with FaultyServer(faked.server.url, lambda _: None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        refused(call("live", "aws", *ONE, "--save", place), f"{place}: nothing can be saved there")
        assert server.seen == []


@pytest.mark.parametrize("damage", ["about", "answers"])
def test_a_damaged_ledger_is_refused_in_a_line(tmp_path: Path, damage: str) -> None:
    begun(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
        db.execute("UPDATE answers SET answer = x'00'" if damage == "answers" else "DROP TABLE about")
        db.execute("PRAGMA user_version")
        db.commit()
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        if damage == "about":
            assert ledger.told("began") is None, "an empty table is made anew"
            return
        with pytest.raises(InputError, match="is damaged"):
            ledger.kept(ACCOUNT, Request(ACCOUNT, REGION, THING, {}).key)


def test_a_ledger_cut_short_is_refused_in_a_line(tmp_path: Path) -> None:
    begun(tmp_path)
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8000)
    with pytest.raises(InputError, match="ledger"), Saving(tmp_path, resume=True, options={}):
        pass


# --- killed, at every moment ------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from scanner.collect.calls import Answer, Call
from scanner.collect.gather import Gathering, gather
from scanner.collect.items import Item
from scanner.collect.ledger import Recording
from scanner.collect.saving import Saving
from scanner.collect.shards import Target

place, resume, left, log = Path(sys.argv[1]), sys.argv[2] == "resume", int(sys.argv[3]), Path(sys.argv[4])
CALL = Call(service="shop", operation="GetThing", action="shop:GetThing")

class Shop:
    def answer(self, request):
        with log.open("a") as file:
            file.write(request.parameters["Name"] + "\\n")
        return Answer(pages=[{"Size": request.parameters["Name"]}])

class Collector:
    name, everywhere, types = "shop", True, ("aws_thing",)
    def __init__(self):
        self.get = CALL
    def from_live(self, reader):
        for name in "abcdef":
            yield Item("aws_thing", name, {"about": reader.ask(CALL, Name=name)})

def watch(event, args):
    global left
    touches = event in {"open", "os.rename", "os.remove", "os.mkdir", "sqlite3.connect"}
    if touches and (str(place) in str(args[0]) or str(args[0]) == str(log)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
target = Target(account="1", regions=("r",))
with Saving(place, resume=resume, options={}) as saving:
    how = Gathering(source=Recording(Shop(), saving.ledger), collectors=(Collector(),), now=saving.began)
    gather([target], how)
    saving.seal([target], {"cloud": "aws", "tool": "t", "sdk": "s"})
"""
"""A scan of six things that is killed before its n-th touch of its folder, or of what it asks."""


def test_a_scan_killed_at_any_moment_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    finished = resumed = 0
    for step in range(1, 60):
        night, log = tmp_path / f"night-{step}", tmp_path / f"log-{step}"
        log.touch()

        def scan(how: str, left: int, night: Path = night, log: Path = log) -> int:
            words: list[str | Path] = [sys.executable, "-c", KILLED, night, how, str(left), log]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            assert done.returncode in {0, -signal.SIGKILL}, done.stderr
            return done.returncode

        code = scan("new", step)
        begun_ = (night / "ledger.sqlite").exists()
        if not (night / "capture.json").exists():
            with pytest.raises(InputError, match="--resume" if begun_ else "is no capture|no such folder"):
                Capture(night)
            assert scan("resume" if begun_ else "new", -1) == 0
            resumed += begun_
        else:
            finished += 1
        made = Capture(night)
        told = {name: made.answer(Request("1", "r", THING, {"Name": name})).pages for name in "abcdef"}
        assert told == {name: [{"Size": name}] for name in "abcdef"}
        # What was asked and not yet kept when it was killed is all that may be asked again.
        names = log.read_text().split()
        assert len(names) - len(set(names)) <= 1
        if code == 0:
            break
    assert code == 0
    assert resumed > 10, "it was killed at every step on the way"
    assert finished > 1, "and after its end"


class _Killing:
    """A server in front of the account that kills a scan when its ledger has so many answers."""

    def __init__(self, ledger: Path, rows: int) -> None:
        self.ledger, self.rows = ledger, rows
        self.process: subprocess.Popen[bytes] | None = None
        self.kept: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Reply | None:
        with self._lock:
            if self.process is None or self.process.poll() is not None or not self.ledger.exists():
                return None
            if seen.operation in {"GetCallerIdentity", "DescribeRegions"}:
                return None
            if _rows(self.ledger) < self.rows:
                return None
            self.process.kill()
            self.process.wait(30)
            return Reply(reset=True)


def _rows(ledger: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30)) as db:
            return int(db.execute("SELECT count(*) FROM answers").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the tables are not made yet


def _answered(ledger: Path) -> set[str]:
    """Keys of what was answered; that there is none is an answer, other errors are not."""
    absent = {made.name: made.absent for collector in COLLECTORS for made in calls_of(collector)}
    with closing(Ledger(ledger)) as kept:
        return {
            key
            for key, answer in kept.answers(ACCOUNT)
            if not answer.error or answer.error in absent[key.split(" ")[1]]
        }


def _requests(answer: Answer) -> int:
    """HTTP requests that an answer took: one a page, and those that ended in an error."""
    return max(len(answer.pages), 1) if not answer.error else len(answer.pages) + answer.attempts


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_scan_killed_with_so_many_answers_asks_for_the_others_alone(
    faked: Faked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    furnish(faked.client, 2)
    with FaultyServer(faked.fake.url, lambda _: None) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        whole = program("live", "aws", *ONE, "--save", tmp_path / "whole", "--format", "json")
        cost = {key: _requests(answer) for key, answer in _all(tmp_path / "whole").items()}
        entry = len(server.seen) - sum(cost.values())
        assert 0 < entry < 6, "what is asked before the account is read"
        night = tmp_path / "night"
        killing = _Killing(night / "ledger.sqlite", 1 + int(share * len(cost)))
        server.fault = killing
        scan: list[str | Path] = ["live", "aws", *ONE, "--save", night, "--format", "json"]
        killing.process = subprocess.Popen(
            [PROGRAM, *scan], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        assert killing.process.wait(120) == -signal.SIGKILL
        server.fault = lambda _: None
        kept = _answered(night / "ledger.sqlite")
        assert len(kept) >= share * len(cost) * 0.5
        before = len(server.seen)
        again = program(*scan, "--resume")
        asked_again = len(server.seen) - before
    rest = entry + sum(requests for key, requests in cost.items() if key not in kept)
    assert abs(asked_again - rest) <= 2, "how often an error is tried again may differ from run to run"
    assert again.code == whole.code
    assert findings(again.out) == findings(whole.out)
    assert findings(program("judge", night, "--format", "json").out) == findings(whole.out)


def _all(night: Path) -> dict[str, Answer]:
    """Every answer of a capture by its key, read without our code but for its shape."""
    found = {}
    for line in gzip.decompress(answers(night).read_bytes()).splitlines():
        document = json.loads(line)
        found[document["key"]] = Answer(**document["answer"])
    return found


@pytest.mark.slow
def test_a_second_scan_into_the_same_folder_is_refused_while_the_first_goes_on(
    faked: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faked.client("kms").create_key()
    go, waiting = threading.Event(), threading.Event()

    def hold(seen: Seen) -> Reply | None:
        if seen.operation == "ListKeys":
            waiting.set()
            assert go.wait(120)
        return None

    with FaultyServer(faked.server.url, hold) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        scan: list[str | Path] = ["live", "aws", *ONE, "--save", tmp_path / "night", "--quiet"]
        first = subprocess.Popen([PROGRAM, *scan], stdout=subprocess.DEVNULL)
        assert waiting.wait(60)
        before = len(server.seen)
        refused(program(*scan, "--resume"), "another scan is saving to it now")
        refused(program(*scan), "holds an interrupted scan")
        refused(program("judge", tmp_path / "night"), "holds a scan that was interrupted")
        refused(program(*scan, "--resume", "--region", "eu-west-1"), "another scan is saving to it now")
        assert all(seen.operation not in {"GetCallerIdentity", "DescribeRegions"} for seen in server.seen[before:])
        go.set()
        assert first.wait(120) in {0, 1, 3}
    assert call("judge", tmp_path / "night").code in {0, 1, 3}


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
from scanner.main import main
main()
"""
"""A disk on which files end after 150 KB."""


@pytest.mark.slow
def test_a_disk_that_fills_up_stops_the_scan_in_a_line_and_it_can_go_on(faked: Live, tmp_path: Path) -> None:
    furnish(faked.client, 2)
    scan: list[str | Path] = ["live", "aws", *ONE, "--save", tmp_path / "night", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-c", FULL, *scan],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("note:")]
    assert "cannot be kept" in line
    assert "--resume can go on" in line
    again = program(*scan, "--resume")
    assert again.code in {0, 1, 3}
    assert findings(again.out)
