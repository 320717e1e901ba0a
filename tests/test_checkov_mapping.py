"""The mapping of checkov's checks: sound by itself, and beside the verdicts of the real program on the same plans."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from scanner.clouds.aws import CLOUD
from scanner.criteria import criteria
from scanner.findings import SEVERITIES, Finding, Status
from scanner.foreign import Result, Says, Told
from scanner.mapping import Mapped, mapping
from tools import CHECKOV
from worlds import FIXTURES, POLICIES, ROOT, change, plan, scan

MAPPED = mapping("checkov")
SHARED = {id_: check for id_, check in MAPPED.items() if check.control}
CONTROLS = {one.control.id: one.control for one in POLICIES}
DISAGREEMENTS = yaml.safe_load((ROOT / "tests" / "checkov_disagreements.yaml").read_text())
PLANS = sorted({name for cases in DISAGREEMENTS.values() for case in cases for name in case["at"]})
ONLY_BY_HAND = {"CKV_AWS_46", "CKV_AWS_57", "CKV_AWS_92", "CKV_AWS_127", "CKV_AWS_136", "CKV2_AWS_56"}
"""Checks of which no fixture has a fault that both see."""

NEVER_DECIDED = {"CKV2_AWS_22": "ours asks running accounts alone"}

_ID = re.compile(r"(CKV2?)_AWS_(\d+)")
_Verdicts: TypeAlias = "dict[tuple[str, str], str]"
"""By check and address."""

_KEY = "AKIA" + "Z7Q2M4XNQRT5WV3K"


def _order(id_: str) -> tuple[str, int]:
    match = _ID.fullmatch(id_)
    assert match, id_
    return match[1], int(match[2])


def test_ids_are_well_formed_and_in_order() -> None:
    assert len(SHARED) >= 60
    assert list(MAPPED) == sorted(MAPPED, key=_order)


def test_no_two_checks_mean_the_same() -> None:
    assert Counter(check.title.lower() for check in MAPPED.values()).most_common(1)[0][1] == 1
    whole = Counter((c.control, type_) for c in SHARED.values() if not c.part for type_ in c.types)
    assert [pair for pair, times in whole.items() if times > 1] == []


@pytest.mark.parametrize(("id_", "check"), MAPPED.items(), ids=MAPPED)
def test_a_check_serves_what_its_control_serves(id_: str, check: Mapped) -> None:
    assert set(check.criteria) <= criteria().keys()
    if not check.control:
        assert (check.types, check.part, check.note) == ((), False, ""), id_
        return
    control = CONTROLS[check.control]
    assert check.criteria == control.criteria
    lower = SEVERITIES.index(check.severity) > SEVERITIES.index(control.severity)
    assert check.severity == control.severity or (lower and "ours " in check.note)


@pytest.mark.parametrize(("id_", "check"), SHARED.items(), ids=SHARED)
def test_a_check_shares_types_that_are_read_here(id_: str, check: Mapped) -> None:
    read = {type_ for inspector in CLOUD.inspectors for type_ in inspector.terraform_types}
    assert check.types, id_
    assert list(check.types) == sorted(set(check.types) & read)


def test_a_disagreement_is_explained_by_a_note() -> None:
    for id_, cases in DISAGREEMENTS.items():
        assert SHARED[id_].note or SHARED[id_].part, id_
        assert all(case["why"] and case["right"] in {"ours", "checkov", "both"} for case in cases), id_


@pytest.mark.parametrize(("says", "opinions"), [("pass", 0), ("skipped", 0), ("fail", 1)])
def test_a_part_speaks_for_the_whole_where_it_fails_alone(says: str, opinions: int) -> None:
    finding = _beside("CKV_AWS_24", says)
    assert (finding.status, len(finding.opinions), finding.waiver) == (Status.FAIL, opinions, None)


def _beside(check: str, says: str) -> Finding:
    """Our finding on a database port open to the internet, beside one word of checkov's."""
    rule = {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_blocks": ["0.0.0.0/0"]}
    content = plan(
        change("aws_security_group.data", {"name": "data", "ingress": [rule]}),
        config={"aws_security_group.data": {"ingress": {}}},
    )
    word = Result(check=check, says=Says(says), address="aws_security_group.data", comment="by the VPN alone")
    told = Told(tool="checkov", version="3.3.30", where="plan.json", plan="plan.json", results=(word,))
    return next(finding for finding in scan(content, told=(told,)).findings if finding.control == "network-not-open")


@CHECKOV.needed
def test_every_check_is_one_of_checkov() -> None:
    listed = _checkov("--list", "--framework", "terraform")
    known = set(re.findall(r"\bCKV2?_AWS_\d+\b", listed))
    assert len(known) > 300
    assert sorted(MAPPED.keys() - known) == []


def _by_hand() -> bytes:
    """A plan of faults that no fixture has and both see, and of two sound things."""
    faults: dict[str, dict[str, Any]] = {
        "aws_s3_bucket.world": {"bucket": "world", "acl": "public-read-write"},
        "aws_elb.silent": {
            "name": "silent",
            "access_logs": [{"bucket": "logs", "enabled": False}],
            "listener": [{"lb_port": 80, "lb_protocol": "http", "instance_port": 80, "instance_protocol": "http"}],
        },
        "aws_iam_role_policy_attachment.iam": {"role": "ops", "policy_arn": "arn:aws:iam::aws:policy/IAMFullAccess"},
        "aws_instance.batch": {"ami": "ami-1", "user_data": f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={_KEY}\n"},
        "aws_lambda_function.chat": {"function_name": "c", "environment": [{"variables": {"AWS_ACCESS_KEY_ID": _KEY}}]},
        "aws_ecr_repository.images": {
            "name": "images",
            "tags": {"DataClass": "transcript"},
            "encryption_configuration": [{"encryption_type": "AES256"}],
        },
        "aws_api_gateway_method.signed": {"rest_api_id": "a1b2c3", "http_method": "POST", "authorization": "AWS_IAM"},
        "aws_apigatewayv2_route.signed": {"api_id": "d4e5f6", "route_key": "POST /", "authorization_type": "AWS_IAM"},
    }
    changes = [change(address, values) for address, values in faults.items()]
    planned = [
        {**{name: one[name] for name in ("address", "mode", "type", "name")}, "values": one["change"]["after"]}
        for one in changes
    ]
    config = {
        address: {name: {"constant_value": value} for name, value in values.items()}
        for address, values in faults.items()
    }
    return plan(
        *changes, config=config, planned_values={"root_module": {"resources": planned}}, terraform_version="1.9.0"
    )


def _checkov(*arguments: str) -> str:
    done = subprocess.run([CHECKOV.path, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def _theirs(file: Path) -> _Verdicts:
    """What checkov decides of a plan, for the types that a mapping holds for."""
    words = ("--framework", "terraform_plan", "--compact", "--skip-download", "-o", "json")
    reports = json.loads(_checkov("-f", str(file), *words))
    found: _Verdicts = {}
    for report in reports if isinstance(reports, list) else [reports]:
        for name, verdict in (("passed_checks", "pass"), ("failed_checks", "fail")):
            for record in report.get("results", {}).get(name, ()):
                check, address = SHARED.get(record["check_id"]), record["resource_address"] or record["resource"]
                if check and re.sub(r"\[[^]]*]", "", address).split(".")[-2] in check.types:
                    found[record["check_id"], address] = verdict
    return found


def _ours(content: bytes) -> _Verdicts:
    decided = [finding for finding in scan(content).findings if finding.status in {Status.PASS, Status.FAIL}]
    return {(finding.control, finding.subject): finding.status.value for finding in decided}


@cache
def _compared(file: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """What both decide of one resource: checkov's verdict, and ours."""
    ours = _ours(file.read_bytes())
    pairs = ((key, verdict, ours.get((SHARED[key[0]].control, key[1]))) for key, verdict in _theirs(file).items())
    return {key: (theirs, verdict) for key, theirs, verdict in pairs if verdict is not None}


def _says_nothing(key: tuple[str, str], pair: tuple[str, str]) -> bool:
    """Whether a check for a part of a control passes, which leaves the rest open."""
    return SHARED[key[0]].part and pair[0] == "pass"


def _plan_of(name: str) -> Path:
    return FIXTURES / name / "plan.json"


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of `_by_hand`, as a file."""
    file = tmp_path_factory.mktemp("by_hand") / "plan.json"
    file.write_bytes(_by_hand())
    return file


def _explained(name: str) -> dict[tuple[str, str], re.Pattern[str]]:
    """Resources of a fixture on which a check is known to disagree."""
    return {
        (id_, pattern): re.compile(re.escape(pattern).replace(r"\[\*\]", r'\["[^"]*"\]'))
        for id_, cases in DISAGREEMENTS.items()
        for case in cases
        for pattern in case["at"].get(name, ())
    }


@CHECKOV.needed
@pytest.mark.parametrize("name", PLANS)
def test_what_both_decide_is_decided_alike_or_explained(name: str) -> None:
    compared = _compared(_plan_of(name)).items()
    disagreed = {key for key, pair in compared if pair[0] != pair[1] and not _says_nothing(key, pair)}
    known = _explained(name)
    met = {
        key: {case for case, pattern in known.items() if case[0] == key[0] and pattern.fullmatch(key[1])}
        for key in disagreed
    }
    assert sorted(key for key, cases in met.items() if not cases) == []
    assert sorted(known.keys() - set().union(*met.values())) == []


@CHECKOV.needed
def test_what_no_fixture_has_is_decided_alike(by_hand: Path) -> None:
    compared = _compared(by_hand)
    disagreed = {key: pair for key, pair in compared.items() if pair[0] != pair[1] and not _says_nothing(key, pair)}
    assert disagreed == {}
    assert {id_ for (id_, _), pair in compared.items() if pair == ("fail", "fail")} >= ONLY_BY_HAND


@CHECKOV.needed
def test_every_shared_check_was_compared(by_hand: Path) -> None:
    files = [by_hand, *map(_plan_of, PLANS)]
    compared = {id_ for file in files for id_, _ in _compared(file)}
    assert SHARED.keys() - compared == NEVER_DECIDED.keys()
