"""The register of vendors: what it says of hosts, and what is refused when it is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanner import config as settings
from scanner.config import Config
from scanner.errors import ConfigError
from scanner.graph.agreed import of_flow, of_vendor
from scanner.kinds import Flow, Store, Vendor
from scanner.model import Noted, Unknown
from scanner.registers import load_vendors

TODAY = date(2026, 11, 22)

REGISTER = """\
version: 1
vendors:
  - name: OpenAI
    hosts: [api.openai.com, "*.openai.com"]
    owner: head of product
    agreement: {document: DPA-12, signed: 2026-01-01, expires: 2026-12-01}
    regions: [us-east-1]
    training: false
    retention_days: 30
    classes: [conversation]
  - name: Relay
    hosts: ["*.relay.example"]
    owner: platform lead
    agreement: {document: DPA-3, signed: 2024-01-01, expires: 2026-11-21}
    regions: [ap-south-1]
    training: true
    classes: [telemetry]
  - name: Pager
    hosts: [events.pager.example]
    owner: platform lead
"""
SETTINGS = """\
version: 1
regions: {approved: ["us-*"]}
models: {allowed: ["anthropic.claude-*"]}
registers: {vendors: registers/vendors.yaml}
"""


def _load(tmp_path: Path, register: str = REGISTER, config: str = SETTINGS) -> Config:
    (tmp_path / "registers").mkdir(exist_ok=True)
    (tmp_path / "registers" / "vendors.yaml").write_text(register)
    (tmp_path / "trustscan.yaml").write_text(config)
    return settings.load(tmp_path / "trustscan.yaml")


def _facts(host: str, config: Config, receives: tuple[str, ...] | Unknown = ("prompt",)) -> dict[str, object]:
    found = of_vendor(Vendor(id=f"ext:{host}", name=host, receives=receives), config, TODAY)
    return {name: fact.value if isinstance(fact, Noted) else fact for name, fact in found.items()}


def test_a_vendor_in_good_order(tmp_path: Path) -> None:
    facts = _facts("api.openai.com", _load(tmp_path))
    assert facts == {
        "registered": True,
        "agreed": True,
        "agreed_days": 9,
        "trains": False,
        "classes_agreed": True,
        "regions_approved": True,
    }


def test_a_vendor_whose_agreement_has_ended_and_that_gets_more_than_agreed(tmp_path: Path) -> None:
    facts = _facts("eu.relay.example", _load(tmp_path))
    assert facts == {
        "registered": True,
        "agreed": False,
        "agreed_days": -1,
        "trains": True,
        "classes_agreed": False,
        "regions_approved": False,
    }


def test_what_the_register_does_not_say_is_unknown(tmp_path: Path) -> None:
    config = _load(tmp_path)
    facts = _facts("events.pager.example", config)
    assert facts["agreed"] is False
    for name in ("agreed_days", "trains", "classes_agreed", "regions_approved"):
        assert isinstance(facts[name], Unknown), name
    hidden = _facts("api.openai.com", config, Unknown("settings are hidden"))
    assert hidden["classes_agreed"] == Unknown("settings are hidden")


def test_an_unlisted_vendor_has_no_agreement_and_without_a_register_nothing_is_known(tmp_path: Path) -> None:
    unlisted = _facts("api.cohere.com", _load(tmp_path))
    assert unlisted["registered"] is False
    assert unlisted["agreed"] is False
    assert isinstance(unlisted["trains"], Unknown)
    assert all(isinstance(fact, Unknown) for fact in _facts("api.cohere.com", Config()).values())


def test_regions_of_a_vendor_need_approved_ones(tmp_path: Path) -> None:
    config = _load(tmp_path, config="registers: {vendors: registers/vendors.yaml}\n")
    assert isinstance(_facts("api.openai.com", config)["regions_approved"], Unknown)


@pytest.mark.parametrize(
    ("regions", "place", "wanted"),
    [
        (("us-east-1", "us-west-2"), "", True),
        (("us-east-1", "ap-south-1"), "", False),
        ((), "eu-west-1", False),
        ((), "us-east-1", True),
        ((), "", None),
        (Unknown("the profile was not read"), "us-east-1", None),
    ],
)
def test_regions_of_a_flow(tmp_path: Path, regions: tuple[str, ...] | Unknown, place: str, wanted: object) -> None:
    found = of_flow(Flow(id="f", regions=regions), Store(id="s", region=place), _load(tmp_path))["regions_approved"]
    assert (found.value if isinstance(found, Noted) else None) is wanted


@pytest.mark.parametrize(
    ("models", "wanted"),
    [
        (("anthropic.claude-sonnet-4",), True),
        (("anthropic.claude-sonnet-4", "meta.llama3"), False),
        ((), None),
        (Unknown("any model"), None),
    ],
)
def test_models_of_a_flow(tmp_path: Path, models: tuple[str, ...] | Unknown, wanted: object) -> None:
    found = of_flow(Flow(id="f", models=models), None, _load(tmp_path))["allowed"]
    assert (found.value if isinstance(found, Noted) else None) is wanted


def test_without_settings_neither_regions_nor_models_are_known() -> None:
    assert all(isinstance(fact, Unknown) for fact in of_flow(Flow(id="f"), None, Config()).values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('hosts: [api.openai.com, "*.openai.com"]', "hosts: []", "at least one host"),
        ('hosts: [api.openai.com, "*.openai.com"]', 'hosts: ["https://api.openai.com"]', "is no host"),
        ('hosts: [api.openai.com, "*.openai.com"]', 'hosts: ["*"]', "is no host"),
        ("hosts: [events.pager.example]", "hosts: [API.openai.com]", "is already a host of OpenAI"),
        ("api.openai.com", "api openai.com", "'api openai.com' is no host"),
        ("api.openai.com", "openai", "'openai' is no host"),
        ("api.openai.com", "a..openai.com", "is no host"),
        ("api.openai.com", '"*.com"', "'*.com' is no host"),
        ("api.openai.com", '"api.openai.com\\u202e"', "is no host"),
        (
            "hosts: [events.pager.example]",
            "hosts: [події.рф, xn--d1aciri5i.xn--p1ai, api.openai.com]",
            "already a host",
        ),
        ("name: Relay", "name: open AI", "another vendor is called 'open AI' already"),
        ("name: Relay", 'name: Relay\n    aliases: ["Open-AI"]', "another vendor is called 'Open-AI' already"),
        ("name: Relay", 'name: Relay\n    aliases: [" "]', "' ' is no name"),
        ("document: DPA-12", 'document: " "', "document is empty"),
        ("regions: [us-east-1]", 'regions: ["us east 1"]', "'us east 1' is no region"),
        ("regions: [us-east-1]", 'regions: ["us-*"]', "'us-*' is no region"),
        ("regions: [us-east-1]", "regions: []", "regions is empty"),
        ("expires: 2026-12-01", "expires: 2025-12-01", "expires before it is signed"),
        ("expires: 2026-12-01", "expires: soon", "Invalid RFC3339"),
        ("retention_days: 30", "retention_days: -1", "whole days from 0 on"),
        ("classes: [telemetry]", "classes: [everything]", "there is no data class 'everything'"),
        ("owner: head of product", 'owner: " "', "owner is empty"),
        ("training: false", "trainin: false", "trainin"),
        ("version: 1", "version: 2", "Invalid enum value 2"),
        ("name: OpenAI", "name: [", "did not find expected"),
    ],
)
def test_a_register_that_is_not_valid_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in REGISTER
    with pytest.raises(ConfigError) as refused:
        _load(tmp_path, REGISTER.replace(old, new, 1))
    assert said in str(refused.value)
    assert "vendors.yaml:" in str(refused.value)


def test_a_register_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_vendors(tmp_path / "none.yaml")


@pytest.mark.parametrize("written", ["пример.рф", "XN--E1AFMKFD.xn--p1ai", '"*.рф.пример.рф"', "пример.рф."])
def test_hosts_of_other_scripts_are_registered_as_the_domain_name_system_has_them(tmp_path: Path, written: str) -> None:
    config = _load(tmp_path, REGISTER.replace("events.pager.example", written))
    asked = "a.xn--p1ai.xn--e1afmkfd.xn--p1ai" if "*" in written else "xn--e1afmkfd.xn--p1ai"
    assert config.vendors is not None
    assert getattr(config.vendors.of(asked), "name", None) == "Pager"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"us-*"', '"US East"', "'US East' is no region and no glob of regions"),
        ('"us-*"', '""', "'' is no region"),
        ('"us-*"', '"us_east_1"', "is no region"),
        ('"us-*"', '"-"', "is no region"),
        ('["us-*"]', "[]", "approved is empty"),
        ('"anthropic.claude-*"', '"claude 3"', "'claude 3' is no model id"),
        ('"anthropic.claude-*"', '""', "'' is no model id"),
        ("registers/vendors.yaml", '" "', "vendors names no file"),
    ],
)
def test_lists_that_name_nothing_are_refused_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SETTINGS
    with pytest.raises(ConfigError) as refused:
        _load(tmp_path, config=SETTINGS.replace(old, new, 1))
    assert said in str(refused.value)
    assert "trustscan.yaml:" in str(refused.value)


@pytest.mark.parametrize("region", ["us-east-1", "EU-*", "eu-[a-z]*", "westeurope", "*", "us-gov-????-1"])
def test_regions_are_globs(tmp_path: Path, region: str) -> None:
    assert _load(tmp_path, config=SETTINGS.replace("us-*", region)).file.regions is not None
