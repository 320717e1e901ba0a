"""Policies of an organization: service and resource control policies, and the opt-out from training AWS's models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.iam.hierarchy import named
from scanner.clouds.aws.iam.policydoc import Texts
from scanner.clouds.aws.iam.statements import hidden, read_statements
from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import Template
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_ATTACHMENT = "aws_organizations_policy_attachment"
_KINDS = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
_OPT_OUT = "AISERVICES_OPT_OUT_POLICY"
_LEARNS = ("ai:LearnFromContent",)
"""Stands for what the opt-out is about: a service storing and using content to improve itself. No action of IAM's."""

terraform_types = ("aws_organizations_policy", _ATTACHMENT)
kinds = ("statement",)


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read what an organization denies its accounts; tag, backup and other policies have no statements."""
    for policy in planned.of("aws_organizations_policy"):
        type_ = policy.text("type", "SERVICE_CONTROL_POLICY")
        binds = _targets(planned, policy)
        if isinstance(type_, Unknown):
            yield hidden(planned.labels(policy), type_, policy.id, kind=type_, binds=binds)
        elif type_ == _OPT_OUT:
            yield from _opt_out(planned, policy, binds)
        elif type_ in _KINDS:
            yield from read_statements(planned, policy, "content", kind=_KINDS[type_], binds=binds)


def _targets(planned: PlannedWorld, policy: PlannedResource) -> Texts:
    """Accounts, units or roots it is attached to, as far as this plan attaches it."""
    found = planned.attached(policy, _ATTACHMENT, "policy_id")
    if isinstance(found, Unknown):
        return found
    targets: list[str] = []
    for attachment in found:
        target = named(planned, attachment, "target_id")
        if isinstance(target, Unknown):
            return target
        targets += [target] if target else []
    return tuple(targets)


def _opt_out(planned: PlannedWorld, policy: PlannedResource, binds: Texts) -> Iterator[Statement]:
    """Yield a statement a service, `*` for the default: a Deny where it is opted out, an Allow where it is opted in.

    Source: AWS Organizations User Guide, "AI services opt-out policy syntax and examples".
    """
    labels, kind = planned.labels(policy), "ai_opt_out"
    services = _services(policy)
    if isinstance(services, Unknown):
        yield hidden(labels, services, policy.id, kind=kind, binds=binds)
        return
    for service, setting in services.items():
        value = assigned(setting)
        if value in {"optOut", "optIn"}:
            own = {
                "id": f"{policy.id}#{service}",
                "policy": policy.id,
                "policy_kind": kind,
                "effect": "Deny" if value == "optOut" else "Allow",
                "actions": _LEARNS,
                "resources": ("*" if service == "default" else service,),
                "binds": binds,
            }
            yield Statement.of(**{**labels, **own})


def _services(policy: PlannedResource) -> dict[str, Any] | Unknown:
    content = policy.get("content")
    unread = isinstance(content, Unknown) and not isinstance(content, Template)
    return content if unread else services_in(content, f"{policy.address}.content")


def services_in(content: object, where: str) -> dict[str, Any] | Unknown:
    """Settings of an opt-out policy by service, `default` for those that it does not name."""
    raw = read_json(content, where)
    if isinstance(raw, Unknown):
        return raw
    services = raw.get("services") if isinstance(raw, dict) else None
    settings = [services, *(services.values() if isinstance(services, dict) else ())]
    settings += [one.get("opt_out_policy") for one in settings[1:] if isinstance(one, dict)]
    settings += [one.get("@@assign") for one in settings[1:] if isinstance(one, dict)]
    unread = next((one for one in settings if isinstance(one, Unknown)), None)
    if unread is not None:
        return unread
    return services if isinstance(services, dict) else {}


def assigned(setting: Any) -> str:
    """Value of `opt_out_policy`: optOut or optIn, written plainly or by the operator @@assign."""
    value = setting.get("opt_out_policy") if isinstance(setting, dict) else None
    value = value.get("@@assign") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""
