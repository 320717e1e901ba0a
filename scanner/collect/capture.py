"""A capture: everything that was asked of accounts and answered, on disk, so that it can be judged again anywhere.

A folder with `capture.json`, which says what was read, by whom and when, and one compressed file an account under
`answers/`: a line of JSON a request, in order of its key, with every page of its answer. `capture.json` holds the
SHA-256 of each, and its own: of its content as canonical JSON, with that field empty. While reading goes on,
`ledger.sqlite` keeps the answers; with it an interrupted run is resumed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from scanner.collect.calls import Answer, Request
from scanner.collect.ledger import Ledger
from scanner.collect.shards import Target
from scanner.errors import InputError, OutputError
from scanner.model import Gap

FORMAT = "trustscan-capture/1"
_MANIFEST = "capture.json"
_LEDGER = "ledger.sqlite"
_NOT_THERE = "NotInCapture"


class _Gap(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    scope: str
    reason: str
    kinds: list[str] = []
    hides: list[str] = []
    call: str = ""
    account: str = ""
    region: str = ""


class _Account(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    account: str
    partition: str
    home: str
    regions: list[str] = []
    name: str = ""
    identity: str = ""
    gaps: list[_Gap] = []
    file: str = ""
    sha256: str = ""
    requests: int = 0
    refused: int = 0
    pages: int = 0


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    cloud: str
    tool: str
    sdk: str
    began: datetime
    ended: datetime
    accounts: list[_Account]
    sha256: str = ""


class _Format(msgspec.Struct):
    format: str


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    answer: Answer


class Capture:
    """A saved capture; answers requests as its accounts did."""

    def __init__(self, folder: Path) -> None:
        """Open a capture and check every digest.

        Raises InputError for a folder that is none, is not finished, or was changed.
        """
        self.folder = folder
        self._manifest = _manifest(folder)
        self.began = self._manifest.began
        self.cloud = self._manifest.cloud
        self.targets = tuple(map(_target, self._manifest.accounts))
        self._lines: dict[str, dict[str, bytes]] = {}
        for account in self._manifest.accounts:
            self._lines[account.account] = _lines(folder, account)

    def answer(self, request: Request, /) -> Answer:
        """Answer as the account did; what it was not asked is an error."""
        line = self._lines.get(request.account, {}).get(request.key)
        if line is None:
            message = "the capture was made by a version of trustscan that did not ask this"
            return Answer(pages=[], error=_NOT_THERE, message=message)
        return msgspec.json.decode(line, type=_Line).answer


def is_capture(folder: Path) -> bool:
    """Whether a folder is a capture, or one that is not finished."""
    return (folder / _MANIFEST).exists() or (folder / _LEDGER).exists()


def capture_digest(folder: Path) -> str:
    """SHA-256 of a capture's manifest, and through it of everything in the capture."""
    return hashlib.sha256((folder / _MANIFEST).read_bytes()).hexdigest()


def check(folder: Path, *, resume: bool) -> None:
    """Refuse a folder in which a capture cannot be made, before anything is asked.

    Raises InputError where there is nothing to resume, or something that would be lost.
    """
    if (folder / _MANIFEST).exists():
        raise InputError(f"{folder}: holds a finished capture, which 'trustscan judge' reads; save to another folder")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a new folder")
    begun = (folder / _LEDGER).exists()
    if not begun and folder.is_dir() and any(folder.iterdir()) and not resume:
        raise InputError(f"{folder}: is not empty; name a new folder, for this capture alone")
    if resume and not begun:
        raise InputError(f"{folder}: holds no interrupted scan to resume")
    if begun and not resume:
        raise InputError(f"{folder}: holds an interrupted scan; add --resume to go on with it, or remove the folder")


def open_ledger(folder: Path) -> Ledger:
    """Open the ledger of a capture that is being made: a new one, or that of the run that stopped.

    Raises InputError where the folder cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
    return Ledger(folder / _LEDGER)


def seal(folder: Path, ledger: Ledger, targets: Iterable[Target], *, began: datetime, about: dict[str, str]) -> None:
    """Write the capture out of its ledger, then remove the ledger; the manifest comes last, and makes it whole.

    `about` tells cloud, tool and sdk. Raises OutputError.
    """
    try:
        (folder / "answers").mkdir(exist_ok=True)
        accounts = [_sealed(folder, ledger, target) for target in targets]
        manifest = _Manifest(
            format=FORMAT, began=began, ended=datetime.now(UTC).replace(microsecond=0), accounts=accounts, **about
        )
        manifest.sha256 = _digest(manifest)
        with _written(folder / _MANIFEST) as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
        remove_ledger(folder, ledger)
    except OSError as error:
        raise OutputError(f"{folder}: the capture cannot be written: {error.strerror}; --resume can go on") from None


def remove_ledger(folder: Path, ledger: Ledger) -> None:
    """Close and remove a ledger that is no longer needed."""
    ledger.close()
    for leftover in folder.glob(f"{_LEDGER}*"):
        leftover.unlink()


def _sealed(folder: Path, ledger: Ledger, target: Target) -> _Account:
    name = f"answers/{target.account}.jsonl.gz"
    made = _Account(
        account=target.account,
        partition=target.partition,
        home=target.home,
        regions=list(target.regions),
        name=target.name,
        identity=target.identity,
        gaps=[_gap(gap) for gap in target.gaps],
        file=name,
    )
    with _written(folder / name) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for key, answer in ledger.answers(target.account):
            made.requests += 1
            made.refused += bool(answer.error)
            made.pages += len(answer.pages)
            packed.write(msgspec.json.encode(_Line(key=key, answer=answer)) + b"\n")
    with (folder / name).open("rb") as whole:
        made.sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
    return made


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is whole and on the disk."""
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _manifest(folder: Path) -> _Manifest:
    path = folder / _MANIFEST
    try:
        content = path.read_bytes()
        told = msgspec.json.decode(content, type=_Format).format
        if told != FORMAT:
            raise InputError(f"{path}: is of format {told!r}; this version reads {FORMAT!r}")
        manifest = msgspec.json.decode(content, type=_Manifest)
    except FileNotFoundError:
        if (folder / _LEDGER).exists():
            raise InputError(f"{folder}: holds a scan that was interrupted; finish it with --resume") from None
        what = f"is no capture: it has no {_MANIFEST}" if folder.exists() else "there is no such folder"
        raise InputError(f"{folder}: {what}") from None
    except NotADirectoryError:
        raise InputError(f"{folder}: is a file; a capture is a folder, so name its folder") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no capture: {error}") from None
    if manifest.sha256 != _digest(manifest):
        raise InputError(f"{path}: was changed since it was saved: its content has not the SHA-256 that it names")
    return manifest


def _digest(manifest: _Manifest) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(manifest, sha256=""), order="sorted")
    return hashlib.sha256(content).hexdigest()


def _lines(folder: Path, account: _Account) -> dict[str, bytes]:
    """Every line of an account by its key."""
    path = folder / account.file
    if path.resolve().parent != (folder / "answers").resolve():
        raise InputError(f"{folder / _MANIFEST}: names a file outside the capture: {account.file}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != account.sha256:
        raise InputError(f"{path}: was changed since it was saved: its SHA-256 is not the one in {_MANIFEST}")
    try:
        lines = gzip.decompress(content).split(b"\n")[:-1]
        found = {msgspec.json.decode(line, type=_Line).key: line for line in lines}
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    if len(found) != account.requests:
        raise InputError(f"{path}: holds {len(found)} answers, and {_MANIFEST} says {account.requests}")
    return found


def _target(account: _Account) -> Target:
    return Target(
        account=account.account,
        partition=account.partition,
        home=account.home,
        regions=tuple(account.regions),
        name=account.name,
        identity=account.identity,
        gaps=tuple(
            Gap(
                scope=gap.scope,
                kinds=tuple(gap.kinds),
                reason=gap.reason,
                call=gap.call,
                hides=tuple(gap.hides),
                account=gap.account,
                region=gap.region,
            )
            for gap in account.gaps
        ),
    )


def _gap(gap: Gap) -> _Gap:
    return _Gap(
        scope=gap.scope,
        reason=gap.reason,
        kinds=list(gap.kinds),
        hides=list(gap.hides),
        call=gap.call,
        account=gap.account,
        region=gap.region,
    )
