"""Reading folders that somebody else may have filled: regular files only, up to a size, within a fence."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Fence:
    """Folders, without symbolic links, in which something may be read."""

    folders: tuple[Path, ...]

    @classmethod
    def around(cls, folders: Iterable[Path]) -> Fence:
        """Let in what lies in these folders."""
        return cls(tuple(dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders)))

    def admits(self, path: Path) -> bool:
        """Whether a path, its symbolic links followed, lies inside."""
        try:
            real = Path(os.path.realpath(path))
        except ValueError:  # a NUL in it
            return False
        return any(real.is_relative_to(folder) for folder in self.folders)


def repository(root: Path) -> Path:
    """The folder in which modules may lie.

    It is the git repository around the root module; without one the working directory, if the root lies in it; else
    the root module's own folder.
    """
    real = Path(os.path.realpath(root))
    for folder in (real, *real.parents):
        if os.path.lexists(folder / ".git"):
            return folder
    here = Path(os.path.realpath(Path.cwd()))
    return here if here != Path(here.anchor) and real.is_relative_to(here) else real


def fence(root: Path) -> Fence:
    """Where the modules of a root module may lie: its repository, and the folder that $TF_DATA_DIR names.

    The `.terraform` of a folder is part of what is judged, and may be a link to anywhere; a variable is the user's.
    """
    named = [data_folder(root)] if os.environ.get("TF_DATA_DIR") else []
    return Fence.around([repository(root), *named])


def data_folder(root: Path) -> Path:
    """Where terraform keeps what `terraform init` brought to a folder."""
    return root / (os.environ.get("TF_DATA_DIR") or ".terraform")


def contents(path: Path, most: int) -> bytes | str:
    """A regular file's bytes, or why there are none; symbolic links are followed, whoever calls has to fence them."""
    try:
        real = os.path.realpath(path, strict=True)
        # Before it is opened: to open a device may do something, and a FIFO waits.
        if not stat.S_ISREG(Path(real).stat().st_mode):
            return "is no regular file, and is not read"
        with os.fdopen(os.open(real, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "is no regular file, and is not read"
            raw = file.read(most + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except ValueError:
        return "cannot be read: that is no file's name"
    return raw if len(raw) <= most else f"is larger than {most >> 20} MiB, and is not read"


def listed(folder: Path) -> list[str] | str:
    """Names of everything in a folder but folders, or why they are not known."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not _is_folder(entry))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except ValueError:
        return "cannot be read: that is no folder's name"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a symbolic link to itself, for one: told when it is read
        return False
