"""Programs that some tests drive: where they are, or why those tests are skipped.

    from tools import TERRAFORM

    @TERRAFORM.needed
    def test_a_saved_plan_is_read(tmp_path: Path) -> None:
        subprocess.run([TERRAFORM.path, "plan"], ...)

`.ci/run` brings what can be brought; nothing here downloads anything.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program or folder that a test needs and a machine may lack."""

    name: str
    found: str | None
    missing: str
    """The reason a test is skipped with."""

    @property
    def path(self) -> str:
        """Where it is; skips the running test where it is not."""
        if self.found is None:
            pytest.skip(self.missing)
        return self.found

    @property
    def needed(self) -> pytest.MarkDecorator:
        """The mark of a test that needs it."""
        return pytest.mark.skipif(self.found is None, reason=self.missing)


def program(name: str, *others: str, variable: str = "", hint: str) -> Tool:
    """Find a program: where the environment variable points, else under one of its names on PATH."""
    named = os.environ.get(variable, "") if variable else ""
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, (name, *others))), None)
    where = f"${variable} names no program" if named else f"{name} is not on PATH"
    return Tool(name=name, found=found, missing=f"{where}: {hint}")


def folder(name: str, variable: str, *, holds: Callable[[Path], bool], hint: str) -> Tool:
    """Find a folder that an environment variable names."""
    named = os.environ.get(variable, "")
    there = bool(named) and holds(Path(named))
    where = f"${variable} names no such folder" if named else f"${variable} is not set"
    return Tool(name=name, found=named if there else None, missing=f"{where}: {hint}")


def _holds_aws_provider(mirror: Path) -> bool:
    return any(mirror.glob("*/hashicorp/aws/**/terraform-provider-aws_*"))


TERRAFORM = program("terraform", hint="install Terraform 1.x to plan real stacks")
TOFU = program("tofu", hint="install OpenTofu to plan real stacks with it")
AWS_PROVIDER = folder(
    "AWS provider",
    "TF_PLUGIN_DIR",
    holds=_holds_aws_provider,
    hint="the folder above <host>/hashicorp/aws of a provider mirror",
)
SARIF_MULTITOOL = program(
    "Sarif.Multitool",
    "sarif-multitool",
    variable="SARIF_MULTITOOL",
    hint="npm install @microsoft/sarif-multitool-linux, and name the program in it",
)
CHROMIUM = program("chromium", "chromium-browser", "google-chrome", variable="CHROMIUM", hint="install Chromium")
CHECKOV = program(
    "checkov", variable="TRUSTSCAN_CHECKOV", hint="install trustscan[checkov] in an environment of its own"
)
GIT = program("git", hint="install git")
NODE = program("node", "nodejs", hint="install Node.js to ask the oracle of access")
IAM_SIMULATE = folder(
    "iam-simulate",
    "TRUSTSCAN_IAM_SIMULATE",
    holds=lambda modules: (modules / "@cloud-copilot" / "iam-simulate" / "package.json").is_file(),
    hint="npm install @cloud-copilot/iam-simulate somewhere else, and name its node_modules",
)
