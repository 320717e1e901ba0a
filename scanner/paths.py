"""Files as results name them."""

from __future__ import annotations

from pathlib import Path


def relative(file: str) -> str:
    """A path seen from the current folder; of what lies elsewhere the name alone, never a path of this machine."""
    path = Path(file)
    if path.is_absolute() or ".." in path.parts:
        here, there = Path.cwd().resolve(), path.resolve()
        path = there.relative_to(here) if there.is_relative_to(here) else Path(path.name)
    return path.as_posix()
