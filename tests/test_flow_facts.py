"""What flows tell of others: whether they lead out of production, and whether what deletes reaches a store."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scanner.config import Config
from scanner.graph import agreed, leaving
from scanner.graph.deletion import Deletion
from scanner.kinds import Compute, Flow, Store
from scanner.model import Gap, Noted, Resource, Unknown
from scanner.settings_form import ConfigFile

UNSEEN = Unknown("not seen")


def _config(**settings: Any) -> Config:
    return Config(msgspec.convert(settings, ConfigFile))


def _plain(fact: object) -> object:
    return fact.value if isinstance(fact, Noted) else None if isinstance(fact, Unknown) else fact


def _leaves(source: str | Unknown | None, target: str | Unknown | None, **settings: Any) -> object:
    before, after = (None if one is None else Compute(id="x", environment=one) for one in (source, target))
    found = leaving.of_flow(Flow(id="f", source="a", target="b"), before, after, _config(**settings))
    return _plain(found["leaves_production"])


@pytest.mark.parametrize(
    ("source", "target", "leaves"),
    [
        ("prod", "dev", True),
        ("security", "dev", True),
        ("external", "qa2", True),
        ("prod", "prod", False),
        ("prod", "security", False),
        ("prod", "external", False),
        ("dev", "staging", False),
        (UNSEEN, "prod", False),
        ("dev", UNSEEN, False),
        (UNSEEN, "dev", None),
        ("prod", UNSEEN, None),
        ("prod", None, None),
        (None, "dev", None),
    ],
)
def test_a_flow_leaves_production_where_it_ends_apart(
    source: str | Unknown | None, target: str | Unknown | None, leaves: object
) -> None:
    assert _leaves(source, target) is leaves


def test_an_environment_that_serves_all_is_the_users_to_name() -> None:
    assert _leaves("prod", "platform") is True
    assert _leaves("prod", "platform", shared_environments=["Platform"]) is False
    assert _leaves("prod", "security", shared_environments=["platform"]) is True


def test_regions_and_models_are_listed_or_are_not() -> None:
    def listed(config: Config) -> tuple[object, object]:
        found = leaving.of_flow(Flow(id="f", source="a", target="b"), None, None, config)
        return found["regions_listed"], found["models_listed"]

    assert listed(Config()) == (False, False)
    assert listed(_config(regions={"approved": ["eu-central-1"]})) == (True, False)
    assert listed(_config(models={"allowed": ["anthropic.*"]})) == (False, True)


@pytest.mark.parametrize(
    ("approved", "expected"),
    [
        (["us-*"], True),
        (["us-east-1", "us-west-2"], None),
        (["us-east-1", "us-east-2"], False),
        (["eu-*"], False),
    ],
)
def test_a_region_that_a_profile_may_lead_to_leaves_open_whether_it_is_approved(
    approved: list[str], expected: object
) -> None:
    one = Flow(id="f", regions=("us-east-1", "us-east-2", "us-west-2"), regions_open=("us-east-2",))
    found = agreed.of_flow(one, None, _config(regions={"approved": approved}))["regions_approved"]
    assert _plain(found) is expected


CHATS, NAMES = Store(id="chats", type="bucket", data=("transcript",)), Store(id="names", type="table")


def _deletes(target: str, **facts: Any) -> Flow:
    return Flow(id=f"job -> {target}", source="job", target=target, how="deletes", **facts)


def _reached(store: Resource, *flows: Flow, complete: bool = False, gaps: tuple[Gap, ...] = ()) -> tuple[object, str]:
    assert isinstance(store, Store)
    fact = Deletion((CHATS, NAMES), flows, gaps, complete=complete).store(store)["deletion_reaches"]
    return _plain(fact), fact.because if isinstance(fact, Noted) else fact.reason


def test_what_deletes_reaches_a_store_or_another_one_only() -> None:
    assert _reached(CHATS, _deletes("chats", reason="it may")) == (True, "job deletes from it: it may")
    assert _reached(NAMES, _deletes("chats")) == (False, "nothing that runs deletes from it")
    surest = (_deletes("chats", tier="possible"), _deletes("chats", tier="likely"))
    assert _reached(CHATS, *surest) == (True, "job deletes from it")


def test_deletion_may_run_where_nobody_looked() -> None:
    assert _reached(CHATS) == (None, "no program of this plan deletes what people said; one may run elsewhere")
    assert _reached(CHATS, _deletes("names"))[0] is None, "a table that says nothing of people"
    assert _reached(CHATS, complete=True)[0] is False
    gap = Gap(scope="job", kinds=("flow",), reason="denied")
    assert _reached(NAMES, _deletes("chats"), gaps=(gap,), complete=True) == (
        None, "nothing that was read deletes from it, and not all was: denied",
    )  # fmt: skip
    assert _reached(NAMES, _deletes("chats"), gaps=(Gap(scope="a", kinds=("alarm",), reason="denied"),))[0] is False


def test_a_deletion_that_is_only_possible_decides_nothing() -> None:
    possible = _deletes("chats", tier="possible", reason="a wide grant")
    assert _reached(CHATS, possible) == (None, "that job deletes from it is only possible: a wide grant")
    assert _reached(Store(id="db", type="database"), _deletes("chats"))[0] is None
