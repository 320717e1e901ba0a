"""Functions of what is not known in full: what comes out stays right, whatever the symbols turn out to be.

The law: replace parts of a call's arguments by symbols, work it out, and put the symbols' values into the result; it is
what the call gives when everything is known, or was given up on there. It is never something else.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from scanner.hcl.functions import NAMES, call
from scanner.hcl.functions.sets import make_set
from scanner.hcl.functions.symbols import equal
from scanner.hcl.values import Failed, SetList, Symbol, Template, Unfinished, mentions, text, unknown_in
from scanner.model import Unknown

ARN = Symbol("the bucket is not created yet", "aws_s3_bucket.b", ("arn",))
NAME = Symbol("chosen by the provider", "aws_s3_bucket.c", ("bucket_prefix",))
LAW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Hole:
    """A part of a value that may be unknown: a text around a symbol, or the symbol alone."""

    attribute: str
    resource: int
    value: Any
    before: str = ""
    after: str = ""

    def symbol(self) -> Symbol:
        """What stands for it."""
        return Symbol("known after apply", f"aws_x.r{self.resource}", (self.attribute,))


class SetOf(list[Any]):
    """Marks a set among structures."""


Values = dict[Symbol, Any]


def known(part: Any, values: Values) -> Any:
    """A structure with each hole's value; a symbol has one value everywhere."""
    if isinstance(part, Hole):
        value = values.setdefault(part.symbol(), part.value)
        return text(part.before, value, part.after) if part.before or part.after else value
    if isinstance(part, dict):
        return {key: known(item, values) for key, item in part.items()}
    if isinstance(part, SetOf):
        return call("toset", [[known(item, values) for item in part]], None)
    return [known(item, values) for item in part] if isinstance(part, list) else part


def holed(part: Any) -> Any:
    """A structure with symbols in place of holes."""
    if isinstance(part, Hole):
        return text(part.before, part.symbol(), part.after) if part.before or part.after else part.symbol()
    if isinstance(part, dict):
        return {key: holed(item) for key, item in part.items()}
    if isinstance(part, SetOf):
        return call("toset", [[holed(item) for item in part]], None)
    return [holed(item) for item in part] if isinstance(part, list) else part


def agrees(result: Any, expected: Any, values: Values) -> bool:
    """Whether a result is the expected one, once its symbols have their values; what is given up on may be anything."""
    if isinstance(result, Unknown):
        return agrees_unknown(result, expected, values)
    if isinstance(result, dict):
        same = isinstance(expected, dict) and result.keys() == expected.keys()
        return same and all(agrees(result[key], expected[key], values) for key in result)
    if isinstance(result, SetList):
        return agrees_set(result, expected, values)
    if isinstance(result, list):
        same = isinstance(expected, list) and len(result) == len(expected)
        return same and all(agrees(a, b, values) for a, b in zip(result, expected, strict=True))
    return type(result) is type(expected) and bool(result == expected)


def agrees_unknown(result: Unknown, expected: Any, values: Values) -> bool:
    if isinstance(result, Template):
        return agrees_text(result, expected, values)
    if isinstance(result, Symbol):
        return agrees(values[result], expected, values)
    return not isinstance(result, Failed)


def agrees_text(result: Template, expected: Any, values: Values) -> bool:
    if len(result.parts) == 1 and isinstance(result.parts[0], Symbol) and values[result.parts[0]] is None:
        return expected is None
    pattern = "".join(piece(part, values) for part in result.parts)
    return isinstance(expected, str) and re.fullmatch(pattern, expected, re.DOTALL) is not None


def piece(part: str | Unknown, values: Values) -> str:
    """The pattern of a part of a text."""
    if isinstance(part, Symbol):
        return re.escape(str(call("tostring", [values[part]], None)))
    return re.escape(part) if isinstance(part, str) else ".*"


def agrees_set(result: SetList, expected: Any, values: Values) -> bool:
    """A set holds each expected element, and nothing else; elements may have turned out to be equal."""
    return (
        isinstance(expected, list)
        and all(any(agrees(item, other, values) for other in expected) for item in result)
        and all(any(agrees(item, other, values) for item in result) for other in expected)
    )


# --- what may stand in an argument -----------------------------------------------------------------------------------

TEXTS = st.sampled_from(["", "a", "b", "arn:", "a/b", " a ", "1", "true", "x\n", "ab"])
SCALARS = st.one_of(TEXTS, st.integers(-2, 3), st.booleans(), st.none())
NAMED = st.builds(Hole, st.just("arn"), st.integers(0, 3), st.sampled_from(["a", "b", "ab", "arn:x", "arn:y", "1"]))
OPEN = st.builds(Hole, st.just("value"), st.integers(0, 3), SCALARS)
WIDE = st.builds(
    Hole,
    st.just("value"),
    st.integers(0, 3),
    st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(TEXTS, SCALARS, max_size=2)),
)
AFFIX = st.sampled_from(["", "a", "arn:", " ", "/", "x\n"])
WITHIN = st.builds(
    Hole, st.just("arn"), st.integers(0, 3), st.sampled_from(["a", "b", "ab", "arn:x"]), AFFIX.filter(bool), AFFIX
)
TEXT = st.one_of(TEXTS, NAMED, WITHIN)
STRING = st.one_of(TEXT, OPEN)
PART = st.one_of(SCALARS, TEXT, WIDE)
DEEP = st.recursive(
    PART, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)), max_leaves=8
)
INDEX = st.one_of(st.integers(-1, 4), st.builds(Hole, st.just("count"), st.integers(0, 3), st.integers(0, 3)))


def sets(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A list, or a set, or an unknown that may be one."""
    lists = st.lists(of, max_size=4)
    return st.one_of(
        lists, lists, lists, lists.map(SetOf), st.builds(Hole, st.just("items"), st.integers(0, 3), st.lists(TEXTS))
    )


LIST, STRINGS, SAME = sets(DEEP), sets(STRING), sets(st.one_of(TEXT, OPEN))
BOOLS = sets(st.one_of(st.booleans(), st.none(), st.builds(Hole, st.just("on"), st.integers(0, 3), st.booleans())))
MAP = st.one_of(
    st.dictionaries(TEXTS, DEEP, max_size=4),
    st.builds(Hole, st.just("tags"), st.integers(0, 3), st.dictionaries(TEXTS, SCALARS, max_size=2)),
)
PLAIN: st.SearchStrategy[Any] = st.one_of(SCALARS.filter(lambda value: value is not None), NAMED, WITHIN)
"""What %v takes: of an unknown that may be null or a list, it is not certain how it is written."""

LAYOUT = st.sampled_from(
    ["%s", "%s-%v", "x", "%[2]s%[1]s", "%5s", "%d", "%q", "%%%s", "%v%v%v", "%t", "%#v", "%.1s|%s"],
)
FORMATTED = st.lists(st.one_of(PLAIN, st.lists(PLAIN, max_size=2)), max_size=3)

ARGUMENTS: dict[str, st.SearchStrategy[list[Any]]] = {
    **{name: st.tuples(LIST).map(list) for name in ("flatten", "one", "reverse", "tolist", "toset", "distinct")},
    **{name: st.tuples(DEEP).map(list) for name in ("length", "tomap", "jsonencode")},
    **{name: st.tuples(STRING).map(list) for name in ("trimspace", "chomp", "jsondecode")},
    **{name: st.tuples(STRING, STRING).map(list)
       for name in ("startswith", "endswith", "strcontains", "trimprefix", "trimsuffix")},
    **{name: st.tuples(MAP).map(list) for name in ("keys", "values")},
    **{name: st.tuples(BOOLS).map(list) for name in ("alltrue", "anytrue")},
    **{name: st.tuples(STRINGS).map(list) for name in ("compact", "sort")},
    **{name: st.tuples(PART).map(list) for name in ("tostring", "tonumber", "tobool")},
    "chunklist": st.tuples(LIST, INDEX).map(list),
    "coalesce": st.lists(DEEP, min_size=1, max_size=3),
    "coalescelist": st.lists(LIST, min_size=1, max_size=3),
    "concat": st.lists(LIST, min_size=1, max_size=3),
    "contains": st.tuples(sets(PART), PART).map(list),
    "element": st.tuples(LIST, INDEX).map(list),
    "format": st.tuples(LAYOUT, st.lists(PLAIN, max_size=3)).map(lambda both: [both[0], *both[1]]),
    "formatlist": st.tuples(LAYOUT, FORMATTED).map(lambda both: [both[0], *both[1]]),
    "index": st.tuples(sets(PART), PART).map(list),
    "join": st.tuples(TEXTS, st.lists(STRING, max_size=4), STRINGS).map(list),
    "lookup": st.tuples(MAP, STRING, DEEP).map(list),
    "matchkeys": st.tuples(SAME, SAME, SAME).map(list),
    "merge": st.lists(st.one_of(MAP, st.none()), max_size=3),
    "setproduct": st.lists(SAME, min_size=2, max_size=3),
    "setunion": st.lists(SAME, min_size=1, max_size=3),
    "slice": st.tuples(LIST, st.integers(0, 2), INDEX).map(list),
    "zipmap": st.lists(st.tuples(st.one_of(TEXTS, TEXTS, STRING), DEEP), max_size=4).map(
        lambda pairs: [[key for key, _ in pairs], [item for _, item in pairs]]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_result_stays_right_whatever_the_symbols_are(name: str) -> None:
    @LAW
    @given(ARGUMENTS[name])
    def law(arguments: list[Any]) -> None:
        values: Values = {}
        full = [known(argument, values) for argument in arguments]
        open_ = [holed(argument) for argument in arguments]
        assume(not any(isinstance(argument, (Failed, Unfinished)) for argument in [*full, *open_]))
        expected, result = call(name, full, None), call(name, open_, None)
        if name == "jsonencode":
            expected, result = call("jsondecode", [expected], None), call("jsondecode", [result], None)
        if not isinstance(expected, Unfinished):
            assert agrees(result, expected, values), (open_, result, expected)

    law()


@pytest.mark.parametrize("name", ARGUMENTS)
def test_no_symbol_is_lost_where_a_call_is_given_up_on(name: str) -> None:
    @LAW
    @given(ARGUMENTS[name])
    def law(arguments: list[Any]) -> None:
        given_ = [holed(argument) for argument in arguments]
        assume(not any(isinstance(argument, Unfinished) for argument in given_))
        result = call(name, given_, None)
        if isinstance(result, Unfinished):
            assert set(mentions(result)) == set(mentions(given_))

    law()


ANYTHING = st.recursive(
    st.one_of(
        SCALARS, st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5), st.integers(),
        st.sampled_from([ARN, NAME, text(ARN, "/*"), Unfinished("why", (ARN,)), SetList([1, 2]), SetList([ARN, "x"]),
                         "10.0.0.0/8", "(a+)+$", "2020-01-01T00:00:00Z", "-1h", "%d %s", "a: [1]\n", "[1,{}]"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_call_ends_in_an_error(name: str) -> None:
    @LAW
    @given(st.lists(ANYTHING, max_size=4))
    def law(arguments: list[Any]) -> None:
        call(name, arguments, None)

    law()


@LAW
@given(DEEP)
@example({"Resource": [Hole("arn", 0, 'a"b'), Hole("arn", 1, "x", "<", '"/*')]})
def test_jsondecode_gives_back_what_jsonencode_was_given(structure: Any) -> None:
    value = holed(structure)
    decoded = call("jsondecode", [call("jsonencode", [value], None)], None)
    assert equal(decoded, value) is True or unknown_in(value)
    assert mentions(decoded) == mentions(value) or set(mentions(decoded)) == set(mentions(value))
    assert shape(decoded) == shape(value)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return value.parts if isinstance(value, Template) else value


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_policy_is_read_through_jsonencode() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": text(ARN, "/*")}]}
    written = call("jsonencode", [policy], None)
    assert isinstance(written, Template)
    assert written.parts == (
        '{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Resource":"', ARN, '/*"}]}',
    )  # fmt: skip
    assert call("jsondecode", [written], None) == policy


def test_what_is_around_a_symbol_is_escaped() -> None:
    written = call("jsonencode", [[text('<"', ARN, "\n")]], None)
    assert written.parts == ('["\\u003c\\"', ARN, '\\n"]')
    assert json.loads(written.parts[0] + "x" + written.parts[2]) == ['<"x\n']


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("merge", [{"a": 1}, {"b": ARN}], {"a": 1, "b": ARN}),
        ("concat", [["a"], [ARN]], ["a", ARN]),
        ("flatten", [[[ARN], ["b"]]], [ARN, "b"]),
        ("join", [",", [ARN, "x"]], text(ARN, ",x")),
        ("format", ["%s/*", ARN], text(ARN, "/*")),
        ("formatlist", ["%s/*", [ARN, "x"]], [text(ARN, "/*"), "x/*"]),
        ("coalesce", [None, ARN, "x"], ARN),
        ("coalesce", ["x", NAME], "x"),
        ("compact", [["", ARN]], [ARN]),
        ("length", [[NAME, NAME]], 2),
        ("contains", [[NAME, "a"], "a"], True),
        ("distinct", [[ARN, ARN, text("x/", NAME), text("y/", NAME)]], None),
        ("distinct", [[text("x/", NAME), text("y/", NAME)]], [text("x/", NAME), text("y/", NAME)]),
        ("distinct", [[ARN, ARN]], [ARN]),
        ("one", [[NAME]], NAME),
        ("alltrue", [[NAME, False]], False),
        ("anytrue", [[NAME, True]], True),
        ("lookup", [{"a": NAME}, "a", "x"], NAME),
        ("startswith", [text("arn:", NAME), "arn"], True),
        ("startswith", [text("arn:", NAME), "x"], False),
        ("endswith", [text(NAME, "/*"), "*"], True),
        ("trimsuffix", [text(ARN, "/*"), "/*"], text(ARN)),
        ("toset", [["b", ARN]], SetList(["b", ARN])),
        ("one", [SetList([ARN])], ARN),
    ],
)
def test_what_is_certain_is_worked_out(name: str, arguments: list[Any], expected: Any) -> None:
    found = call(name, arguments, None)
    if expected is None:
        assert type(found) is Unfinished
    else:
        assert found == expected
        assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("coalesce", [NAME, "x"]),
        ("flatten", [[NAME, "x"]]),
        ("length", [SetList([ARN, "x"])]),
        ("length", [ARN]),
        ("keys", [NAME]),
        ("merge", [NAME, {"a": 1}]),
        ("contains", [[NAME], "a"]),
        ("alltrue", [[True, NAME]]),
        ("split", ["/", ARN]),
        ("base64encode", [text(ARN, "x")]),
        ("replace", [ARN, "a", "b"]),
        ("yamlencode", [{"a": ARN}]),
        ("element", [["a"], NAME]),
        ("provider::aws::arn_parse", [ARN]),
        ("uuid", []),
        ("jsonencode", [SetList([ARN, "x"])]),
    ],
)
def test_what_is_not_certain_is_given_up_on_with_all_its_symbols(name: str, arguments: list[Any]) -> None:
    found = call(name, arguments, None)
    assert isinstance(found, Unknown)
    assert not isinstance(found, Failed)
    assert mentions(found) == mentions(arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("join", ["-" * 10_000, ["x"] * 10_000]),
        ("indent", [10_000_000, "a\nb"]),
        ("format", ["%1000000d", 1]),
        ("replace", ["a" * 10_000, "a", "b" * 10_000]),
        ("setproduct", [["a"] * 1000, ["b"] * 1000]),
        ("regex", ["(a*)*" * 100, "a" * 100_000]),
        ("regex", ["((a{1000}){1000}){1000}", "a"]),
        ("yamldecode", ["a: &a0 [x]\n" + "".join(f"k{i}: &a{i + 1} [{f'*a{i}, ' * 9}]\n" for i in range(12))]),
        ("pow", [10, 1_000_000]),
        ("tonumber", ["1e999999"]),
    ],
)  # fmt: skip
def test_nothing_is_built_that_is_too_large(name: str, arguments: list[Any]) -> None:
    assert unknown_in(call(name, arguments, None))


def test_a_set_is_in_terraforms_order() -> None:
    assert make_set(["b", "é", "a", "B"]) == ["B", "a", "b", "é"]


class Instance:
    """A resource instance as a whole."""

    def attribute(self, name: str) -> Any:
        """One attribute."""
        return Symbol("known after apply", "aws_x.y", (name,))


INSTANCE = Instance()


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("values", [{"b": 1, "a": INSTANCE}], [INSTANCE, 1]),
        ("element", [[INSTANCE], 0], INSTANCE),
        ("concat", [[INSTANCE], [INSTANCE]], [INSTANCE, INSTANCE]),
        ("flatten", [[[INSTANCE], [[INSTANCE]]]], [INSTANCE, INSTANCE]),
        ("one", [[INSTANCE]], INSTANCE),
        ("merge", [{"a": INSTANCE}, {"b": 1}], {"a": INSTANCE, "b": 1}),
        ("length", [[INSTANCE, INSTANCE]], 2),
        ("tolist", [[INSTANCE]], [INSTANCE]),
    ],
)
def test_an_instance_goes_through_as_it_is(name: str, arguments: list[Any], expected: Any) -> None:
    assert call(name, arguments, None) == expected


@pytest.mark.parametrize("name", ["keys", "length", "merge", "jsonencode", "lookup", "values", "contains"])
def test_an_instance_as_a_whole_is_given_up_on(name: str) -> None:
    special: dict[str, list[Any]] = {"lookup": [INSTANCE, "a", "b"], "contains": [[INSTANCE], {}]}
    arguments = special.get(name, [INSTANCE])
    found = call(name, arguments, None)
    assert unknown_in(found)
    assert not isinstance(found, Failed)
