"""Plugins arrive by entry point; those of others only when they are allowed, and the run says so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from types import SimpleNamespace
from typing import Any

import pytest

from scanner import plugins
from scanner.errors import PluginError
from scanner.model import Resource
from scanner.plugins import BUILT_IN
from worlds import change, plan, scan


class Other:
    """A cloud of somebody else, with one inspector."""

    name = "other"
    prefix = "other_"
    terraform_types = ("other_store",)
    kinds = ("store",)

    def __init__(self) -> None:
        self.inspectors = (self,)

    def identify(self, _: Any) -> Iterator[str]:
        """No names."""
        yield from ()

    def locate(self, _: Any) -> tuple[str, str, str]:
        """No place."""
        return ("", "", "")

    def from_plan(self, planned: Any) -> Iterator[Resource]:
        """Stores that are not encrypted."""
        from scanner.kinds import Store  # noqa: PLC0415 - as a plugin would

        for store in planned.of("other_store"):
            yield Store.of(**planned.labels(store), type="bucket", encrypted=False)


CLOUD = Other()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    other = EntryPoint("other", "test_plugins:CLOUD", "scanner.clouds")
    broken = EntryPoint("broken", "no_such_module:write", "scanner.reports")
    for entry in (other, broken):
        vars(entry)["dist"] = SimpleNamespace(name="Acme-Clouds", version="3.2")

    def found(**wanted: Any) -> list[EntryPoint]:
        theirs = [entry for entry in (other, broken) if entry.matches(**wanted)]
        return [*entry_points(**wanted), *theirs]

    monkeypatch.setattr("scanner.plugins.entry_points", found)


PLAN = plan(change("other_store.s", {}), change("aws_kms_key.k", {}))


@pytest.mark.usefixtures("installed")
def test_a_plugin_that_is_not_allowed_is_left_alone() -> None:
    result = scan(PLAN)
    assert {f.subject for f in result.findings} == {"aws_kms_key.k"}
    assert not any("acme" in note for note in result.notes)


@pytest.mark.usefixtures("installed")
def test_an_allowed_plugin_runs_and_is_named_with_its_version() -> None:
    result = scan(PLAN, allowed_plugins=("acme-clouds",))
    assert ("store-encrypted", "other_store.s", "fail") in {
        (f.control, f.subject, f.status.value) for f in result.findings
    }
    assert "judged with plugins of acme-clouds 3.2" in result.notes


@pytest.mark.usefixtures("installed")
def test_a_report_of_others_must_be_allowed_and_may_not_be_broken() -> None:
    with pytest.raises(PluginError, match="allow it with --allow-plugin acme-clouds"):
        plugins.load("scanner.reports", "broken")
    with pytest.raises(PluginError, match="'broken' of acme-clouds cannot be loaded"):
        plugins.load("scanner.reports", "broken", ["acme-clouds"])


def test_ours_need_no_permission() -> None:
    assert BUILT_IN not in plugins.foreign(("scanner.clouds",), (BUILT_IN,))
    assert [cloud.name for cloud in plugins.load_all("scanner.clouds")] == ["aws"]
    with pytest.raises(PluginError, match="there is no report 'tabel'; there are: delta, "):
        plugins.load("scanner.reports", "tabel")
