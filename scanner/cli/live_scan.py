"""Runs a live scan: reaches the accounts, shows how far it is, keeps what was read, judges it."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from scanner import plugins, run
from scanner.cli.options import Judging
from scanner.collect.capture import Capture, check, open_ledger, seal
from scanner.collect.gather import Gathering, gather
from scanner.collect.ledger import Ledger, Recording
from scanner.collect.shards import Collected, Shard, ShardResult, Target
from scanner.errors import InputError

_CLOUDS = "scanner.clouds"


def scan(name: str, judging: Judging, *, save: Path | None, resume: bool, wanted: dict[str, Any]) -> None:
    """Scan live accounts of one cloud.

    Raises ScannerError.
    """
    if resume and save is None:
        raise InputError("--resume goes with --save, which names the folder of the scan that was interrupted")
    prepared = judging.prepared()
    cloud = plugins.load(_CLOUDS, name, judging.allow_plugin)
    try:
        live = cloud.live
    except ImportError as error:
        raise InputError(f"{error.name} is not installed: pip install 'trustscan[{name}]'") from None
    if save is not None:
        check(save, resume=resume)
    targets, source = live.reach(**wanted)
    with ExitStack() as stack:
        ledger = None if save is None else open_ledger(save)
        if ledger is not None:
            stack.callback(ledger.close)
        began = _began(ledger)
        progress = _Progress(targets, quiet=judging.quiet)
        how = Gathering(
            source=source if ledger is None else Recording(source, ledger),
            collectors=live.collectors,
            now=began,
            progress=progress if ledger is None else _Noting(progress, ledger),
        )
        collected = gather(targets, how)
        progress.end()
        if save is not None and ledger is not None:
            about = {"cloud": name, "tool": f"trustscan {run.tool_version()}", "sdk": live.sdk()}
            seal(save, ledger, targets, began=began, about=about)
    prepared.finish(run.judge_accounts(collected, prepared.settings).run)


def judge(folder: Path, judging: Judging) -> None:
    """Judge a saved capture again.

    Raises ScannerError.
    """
    prepared = judging.prepared()
    prepared.finish(run.judge_accounts(read_capture(folder, judging.allow_plugin), prepared.settings).run)


def read_capture(folder: Path, allowed: list[str]) -> list[Collected]:
    """Read a capture as its accounts were read.

    Raises InputError, PluginError.
    """
    capture = Capture(folder)
    cloud = plugins.load(_CLOUDS, capture.cloud, allowed)
    return gather(capture.targets, Gathering(source=capture, collectors=cloud.collectors, now=capture.began))


def _began(ledger: Ledger | None) -> datetime:
    """When the scan began; one that is resumed began when it was first started."""
    now = datetime.now(UTC).replace(microsecond=0)
    if ledger is None:
        return now
    told = ledger.told("began")
    if told is None:
        ledger.tell("began", now.isoformat())
        return now
    return datetime.fromisoformat(told)


class _Progress:
    """One line that grows on a terminal, one line an account in a log."""

    def __init__(self, targets: tuple[Target, ...], *, quiet: bool) -> None:
        self._left: dict[str, int] = {target.account: 0 for target in targets}
        self._names = {target.account: target.name for target in targets}
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and not quiet
        self._lock = threading.Lock()
        self._begun = self._done = 0

    def __call__(self, shard: Shard, result: ShardResult | None) -> None:
        with self._lock:
            self._begun += result is None
            self._done += result is not None
            if self._terminal:
                where = " ".join(filter(None, (shard.account, shard.region, shard.collector)))
                typer.echo(f"\r\x1b[Kreading: {self._done} parts done, now {where}", err=True, nl=False)

    def end(self) -> None:
        """Close the line."""
        if self._terminal:
            typer.echo("\r\x1b[K", err=True, nl=False)


class _Noting:
    """Progress that the ledger notes as well."""

    def __init__(self, progress: _Progress, ledger: Ledger) -> None:
        self._progress = progress
        self._ledger = ledger

    def __call__(self, shard: Shard, result: ShardResult | None) -> None:
        self._ledger.mark(shard.account, shard.region, shard.collector, "begun" if result is None else "done")
        self._progress(shard, result)
