"""The guardrails of an agent: of its draft, and of each version that an alias serves.

In a live account, a version of a guardrail has policies of its own, as the draft does: they were set when the version
was made, and the draft may say otherwise since. A plan knows but the draft, which a new version copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scanner.clouds.aws.ai.guardrail_uses import GUARDRAIL, VERSION, guardrail_of
from scanner.logic import Answer, both, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block


class Guards:
    """What stands between an agent, in whatever form it is called, and its model."""

    def __init__(self, guards: Sequence[_Guard | Unknown]) -> None:
        self._guards = guards

    def there(self) -> Answer:
        """Whether every form of the agent has a guardrail."""
        return both(*(guard if isinstance(guard, Unknown) else guard.there for guard in self._guards))

    def holds(self, test: Callable[[PlannedResource], Answer]) -> Answer:
        """Whether a test holds of every guardrail as it is used."""
        return both(*(guard if isinstance(guard, Unknown) else guard.holds(test) for guard in self._guards))


def of_each(planned: PlannedWorld, forms: Sequence[PlannedResource | Unknown]) -> Guards:
    """The guards of an agent's draft and of its versions in use."""
    return Guards([form if isinstance(form, Unknown) else _Guard(planned, form) for form in forms])


class _Guard:
    """The guardrail of an agent's draft, or of one version."""

    def __init__(self, planned: PlannedWorld, agent: PlannedResource) -> None:
        self.there: Answer
        """Whether it has one."""

        self._judged: PlannedResource | Unknown | Noted[bool]
        self._form = "" if agent.type == "aws_bedrockagent_agent" else f"version {agent.get('agent_version')}: "
        guardrail = guardrail_of(planned, agent)
        if guardrail is None:
            self.there = self._judged = Noted(False, f"{self._form}it has no guardrail_configuration")
        elif isinstance(guardrail, External):
            why = planned.left_out(agent, GUARDRAIL) or f"its guardrail {guardrail.value} was not seen"
            self.there = Noted(True, f"{self._form}it names the guardrail {guardrail.value}")
            self._judged = Unknown(why)
        elif isinstance(guardrail, PlannedResource):
            self.there = Noted(True, f"{self._form}it uses {guardrail.address}")
            self._judged = _used_version(planned, agent, guardrail)
        else:
            named = agent.blocks("guardrail_configuration")
            self.there = guardrail if isinstance(named, Unknown) else Noted(True, f"{self._form}it names a guardrail")
            self._judged = guardrail
        self._address = guardrail.address if isinstance(guardrail, PlannedResource) else ""

    def holds(self, test: Callable[[PlannedResource], Answer]) -> Answer:
        """What a test says of the guardrail as the agent uses it."""
        if isinstance(self._judged, PlannedResource):
            return said_of(f"{self._form}{self._address}", test(self._judged))
        return self._judged


def _used_version(
    planned: PlannedWorld, agent: PlannedResource, guardrail: PlannedResource
) -> PlannedResource | Unknown:
    """The version that a live agent names; in a plan, the draft."""
    named = agent.block("guardrail_configuration")
    number = named.get("guardrail_version") if isinstance(named, Block) else None
    if not guardrail.plan.is_live or number in {None, "", "DRAFT"}:
        return guardrail
    versions = (one for one in planned.of(VERSION) if one.values.get("guardrail_arn") == guardrail.address)
    found = next((one for one in versions if one.values.get("version") == number), None)
    why = planned.left_out(guardrail, VERSION) or f"version {number} of {guardrail.address} was not seen"
    return found or Unknown(why)
