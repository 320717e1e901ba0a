"""`trustscan ask`: every question over the faulty stack, in each format, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from commands import call, program, refused
from scanner.questions.named.catalogue import QUESTIONS
from worlds import FIXTURES, ROOT

LEAKY = FIXTURES / "stacks" / "leaky"
SOUND = FIXTURES / "stacks" / "sound"
SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-ask-1.schema.json").read_text(encoding="utf-8"))


def _asked(*args: str | Path) -> dict[str, Any]:
    answer = call("ask", *args, "--format", "json")
    assert answer.code == 0, answer.err
    document: dict[str, Any] = json.loads(answer.out)
    jsonschema.validate(document, SCHEMA)
    return document


@pytest.fixture(scope="module")
def leaky() -> dict[str, dict[str, Any]]:
    """Every answer on the faulty stack, by question."""
    document = _asked("all", LEAKY / "plan.json", "--config", LEAKY / "trustscan.yaml")
    return {one["question"]: one for one in document["answers"]}


def _certain(answer: dict[str, Any]) -> set[str]:
    return {row["subject"] for row in answer["rows"] if row["certainty"] == "definite"}


def test_all_asks_every_question_that_needs_one_input(leaky: dict[str, dict[str, Any]]) -> None:
    assert set(leaky) == {*QUESTIONS} - {"changes"}


def test_planted_faults_are_in_the_answers(leaky: dict[str, dict[str, Any]]) -> None:
    assert "module.legacy.module.handouts.aws_s3_bucket.this" in _certain(leaky["open-transcripts"])
    assert "module.legacy.aws_cloudwatch_log_group.conversations" in _certain(leaky["stores-without-retention"])
    assert "aws_iam_role.preview" in _certain(leaky["nonproduction-to-production"])
    assert "aws_iam_role.archive" in _certain(leaky["transcript-readers"])
    webhook = 'module.legacy.aws_lambda_function.webhook["public"]'
    assert webhook in _certain(leaky["open-entries"])
    assert webhook in _certain(leaky["around-guardrail"])
    first = leaky["blast-radius"]["rows"][0]
    assert first["subject"] == "module.legacy.aws_iam_role.emergency"


def test_ways_are_told_from_end_to_end(leaky: dict[str, dict[str, Any]]) -> None:
    rows = [row for answer in leaky.values() for row in answer["rows"] if row["path"]]
    assert rows
    assert all(len(row["path"]) % 2 == 1 for row in rows)


def test_what_changed_between_two_plans() -> None:
    document = _asked("changes", LEAKY / "plan.json", "--since", SOUND / "plan.json")
    (answer,) = document["answers"]
    said = {row["says"].partition(":")[0] for row in answer["rows"]}
    assert "new" in said
    assert _asked("changes", SOUND / "plan.json", "--since", SOUND / "plan.json")["answers"][0]["rows"] == []


def test_the_table_fits_eighty_columns_but_for_names() -> None:
    answer = program("ask", "all", LEAKY / "plan.json", COLUMNS="80")
    assert answer.code == 0, answer.err
    wide = [line for line in answer.out.splitlines() if len(line) > 80 and len(line.split()) > 1]
    assert [line for line in wide if max(map(len, line.split())) < 60] == []
    for name in QUESTIONS:
        assert (name == "changes") != (f"{name} ─" in answer.out)


def test_without_a_name_every_question_is_listed() -> None:
    answer = program("ask", COLUMNS="80")
    assert answer.code == 0
    assert all(name in answer.out for name in QUESTIONS)
    assert max(map(len, answer.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("vendor", "plan.json"), ("there is no question 'vendor'", "vendors?")),
        (("zzz", "plan.json"), ("there is no question 'zzz'",)),
        (("vendors",), ("name a plan",)),
        (("changes", "plan.json"), ("--since",)),
        (("vendors", "plan.json", "--since", "other.json"), ("--since",)),
        (("vendors", "none.json"), ("none.json",)),
    ],
)
def test_wrong_use_is_refused_in_one_line(args: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(call("ask", *args), *words)
