"""The command line. Alone prints, exits and catches ScannerError."""

from __future__ import annotations

from scanner.cli.app import app, run

__all__ = ["app", "run"]
