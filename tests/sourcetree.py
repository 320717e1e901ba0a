"""Source trees for tests: folders as people write them, and what is told of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from scanner.terraform.sources.files import SourceTree
from tools import TERRAFORM

EMPTY = 'resource "terraform_data" "x" {}\n'
"""A source file."""


def written(folder: Path, **files: str | bytes) -> Path:
    """A folder with these files; __ in a name is /, and a name without a dot is a .tf."""
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path = path if path.suffix else path.with_suffix(".tf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def told(tree: SourceTree) -> str:
    """Every problem, a line each."""
    return "\n".join(map(str, tree.problems))


def terraform(folder: Path, *words: str) -> str:
    """Run terraform in a folder."""
    return ran(folder, *words, check=True).stdout


def ran(folder: Path, *words: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    """Run terraform in a folder, without the user's own settings; one at a time if $TF_LOCK names a file."""
    lock = ["flock", os.environ["TF_LOCK"]] if "TF_LOCK" in os.environ else []
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
    command = [*lock, TERRAFORM.path, f"-chdir={folder}", *words]
    return subprocess.run(command, env=env, capture_output=True, check=check, text=True)


def repository(folder: Path) -> Path:
    """A folder that git would take for a repository."""
    (folder / ".git").mkdir(parents=True)
    return folder


def call(source: str, name: str = "bot", more: str = "") -> str:
    """A module block."""
    return f'module "{name}" {{\n  source = "{source}"\n  {more}\n}}\n'
