"""Bad input: a few clear lines on standard error, exit code 2, never a traceback; and no guess of what was meant."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import call, program, refused
from scanner import run
from scanner.errors import InputError, ScannerError
from scanner.terraform.planfile import Source
from scanner.terraform.saved import show
from tools import TERRAFORM
from worlds import FIXTURES, POLICIES, ROOT, TODAY, change, plan, scan, verdicts

LEAKY = FIXTURES / "stacks" / "leaky" / "plan.json"
ZOO = FIXTURES / "terraform" / "zoo"
BUCKET = plan(change("aws_s3_bucket.chat", {"bucket": "chat"}))
DEEP = 100_000


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.json"
    file.write_bytes(BUCKET)
    return file


def scanned(content: bytes, tmp_path: Path, *words: str) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    refused(call("plan", file), "plan.json", *words)


# --- files that are no plan


def test_no_such_file() -> None:
    refused(program("plan", "nosuch.json"), "nosuch.json: there is no such file")


def test_a_folder_without_terraform(tmp_path: Path) -> None:
    refused(call("plan", tmp_path), "is a folder without Terraform", "there is no *.tf in it")


def test_a_name_too_long_or_no_text() -> None:
    refused(call("plan", "x" * 300), "cannot be read: File name too long")
    refused(program("plan", os.fsdecode(b"\xff\xfe.json")), "there is no such file")


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_an_empty_file(content: bytes, tmp_path: Path) -> None:
    scanned(content, tmp_path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.9999])
def test_a_truncated_file(share: float, tmp_path: Path) -> None:
    content = LEAKY.read_bytes().rstrip()
    scanned(content[: int(len(content) * share)], tmp_path, "ends in the middle of the JSON")


def test_a_truncated_file_on_standard_input() -> None:
    refused(program("plan", "-", stdin=BUCKET[:-20]), "stdin: ends in the middle of the JSON")


@pytest.mark.parametrize("content", [b"hello", b"resource {}", b"{'a': 1}", b"<html></html>", b"{} {}", b"\x00\x01"])
def test_not_json(content: bytes, tmp_path: Path) -> None:
    scanned(content, tmp_path, "is not JSON")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"1",
        b'"plan"',
        b"null",
        b"{}",
        b'{"a": 1}',
        b'{"Resources": {}}',
        b'{"resource_changes": 5}',
        b'{"resource_changes": [5]}',
    ],
)
def test_json_that_is_no_plan(content: bytes, tmp_path: Path) -> None:
    scanned(content, tmp_path)


@pytest.mark.parametrize("version", ["2.0", "10.1", "x", ""])
def test_an_unknown_major_format(version: str, tmp_path: Path) -> None:
    content = json.dumps({"format_version": version, "resource_changes": []}).encode()
    scanned(content, tmp_path, "format version", "trustscan reads")


@pytest.mark.parametrize(
    ("case", "word"),
    [("opentofu_encrypted", "encrypted OpenTofu"), ("raw_state", "raw state"), ("plan_stream", "the log of")],
)
def test_files_that_look_like_plans(case: str, word: str) -> None:
    refused(call("plan", ZOO / case / "plan.json"), word)


@pytest.mark.parametrize("content", [b'{"a": "\xff"}', b"\xff\xfe\x00", b'{"resource_changes": [], "x": "\xc3\x28"}'])
def test_invalid_utf8(content: bytes, tmp_path: Path) -> None:
    scanned(content, tmp_path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have(number: str, tmp_path: Path) -> None:
    content = BUCKET.replace(b'"bucket": "chat"', f'"bucket": {number}'.encode())
    scanned(content, tmp_path)


def test_a_lone_surrogate(tmp_path: Path) -> None:
    scanned(BUCKET.replace(b'"chat"', b'"\\ud800"'), tmp_path)


def nested(opening: str, closing: str, *, closed: bool) -> str:
    return opening * DEEP + ("1" + closing * DEEP if closed else "")


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize(
    "around",
    [
        "%s",
        '{"resource_changes": %s}',
        '{"resource_changes": [{"address": "aws_s3_bucket.b", "change": {"actions": ["create"], "after": %s}}]}',
        '{"resource_changes": [], "configuration": {"root_module": {"module_calls": %s}}}',
        '{"format_version": "1.2", "values": {"root_module": %s}}',
    ],
)
def test_nesting_a_hundred_thousand_deep(around: str, opening: str, closing: str, closed: bool, tmp_path: Path) -> None:  # noqa: FBT001
    scanned((around % nested(opening, closing, closed=closed)).encode(), tmp_path)


def test_modules_nested_deep_in_a_state(tmp_path: Path) -> None:
    deep = '{"child_modules": [' * 5000 + "]}" * 5000
    scanned(f'{{"format_version": "1.0", "values": {{"root_module": {deep}}}}}'.encode(), tmp_path)


# --- saved plans


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("size", [4, 100, 2000])
def test_a_saved_plan_cut_short(size: int, tmp_path: Path) -> None:
    scanned((ZOO / "saved" / "tfplan").read_bytes()[:size], tmp_path, "cut short or damaged")


def test_a_zip_that_is_no_saved_plan(tmp_path: Path) -> None:
    scanned(zipped(readme=b"hello"), tmp_path, "is a zip, but not a saved plan")
    scanned(zipped(), tmp_path, "is a zip, but not a saved plan")


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    scanned(zipped(tfplan=bytes(300 << 20)), tmp_path, "would unpack to 300 MiB", "is not opened")


def test_a_zip_of_very_many_files_is_not_opened(tmp_path: Path) -> None:
    scanned(zipped(**{f"f{i}": b"" for i in range(100_001)}), tmp_path, "is not opened")


def test_a_zip_bomb_on_standard_input() -> None:
    refused(program("plan", "-", stdin=zipped(tfplan=bytes(300 << 20))), "stdin: would unpack")


@pytest.mark.parametrize("command", [("plan", LEAKY), ("import", "x.json", "--plan", LEAKY)])
@pytest.mark.parametrize("option", ["--source", "--chdir"])
def test_an_empty_name_is_not_the_current_folder(command: tuple[str | Path, ...], option: str) -> None:
    answer = call(*command, option, "")
    assert answer.code == 2
    assert f"Invalid value for '{option}': it is empty; write . for" in answer.err
    refused(call("plan", ""), "an empty name is no plan")


def test_a_saved_plan_without_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    scanned(zipped(tfplan=b"x"), tmp_path, "neither terraform nor tofu is on PATH")


@TERRAFORM.needed
def test_a_saved_plan_in_a_folder_that_is_not_initialised(tmp_path: Path) -> None:
    shutil.copy(ZOO / "saved" / "tfplan", tmp_path)
    refused(call("plan", tmp_path / "tfplan"), "run 'terraform init' in", "--chdir")
    refused(call("plan", tmp_path / "tfplan", "--chdir", tmp_path / "nowhere"), "there is no such folder")


def fake(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_tofu_reads_what_terraform_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, "terraform", "echo 'Error: made by another program' >&2; exit 1")
    fake(tmp_path, "tofu", "echo '{}'")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    saved = Source("tfplan", zipped(tfplan=b"x"))
    assert show(saved, tmp_path / "tfplan", tmp_path).content == b"{}\n"
    fake(tmp_path, "tofu", "exit 1")
    with pytest.raises(InputError, match=r"terraform show -json' could not read it: made by another program; run"):
        show(saved, tmp_path / "tfplan", tmp_path)
    (tmp_path / ".terraform").mkdir()
    with pytest.raises(InputError, match="the folder it was made in, and terraform what made it"):
        show(saved, tmp_path / "tfplan", tmp_path)
    fake(tmp_path, "terraform", "exit 0")
    (tmp_path / "terraform").chmod(0o755)
    assert show(saved, tmp_path / "tfplan", tmp_path).content == b""
    (tmp_path / "terraform").write_text("#!/no/such/interpreter\n")
    with pytest.raises(InputError, match="could not be started"):
        show(saved, tmp_path / "tfplan", tmp_path)


# --- policies of the user's own

SOUND = (ROOT / "policies" / "keys" / "key-rotation-enabled.yaml").read_text()


def own_policy(good: Path, text: str | bytes, *words: str) -> None:
    folder = good.parent / "own"
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(call("plan", good, "--policies", folder), "mine.yaml", *words)


def test_a_typo_in_a_policy_is_shown_with_a_caret(good: Path) -> None:
    text = SOUND.replace("id: key-rotation-enabled", "id: my-control").replace("severity:", "severty:")
    own_policy(good, text, "mine.yaml:5:1", "severty: medium\n  ^", "'severity'?")


def test_a_typo_in_a_condition_is_shown_with_a_caret(good: Path) -> None:
    text = SOUND.replace("id: key-rotation-enabled", "id: my-control").replace("key.rotates", "key.rotats")
    own_policy(good, text, "key.rotats", "^", "key.rotates?")


def test_a_wrong_type_in_a_policy(good: Path) -> None:
    own_policy(good, SOUND.replace("criteria: [CC6.1, C1.1]", "criteria: 5"), "mine.yaml:3", "^")


def test_a_duplicate_key_in_a_policy(good: Path) -> None:
    own_policy(good, f"{SOUND}\ntitle: once more\n", "the key 'title' stands here a second time")


def test_two_controls_with_one_id(good: Path) -> None:
    own_policy(good, SOUND, "the id 'key-rotation-enabled' is already that of")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[" * DEEP, "nested more than 100 deep"),
        ("[" * DEEP + "]" * DEEP, "nested more than 100 deep"),
        ("{a: " * DEEP, "nested more than 100 deep"),
        ("- " * DEEP, "nested more than 100 deep"),
        ("\n".join(" " * i + "a:" for i in range(2000)), "nested more than 100 deep"),
        ("a: &a [*a]", "anchors and aliases are not read"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchors and aliases are not read"),
        ("- 1\n" * 250_000, "more than 200000 values"),
        ("a: !!python/object/apply:os.system [ls]", "is not read"),
        ("a: !!python/name:os.system x", "could not determine a constructor"),
        ("? [a]\n: b", "a key must be plain text"),
        ("a: b: c", "mapping values are not allowed"),
        ("a:\n\t- b", "mine.yaml:2"),
        ("a: \x00", "not valid YAML"),
        ("a: 1" + "0" * 5000, "not valid YAML"),
        ("", "mine.yaml"),
        (b"\xff\xfe\xfa", "cannot be read"),
    ],
)
def test_yaml_that_is_none_or_too_much(text: str | bytes, word: str, good: Path) -> None:
    own_policy(good, text, word)


def test_a_folder_of_policies_that_is_none(good: Path) -> None:
    refused(call("plan", good, "--policies", good.parent / "nowhere"), "there is no such folder of policies")
    (good.parent / "empty").mkdir()
    refused(call("plan", good, "--policies", good.parent / "empty"), "holds no policy")


# --- waivers

WAIVER = {
    "control": "store-versioned",
    "subject": "aws_s3_bucket.chat",
    "requester": "ann",
    "approver": "bob",
    "reason": "a scratch bucket",
    "expires": "2999-12-31",
}


def waivers(good: Path, *entries: dict[str, Any]) -> Path:
    file = good.parent / "waivers.yaml"
    file.write_text(json.dumps({"waivers": entries}, indent=1))
    return file


@pytest.mark.parametrize(
    ("change_", "word"),
    [
        ({"expires": None}, "expires"),
        ({"approver": "ann"}, "nobody may approve a waiver of his own"),
        ({"approver": " ANN "}, "nobody may approve a waiver of his own"),
        ({"approver": " "}, "approver may not be empty"),
        ({"expires": "soon"}, "is no date, write YYYY-MM-DD"),
        ({"expires": "2026-02-30"}, "is no date"),
        ({"expires": "20261231"}, "is no date"),
        ({"expires": 5}, "waivers.yaml:9"),
        ({"who": "me"}, "who"),
    ],
)
def test_a_waiver_that_is_not_valid(change_: dict[str, Any], word: str, good: Path) -> None:
    entry = {key: value for key, value in (WAIVER | change_).items() if value is not None}
    refused(call("plan", good, "--waivers", waivers(good, entry)), "waivers.yaml", word)


@pytest.mark.parametrize("text", ["", "waivers: 5", "waivers", "waiver: []", "[" * DEEP])
def test_a_waivers_file_that_is_none(text: str, good: Path) -> None:
    file = good.parent / "waivers.yaml"
    file.write_text(text)
    refused(call("plan", good, "--waivers", file), "waivers.yaml")
    refused(call("plan", good, "--waivers", good.parent / "none.yaml"), "none.yaml: cannot be read")


def test_an_expired_waiver_fails_loudly(good: Path) -> None:
    entry = WAIVER | {"expires": "2020-01-01", "control": "store-public-block-declared"}
    answer = call("plan", good, "-q", "--allow-unknown", "--fail-on", "critical", "--waivers", waivers(good, entry))
    assert answer.code == 1
    assert "EXPIRED: waiver of store-public-block-declared on aws_s3_bucket.chat" in answer.err
    assert "ended on 2020-01-01" in answer.err


# --- baselines, settings, choices, outputs


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "no", '{"schema": "trustscan/2", "findings": []}', "[" * DEEP, "\udcff"]
)
def test_a_baseline_that_is_none(text: str, good: Path) -> None:
    file = good.parent / "baseline.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    refused(call("plan", good, "--baseline", file), "baseline.json", "trustscan plan --format json")
    refused(call("plan", good, "--baseline", good.parent / "none.json"), "none.json: cannot be read")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("data: 5", "data"),
        ("dta: []", "dta"),
        ("data:\n  - classes: [prompts]\n    match: {name: x}", "there is no data class 'prompts'"),
        ("version: 2", "version"),
        ("agents: {}\nagents: {}", "a second time"),
        ("[" * DEEP, "nested more than 100 deep"),
    ],
)
def test_settings_with_mistakes(text: str, word: str, good: Path) -> None:
    file = good.parent / "settings.yaml"
    file.write_text(text)
    refused(call("plan", good, "--config", file), "settings.yaml", word)


def test_settings_that_are_not_there(good: Path) -> None:
    refused(call("plan", good, "--config", good.parent / "none.yaml"), "none.yaml: cannot be read")


def test_a_control_that_there_is_not(good: Path) -> None:
    refused(call("plan", good, "--control", "stroe-*"), "'stroe-*' names no control")
    refused(call("plan", good, "--skip", "nothing"), "'nothing' names no control")


def test_a_format_that_there_is_not(good: Path) -> None:
    refused(call("plan", good, "--format", "yaml"), "'yaml'", "json, junit, markdown, sarif, table")
    refused(call("plan", good, "--output", "yaml=x"), "'yaml'")
    refused(call("plan", good, "--output", "json"), "write FORMAT=FILE")
    refused(call("plan", good, "--output", "json="), "write FORMAT=FILE")


def test_wrong_use_ends_with_two(good: Path) -> None:
    for args in (["plan"], ["plan", str(good), "--fail-on", "awful"], ["plan", str(good), "--nonsense"], ["nonsense"]):
        answer = call(*args)
        assert answer.code == 2
        assert "Traceback" not in answer.said


def test_an_output_that_cannot_be_written(good: Path) -> None:
    folder = good.parent
    refused(call("plan", good, "-o", f"json={folder}/none/out.json"), f"{folder}/none: there is no such folder")
    refused(call("plan", good, "-o", f"json={folder}"), "cannot be written", "what stood there before is untouched")
    refused(call("plan", good, "-o", f"json={good}/out.json"), f"{good}: there is no such folder")
    assert good.read_bytes() == BUCKET


def test_an_output_that_cannot_be_written_leaves_the_old_one_whole(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = good.parent / "out.json"
    old.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(call("plan", good, "-o", f"json={old}"), "out.json: cannot be written: No space left on device")
    assert old.read_text() == "old"
    assert sorted(p.name for p in good.parent.iterdir()) == ["good.json", "out.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(good: Path) -> None:
    closed = good.parent / "closed"
    closed.mkdir(mode=0o500)
    refused(call("plan", good, "-o", f"json={closed}/out.json"), "cannot be written: Permission denied")


def test_a_mistake_of_ours_shows_no_values(good: Path) -> None:
    """A broken plugin of ours is told in a line: a traceback could hold what the plan holds."""
    broken = good.parent / "sitecustomize.py"
    broken.write_text(
        "import scanner.run\ndef broken(*_):\n    raise TypeError('planted-value')\nscanner.run.judge_plans = broken\n"
    )
    answer = program("plan", good, PYTHONPATH=str(good.parent))
    assert answer.code == 2
    assert "planted-value" not in answer.said
    assert "this is a mistake of trustscan, not yours: TypeError" in answer.err
    more = program("plan", good, PYTHONPATH=str(good.parent), TRUSTSCAN_DEBUG="1")
    assert "plan.py" in more.err
    assert "planted-value" not in more.said


# --- values that are none: the scan goes on


@pytest.mark.parametrize(
    "policy", ["{", "not json", "[1, 2]", "5", "", '{"Statement": 7}', "[" * DEEP, '{"Statement":' * DEEP, "\u0000"]
)
def test_a_policy_that_is_not_json_is_unknown_and_the_scan_goes_on(policy: str) -> None:
    content = plan(
        change("aws_s3_bucket.chat", {"bucket": "chat"}),
        change("aws_kms_key.chat", {"policy": policy, "enable_key_rotation": True}),
        change("aws_iam_policy.chat", {"policy": policy, "name": "chat"}),
    )
    result = scan(content)
    found = verdicts(result)
    assert found["key-rotation-enabled"]["aws_kms_key.chat"] == "pass"
    assert found["key-policy-not-open"]["aws_kms_key.chat"] != "fail"
    assert found["identity-no-wildcard-grants"].get("aws_iam_policy.chat", "unknown") == "unknown"
    if policy in {"{", "not json"}:
        assert found["key-policy-not-open"]["aws_kms_key.chat"] == "unknown"
        reason = next(f.reason for f in result.findings if f.control == "key-policy-not-open")
        assert "JSON" in reason


# --- whatever else

SEEDS = ("terraform/zoo/sensitive", "terraform/zoo/existing_split", "aws/compute/settings", "aws/network/ingress")
CASES = [json.loads((FIXTURES / name / "plan.json").read_text()) for name in SEEDS]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["*", "create", "aws_s3_bucket.b", "${x}", "[{}]", "{}"]),
    st.lists(st.none() | st.booleans() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.lists(st.text(max_size=2)), max_size=3),
)


def mutate(value: Any, draw: Any) -> Any:
    """Walk down at random, and delete or replace what is found there."""
    node = value
    for _ in range(draw(st.integers(1, 14))):
        if isinstance(node, dict) and node:
            key = draw(st.sampled_from(sorted(node)))
        elif isinstance(node, list) and node:
            key = draw(st.integers(0, len(node) - 1))
        else:
            return value
        last = not isinstance(node[key], (dict, list)) or not node[key]
        if last or draw(st.integers(0, 5)) == 0:
            if draw(st.booleans()):
                node[key] = draw(ODD)
            else:
                del node[key]
            return value
        node = node[key]
    return value


@st.composite
def mutants(draw: Any) -> bytes:
    document = json.loads(json.dumps(draw(st.sampled_from(CASES))))
    for _ in range(draw(st.integers(1, 8))):
        document = mutate(document, draw)
    return json.dumps(document).encode()


@given(content=mutants())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_mutated_plan_is_judged_or_refused(content: bytes) -> None:
    made = run.Settings(policies=POLICIES, today=TODAY)
    with suppress(ScannerError):
        assert run.judge_plans([Source("plan.json", content)], made).run.resources >= 0


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=100, deadline=None)
def test_bytes_of_any_kind_are_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        run.judge_plans([Source("plan.json", content)], run.Settings(policies=(), today=TODAY))


@given(cut=st.integers(0, 3000), at=st.integers(0, 3000), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_zip_is_refused(cut: int, at: int, byte: int) -> None:
    whole = (ZOO / "saved" / "tfplan").read_bytes()
    content = bytearray(whole[: max(1, len(whole) - cut)])
    content[at % len(content)] = byte
    with pytest.raises(InputError):
        show(Source("tfplan", bytes(content)), Path("tfplan"), Path("/nonexistent"))


def test_a_choice_of_controls_that_leaves_none_is_refused(good: Path) -> None:
    refused(call("plan", good, "--control", "store-*", "--skip", "store-*"), "no control is left")


def test_two_formats_in_one_file_are_refused(good: Path) -> None:
    out = good.parent / "out"
    refused(call("plan", good, "-o", f"json={out}", "-o", f"sarif={out}"), "named twice")
    assert not out.exists()


def test_a_result_never_replaces_what_is_read(good: Path) -> None:
    refused(call("plan", good, "-o", f"json={good}"), "is read, and --output would replace it")
    assert good.read_bytes() == BUCKET


def test_a_plan_named_twice_is_refused(good: Path) -> None:
    refused(call("plan", good, good.parent / "." / good.name), "is named twice")
