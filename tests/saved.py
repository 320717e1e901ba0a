"""Saved plans of configurations that a test writes: made by terraform, without a cloud."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import AWS_PROVIDER, TERRAFORM


def saved_plan(folder: Path, files: Mapping[str, str]) -> str:
    """Write `files` into a folder and have terraform leave `tfplan` there; what it shows of that as JSON.

    Skips the test where terraform cannot.
    """
    for name, text in {**files, "rc": ""}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    env |= {"TF_CLI_CONFIG_FILE": str(folder / "rc"), "TF_IN_AUTOMATION": "1"}
    lock = ["flock", os.environ.get("TF_LOCK", str(folder / "lock"))] if shutil.which("flock") else []
    for args in (
        ["init", "-input=false", f"-plugin-dir={AWS_PROVIDER.path}"],
        ["plan", "-input=false", "-refresh=false", "-out=tfplan"],
        ["show", "-json", "tfplan"],
    ):
        done = subprocess.run(
            [*lock, TERRAFORM.path, f"-chdir={folder}", *args], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"terraform {args[0]} is not possible here: {done.stderr[-300:]}")
    return done.stdout
