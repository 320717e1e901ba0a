"""The register of vendors is asked by the hosts that settings name, before the dictionary makes one vendor of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner import config as settings
from scanner.config import Config
from scanner.graph.agreed import of_flow, of_vendor
from scanner.graph.derived import with_flows
from scanner.kinds import Compute, Flow, Vendor
from scanner.model import Noted, Resource, Unknown, World

TODAY = date(2026, 11, 22)
ENTRY = {"owner": "o", "agreement": {"document": "D", "signed": "2026-01-01", "expires": "2027-01-01"}}
LANGFUSE = Vendor(id="ext:cloud.langfuse.com", name="Langfuse", type="observability", receives=("prompt",))


def entry(name: str, *hosts: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "hosts": list(hosts), **ENTRY, "regions": ["us-east-1"], **more}


def load(tmp_path: Path, *entries: dict[str, Any], regions: bool = True, register: bool = True) -> Config:
    said: dict[str, Any] = {"registers": {"vendors": "v.yaml"}} if register else {}
    said |= {"regions": {"approved": ["us-*"]}} if regions else {}
    (tmp_path / "v.yaml").write_text(json.dumps({"vendors": list(entries)}))
    (tmp_path / "trustscan.yaml").write_text(json.dumps(said))
    return settings.load(tmp_path / "trustscan.yaml")


def plain(fact: object) -> object:
    return fact.value if isinstance(fact, Noted) else None if isinstance(fact, Unknown) else fact


def facts(config: Config, *hosts: str, perhaps: tuple[str, ...] = ()) -> dict[str, Any]:
    return of_vendor(LANGFUSE, config, TODAY, hosts or ("",), perhaps)


@pytest.mark.parametrize(
    ("entries", "host", "registered", "approved"),
    [
        ([entry("US", "us.cloud.langfuse.com")], "us.cloud.langfuse.com", True, True),
        ([entry("EU", "cloud.langfuse.com")], "us.cloud.langfuse.com", False, None),
        ([entry("EU", "cloud.langfuse.com")], "", True, True),
        ([entry("LANGFUSE", "cloud.langfuse.com")], "us.cloud.langfuse.com", True, None),
        ([entry("LF GmbH", "cloud.langfuse.com", aliases=["lang-fuse"])], "us.cloud.langfuse.com", True, None),
        ([entry("LF", "hipaa.cloud.langfuse.com")], "", True, True),
        ([entry("LF", "*.langfuse.com", regions=["eu-west-1"])], "us.cloud.langfuse.com", True, False),
        ([entry("LF", "api.openai.com")], "", False, None),
    ],
)
def test_by_host_then_by_name(
    tmp_path: Path,
    entries: list[dict[str, Any]],
    host: str,
    registered: bool,  # noqa: FBT001 - a parameter
    approved: object,
) -> None:
    found = facts(load(tmp_path, *entries), host)
    assert (plain(found["registered"]), plain(found["agreed"])) == (registered, registered)
    assert plain(found["regions_approved"]) is approved


def test_who_lists_another_host_of_the_vendor_is_told_which_is_missing(tmp_path: Path) -> None:
    config = load(tmp_path, entry("Langfuse", "cloud.langfuse.com"))
    assert facts(config, "us.cloud.langfuse.com")["regions_approved"] == Unknown(
        "us.cloud.langfuse.com is no host of Langfuse in the register, so that its regions are not known"
    )
    other = load(tmp_path, entry("EU", "cloud.langfuse.com"))
    assert facts(other, "us.cloud.langfuse.com")["agreed"].because.endswith("does not list us.cloud.langfuse.com")


def test_of_several_hosts_each_must_be_in_order(tmp_path: Path) -> None:
    ending = {**ENTRY["agreement"], "expires": "2026-11-25"}  # type: ignore[dict-item]
    europe = entry("EU", "cloud.langfuse.com", training=False, classes=["prompt"], agreement=ending)
    america = entry("US", "us.cloud.langfuse.com", training=True, classes=["telemetry"], regions=["eu-west-1"])
    both = facts(load(tmp_path, europe, america), "cloud.langfuse.com", "us.cloud.langfuse.com")
    assert {name: plain(fact) for name, fact in both.items()} == {
        "registered": True, "agreed": True, "agreed_days": 3, "trains": True, "classes_agreed": False,
        "regions_approved": False,
    }  # fmt: skip
    one = facts(load(tmp_path, europe), "cloud.langfuse.com", "us.cloud.langfuse.com")
    assert (plain(one["registered"]), one["trains"]) == (
        False,
        Unknown(f"{tmp_path}/v.yaml does not list us.cloud.langfuse.com"),
    )


def test_a_host_that_is_only_perhaps_called_makes_nothing_certain(tmp_path: Path) -> None:
    config = load(tmp_path, entry("EU", "cloud.langfuse.com", training=False))
    found = facts(config, "cloud.langfuse.com", perhaps=("us.cloud.langfuse.com", "cloud.langfuse.com"))
    assert isinstance(found["registered"], Unknown)
    assert found["agreed"].reason.startswith("us.cloud.langfuse.com is perhaps reached as well: ")
    assert isinstance(found["trains"], Unknown)
    other = entry("US", "us.cloud.langfuse.com", training=True)
    found = facts(load(tmp_path, entry("EU", "cloud.langfuse.com", training=False), other), "cloud.langfuse.com",
                  perhaps=("us.cloud.langfuse.com",))  # fmt: skip
    assert plain(found["registered"]) is True
    assert found["trains"] == Unknown("us.cloud.langfuse.com is perhaps reached as well: it is not as it should be")


def test_which_of_several_entries_a_key_alone_belongs_to_is_not_known(tmp_path: Path) -> None:
    entries = [
        entry("EU", "eu.cloud.langfuse.com", regions=["eu-west-1"]),
        entry("US", "us.cloud.langfuse.com"),
    ]
    found = facts(load(tmp_path, *entries))
    assert (found["registered"], plain(found["agreed"])) == (True, True)
    assert found["regions_approved"] == Unknown("which of EU, US in the register it is is not told")


def test_an_agreement_that_begins_later_says_so(tmp_path: Path) -> None:
    later = {"document": "D", "signed": "2026-12-01", "expires": "2027-12-01"}
    found = facts(load(tmp_path, entry("LF", "cloud.langfuse.com", agreement=later)))
    assert found["agreed"] == Noted(False, "the agreement with LF begins on 2026-12-01, after today")


# --- regions of flows to vendors --------------------------------------------------------------------------------------


def of(config: Config, *hosts: str) -> Any:
    return of_flow(Flow(id="f", hosts=hosts), LANGFUSE, config)["regions_approved"]


def test_regions_of_a_flow_to_a_vendor_are_those_of_its_entry(tmp_path: Path) -> None:
    europe, america = (
        entry("EU", "cloud.langfuse.com", regions=["eu-west-1", "us-east-1"]),
        entry("US", "us.cloud.langfuse.com"),
    )
    config = load(tmp_path, europe, america)
    assert of(config, "cloud.langfuse.com") == Noted(False, "EU processes data in eu-west-1")
    assert of(config, "us.cloud.langfuse.com") == Noted(True, "US processes data in us-east-1")
    assert plain(of(config, "cloud.langfuse.com", "us.cloud.langfuse.com")) is False
    assert plain(of(config)) is False


def test_regions_that_nobody_told_are_not_known_and_say_what_is_missing(tmp_path: Path) -> None:
    config = load(tmp_path, entry("LF", "cloud.langfuse.com", regions=None))
    assert of(config) == Unknown("the register has no regions of LF")
    assert "does not list it, so that its regions are not known" in of(load(tmp_path)).reason
    assert "name one under registers in trustscan.yaml" in of(load(tmp_path, register=False)).reason
    assert "list them under regions" in of(load(tmp_path, regions=False)).reason


# --- in a world -------------------------------------------------------------------------------------------------------


def sent(to: str, tier: str, *hosts: str, how: str = "sends_to") -> Flow:
    return Flow(id=f"f -> {to} ({how}) {tier}", how=how, source="f", target=to, tier=tier, hosts=hosts)


def judged(config: Config, *found: Flow) -> Vendor:
    nodes: list[Resource] = [Compute(id="f", data=("prompt",)), LANGFUSE]
    world = with_flows(World(resources=()), [*nodes, *found], config, TODAY)
    return next(one for one in world.resources if isinstance(one, Vendor))


def test_a_vendor_has_the_hosts_that_flows_name(tmp_path: Path) -> None:
    config = load(tmp_path, entry("US", "us.cloud.langfuse.com"))
    at = LANGFUSE.id
    sure = judged(config, sent(at, "likely", "us.cloud.langfuse.com"))
    assert (sure.hosts, sure.agreed) == (("us.cloud.langfuse.com",), True)
    doubted = judged(config, sent(at, "likely", "us.cloud.langfuse.com"), sent(at, "possible", "cloud.langfuse.com"))
    assert doubted.hosts == ("us.cloud.langfuse.com",)
    assert isinstance(doubted.agreed, Unknown)
    possible = judged(config, sent(at, "possible", "cloud.langfuse.com"))
    assert (possible.hosts, possible.agreed) == (("cloud.langfuse.com",), False)
    network = judged(config, sent(at, "possible", "cloud.langfuse.com", how="network_reaches"))
    assert (network.hosts, network.agreed) == ((), True)
