"""Declared calls, the reader, the pace, the ledger, and captures."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.collect import capture
from scanner.collect.calls import Answer, Call, Request, found_in
from scanner.collect.estate import gaps, parts
from scanner.collect.gather import Gathering, gather
from scanner.collect.items import Item, Unread
from scanner.collect.ledger import Ledger, Recording
from scanner.collect.pace import Pace
from scanner.collect.reader import Reader, UndeclaredCallError
from scanner.collect.shards import Target
from scanner.errors import InputError
from scanner.model import Unknown

THINGS = Call(service="shop", operation="ListThings", action="shop:ListThings", items="Things")
THING = Call(service="shop", operation="GetThing", action="shop:GetThing", absent=frozenset({"NoSuchThing"}))
BEGAN = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


class Shop:
    """A source with answers by operation; it counts what it is asked."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def answer(self, request: Request, /) -> Answer:
        """Answer by operation."""
        self.asked.append(request.key)
        return self.answers[request.call.operation]


class Collector:
    """Lists things and asks for each."""

    name = "shop"
    everywhere = True
    types: tuple[str, ...] = ("aws_thing",)

    def __init__(self) -> None:
        self.list, self.get = THINGS, THING

    def from_live(self, reader: Reader) -> Any:
        """Read the shop."""
        listed = reader.every(THINGS)
        if listed.missing is not None:
            yield Unread(self.types, listed.missing, THINGS.action)
        for name in listed.items:
            yield Item("aws_thing", f"arn:thing:{name}", {"about": reader.ask(THING, Name=name)})


def _good() -> Shop:
    return Shop(
        ListThings=Answer(pages=[{"Things": ["a"]}, {"Things": ["b"]}]),
        GetThing=Answer(pages=[{"Size": 3}]),
    )


def _target() -> Target:
    return Target(account="123456789012", regions=("eu-west-1",))


def _reader(source: Shop) -> Reader:
    return Reader("123456789012", "eu-west-1", "aws", source, frozenset({THINGS, THING}))


def test_things_are_found_under_a_path_through_lists() -> None:
    page = {"Reservations": [{"Instances": [{"Id": 1}, {"Id": 2}]}, {"Instances": [{"Id": 3}]}, {}]}
    assert found_in(page, "Reservations.Instances.Id") == [1, 2, 3]
    assert found_in(page, "Nothing.Here") == []


def test_every_page_is_read() -> None:
    assert _reader(_good()).every(THINGS).items == ["a", "b"]


def test_a_call_that_is_not_declared_is_not_made() -> None:
    shop = _good()
    reader = Reader("123456789012", "eu-west-1", "aws", shop, frozenset({THINGS}))
    with pytest.raises(UndeclaredCallError, match="shop:GetThing is not among the calls"):
        reader.ask(THING)
    assert shop.asked == []


def test_what_the_api_says_there_is_none_of_is_absent() -> None:
    shop = Shop(GetThing=Answer(pages=[], error="NoSuchThing"))
    assert _reader(shop).ask(THING) is None


def test_a_refusal_names_the_permission_and_the_place() -> None:
    shop = Shop(GetThing=Answer(pages=[], error="AccessDenied", message="sk-ant-aaaaaaaaaaaaaaaaaaaaaaaa is wrong"))
    reader = _reader(shop)
    answer = reader.ask(THING)
    assert isinstance(answer, Unknown)
    assert answer.reason == "AccessDenied on shop:GetThing in 123456789012 eu-west-1"
    assert [refusal.reason for refusal in reader.refusals] == [f"{answer.reason}: (hidden) is wrong"]


def test_a_list_that_breaks_off_keeps_what_came_and_says_so() -> None:
    shop = Shop(ListThings=Answer(pages=[{"Things": ["a"]}], error="Throttling"))
    listing = _reader(shop).every(THINGS)
    assert listing.items == ["a"]
    assert listing.missing is not None
    assert listing.missing.reason.startswith("Throttling on shop:ListThings")


def test_ages_are_told_from_the_beginning_of_the_scan() -> None:
    reader = Reader("1", "eu-west-1", "aws", _good(), frozenset(), now=BEGAN)
    assert reader.days_since("2026-11-20T02:59:00Z") == 1
    assert reader.days_since("2026-11-11T00:00:00") == 10
    assert reader.days_since(None) is None
    assert reader.days_since("yesterday") is None
    assert reader.hours_since("2026-11-20T02:59:00Z") == 24
    assert reader.hours_since("2026-11-11T00:00:00") == 10 * 24 + 3
    assert reader.hours_since(None) is None


def test_a_bucket_of_tokens_lets_one_second_through_and_then_waits() -> None:
    slept: list[float] = []
    pace = Pace({"shop:GetThing": 2.0}, 1000, clock=lambda: 100.0, sleep=slept.append)
    for _ in range(4):
        pace.wait("1", "eu-west-1", "shop:GetThing")
    assert slept == pytest.approx([0.5, 1.0])
    pace.wait("2", "eu-west-1", "shop:GetThing")
    assert len(slept) == 2, "another account has a bucket of its own"


def test_an_answer_of_another_shape_is_a_gap_of_that_collector_alone() -> None:
    class Odd(Collector):
        name = "odd"
        types = ("aws_odd",)

        def from_live(self, reader: Reader) -> Any:
            """Break off."""
            yield Item("aws_odd", "arn:odd", {})
            raise KeyError(f"secret {reader.account}")

    collected = gather([_target()], Gathering(source=_good(), collectors=(Odd(), Collector()), now=BEGAN))
    odd, shop = collected[0].results
    assert [item.id for item in odd.items] == ["arn:odd"]
    assert "KeyError in from_live" in odd.unread[0].why.reason
    assert "secret" not in odd.unread[0].why.reason
    assert len(shop.items) == 2


def test_what_could_not_be_read_is_marked_with_its_reason() -> None:
    source = Shop(
        ListThings=Answer(pages=[{"Things": ["a"]}], error="Throttling"),
        GetThing=Answer(pages=[], error="AccessDenied"),
    )
    collected = gather([_target()], Gathering(source=source, collectors=(Collector(),), now=BEGAN))
    part = next(iter(parts(collected)))
    about = part.resources[0].get("about")
    assert isinstance(about, Unknown)
    assert "AccessDenied on shop:GetThing" in about.reason
    assert part.unread["aws_thing"].reason.startswith("Throttling")
    told = list(gaps(collected, {"aws_thing": frozenset({"store"})}))
    assert [(gap.kinds, gap.call) for gap in told] == [
        (("store",), "shop:ListThings"),
        ((), "shop:GetThing"),
    ]
    assert all(gap.scope == "aws:123456789012:eu-west-1" for gap in told)


# --- the ledger and captures ------------------------------------------------------------------------------------------


def _save(folder: Path, source: Shop) -> None:
    ledger = capture.open_ledger(folder)
    how = Gathering(source=Recording(source, ledger), collectors=(Collector(),), now=BEGAN)
    gather([_target()], how)
    capture.seal(folder, ledger, [_target()], began=BEGAN, about={"cloud": "aws", "tool": "t", "sdk": "s"})


def test_a_capture_answers_like_the_account(tmp_path: Path) -> None:
    source = _good()
    live = gather([_target()], Gathering(source=source, collectors=(Collector(),), now=BEGAN))
    _save(tmp_path / "c", source)
    kept = capture.Capture(tmp_path / "c")
    again = gather(kept.targets, Gathering(source=kept, collectors=(Collector(),), now=kept.began))
    assert again == live
    assert kept.began == BEGAN
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["answers", "capture.json"]


def test_two_captures_of_the_same_answers_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _save(tmp_path / name, _good())
    one, two = ((tmp_path / name / "answers/123456789012.jsonl.gz").read_bytes() for name in ("one", "two"))
    assert one == two


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    first = _good()
    gather([_target()], Gathering(source=Recording(first, ledger), collectors=(Collector(),), now=BEGAN))
    ledger.close()
    second = _good()
    reopened = Ledger(tmp_path / "ledger.sqlite")
    gather([_target()], Gathering(source=Recording(second, reopened), collectors=(Collector(),), now=BEGAN))
    reopened.close()
    assert (len(first.asked), second.asked) == (3, [])


def test_what_was_refused_is_asked_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    request = Request("1", "eu-west-1", THING, {})
    denied = Shop(GetThing=Answer(pages=[], error="AccessDenied"))
    assert Recording(denied, ledger).answer(request).error == "AccessDenied"
    assert Recording(_good(), ledger).answer(request).pages == [{"Size": 3}]
    absent = Shop(GetThing=Answer(pages=[], error="NoSuchThing"))
    other = Request("1", "eu-west-1", THING, {"Name": "x"})
    Recording(absent, ledger).answer(other)
    assert Recording(_good(), ledger).answer(other).error == "NoSuchThing", "that there is none is an answer"
    ledger.close()


def test_a_changed_capture_is_refused(tmp_path: Path) -> None:
    _save(tmp_path, _good())
    answers = tmp_path / "answers/123456789012.jsonl.gz"
    answers.write_bytes(gzip.compress(gzip.decompress(answers.read_bytes()).replace(b'"Size":3', b'"Size":4')))
    with pytest.raises(InputError, match="was changed since it was saved"):
        capture.Capture(tmp_path)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "is no capture"),
        ({"ledger.sqlite": ""}, "was interrupted; finish it with --resume"),
        ({"capture.json": "{"}, "is no capture"),
        ({"capture.json": "[]"}, "is no capture"),
    ],
)
def test_what_is_no_capture_is_refused(tmp_path: Path, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        capture.Capture(tmp_path)


def test_a_capture_of_a_later_format_is_refused(tmp_path: Path) -> None:
    _save(tmp_path, _good())
    manifest = tmp_path / "capture.json"
    manifest.write_text(manifest.read_text().replace("trustscan-capture/1", "trustscan-capture/9"))
    with pytest.raises(InputError, match="trustscan-capture/9"):
        capture.Capture(tmp_path)


def test_what_a_capture_does_not_hold_is_not_known(tmp_path: Path) -> None:
    _save(tmp_path, _good())
    answer = capture.Capture(tmp_path).answer(Request("123456789012", "eu-west-1", THING, {"Name": "new"}))
    assert answer.error == "NotInCapture"


def test_a_finished_capture_is_never_written_over(tmp_path: Path) -> None:
    _save(tmp_path, _good())
    with pytest.raises(InputError, match="holds a finished capture"):
        capture.check(tmp_path, resume=False)
    with pytest.raises(InputError, match="holds no interrupted scan"):
        capture.check(tmp_path / "other", resume=True)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("not a database, and long enough to be looked at as one" * 30)
    with pytest.raises(InputError, match="is no ledger of a scan"):
        capture.open_ledger(tmp_path)
