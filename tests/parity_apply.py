"""A stack under fixtures/stacks, planned and applied by real terraform on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import parity_rig
from tools import AWS_PROVIDER, TERRAFORM
from worlds import FIXTURES

STACKS = FIXTURES / "stacks"
ENOUGH = 600
"""Seconds after which an apply counts as hung: the provider waits for what never comes."""

_OVERRIDE = """
provider "aws" {
  skip_requesting_account_id = false
}
"""
"""ARNs that the provider makes itself have the account in them, as they have for users."""


@dataclass(frozen=True)
class Applied:
    """One stack, planned and applied."""

    plan: bytes
    saved: Path
    """The plan as terraform saves it, in the folder it was made in."""

    state: Mapping[str, Any]
    """As `terraform show -json` prints it."""


def apply(name: str, url: str, work: Path) -> Applied:
    """Plan and apply a stack in an empty account."""
    shutil.copytree(STACKS, work, ignore=shutil.ignore_patterns("plan.json", ".terraform*"))
    folder = work / name
    (folder / "parity_override.tf").write_text(_OVERRIDE)
    (folder / "terraform.tfvars.json").write_text(json.dumps(parity_rig.prepare(url)))
    terraform = _Terraform(folder, _environment(url))
    terraform.run("init", "-backend=false")
    terraform.run("plan", "-out=tfplan", "-lock=false", "-input=false")
    plan = terraform.run("show", "-json", "tfplan")
    terraform.run("apply", "-lock=false", "-input=false", "-parallelism=30", "tfplan")
    return Applied(plan.encode(), folder / "tfplan", json.loads(terraform.run("show", "-json")))


def _environment(url: str) -> dict[str, str]:
    """No setting of the user's; the provider linked from where it lies."""
    ours = re.compile(r"AWS_|TF_|.*_PROXY$", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return kept | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "3",
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
        "HTTP_PROXY": url,
        "TF_CLI_ARGS_init": f"-plugin-dir={AWS_PROVIDER.path}",
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "1",
    }


@dataclass(frozen=True)
class _Terraform:
    folder: Path
    environment: Mapping[str, str]

    def run(self, command: str, *args: str) -> str:
        """Run one command; return what it printed."""
        quiet = [] if command == "show" else ["-no-color"]
        said = self.folder / f"{command}.log"
        with said.open("w") as output:
            process = subprocess.Popen(
                [TERRAFORM.path, command, *quiet, *args],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                process.wait(ENOUGH)
            except subprocess.TimeoutExpired:
                process.terminate()
                process.wait()
        text = said.read_text()
        assert process.returncode == 0, f"terraform {command} failed\n{text[-6000:]}"
        return text
