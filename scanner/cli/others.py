"""Results of other scanners on the command line: `--with`, and the files of `trustscan import`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import InputError, PluginError

if TYPE_CHECKING:
    from scanner.evidence.record import Input
    from scanner.foreign import Result, Told
    from scanner.plugins import Importer, Scanner
    from scanner.terraform.planfile import Source

GROUP = "scanner.importers"
_MOST_BYTES = 1 << 30


def check(names: Iterable[str], allowed: Sequence[str]) -> None:
    """Make sure, before anything is scanned, that each scanner can be asked.

    Raises PluginError for a name that is no scanner's.
    """
    for name in names:
        _scanner(name, allowed)


def asked(names: Iterable[str], sources: Iterable[Source], allowed: Sequence[str]) -> tuple[Told, ...]:
    """What each scanner says of each plan.

    Raises InputError where one is missing or gives no answer.
    """
    scanners = [_scanner(name, allowed) for name in dict.fromkeys(names)]
    sources = tuple(sources)
    folder = next((source.name for source in sources if source.unplanned is not None), None)
    if scanners and folder is not None:
        raise InputError(f"{folder}: --with is for plans; run the scanner on the folder, and use 'trustscan import'")
    return tuple(scanner.run(plan.content, plan.name) for plan in sources for scanner in scanners)


def _scanner(name: str, allowed: Sequence[str]) -> Scanner:
    from scanner import plugins

    found: Scanner = plugins.load(GROUP, name, allowed)
    if not hasattr(found, "run"):
        raise PluginError(f"--with {name}: trustscan does not run it; read its results with 'trustscan import'")
    return found


def read(files: Iterable[Path], allowed: Sequence[str]) -> tuple[Told, ...]:
    """Every result in files of any format that an importer knows.

    Raises InputError for a file that is none of these.
    """
    from scanner import plugins

    importers: list[Importer] = list(plugins.load_all(GROUP, allowed))
    return tuple(told for file in files for told in _read(file, importers))


def _read(path: Path, importers: Iterable[Importer]) -> tuple[Told, ...]:
    import msgspec

    from scanner.cli.records import named

    name = named(path)
    content = _content(path, name)
    for importer in importers:
        if importer.recognises(content):
            return importer.read(content, name)
    known = "the JSON of checkov (-o json) and SARIF of checkov, trivy and tf-nag are read"
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        cut = "ends in the middle of the JSON" if "truncated" in str(error) else "is not JSON"
        raise InputError(f"{name}: {cut}; {known}") from None
    raise InputError(f"{name}: holds no results of a scanner; {known}")


def _content(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder; name the file in it")
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise InputError(f"{name}: has {size >> 20:,} MB; more than {_MOST_BYTES >> 20:,} are not read")
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from None
    if not content.strip():
        raise InputError(f"{name}: is empty")
    return content


def chosen(told: Iterable[Told], wanted: Sequence[str], skipped: Sequence[str]) -> tuple[Told, ...]:
    """What is left of the results where --control and --skip choose: by the check's id, or by our control's."""
    from scanner.mapping import mapping

    def stays(tool: str, result: Result) -> bool:
        mapped = mapping(tool).get(result.check)
        ids = [result.check, *([mapped.control] if mapped and mapped.control else [])]
        named = not wanted or any(fnmatchcase(id_, glob) for id_ in ids for glob in wanted)
        return named and not any(fnmatchcase(id_, glob) for id_ in ids for glob in skipped)

    if not wanted and not skipped:
        return tuple(told)
    return tuple(replace(one, results=tuple(r for r in one.results if stays(one.tool, r))) for one in told)


def inputs(sources: Iterable[Source], told: Iterable[Told]) -> Iterator[Input]:
    """Plans, and what other scanners wrote of them, as the record of a run names them."""
    from scanner.evidence.record import Input, digest

    yield from (Input(name=source.name, sha256=digest(source.content)) for source in sources)
    yield from (Input(name=f"{one.tool} {one.version}: {one.where}", sha256=one.sha256) for one in told)
