"""Plans and states of every sort, made by real terraform where it can make them: what is judged, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.errors import InputError
from scanner.findings import Status
from scanner.model import Unknown
from scanner.terraform.planfile import Source, decode
from scanner.terraform.read import read_plan
from worlds import FIXTURES, change, facts_of, plan, planned_of, scan

ZOO = FIXTURES / "terraform" / "zoo"


def _file(folder: Path) -> Path | None:
    return next((folder / n for n in ("plan.json", "state.json") if (folder / n).is_file()), None)


CASES = [
    pytest.param(path.parent, id=path.parent.name)
    for path in sorted(ZOO.glob("*/expected.yaml"))
    if "resources" in yaml.safe_load(path.read_text()) and _file(path.parent)
]


@pytest.mark.parametrize("folder", CASES)
def test_what_is_judged(folder: Path) -> None:
    expected: dict[str, Any] = yaml.safe_load((folder / "expected.yaml").read_text())
    path = _file(folder)
    assert path is not None
    read = read_plan(Source(path.name, path.read_bytes()))
    found = {r.address: r for r in read.after.resources}
    wanted = {r["address"]: r for r in expected["resources"] if "deposed" not in r}
    wanted |= {address: {"judged": True} for address in expected.get("values_of", ())}
    managed = {a for a in wanted if ".data." not in f".{a}"}
    assert set(found) == {a for a in managed if wanted[a].get("judged")}
    for address, resource in found.items():
        assert list(resource.actions) == wanted[address].get("actions", [])
        for path_ in wanted[address].get("unknown", ()):
            if "." not in path_ and "[" not in path_:
                assert isinstance(resource.get(path_), Unknown) or not resource.whole(path_), (address, path_)
        previous = wanted[address].get("previous_address")
        assert read.previous.get(address) == previous
    assert bool(read.after.partial) == (expected.get("complete") is False or bool(expected.get("errored")))


REFUSED = {
    "format_2": "format version 2",
    "opentofu_encrypted": "encrypted OpenTofu",
    "plan_stream": "terraform plan -json",
    "raw_state": "raw state",
}


@pytest.mark.parametrize(("name", "said"), REFUSED.items())
def test_what_is_refused(name: str, said: str) -> None:
    path = next(p for p in (ZOO / name).iterdir() if p.suffix in {".json", ".tfstate"})
    with pytest.raises(InputError) as caught:
        read_plan(Source("tfplan.json", path.read_bytes()))
    assert said in str(caught.value)
    assert str(caught.value).startswith("tfplan.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["utf16", "utf16_big_endian", "utf8_bom"])
def test_encodings_that_shells_write(name: str) -> None:
    file = decode(Source("plan.json", (ZOO / name / "plan.json").read_bytes()))
    assert file.resource_changes


def test_what_a_reader_must_know_is_said() -> None:
    def notes(name: str, file: str = "plan.json") -> str:
        return " ".join(scan((ZOO / name / file).read_bytes()).notes)

    assert "-target" in notes("target")
    assert "ended in an error" in notes("errored")
    assert "deferred" in notes("deferred")
    assert "changed outside Terraform" in notes("drift")
    assert "changed outside Terraform" not in notes("actions"), "tags that became {} where null stood are no drift"
    assert "plans no change" in notes("refresh_only")
    assert "leave Terraform's care" in notes("forget")
    assert "is a state" in notes("state", "state.json")


VERSIONED = {"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}}


def _versioned_bucket(**top: Any) -> bytes:
    return plan(
        change("aws_s3_bucket.b", {"bucket": "b"}, unknown={"id": True, "arn": True}),
        config={"aws_s3_bucket.b": {}, "aws_s3_bucket_versioning.v": VERSIONED},
        **top,
    )


def _verdict(content: bytes) -> str:
    found = {(f.control, f.subject): f.status.value for f in scan(content).findings}
    return found["store-versioned", "aws_s3_bucket.b"]


def test_a_split_resource_that_a_partial_plan_leaves_out_is_unknown() -> None:
    assert _verdict(_versioned_bucket(complete=False)) == "unknown"
    assert _verdict(_versioned_bucket(errored=True)) == "unknown"
    assert _verdict(_versioned_bucket(complete=True)) == "fail"


def test_what_a_plan_does_to_a_failure() -> None:
    def of(*, before: bool | None, after: bool) -> str | None:
        old = None if before is None else {"enable_key_rotation": before, "arn": "a"}
        content = plan(
            change("aws_kms_key.k", {"enable_key_rotation": after}, before=old),
            change("aws_kms_key.other", {"enable_key_rotation": True}, before={"enable_key_rotation": False}),
        )
        return next(
            f.change
            for f in scan(content).findings
            if (f.control, f.subject) == ("key-rotation-enabled", "aws_kms_key.k")
        )

    assert of(before=None, after=False) == "brings"
    assert of(before=True, after=False) == "brings"
    assert of(before=False, after=False) == "keeps"
    assert of(before=False, after=True) == "resolves"
    assert of(before=True, after=True) is None
    assert of(before=None, after=True) is None


def test_nothing_changes_in_a_plan_without_changes() -> None:
    values = {"enable_key_rotation": False}
    content = plan(change("aws_kms_key.k", values, before=values, actions=["no-op"]))
    (finding,) = [f for f in scan(content).findings if f.control == "key-rotation-enabled"]
    assert finding.change == "keeps"


def test_plans_that_share_addresses_are_told_apart() -> None:
    one = plan(change("aws_kms_key.k", {"enable_key_rotation": True}), change("aws_kms_key.own", {}))
    other = plan(change("aws_kms_key.k", {"enable_key_rotation": False}))
    found = {f.subject: f.status.value for f in scan(one, other).findings if f.control == "key-rotation-enabled"}
    assert found == {"plan.json:aws_kms_key.k": "pass", "aws_kms_key.own": "fail", "plan1.json:aws_kms_key.k": "fail"}


def test_several_plans_are_one_world() -> None:
    bucket = plan(change("aws_s3_bucket.b", {"bucket": "acme-chats"}, unknown={"id": True, "arn": True}))
    versioning = plan(
        change(
            "aws_s3_bucket_versioning.v",
            {"bucket": "acme-chats", "versioning_configuration": [{"status": "Enabled"}]},
        )
    )
    found = {f.subject: f.status.value for f in scan(bucket, versioning).findings if f.control == "store-versioned"}
    assert found == {"aws_s3_bucket.b": "pass"}


def test_a_moved_resource_keeps_its_waivers_and_baseline() -> None:
    moved = change("aws_kms_key.new", {}, before={}, actions=["no-op"]) | {"previous_address": "aws_kms_key.old"}
    (finding,) = [f for f in scan(plan(moved)).findings if f.control == "key-rotation-enabled"]
    (old,) = [f for f in scan(plan(change("aws_kms_key.old", {}))).findings if f.control == "key-rotation-enabled"]
    assert finding.id != old.id
    assert old.id in finding.ids
    (known,) = [
        f for f in scan(plan(moved), baseline={old.id: Status.FAIL}).findings if f.control == "key-rotation-enabled"
    ]
    assert known.baseline


def test_types_nothing_reads_are_told() -> None:
    gaps = scan(plan(change("aws_made_up.x", {}), change("random_id.y", {}))).gaps
    assert any("aws_made_up x1" in gap.reason and "random_id x1" in gap.reason for gap in gaps)


def test_a_fragment_without_addresses_or_configuration() -> None:
    entry = change("aws_kms_key.k", {"enable_key_rotation": True})
    del entry["address"]
    content = b'{"resource_changes": [%s]}' % json.dumps(entry).encode()
    planned = planned_of(content)
    assert [r.address for r in planned.of("aws_kms_key")] == ["aws_kms_key.k"]


def test_a_region_given_by_a_variable_is_known() -> None:
    provider = {"aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}}}
    root = {
        "variables": {"region": {"default": "eu-west-1"}},
        "resources": [{"type": "aws_kms_key", "name": "k", "provider_config_key": "aws", "expressions": {}}],
    }
    configuration = {"provider_config": provider, "root_module": root}
    of = [plan(change("aws_kms_key.k", {}), configuration=configuration)]
    of.append(
        plan(change("aws_kms_key.k", {}), configuration=configuration, variables={"region": {"value": "us-east-1"}})
    )
    assert [facts_of(content)["aws_kms_key.k"].region for content in of] == ["eu-west-1", "us-east-1"]
