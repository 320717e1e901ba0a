"""Terraform's own state of another place, which a plan reads.

Where a plan keeps its own state is not in it; what it reads of others is: the data source `terraform_remote_state`.
Source: Terraform documentation, "The terraform_remote_state Data Source", "Backend Type: s3".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.config import Described
from scanner.model import Unknown, Wire
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld


def states_read(planned: PlannedWorld) -> Iterator[Wire]:
    """Each state in S3 that a plan reads: a use by the plan, and by the environment that the state is called after."""
    environments: dict[int, str | Unknown] = {}
    for data in planned.of("data.terraform_remote_state"):
        name = _state(data)
        if name:
            if id(data.plan) not in environments:
                environments[id(data.plan)] = _environment(planned, data.plan)
            target = f"arn:aws:s3:::{name}"
            yield Wire(
                how="store",
                source=data.plan.name,
                target=target,
                attribute=data.address,
                environment=environments[id(data.plan)],
            )
            called, source = planned.config.environment(Described(name, name, "", "", {}))
            if source:
                yield Wire(how="store", source=target, target=target, attribute="its name", environment=called)


def _state(data: PlannedResource) -> str:
    """Bucket and key of a state in S3; empty where it is kept elsewhere, or not known."""
    settings = data.values.get("config")
    if data.values.get("backend") != "s3" or not isinstance(settings, dict):
        return ""
    parts = [settings.get("bucket"), data.values.get("workspace"), settings.get("key")]
    return "/".join(str(part) for part in parts if part and part != "default")


def _environment(planned: PlannedWorld, plan: Plan) -> str | Unknown:
    """The one environment of all of a plan's resources of which it is known."""
    found = {planned.labels(resource)["environment"] for resource in plan.resources}
    known = {one for one in found if isinstance(one, str)}
    if len(known) == 1:
        return str(known.pop())
    return Unknown(f"what {plan.name} makes is of {', '.join(sorted(known)) or 'no known environment'}")
