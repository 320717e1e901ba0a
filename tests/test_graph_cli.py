"""`trustscan graph`: every format from plans, folders and captures, and bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commands import call, parsed, program, refused
from drawings import flow, thing, world
from live import Faked
from scanner.cli.graph_asked import Asked
from scanner.cli.graph_text import written
from scanner.diagram.build import View
from scanner.diagram.compared import compared
from scanner.model import Unknown
from scanner.redact import Redactor
from worlds import FIXTURES, ROOT, change, plan

SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-graph-1.schema.json").read_text(encoding="utf-8"))
LEAKY = FIXTURES / "stacks/leaky/plan.json"
CONFIG = FIXTURES / "stacks/leaky/trustscan.yaml"
SECRET = "swordfish-9271-hidden"


def chat(auth: str = "NONE", *more: dict[str, Any]) -> bytes:
    """A function with a URL of its own, and a queue that feeds it."""
    function = change("aws_lambda_function.chat", {"function_name": "chat", "tags": {"environment": "prod"}})
    url = change("aws_lambda_function_url.chat", {"authorization_type": auth}, unknown={"function_name": True})
    queue = change("aws_sqs_queue.jobs", {"name": "jobs", "tags": {"environment": "prod", "DataClass": "prompt"}})
    fed = change("aws_lambda_event_source_mapping.jobs", {}, unknown={"function_name": True, "event_source_arn": True})

    def named(**attributes: str) -> dict[str, Any]:
        return {name: {"references": [f"{to}.arn", to]} for name, to in attributes.items()}

    config = {
        "aws_lambda_function_url.chat": named(function_name="aws_lambda_function.chat"),
        "aws_lambda_event_source_mapping.jobs": named(
            function_name="aws_lambda_function.chat", event_source_arn="aws_sqs_queue.jobs"
        ),
    }
    return plan(function, url, queue, fed, *more, config=config)


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A short name: it stands in the table, whole.
    path = tmp_path_factory.mktemp("p") / "plan.json"
    path.write_bytes(chat())
    return path


def as_json(*args: str | Path) -> dict[str, Any]:
    answer = call("graph", *args, "--format", "json")
    assert answer.code == 0, answer.said
    told: dict[str, Any] = json.loads(answer.out)
    Draft202012Validator(SCHEMA).validate(told)
    return told


def ways(told: dict[str, Any]) -> set[tuple[str, str]]:
    return {(flow["source"], flow["target"]) for flow in told["flows"]}


def test_a_plan_tells_its_flows_with_rule_and_setting(file: Path) -> None:
    told = as_json(file)
    found = {(flow["source"], flow["target"]): flow for flow in told["flows"]}
    fed = found["aws_sqs_queue.jobs", "aws_lambda_function.chat"]
    assert (fed["tier"], fed["rule"]) == ("declared", "aws-event-source-mapping")
    assert fed["attribute"] == "aws_lambda_event_source_mapping.jobs.event_source_arn"
    assert ("ext:internet", "aws_lambda_function.chat") in found
    assert told["inputs"] == [str(file)]


def test_the_table_fits_eighty_columns(file: Path) -> None:
    answer = program("graph", file, COLUMNS="80")
    assert answer.code == 0, answer.said
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "FLOWS: " in answer.out
    assert "→ aws_lambda_function.chat" in answer.out
    assert "aws-function-url" in answer.out
    assert "WHAT LEAVES" in answer.out
    assert "NOT SEEN" in answer.out


def test_long_addresses_stay_whole_in_the_table() -> None:
    answer = program("graph", LEAKY, "--config", CONFIG, COLUMNS="80")
    long = [line for line in answer.out.splitlines() if len(line) > 80]
    assert all(" " not in line.strip().removeprefix("→ ") for line in long), long
    lines = [line.strip() for line in answer.out.splitlines()]
    assert "→" not in lines, "an arrow stands beside what it leads to"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("table", "FLOWS: "), ("json", "{\n"), ("svg", "<svg "), ("graphml", "<?xml "), ("dot", "digraph "),
        ("mermaid", "flowchart LR\n"),
    ],
)  # fmt: skip
def test_every_format_on_standard_output_and_in_a_file(file: Path, tmp_path: Path, name: str, start: str) -> None:
    answer = call("graph", file, "--format", name)
    assert answer.code == 0, answer.said
    assert answer.out.startswith(start)
    out = tmp_path / "out"
    silent = call("graph", file, "--format", name, "--output", out)
    assert (silent.code, silent.out) == (0, "")
    assert out.read_text(encoding="utf-8") == answer.out


def test_programs_get_every_tier_and_people_what_is_likely(file: Path) -> None:
    assert as_json(file)["tier"] == "possible"
    assert as_json(file, "--tier", "declared")["tier"] == "declared"
    everything, sure = as_json(LEAKY), as_json(LEAKY, "--tier", "declared")
    assert ways(sure) < ways(everything)
    assert {flow["tier"] for flow in sure["flows"]} == {"declared"}
    assert "less sure than likely: not shown" in call("graph", LEAKY, "--format", "svg").out


def test_one_environment_and_one_data_class(file: Path) -> None:
    assert ways(as_json(file, "--class", "prompt")) >= {("aws_sqs_queue.jobs", "aws_lambda_function.chat")}
    assert as_json(file, "--class", "training")["flows"] == []
    assert ways(as_json(file, "--environment", "prod")) == ways(as_json(file))


def test_what_changed_since_another_plan(file: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_bytes(plan(change("aws_lambda_function.chat", {"function_name": "chat"})))
    told = as_json(file, "--diff", before)
    assert told["before"] == [str(before)]
    assert {flow["change"] for flow in told["flows"]} == {"added"}
    table = call("graph", file, "--diff", before).out
    assert "CHANGED: 2 (2 added)" in table
    assert "+ → aws_lambda_function.chat" in table
    assert "ts-added" in call("graph", file, "--diff", before, "--format", "svg").out
    back = call("graph", before, "--diff", file).out
    assert "- → aws_lambda_function.chat" in back
    same = tmp_path / "same.json"
    same.write_bytes(chat())
    assert "CHANGED: none" in call("graph", file, "--diff", same).out


def test_a_fact_that_changes_is_told_with_both_values(file: Path, tmp_path: Path) -> None:
    after = tmp_path / "after.json"
    after.write_bytes(chat("AWS_IAM"))
    table = call("graph", after, "--diff", file).out
    assert "~ → aws_lambda_function.chat" in table
    assert "tier: declared -> possible" in table, "what was asked for then is told though it is not now"
    assert "guards: none -> authentication" in table


def test_secrets_of_either_plan_reach_no_format(tmp_path: Path) -> None:
    secret = change("aws_secretsmanager_secret_version.s", {"secret_string": SECRET}, sensitive={"secret_string": True})
    named = change(f'aws_sqs_queue.q["{SECRET}"]', {"name": SECRET, "tags": {"DataClass": "prompt"}})
    files = [tmp_path / "now.json", tmp_path / "then.json"]
    files[0].write_bytes(chat("NONE", secret, named))
    files[1].write_bytes(chat("NONE", named))
    for args in ([files[0]], [files[0], "--diff", files[1]], [files[1], "--diff", files[0]]):
        for name in ("table", "json", "svg", "graphml", "dot", "mermaid"):
            answer = call("graph", *args, "--format", name)
            assert answer.code == 0, answer.said
            assert SECRET not in answer.said, (args, name)


def test_a_folder_of_sources_and_several_plans(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(plan(change("aws_sqs_queue.other", {"name": "other"})))
    assert {one["id"] for one in as_json(file, other)["resources"]} >= {"aws_sqs_queue.other", "aws_sqs_queue.jobs"}
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "main.tf").write_text(
        """
        resource "aws_lambda_function" "chat" { function_name = "chat" }
        resource "aws_lambda_function_url" "chat" {
          function_name      = aws_lambda_function.chat.function_name
          authorization_type = "NONE"
        }
        """,
        encoding="utf-8",
    )
    assert ("ext:internet", "aws_lambda_function.chat") in ways(as_json(folder))


def test_a_capture_of_an_account_has_its_graph(faked: Faked, tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    faked.client("sqs").create_queue(QueueName="jobs", tags={"DataClass": "prompt"})
    saved = call("live", "aws", "--region", "us-east-1", "--save", capture, "--quiet")
    assert capture.is_dir(), saved.said
    told = as_json(capture)
    assert any(one["id"].endswith(":jobs") and one["kind"] == "store" for one in told["resources"])
    assert call("graph", capture).code == 0
    plan_file = tmp_path / "plan.json"
    plan_file.write_bytes(chat())
    refused(call("graph", capture, plan_file), "is asked alone")
    refused(call("graph", capture, "--no-source"), "for plans")


def test_bad_input_ends_in_a_clear_line(file: Path, tmp_path: Path) -> None:
    refused(call("graph", tmp_path / "none.json"), "there is no such file")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    refused(call("graph", broken), "broken.json")
    refused(call("graph", file, "--diff", broken), "broken.json")
    refused(call("graph", file, "--class", "secrets"), "is no data class", "prompt")
    refused(call("graph", file, "--environment", "prd"), "no resource of the input is in it", "prod")
    refused(call("graph", file, "--output", file), "would replace it")
    refused(call("graph", file, "--diff", file), "named twice")
    refused(call("graph", file, "--output", tmp_path / "no" / "folder.svg"), "cannot be written")
    refused(call("graph", file, "--diff", tmp_path / "gone.json"), "there is no such file")
    for args in (["--format", "png"], ["--tier", "sure"]):
        assert call("graph", file, *args).code == 2


def test_nothing_at_all_is_told_as_such(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_bytes(plan())
    told = call("graph", empty).out
    assert "FLOWS: none" in told
    assert "nothing that is known" in told
    refused(call("graph", empty, "--environment", "prod"), "none is known")


def test_hostile_names_reach_the_terminal_made_visible(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(
        chat("NONE", change('aws_sqs_queue.q["\\u001b[31m\\u202e"]', {"name": "x", "tags": {"DataClass": "prompt"}}))
    )
    for name in ("table", "svg", "graphml", "dot", "mermaid"):
        answer = call("graph", path, "--format", name)
        assert answer.code == 0, answer.said
        assert "\x1b" not in answer.said
        assert "\u202e" not in answer.said


def test_the_command_line_of_the_readme_is_one() -> None:
    options = parsed(["graph", "plan.json", "--format", "svg", "--tier", "declared", "--output", "graph.svg"])
    assert options["output"] == "graph.svg"


def test_the_table_counts_what_it_does_not_list_and_tells_changes_to_what_is_not_known() -> None:
    things = [thing("function", f"f.{number:03}") for number in range(403)]
    flows = [flow("f.000", one.id) for one in things[1:]]
    seen = world((things, flows))
    asked = Asked(
        tool="trustscan", inputs=("plan.json",), before=(), world=seen, view=View(tier="possible"), hide=Redactor(())
    )
    assert "and 2 more; --format json lists them all" in written(asked)
    then = world((things[:2], [flow("f.000", "f.001", data=Unknown("x"))]))
    now = world((things[:2], [flow("f.000", "f.001", data=("prompt",), guards=Unknown("y"))]))
    told = written(replace(asked, world=now, before=("old.json",), both=compared(then, now)))
    assert "data: not known -> prompt" in told
    assert "guards: none -> not known" in told
    assert "data not known (x)" in written(replace(asked, world=then))


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        ([{"data": ("response", "prompt"), "tier": "likely"}], "gets prompt, response (likely)"),
        ([{"data": ("prompt",), "tier": "possible"}, {"how": "invokes"}], "gets prompt (possible)"),
        ([{"may_carry": ("prompt",)}], "gets data of a class that is not known; perhaps prompt (declared)"),
        ([{"data": Unknown("x"), "tier": "likely"}], "gets data of a class that is not known (likely)"),
        ([{"how": "network_reaches", "tier": "possible"}], "can be reached, and nothing shows that data goes there"),
    ],
)  # fmt: skip
def test_what_leaves_says_what_is_known_of_it(ways: list[dict[str, Any]], said: str) -> None:
    things = [thing("function", "f.chat"), thing("observability", "ext:a.example")]
    seen = world((things, [flow("f.chat", "ext:a.example", **{"data": (), **way}) for way in ways]))
    asked = Asked(tool="t", inputs=("p",), before=(), world=seen, view=View(tier="possible"), hide=Redactor(()))
    left = " ".join(written(asked).partition("WHAT LEAVES")[2].partition("NOT SEEN")[0].split())
    assert f"ext:a.example {said}" in left


def test_hosts_of_a_vendor_are_told_and_compared(tmp_path: Path) -> None:
    files = {}
    for name in ("", "us."):
        variables = {"LANGFUSE_HOST": f"https://{name}cloud.langfuse.com"}
        function = change(
            "aws_lambda_function.chat", {"function_name": "chat", "environment": [{"variables": variables}]}
        )
        files[name] = tmp_path / f"plan{name}json"
        files[name].write_bytes(plan(function))
    assert [flow["hosts"] for flow in as_json(files["us."])["flows"]] == [["us.cloud.langfuse.com"]]
    (flow,) = as_json(files["us."], "--diff", files[""])["flows"]
    assert flow["target"] == "ext:cloud.langfuse.com"
    assert flow["changed"] == [{"fact": "hosts", "before": ["cloud.langfuse.com"], "after": ["us.cloud.langfuse.com"]}]
