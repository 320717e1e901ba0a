"""What the user agreed to, asked of flows and vendors: agreements, regions and models.

Where no setting says anything, nothing can be told: the facts are unknown, and say which setting is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from scanner.config import DEFAULT_NAME, Config, expand
from scanner.kinds import Flow, Vendor
from scanner.model import Noted, Resource, Unknown
from scanner.registers import Vendor as Registered

_NO_REGISTER = Unknown(f"no register of vendors is kept; name it under registers in {DEFAULT_NAME}")
_NO_REGIONS = Unknown(f"no regions are approved; list them under regions in {DEFAULT_NAME}")
_NO_MODELS = Unknown(f"no models are allowed; list them under models in {DEFAULT_NAME}")


def of_flow(flow: Flow, target: Resource | None, config: Config) -> dict[str, Any]:
    """Whether what a flow sends may be processed where it is, and by the model that it calls."""
    return {"regions_approved": _regions_of(flow, target, config), "allowed": _models_of(flow, config)}


def _regions_of(flow: Flow, target: Resource | None, config: Config) -> Noted[bool] | Unknown:
    if config.file.regions is None:
        return _NO_REGIONS
    if isinstance(flow.regions, Unknown):
        return flow.regions
    own = (target.region,) if target is not None and target.region else ()
    regions = tuple(dict.fromkeys((*flow.regions, *own)))
    if not regions:
        return Unknown("where it is processed is not known")
    outside = [region for region in regions if not config.region_approved(region)]
    said = f"it may be processed in {', '.join(outside or regions)}"
    return Noted(not outside, said)


def _models_of(flow: Flow, config: Config) -> Noted[bool] | Unknown:
    if config.file.models is None:
        return _NO_MODELS
    if isinstance(flow.models, Unknown):
        return flow.models
    refused = [model for model in flow.models if not config.model_allowed(model)]
    if not flow.models:
        return Unknown("which models it calls is not known")
    return Noted(not refused, f"it calls {', '.join(refused or flow.models)}")


def of_vendor(vendor: Vendor, config: Config, today: date) -> dict[str, Any]:
    """What the register says of a vendor."""
    if config.vendors is None:
        names = ("registered", "agreed", "agreed_days", "trains", "classes_agreed", "regions_approved")
        return dict.fromkeys(names, _NO_REGISTER)
    entry = config.vendors.of(vendor.id.removeprefix("ext:")) or config.vendors.of(vendor.name)
    if entry is None:
        missing = f"{config.vendors.path} does not list it"
        unlisted = Unknown(missing)
        return {
            "registered": Noted(False, missing),
            "agreed": Noted(False, missing),
            **dict.fromkeys(("agreed_days", "trains", "classes_agreed", "regions_approved"), unlisted),
        }
    silent = Unknown(f"{config.vendors.path} does not say so of {entry.name}")
    return {
        "registered": True,
        **_agreement(entry, today),
        "trains": silent if entry.training is None else entry.training,
        "classes_agreed": silent if entry.classes is None else _classes(vendor.receives, entry.classes),
        "regions_approved": silent if entry.regions is None else _regions(entry.regions, config),
    }


def _agreement(entry: Registered, today: date) -> dict[str, Any]:
    if entry.agreement is None:
        none = f"the register has no agreement with {entry.name}"
        return {"agreed": Noted(False, none), "agreed_days": Unknown(none)}
    days = (entry.agreement.expires - today).days
    said = f"the agreement with {entry.name} {'ends' if days >= 0 else 'ended'} on {entry.agreement.expires}"
    in_force = days >= 0 and entry.agreement.signed <= today
    return {"agreed": Noted(in_force, said), "agreed_days": Noted(days, said)}


def _classes(receives: Iterable[str] | Unknown, classes: list[str]) -> Noted[bool] | Unknown:
    if isinstance(receives, Unknown):
        return receives
    over = [one for one in receives if one not in expand(classes)]
    return Noted(not over, f"it receives {', '.join(over)}, which was not agreed" if over else "")


def _regions(regions: list[str], config: Config) -> Noted[bool] | Unknown:
    if config.file.regions is None:
        return _NO_REGIONS
    outside = [region for region in regions if not config.region_approved(region)]
    return Noted(not outside, f"it processes data in {', '.join(outside or regions)}")
