"""Which controls a command works with: ours, the user's own, and a choice of them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from scanner import policy
from scanner.errors import PolicyError
from scanner.mapping import TOOLS, mapping
from scanner.policy import Policy

_PACKAGE = Path(__file__).parent.parent


def built_in() -> Path:
    """Folder of our own controls: inside the wheel, or beside the package in a checkout."""
    packed = _PACKAGE / "_policies"
    return packed if packed.is_dir() else _PACKAGE.parent / "policies"


def chosen(own: Sequence[Path], wanted: Sequence[str], skipped: Sequence[str]) -> tuple[Policy, ...]:
    """Load our controls and those of `own` folders; keep what `wanted` globs name and `skipped` ones do not.

    Raises PolicyError for a policy that is not valid, a glob that names none, and a choice that leaves none.
    """
    return choose(everything(own), wanted, skipped)


def everything(own: Sequence[Path]) -> tuple[Policy, ...]:
    """Load our controls and those of `own` folders.

    Raises PolicyError for a policy that is not valid.
    """
    return tuple(policy.load([built_in(), *own]))


def choose(policies: Sequence[Policy], wanted: Sequence[str], skipped: Sequence[str]) -> tuple[Policy, ...]:
    """Keep what `wanted` globs name and `skipped` ones do not.

    Raises PolicyError for a glob that names none, and a choice that leaves none.
    """
    for glob in (*wanted, *skipped):
        if not any(fnmatchcase(p.control.id, glob) for p in policies) and not _names_check(glob):
            raise PolicyError(f"{glob!r} names no control; 'trustscan controls' lists them")

    def stays(id_: str) -> bool:
        named = not wanted or any(fnmatchcase(id_, glob) for glob in wanted)
        return named and not any(fnmatchcase(id_, glob) for glob in skipped)

    kept = tuple(p for p in policies if stays(p.control.id))
    if not kept:
        raise PolicyError("no control is left: --control and --skip leave none")
    return kept


def _names_check(glob: str) -> bool:
    """Whether a glob names a check of another scanner."""
    return any(fnmatchcase(id_, glob) for tool in TOOLS for id_ in mapping(tool))
