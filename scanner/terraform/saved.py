"""Saved plans (`terraform plan -out`): a zip that only terraform itself can turn into JSON."""

from __future__ import annotations

import io
import os
import re
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

from scanner.errors import InputError
from scanner.redact import hide_shapes
from scanner.terraform.planfile import Source
from scanner.terraform.sources.disk import data_folder

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_QUOTED = re.compile(r'"[^"]*"')
_UNINITIALISED = ("init", "lock file", "plugin", "provider", "not installed", "schema")
_MOST_BYTES = 1 << 30
# Three or four files in each of 10,000 modules, and as many again: a saved plan holds a module once for each call.
_MOST_FILES = 100_000
_MOST_RATIO = 200
_FREE_BYTES = 64 << 20
_TIMEOUT = 600


def is_saved_plan(content: bytes) -> bool:
    """Whether these bytes are a zip, as a saved plan is."""
    return content.startswith(_MAGIC)


def show(source: Source, path: Path, folder: Path) -> Source:
    """Have terraform or tofu, in its initialised `folder`, write the saved plan at `path` as JSON.

    Raises InputError, in a line or two: not a plan, cut short, a zip bomb, no program, not initialised.
    """
    members(source)
    programs = [found for name in ("terraform", "tofu") if (found := shutil.which(name))]
    if not programs:
        raise InputError(
            f"{source.name}: is a saved plan, and neither terraform nor tofu is on PATH to read it; "
            "install one, or run 'terraform show -json tfplan > tfplan.json' elsewhere and scan that"
        )
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder; give the folder the plan was made in with --chdir")
    refusals = []
    for program in programs:
        answer = _run(program, path.absolute(), folder, source.name)
        if isinstance(answer, bytes):
            return Source(source.name, answer)
        refusals.append(answer)
    raise InputError(refusals[0])


def members(source: Source) -> list[zipfile.ZipInfo]:
    """What a saved plan holds, nothing of it unpacked; the sizes are those that it declares.

    Raises InputError, in one line: damaged, a zip bomb, not a plan.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, struct.error, OverflowError):
        raise InputError(
            f"{source.name}: is a saved plan cut short or damaged; run 'terraform plan -out' again"
        ) from None
    total = sum(member.file_size for member in found)
    bomb = total > _MOST_BYTES or len(found) > _MOST_FILES
    if bomb or (total > _FREE_BYTES and total > _MOST_RATIO * len(source.content)):
        raise InputError(f"{source.name}: would unpack to {total >> 20} MiB; that is no plan, and is not opened")
    if "tfplan" not in {member.filename for member in found}:
        raise InputError(f"{source.name}: is a zip, but not a saved plan: it holds no 'tfplan'")
    return found


def _run(program: str, path: Path, folder: Path, name: str) -> bytes | str:
    """The plan as JSON, or why there is none."""
    quiet = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_LOG": "", "CHECKPOINT_DISABLE": "1"}
    tool = Path(program).name
    try:
        done = subprocess.run(  # noqa: S603 - terraform, found on PATH, with a file the user named
            [program, f"-chdir={folder}", "show", "-json", "-no-color", str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=quiet,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f"{name}: '{tool} show -json' took more than {_TIMEOUT} s and was stopped"
    except OSError as error:
        return f"{name}: {tool} could not be started: {error.strerror}"
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace")
    initialised = data_folder(folder).exists()
    if not initialised or any(word in said.lower() for word in _UNINITIALISED):
        hint = f"run '{tool} init' in {folder}"
    else:
        hint = f"is {folder} the folder it was made in, and {tool} what made it?"
    return f"{name}: '{tool} show -json' could not read it: {_headline(said)}; {hint} (--chdir names another folder)"


def _headline(text: str) -> str:
    """Terraform's own title of the error: what it says below, and in quotes, may hold values of the plan."""
    lines = [line.strip(" \t│╷╵") for line in text.splitlines()]
    title = next((line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")), "")
    return _QUOTED.sub("...", hide_shapes(title))[:200] or "it gave no reason"
