"""What a plugin offers, and how it is found: by entry point, built-in or not, and only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, TextIO, TypeVar, runtime_checkable

from scanner.errors import PluginError
from scanner.findings import Run
from scanner.foreign import Told
from scanner.model import Gap, Resource, Statement, Wire

PlanT_contra = TypeVar("PlanT_contra", contravariant=True)
PlannedT_contra = TypeVar("PlannedT_contra", contravariant=True)

BUILT_IN = "trustscan"


class Inspector(Protocol[PlanT_contra]):
    """Reads one family of resources; a module can be one."""

    terraform_types: tuple[str, ...]
    """Terraform types it reads."""

    kinds: tuple[str, ...]
    """Kinds it yields."""

    def from_plan(self, planned: PlanT_contra, /) -> Iterator[Resource | Statement | Wire | Gap]:
        """Read the family out of a plan."""


class Cloud(Protocol[PlannedT_contra]):
    """One cloud: its inspectors, and how its resources are called."""

    name: str
    prefix: str
    """What its Terraform types begin with, such as aws_."""

    inspectors: tuple[Inspector[Any], ...]

    @property
    def access(self) -> Any:
        """What the access engine asks of this cloud (`scanner.questions.asked.Language`); None where it has none."""

    @property
    def links(self) -> Any:
        """What tells where data goes; None where the cloud has none.

        Called with the planned world and the world judged, it yields flows, what stands at their ends, and gaps.
        """

    @property
    def linked_types(self) -> frozenset[str]:
        """Terraform types that `links` reads, whether an inspector reads them or not."""

    def identify(self, resource: PlannedT_contra, /) -> Iterable[str]:
        """Every name, id and ARN others may call a planned resource by."""

    def locate(self, resource: PlannedT_contra, /) -> tuple[str, str, str]:
        """Its own name, account and region, each empty where it is not known."""


class Report(Protocol):
    """Writes one run in one format."""

    def __call__(self, run: Run, out: TextIO, /) -> None:
        """Write `run` to `out`."""


@runtime_checkable
class WholeReport(Report, Protocol):
    """A report that shows, where it can, the world that was judged too."""

    def whole(self, run: Run, judged: Any, out: TextIO, /) -> None:
        """Write `run`, which was concluded of `judged` (`scanner.run.Judged`), to `out`.

        The world holds what no output may: everything of it that is written passes `judged.hide` first.
        """


class Importer(Protocol):
    """Reads the results of other scanners; a module can be one."""

    def recognises(self, content: bytes, /) -> bool:
        """Whether this is of its format; a quick look."""

    def read(self, content: bytes, where: str, /) -> tuple[Told, ...]:
        """Read every result of the file `where`.

        Raises InputError.
        """


class Scanner(Protocol):
    """An importer that can run the scanner itself."""

    def run(self, plan: bytes, name: str, /) -> Told:
        """Have the scanner judge a plan as JSON, offline.

        Raises InputError.
        """


def names(group: str) -> tuple[str, ...]:
    """Names of every plugin of a group, such as scanner.reports, in order."""
    return tuple(sorted({entry.name for entry in entry_points(group=group)}))


def load(group: str, name: str, allowed: Iterable[str] = ()) -> Any:
    """Load one plugin by name.

    Raises PluginError if there is none, if it is not ours and its distribution is not in `allowed`, or if it breaks.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group, name=name):
        found.setdefault(_distribution(entry), entry)
    if not found:
        raise PluginError(f"there is no {group.rpartition('.')[2][:-1]} {name!r}; there are: {', '.join(names(group))}")
    distribution, entry = next(((d, e) for d, e in found.items() if d == BUILT_IN), next(iter(found.items())))
    if distribution != BUILT_IN and distribution not in set(allowed):
        raise PluginError(
            f"{name!r} comes from {distribution}, which is not ours; allow it with --allow-plugin {distribution}"
        )
    return _load(entry)


def load_all(group: str, allowed: Iterable[str] = ()) -> tuple[Any, ...]:
    """Load every plugin of a group that is ours or whose distribution is in `allowed`; others are left alone.

    Raises PluginError if one breaks.
    """
    trusted = {BUILT_IN, *allowed}
    entries = sorted(entry_points(group=group), key=lambda entry: (entry.name, _distribution(entry)))
    return tuple(_load(entry) for entry in entries if _distribution(entry) in trusted)


def foreign(groups: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """Name and version of each allowed distribution, not ours, that offers plugins of these groups."""
    wanted = set(allowed) - {BUILT_IN}
    entries = (entry for group in groups for entry in entry_points(group=group) if _distribution(entry) in wanted)
    return tuple(sorted({f"{_distribution(entry)} {entry.dist.version}" for entry in entries if entry.dist}))


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise PluginError(f"the plugin {entry.name!r} of {_distribution(entry)} cannot be loaded: {error}") from None


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name.lower() if entry.dist is not None else BUILT_IN
