"""Runs a live scan: reaches the accounts, shows how far it is, keeps what was read, judges it."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from scanner import plugins, run
from scanner.cli import records
from scanner.cli.options import Judging, Prepared
from scanner.collect.capture import Capture, capture_digest
from scanner.collect.gather import Collector, Gathering, gather, shards
from scanner.collect.ledger import Ledger, Recording
from scanner.collect.saving import Saving
from scanner.collect.shards import Collected, Shard, ShardResult, Target
from scanner.errors import InputError
from scanner.evidence.record import Input
from scanner.redact import visible

if TYPE_CHECKING:
    from rich.progress import Progress

_CLOUDS = "scanner.clouds"
_DECIDES_NOTHING = frozenset({"external_id", "session_name"})
"""Options that decide whether accounts can be entered, not what is asked in them."""


def scan(
    name: str,
    judging: Judging,
    *,
    save: Path | None,
    resume: bool,
    run_dir: Path | None,
    wanted: dict[str, Any],
) -> None:
    """Scan live accounts of one cloud.

    Raises ScannerError.
    """
    if resume and save is None:
        raise InputError("--resume goes with --save, which names the folder of the scan that was interrupted")
    prepared = judging.prepared()
    records.ready(run_dir)
    cloud = plugins.load(_CLOUDS, name, judging.allow_plugin)
    try:
        live = cloud.live
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("scanner"):
            raise  # a mistake of ours, which no installing mends
        raise InputError(f"{error.name} is not installed: pip install 'trustscan[{name}]'") from None
    about = {"cloud": name, "tool": f"trustscan {run.tool_version()}"}
    with ExitStack() as stack:
        saving = None
        if save is not None:
            options = {**about, **{key: value for key, value in wanted.items() if key not in _DECIDES_NOTHING}}
            saving = stack.enter_context(Saving(save, resume=resume, options=options))
        targets, source = live.reach(**wanted)
        if saving is not None:
            saving.same_readers(targets)
        began = datetime.now(UTC).replace(microsecond=0) if saving is None else saving.began
        progress = _Progress(targets, live.collectors, quiet=judging.quiet)
        how = Gathering(
            source=source if saving is None else Recording(source, saving.ledger),
            collectors=live.collectors,
            now=began,
            progress=progress if saving is None else _Noting(progress, saving.ledger),
        )
        try:
            collected = gather(targets, how)
        except KeyboardInterrupt:
            kept = "; --save would have kept it" if save is None else f" in {save}; --resume goes on with it"
            typer.echo(f"trustscan: interrupted; what was read is {'lost' if save is None else 'kept'}{kept}", err=True)
            raise
        finally:
            progress.end()
        expired = sorted({one.target.account for one in collected if _errors(one) & live.expired})
        if saving is not None and not expired:
            saving.seal(targets, {**about, "sdk": live.sdk()})
    if expired:
        goes_on = f"; sign in again, and --resume goes on with {save}" if save is not None else ""
        typer.echo(f"trustscan: credentials expired while {', '.join(expired)} was read{goes_on}", err=True)
        save = None
    if save is not None and not judging.quiet:
        typer.echo(f"note: saved in {save}", err=True)
    _finish(prepared, collected, run_dir, kind="live", began=began, inputs=_inputs(collected, began, save))


def judge(folder: Path, judging: Judging, *, run_dir: Path | None) -> None:
    """Judge a saved capture again.

    Raises ScannerError.
    """
    prepared, began = judging.prepared(), datetime.now(UTC)
    records.ready(run_dir)
    capture = Capture(folder)
    collected = read_capture(capture, judging.allow_plugin)
    read = _inputs(collected, capture.began, folder)
    _finish(prepared, collected, run_dir, kind="capture", began=began, inputs=read)


def _finish(
    prepared: Prepared,
    collected: list[Collected],
    run_dir: Path | None,
    *,
    kind: str,
    began: datetime,
    inputs: list[Input],
) -> None:
    judged = run.judge_accounts(collected, prepared.settings)
    with records.kept(judged, prepared, run_dir, kind=kind, began=records.written(began), inputs=inputs):
        prepared.finish(judged.run, judged)


def _errors(collected: Collected) -> set[str]:
    return {refusal.error for result in collected.results for refusal in result.refusals}


def _inputs(collected: Iterable[Collected], began: datetime, kept: Path | None) -> list[Input]:
    """Every account with who read it, and the capture of them where there is one."""
    read_at = records.written(began)
    accounts = [Input(name=o.target.account, identity=o.target.identity, read_at=read_at) for o in collected]
    if kept is None:
        return accounts
    return [*accounts, Input(name=records.named(kept), sha256=capture_digest(kept), read_at=read_at)]


def read_capture(capture: Capture, allowed: list[str]) -> list[Collected]:
    """Read a capture as its accounts were read.

    Raises InputError for one without an account, PluginError.
    """
    if not capture.targets:
        raise InputError(f"{capture.folder}: holds no account")
    cloud = plugins.load(_CLOUDS, capture.cloud, allowed)
    return gather(capture.targets, Gathering(source=capture, collectors=cloud.collectors, now=capture.began))


class _Progress:
    """A bar on a terminal; in a log, one line an account."""

    def __init__(self, targets: Sequence[Target], collectors: Sequence[Collector], *, quiet: bool) -> None:
        self._left = Counter(shard.account for shard in shards(targets, collectors))
        self._names = {target.account: target.name for target in targets}
        self._read: dict[str, Counter[str]] = {account: Counter() for account in self._names}
        self._quiet = quiet
        self._lock = threading.Lock()
        for target in () if quiet else targets:
            if not self._left[target.account]:
                why = next((gap.reason for gap in target.gaps), "no service of it is asked")
                typer.echo(f"note: {self._told(target.account)}: not read: {visible(why)}", err=True)
        self._bar = _bar(self._left.total()) if sys.stderr.isatty() and not quiet else None

    def __call__(self, shard: Shard, result: ShardResult | None) -> None:
        with self._lock:
            if result is None:
                if self._bar is not None:
                    where = " ".join(filter(None, (shard.account, shard.region, shard.collector)))
                    self._bar.update(self._bar.task_ids[0], description=where)
                return
            read = self._read[shard.account]
            read.update(requests=len(result.asked), resources=len(result.items), lists=len(result.unread))
            self._left[shard.account] -= 1
            if self._bar is not None:
                self._bar.advance(self._bar.task_ids[0])
            elif not self._left[shard.account] and not self._quiet:
                typer.echo(self._account(shard.account), err=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def _told(self, account: str) -> str:
        name = self._names[account]
        return f"{account} ({visible(name)})" if name else account

    def _account(self, account: str) -> str:
        read = self._read[account]
        missing = f", {read['lists']} lists not read to the end" if read["lists"] else ""
        return f"note: {self._told(account)}: {read['requests']} requests, {read['resources']} resources{missing}"


def _bar(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=total)
    bar.start()
    return bar


class _Noting:
    """Progress that the ledger notes as well."""

    def __init__(self, progress: _Progress, ledger: Ledger) -> None:
        self._progress = progress
        self._ledger = ledger

    def __call__(self, shard: Shard, result: ShardResult | None) -> None:
        self._ledger.mark(shard.account, shard.region, shard.collector, "begun" if result is None else "done")
        self._progress(shard, result)
