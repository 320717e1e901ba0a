"""What made a record: the program, told by the digest of its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

_PROGRAM = Path(__file__).parent.parent


def tool_digest(program: Path = _PROGRAM) -> str:
    """SHA-256 of the list of the program's modules and data, as `sha256sum` writes it, in order of their paths."""
    files = (*program.rglob("*.py"), *program.glob("data/*"))
    paths = sorted((path.relative_to(program).as_posix(), path) for path in files if path.is_file())
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in paths)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
