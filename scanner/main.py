"""The command's first step: answers `--version` before anything heavy is imported."""

from __future__ import annotations

import gc
import os
import sys

_INTERRUPTED = 130
"""Exit code of what a person interrupts, as shells give it."""

_ALLOCATIONS = 100_000
"""Things made between two searches for garbage: plans and models of services are large, and stay."""


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from importlib.metadata import version

        sys.stdout.write(f"trustscan {version('trustscan')}\n")
        return
    gc.set_threshold(_ALLOCATIONS)
    from scanner.cli import run

    try:
        run()
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.flush()
            # Requests under way would be waited for, each with its retries; what they would tell is not wanted.
            os._exit(_INTERRUPTED)
        raise
    finally:
        # The process ends: what is left needs no search, which would take as long as a small scan.
        gc.freeze()


if __name__ == "__main__":
    main()
