"""Sources that stand for themselves: a folder, and what its variables are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.terraform.sources.disk import listed
from scanner.terraform.sources.files import SourceTree, printable
from scanner.terraform.sources.modules import Module, Modules, read_modules
from scanner.terraform.sources.variables import RootValues, root_values

_PLANS = frozenset({"tfplan", "tfplan.json", "tfplan.out", "plan.json", "plan.out", "plan.tfplan", "terraform.plan"})


@dataclass(frozen=True, slots=True)
class Unplanned:
    """The modules of a folder, without a plan, and the values of the root module's variables."""

    modules: Modules
    values: RootValues
    content: bytes
    """All that decides what is judged, for a digest."""

    plan: str = ""
    """A file beside them that is called as a plan."""


def unplanned(folder: Path, tree: SourceTree, given: Sequence[str | Path]) -> Unplanned:
    """Take a folder's files for what is judged; `given` are values of variables: name=value, or a file of them.

    Raises InputError for values that Terraform would refuse.
    """
    modules = read_modules(tree)
    values = root_values(modules.get(()) or Module((), ".", None), folder, given)
    names = listed(folder)
    beside = names if isinstance(names, list) else []
    plan = next((printable(name) for name in beside if name in _PLANS or name.endswith(".tfplan")), "")
    return Unplanned(modules, values, "\0".join(_parts(tree, values)).encode(errors="replace"), plan)


def _parts(tree: SourceTree, values: RootValues) -> Iterable[str]:
    for names, module in tree.modules.items():
        yield ".".join(names)
        for path, text in module.texts.items():
            yield from (path, text)
    for name in sorted(values.values):
        yield f"{name}={values.values[name]!r}"
