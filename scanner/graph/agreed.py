"""What the user agreed to, asked of flows and vendors: agreements, regions and models.

Where no setting says anything, nothing can be told: the facts are unknown, and say which setting is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from scanner.config import DEFAULT_NAME, Config, expand
from scanner.graph.registered import Entries, entries
from scanner.kinds import Flow, Vendor
from scanner.model import Noted, Resource, Unknown
from scanner.registers import Vendor as Registered
from scanner.registers import VendorRegister

_NO_REGISTER = Unknown(f"no register of vendors is kept; name it under registers in {DEFAULT_NAME}")
_NO_REGIONS = Unknown(f"no regions are approved; list them under regions in {DEFAULT_NAME}")
_NO_MODELS = Unknown(f"no models are allowed; list them under models in {DEFAULT_NAME}")

_FACTS = ("registered", "agreed", "agreed_days", "trains", "classes_agreed", "regions_approved")
_BAD = {"trains": True}
"""What counts of several hosts, where that is not False."""


def of_flow(flow: Flow, target: Resource | None, config: Config) -> dict[str, Any]:
    """Whether what a flow sends may be processed where it is, and by the model that it calls."""
    return {"regions_approved": _regions_of(flow, target, config), "allowed": _models_of(flow, config)}


def _regions_of(flow: Flow, target: Resource | None, config: Config) -> Noted[bool] | Unknown:
    if config.file.regions is None:
        return _NO_REGIONS
    if isinstance(target, Vendor):
        told: Noted[bool] | Unknown = _worst([_at_host(target, host, config) for host in flow.hosts or ("",)])
        return told
    if isinstance(flow.regions, Unknown):
        return flow.regions
    own = (target.region,) if target is not None and target.region else ()
    regions = tuple(dict.fromkeys((*flow.regions, *own)))
    if not regions:
        return Unknown("where it is processed is not known")
    outside = [region for region in regions if not config.region_approved(region)]
    if outside and all(region in flow.regions_open and region not in own for region in outside):
        return Unknown(
            f"whether it may be processed in {', '.join(outside)} depends on the model and the region of the call"
        )
    said = f"it may be processed in {', '.join(outside or regions)}"
    return Noted(not outside, said)


def _at_host(vendor: Vendor, host: str, config: Config) -> Any:
    """Whether a host of a vendor is in approved regions."""
    if config.vendors is None:
        where = f"where {vendor.id} processes data is told by no register"
        return Unknown(f"{where}; name one under registers in {DEFAULT_NAME}")
    found = entries(config.vendors, vendor, host)
    if not found.found:
        return Unknown(f"{config.vendors.path} does not list {found.told}, so that its regions are not known")
    return _same(found, [_regions(one, found, config) for one in found.found])


def _models_of(flow: Flow, config: Config) -> Noted[bool] | Unknown:
    if config.file.models is None:
        return _NO_MODELS
    if isinstance(flow.models, Unknown):
        return flow.models
    refused = [model for model in flow.models if not config.model_allowed(model)]
    if not flow.models:
        return Unknown("which models it calls is not known")
    return Noted(not refused, f"it calls {', '.join(refused or flow.models)}")


def of_vendor(
    vendor: Vendor, config: Config, today: date, hosts: Sequence[str] = ("",), perhaps: Iterable[str] = ()
) -> dict[str, Any]:
    """What the register says of a vendor: of the hosts that are called, and those that perhaps are.

    A host is empty where only a name speaks for the vendor.
    """
    if config.vendors is None:
        return dict.fromkeys(_FACTS, _NO_REGISTER)
    sure = [_of_host(config.vendors, vendor, host, config, today) for host in hosts]
    facts = {name: _worst([told[name] for told in sure], bad=_BAD.get(name, False)) for name in _FACTS}
    for host in perhaps:
        told = _of_host(config.vendors, vendor, host, config, today)
        facts = {name: _doubted(facts[name], told[name], host, bad=_BAD.get(name, False)) for name in _FACTS}
    return facts


def _of_host(register: VendorRegister, vendor: Vendor, host: str, config: Config, today: date) -> dict[str, Any]:
    found = entries(register, vendor, host)
    told = [_of_entry(vendor, entry, found, config, today) for entry in found.found]
    if told:
        return {name: _same(found, [one[name] for one in told]) for name in _FACTS}
    missing = f"{register.path} does not list {found.told}"
    unlisted = dict.fromkeys(_FACTS, Unknown(missing))
    return {**unlisted, "registered": Noted(False, missing), "agreed": Noted(False, missing)}


def _of_entry(vendor: Vendor, entry: Registered, found: Entries, config: Config, today: date) -> dict[str, Any]:
    def unless_silent(field: str, value: object, told: Any) -> Any:
        return Unknown(f"the register has no {field} of {entry.name}") if value is None else told

    return {
        "registered": True,
        **_agreement(entry, today),
        "trains": unless_silent("training", entry.training, entry.training),
        "classes_agreed": unless_silent("classes", entry.classes, _classes(vendor.receives, entry.classes or ())),
        "regions_approved": _regions(entry, found, config),
    }


def _agreement(entry: Registered, today: date) -> dict[str, Any]:
    if entry.agreement is None:
        none = f"the register has no agreement with {entry.name}"
        return {"agreed": Noted(False, none), "agreed_days": Unknown(none)}
    days = (entry.agreement.expires - today).days
    said = f"the agreement with {entry.name} {'ends' if days >= 0 else 'ended'} on {entry.agreement.expires}"
    begun = entry.agreement.signed <= today
    if not begun:
        said = f"the agreement with {entry.name} begins on {entry.agreement.signed}, after today"
    return {"agreed": Noted(days >= 0 and begun, said), "agreed_days": Noted(days, said)}


def _classes(receives: Iterable[str] | Unknown, classes: Iterable[str]) -> Noted[bool] | Unknown:
    if isinstance(receives, Unknown):
        return receives
    over = [one for one in receives if one not in expand(list(classes))]
    return Noted(not over, f"it receives {', '.join(over)}, which was not agreed" if over else "")


def _regions(entry: Registered, found: Entries, config: Config) -> Noted[bool] | Unknown:
    if config.file.regions is None:
        return _NO_REGIONS
    if not found.covered:
        return Unknown(f"{found.told} is no host of {entry.name} in the register, so that its regions are not known")
    if not entry.regions:
        return Unknown(f"the register has no regions of {entry.name}")
    outside = [region for region in entry.regions if not config.region_approved(region)]
    return Noted(not outside, f"{entry.name} processes data in {', '.join(outside or entry.regions)}")


def _plain(fact: Any) -> Any:
    return fact.value if isinstance(fact, Noted) else fact


def _same(found: Entries, facts: Sequence[Any]) -> Any:
    """What all entries say of a vendor; unknown where they differ, for nothing tells which of them it is."""
    if len({str(_plain(fact)) for fact in facts}) == 1:
        return facts[0]
    return Unknown(f"which of {', '.join(one.name for one in found.found)} in the register it is is not told")


def _worst(facts: Sequence[Any], *, bad: bool = False) -> Any:
    """What holds of several hosts: what is bad of one, or else not known of one; the fewest days."""
    for fact in facts:
        if _plain(fact) is bad:
            return fact
    unknown = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    return unknown or min(facts, key=_plain)


def _doubted(fact: Any, other: Any, host: str, *, bad: bool) -> Any:
    """A fact that a host which is perhaps called may change."""
    worst = _worst([fact, other], bad=bad)
    if worst is fact or isinstance(fact, Unknown) or _plain(worst) == _plain(fact):
        return fact
    why = worst.reason if isinstance(worst, Unknown) else getattr(worst, "because", "") or "it is not as it should be"
    return Unknown(f"{host or 'it'} is perhaps reached as well: {why}")
