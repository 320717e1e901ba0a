"""The command's first step: answers `--version` before anything heavy is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from importlib.metadata import version

        sys.stdout.write(f"trustscan {version('trustscan')}\n")
        return
    from scanner.cli import run

    run()


if __name__ == "__main__":
    main()
