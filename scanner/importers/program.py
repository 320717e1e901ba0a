"""Another scanner as a program: found, run offline on one plan in a scratch folder, and asked for nothing but JSON.

It gets a home of its own: checkov reads keys from `~/.bridgecrew` and settings from `~/.checkov.yaml`, and with a key
it would send the plan's facts away. Nothing it writes is shown.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from scanner.errors import InputError

_TIMEOUT = 1800
_MOST_BYTES = 1 << 30
_ENDED_WELL = (0, 1)
_KEPT = frozenset({
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT"),
    *("PYENV_ROOT", "PYENV_VERSION", "ASDF_DATA_DIR", "MISE_DATA_DIR"),
})  # fmt: skip
_KEPT_FOR_UV = ("UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_QUIET = {
    "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true",
    # checkov leaves out, without a word, files of more than 50 MB.
    "CHECKOV_MAX_IAC_FILE_SIZE": str(_MOST_BYTES),
    "CHECKOV_MAX_FILE_SIZE": str(_MOST_BYTES),
    "PYTHONIOENCODING": "utf-8",
}
_UV_FOLDERS = {
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_CONFIG_HOME": ".config",
}


class Command(NamedTuple):
    """How a program is started."""

    words: list[str]
    is_uv: bool = False


def answer(plan: bytes, name: str, tool: str, version: str) -> bytes:
    """What a scanner wrote about a plan: JSON, not yet looked at.

    Raises InputError where it is missing, ends otherwise than with 0 or 1, or takes too long.
    """
    command = find(tool, version)
    with tempfile.TemporaryDirectory(prefix="trustscan-") as scratch:
        folder = Path(scratch)
        file = folder / "plan.json"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(plan)
        home = folder / "home"
        home.mkdir()
        return _answered(command, file, home, name, tool)


def find(tool: str, version: str) -> Command:
    """How to start a scanner: as $TRUSTSCAN_<TOOL> says, from our own environment, from PATH, or through uv.

    Raises InputError where none of these ways leads to it.
    """
    variable = f"TRUSTSCAN_{tool.upper()}"
    if named := os.environ.get(variable, ""):
        words = [str(Path(named).absolute())] if Path(named).is_file() else _words(named, variable)
        found = _which(words[0])
        if found is None:
            raise InputError(f"{tool}: ${variable} names {words[0]!r}, which is no program that can be run")
        return Command([found, *words[1:]], is_uv=Path(found).stem == "uv")
    beside = str(Path(sys.executable).parent)
    if found := _which(tool, beside) or _which(tool):
        return Command([found])
    if uv := _which("uv"):
        from_ = f"{tool}=={version}"
        return Command([uv, "tool", "run", "--compile-bytecode", "--from", from_, tool], is_uv=True)
    raise InputError(
        f"{tool}: is not on PATH, ${variable} does not name it, and there is no uv to fetch it; install it in an "
        f"environment of its own ('pipx install {tool}=={version}'), name the program in ${variable}, or install uv"
    )


def _which(name: str, path: str | None = None) -> str | None:
    """Where a program is, wherever it is started from."""
    found = shutil.which(name, path=path)
    return found and str(Path(found).absolute())


def _words(text: str, variable: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise InputError(f"${variable}: is no command: {text!r}")
    return words


def environment(command: Command, home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The variables a scanner gets: no key, no token, no settings of its own."""
    kept = {name: value for name, value in given.items() if name in _KEPT}
    if command.is_uv:
        kept |= {name: value for name, value in given.items() if name.upper().startswith(_KEPT_FOR_UV)}
        kept |= {name: given.get(name) or str(Path.home() / below) for name, below in _UV_FOLDERS.items()}
    return {**kept, **_QUIET, "HOME": str(home), "USERPROFILE": str(home)}


def _answered(command: Command, file: Path, home: Path, name: str, tool: str) -> bytes:
    words = [*command.words, "-f", str(file), "--framework", "terraform_plan"]
    words += ["--compact", "--skip-download", "-o", "json"]
    written = file.with_name("answer.json")
    with written.open("wb") as out:
        code = _ended(words, environment(command, home, os.environ), home, out.fileno(), f"{tool}: {name}")
    again = f"see what it says with '{tool} -f <plan.json> --framework terraform_plan', or leave out --with {tool}"
    if code not in _ENDED_WELL:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        raise InputError(f"{tool}: {how} on {name} and gave no results; {again}")
    if written.stat().st_size > _MOST_BYTES:
        raise InputError(f"{tool}: wrote more than {_MOST_BYTES >> 30} GB about {name}; leave out --with {tool}")
    content = written.read_bytes()
    if not content.strip():
        raise InputError(f"{tool}: wrote nothing about {name}; {again}")
    return content


def _ended(words: list[str], env: dict[str, str], folder: Path, out: int, what: str) -> int:
    """Run a program to its end, and take down all it started where it does not end."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own program
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"{what}: cannot be started: {error.strerror or type(error).__name__}") from None
    try:
        return process.wait(_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise InputError(f"{what}: took longer than {_TIMEOUT // 60} minutes, and was ended") from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
