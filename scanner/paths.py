"""Files as results name them."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

_KEPT = 2
"""Parts shown of a path that leads through the top of the file system: more would show this machine."""


def relative(file: str) -> str:
    """A path seen from the current folder, never one of this machine: of what lies far off `.../folder/name`."""
    inside = _inside(file)
    return inside.as_posix() if inside is not None else _outside(Path(file).resolve())


def repository() -> Path:
    """Folder that code scanning counts from: the repository of the current folder, else what stands for it."""
    return _repository() or _workspace() or Path.cwd().resolve()


def workspace() -> Path:
    """Folder that GitHub Actions counts from: its workspace, elsewhere the repository."""
    return _workspace() or repository()


def seen_from(root: Path, file: str) -> str:
    """A path seen from `root`, which holds the current folder; empty for what lies outside of it."""
    inside = _inside(file)
    if inside is not None:
        return (Path.cwd().resolve().relative_to(root) / inside).as_posix()
    there = Path(file).resolve()
    return there.relative_to(root).as_posix() if there.is_relative_to(root) else ""


def _inside(file: str) -> PurePath | None:
    """A path below the current folder; None for another."""
    path = Path(file)
    if not path.is_absolute() and ".." not in path.parts:
        return path
    here, there = Path.cwd().resolve(), path.resolve()
    return there.relative_to(here) if there.is_relative_to(here) else None


def _outside(there: Path) -> str:
    here = Path.cwd().resolve()
    if Path(os.path.commonpath([here, there])) == Path(here.anchor):
        return PurePath("...", *there.parts[1:][-_KEPT:]).as_posix()
    return PurePath(os.path.relpath(there, here)).as_posix()


def _repository() -> Path | None:
    here = Path.cwd().resolve()
    return next((at for at in (here, *here.parents[:-1]) if os.path.lexists(at / ".git")), None)


def _workspace() -> Path | None:
    """The workspace of a GitHub Actions job, where the current folder lies in it."""
    given = os.environ.get("GITHUB_WORKSPACE")
    root = Path(given).resolve() if given else None
    return root if root is not None and Path.cwd().resolve().is_relative_to(root) else None
