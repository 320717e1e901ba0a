"""The command line, as tests call it: the installed program, or the same commands in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from scanner.cli import app

PROGRAM = Path(sys.executable).parent / "trustscan"


HEEDING = (
    sys.executable,
    "-c",
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
    PROGRAM,
)
"""The program, heeding Ctrl-C also where whatever started the tests had it ignored, as shells do in the background."""


@dataclass(frozen=True)
class Answer:
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


def program(*args: str | Path, stdin: bytes = b"", cwd: Path | None = None, **env: str) -> Answer:
    """Run the installed program."""
    done = subprocess.run(
        [PROGRAM, *map(str, args)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **env},
    )
    return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def call(*args: str | Path, stdin: bytes = b"") -> Answer:
    """Run a command in this process; an exception that is no answer to the user is raised."""
    result = CliRunner().invoke(app, list(map(str, args)), input=stdin, env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def refused(answer: Answer, *words: str) -> None:
    """Hold a refusal to the rules: exit code 2, nothing on standard output, a few clear lines, no traceback."""
    assert answer.code == 2, answer.said
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert "mistake of trustscan" not in answer.err
    lines = answer.err.splitlines()
    assert 1 <= len(lines) <= 5, answer.err
    assert max(map(len, lines)) < 600
    for word in words:
        assert word in answer.err, answer.err


def parsed(words: Sequence[str]) -> dict[str, Any]:
    """Options of a `trustscan` command line, by the parser of the program itself; nothing is run."""
    command: Any = typer.main.get_command(app)
    left, name = list(words), "trustscan"
    while hasattr(command, "commands"):
        name = left.pop(0)
        assert name in command.commands, f"trustscan has no command {name}"
        command = command.commands[name]
    with command.make_context(name, left) as context:
        options: dict[str, Any] = context.params
    return options
