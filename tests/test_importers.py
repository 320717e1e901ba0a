"""Files of results of other scanners: as their programs wrote them, and as nobody should write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import call, refused
from scanner import plugins
from scanner.errors import InputError
from scanner.foreign import Result, Says, Told
from scanner.importers import checkov, sarif
from worlds import FIXTURES

WRITTEN = FIXTURES / "importers"
SECRETS = ("correct-horse-battery-staple", "abcdefghijklmnopqrstuvwx")
QUEUE = 'aws_sqs_queue.jobs["us.east"]'

TRIVY: dict[str, Any] = {
    "version": "2.1.0",
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "Trivy",
                    "fullName": "Trivy Vulnerability Scanner",
                    "version": "0.69.3",
                    "rules": [
                        {
                            "id": "AWS-0065",
                            "name": "Misconfiguration",
                            "shortDescription": {"text": "A KMS key is not configured to auto-rotate."},
                            "fullDescription": {"text": f"leaks {SECRETS[0]}"},
                        },
                        {
                            "id": "aws-access-key-id",
                            "name": "Secret",
                            "shortDescription": {"text": "AWS Access Key ID"},
                            "fullDescription": {"text": SECRETS[0]},
                        },
                    ],
                }
            },
            "results": [
                {
                    "ruleId": "AWS-0065",
                    "ruleIndex": 0,
                    "level": "warning",
                    "message": {"text": f"Artifact: main.tf\nType: terraform\nMessage: {SECRETS[0]}"},
                    "locations": [
                        {
                            "message": {"text": "main.tf"},
                            "physicalLocation": {
                                "artifactLocation": {"uri": "modules/key%20s/main.tf", "uriBaseId": "ROOTPATH"},
                                "region": {"startLine": 23, "startColumn": 1, "endLine": 25, "endColumn": 1},
                            },
                        }
                    ],
                }
            ],
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {"ROOTPATH": {"uri": "file:///src/"}},
        }
    ],
}
"""By hand, after pkg/report/sarif.go of aquasecurity/trivy."""


def told(name: str) -> Told:
    (one,) = _importer(name).read((WRITTEN / name).read_bytes(), name)
    assert isinstance(one, Told)
    return one


def _importer(name: str) -> Any:
    content = (WRITTEN / name).read_bytes()
    known = [one for one in plugins.load_all("scanner.importers") if one.recognises(content)]
    assert len(known) == 1, name
    return known[0]


def said(results: tuple[Result, ...], check: str) -> dict[str, Says]:
    return {result.address: result.says for result in results if result.check == check}


# --- checkov's JSON


def test_all_that_checkov_decides_is_read() -> None:
    read = told("checkov.json")
    summary = json.loads((WRITTEN / "checkov.json").read_bytes())["summary"]
    assert (read.tool, read.version, read.notes) == ("checkov", "3.3.30", ())
    assert sum(result.says is Says.PASS for result in read.results) == summary["passed"] > 10
    assert sum(result.says is Says.FAIL for result in read.results) == summary["failed"] > 10
    assert said(read.results, "CKV_AWS_7") == {
        "aws_kms_key.turned": Says.PASS,
        "aws_kms_key.fixed": Says.FAIL,
        "aws_kms_key.skipped": Says.FAIL,
    }
    assert said(read.results, "CKV_AWS_27")[QUEUE] is Says.FAIL


def test_without_what_passes_the_failures_are_read() -> None:
    read = told("checkov-quiet.json")
    assert {result.says for result in read.results} == {Says.FAIL}
    assert said(read.results, "CKV_AWS_7").keys() == {"aws_kms_key.fixed", "aws_kms_key.skipped"}


def test_a_skip_comment_is_read_with_its_reason_and_line() -> None:
    (skip,) = [result for result in told("checkov-skips.json").results if result.says is Says.SKIPPED]
    assert skip.comment == "The HSM team turns it by hand every spring"
    assert (skip.address, skip.file, skip.line) == ("aws_kms_key.skipped", "main.tf", 27)


def test_reports_of_several_frameworks_are_one() -> None:
    reports = json.loads((WRITTEN / "checkov-list.json").read_bytes())
    assert len(reports) == 2
    assert len(told("checkov-list.json").results) == sum(len(r["results"]["failed_checks"]) for r in reports)


def test_nothing_reported_is_nothing_said() -> None:
    read = told("checkov-nothing.json")
    assert (read.version, read.results) == ("3.3.30", ())


@pytest.mark.parametrize("name", ["checkov.json", "checkov-code.json"])
def test_no_code_and_no_value_is_carried_on(name: str) -> None:
    assert SECRETS[0] in (WRITTEN / name).read_text("utf-8")
    assert not [secret for secret in SECRETS if secret in repr(told(name))]


def test_another_version_is_said_to_be_one() -> None:
    content = (WRITTEN / "checkov-quiet.json").read_bytes().replace(b'"3.3.30"', b'"3.2.9"')
    (read,) = checkov.read(content, "old.json")
    assert "3.2.9" in read.notes[0]
    assert "3.3.30" in read.notes[0]


def test_what_checkov_could_not_read_is_said() -> None:
    document = json.loads((WRITTEN / "checkov-quiet.json").read_bytes())
    document["results"]["parsing_errors"] = ["/src/a.tf", "/src/b.tf"]
    (read,) = checkov.read(json.dumps(document).encode(), "x.json")
    assert "could not read 2 of its files" in read.notes[0]


# --- SARIF


def test_sarif_of_checkov_tells_the_address_of_a_rule_that_failed_once() -> None:
    read = told("checkov.sarif")
    assert (read.tool, read.version) == ("checkov", "3.3.30")
    assert said(read.results, "CKV_AWS_16") == {"aws_db_instance.chat": Says.FAIL}
    assert said(read.results, "CKV_AWS_7") == {"": Says.FAIL}
    assert len(read.results) == sum(result.says is Says.FAIL for result in told("checkov.json").results)


def test_sarif_of_tf_nag_tells_addresses_and_what_it_left_open() -> None:
    read = told("tf-nag.sarif")
    assert (read.tool, read.version) == ("tf-nag", "0.1.6")
    assert said(read.results, "AwsSolutions-KMS5") == {
        "aws_kms_key.fixed": Says.FAIL,
        "aws_kms_key.skipped": Says.FAIL,
    }
    assert QUEUE in {result.address for result in read.results}
    assert {result.file for result in read.results} == {""}


def test_sarif_of_trivy_tells_lines_and_none_of_its_messages() -> None:
    (read,) = sarif.read(json.dumps(TRIVY).encode(), "trivy.sarif")
    (result,) = read.results
    assert (read.tool, read.version) == ("trivy", "0.69.3")
    assert (result.check, result.file, result.line, result.last) == ("AWS-0065", "modules/key s/main.tf", 23, 25)
    assert result.title == "A KMS key is not configured to auto-rotate."
    assert SECRETS[0] not in repr(read)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"kind": "pass", "level": "none"}, Says.PASS),
        ({"kind": "notApplicable"}, Says.PASS),
        ({"kind": "open"}, Says.UNKNOWN),
        ({"kind": "review"}, Says.UNKNOWN),
        ({"suppressions": [{"kind": "external", "justification": "agreed"}]}, Says.SKIPPED),
        ({"suppressions": [{"kind": "external", "status": "rejected"}]}, Says.FAIL),
        ({"suppressions": []}, Says.FAIL),
        ({}, Says.FAIL),
    ],
)
def test_kinds_and_suppressions_are_read_as_sarif_defines_them(more: dict[str, Any], says: Says) -> None:
    document = json.loads(json.dumps(TRIVY))
    document["runs"][0]["results"][0] |= more
    (read,) = sarif.read(json.dumps(document).encode(), "x.sarif")
    assert read.results[0].says is says
    assert read.results[0].comment == ("agreed" if says is Says.SKIPPED else "")


def test_older_ids_of_trivy_are_read_as_the_same() -> None:
    document = json.loads(json.dumps(TRIVY).replace("AWS-0065", "AVD-AWS-0065"))
    (read,) = sarif.read(json.dumps(document).encode(), "x.sarif")
    assert (read.results[0].check, read.results[0].title[:9]) == ("AWS-0065", "A KMS key")


def test_a_check_whose_id_is_none_is_not_repeated() -> None:
    document = json.loads(json.dumps(TRIVY))
    document["runs"][0]["results"][0]["ruleId"] = "\x1b[31m<script> and\nmore"
    (read,) = sarif.read(json.dumps(document).encode(), "x.sarif")
    assert read.results[0].check == "(no id)"


# --- bad input

REPORT = json.loads((WRITTEN / "checkov-quiet.json").read_bytes())


def _cut(name: str) -> bytes:
    content = (WRITTEN / name).read_bytes()
    return content[: len(content) // 2]


def _sarif(**run: Any) -> bytes:
    return json.dumps({"version": "2.1.0", "runs": [TRIVY["runs"][0] | run]}).encode()


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", "is empty"),
    "words": (b"Passed checks: 3\n", "is not JSON"),
    "bytes": (b"\xff\xfe\x00{}", "is not JSON"),
    "number": (b"7", "holds no results"),
    "null": (b"null", "holds no results"),
    "no object of a scanner": (b'{"a": 1}', "holds no results"),
    "empty list": (b"[]", "holds no results"),
    "a plan": ((WRITTEN / "stack" / "plan.json").read_bytes(), "holds no results"),
    "cut": (_cut("checkov.json"), "ends in the middle"),
    "cut sarif": (_cut("tf-nag.sarif"), "ends in the middle"),
    "deep": (b"[" * 100_000, "JSON"),
    "another tool": (_sarif(tool={"driver": {"name": "Semgrep OSS"}}), "is of Semgrep OSS"),
    "no name": (_sarif(tool={"driver": {"name": " "}}), "without a name"),
    "no tool": (_sarif(tool={}), "`driver`"),
    "results of a wrong type": (_sarif(results={"a": 1}), "runs[0].results"),
    "no results": (_sarif(results=None), "did not come to its results"),
    "no runs": (b'{"version": "2.1.0", "runs": []}', "without a run"),
    "another sarif": (b'{"version": "2.0.0", "runs": []}', "trustscan reads 2.1.0"),
    "checks of a wrong type": (
        json.dumps(REPORT | {"results": {"failed_checks": "all"}}).encode(),
        "results.failed_checks",
    ),
    "check without an id": (json.dumps(REPORT | {"results": {"failed_checks": [{}]}}).encode(), "check_id"),
    "counts alone": (
        b'{"passed": 3, "failed": 2, "skipped": 0, "parsing_errors": 0, "resource_count": 4}',
        "holds counts alone",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_result_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    content, said = BAD[case]
    file = tmp_path / "results.json"
    file.write_bytes(content)
    answer = call("import", file)
    refused(answer, f"{file}: ", said)
    assert len(answer.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused(call("import", tmp_path / "none.json"), "there is no such file")
    refused(call("import", tmp_path), "is a folder")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as out:
        out.truncate((1 << 30) + 1)
    refused(call("import", file), "1,024 MB", "are not read")


def test_a_secret_in_a_wrong_place_is_not_in_the_refusal() -> None:
    document = REPORT | {"check_type": 7, "note": SECRETS[0]}
    with pytest.raises(InputError) as refusal:
        checkov.read(json.dumps(document).encode(), "x.json")
    assert SECRETS[0] not in str(refusal.value)
