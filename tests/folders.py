"""Folders of sources for tests: judged without a plan, and beside their plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scanner import plugins, run
from scanner.config import Config
from scanner.findings import Run
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import read_plan
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.unplanned import unplanned
from worlds import FIXTURES, POLICIES, TODAY

PROVIDER = 'provider "aws" { region = "us-east-1" }\n'
MODULE = '\nmodule "m" {\n  source = "./m"\n  count  = 2\n  n      = count.index\n}\n'

_ODD = frozenset({"destroy", "errored", "target", "ignored"})
"""Plans that do not hold, or take away, what their sources say, or that keep what stood there before."""

FOLDERS = sorted(
    path.parent
    for kind in ("aws/*/*", "stacks/*", "terraform/*/*")
    for path in FIXTURES.glob(f"{kind}/plan.json")
    if (path.parent / "main.tf").exists() and not (path.parent / "before.tf").exists()
    if path.parent.name not in _ODD
)
"""Folders that hold sources and the plan that real terraform made of them, of nothing that was there before."""


def source(folder: Path, *given: str | Path) -> Source:
    """A folder, to be judged without a plan."""
    found = unplanned(folder, from_folder(folder), given)
    return Source(folder.name, found.content, unplanned=found)


def judged(folder: Path, *given: str | Path) -> Run:
    """Every control of ours on a folder."""
    return run.judge_plans([source(folder, *given)], run.Settings(policies=POLICIES, today=TODAY)).run


def said(result: Run) -> dict[tuple[str, str], str]:
    """Status by control and subject."""
    return {(one.control, one.subject): one.status.value for one in result.findings}


def planned_run(folder: Path) -> Run:
    """Every control of ours on the plan in a folder, with its sources."""
    plan = Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder))
    return run.judge_plans([plan], run.Settings(policies=POLICIES, today=TODAY)).run


def world(folder: Path, *given: str | Path) -> PlannedWorld:
    """What inspectors read of a folder."""
    return run.plan_world([read_plan(source(folder, *given)).after], plugins.load_all("scanner.clouds"), Config(), {})


def values(folder: Path, *given: str | Path) -> dict[str, Any]:
    """What is known of each instance, by its address."""
    plan = read_plan(source(folder, *given)).after
    return {one.address: one.values for one in plan.resources}


BUCKET = PROVIDER + 'resource "aws_s3_bucket" "b" {}\n'
BLOCK = """
resource "aws_s3_bucket_public_access_block" "p" {
  %s
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"""
