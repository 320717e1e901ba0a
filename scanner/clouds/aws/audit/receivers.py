"""Whether what an alarm or a rule tells arrives, as a running account shows it.

A live account tells more of aws_sns_topic than the provider describes: subscriptions_confirmed, of GetTopicAttributes.
Source: Amazon SNS Developer Guide, "Confirm the subscription": nothing is sent to a receiver before it confirms.
"""

from __future__ import annotations

from scanner.logic import Answer, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_TOPIC = "aws_sns_topic"
_COMPOSITE = "aws_cloudwatch_composite_alarm"
_TARGET = "aws_cloudwatch_event_target"
_UNSEEN = Unknown("only a running account shows who receives it")


class Receivers:
    """Who receives what is told in the live accounts of a world."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Index the composite alarms by place."""
        self._planned = planned
        self._composites: dict[str, list[PlannedResource]] = {}
        for alarm in planned.of(_COMPOSITE):
            self._composites.setdefault(alarm.plan.name, []).append(alarm)

    def of_alarm(self, alarm: PlannedResource) -> Answer:
        """Whether one of an alarm's actions arrives, or that of a composite alarm that its state is a part of."""
        if not alarm.plan.is_live:
            return _UNSEEN
        actions = alarm.texts("alarm_actions")
        if isinstance(actions, Unknown) or actions:
            return actions if isinstance(actions, Unknown) else self._any(alarm, actions)
        unread = self._planned.left_out(alarm, _COMPOSITE)
        above = [c for c in self._composites.get(alarm.plan.name, ()) if c is not alarm and part_of(alarm, c)]
        heard = (self._any(c, actions) for c in above if isinstance(actions := c.texts("alarm_actions"), tuple))
        return either(*heard, Unknown(unread) if unread else False, Noted(False, "it has no actions"))

    def of_rule(self, rule: PlannedResource) -> Answer:
        """Whether one of a rule's targets is there, and receives."""
        if not rule.plan.is_live:
            return _UNSEEN
        targets = self._planned.attached(rule, _TARGET, "rule")
        if isinstance(targets, Unknown):
            return targets
        arns = [target.text("arn") for target in targets]
        unread = (arn for arn in arns if isinstance(arn, Unknown))
        named = tuple(arn for arn in arns if isinstance(arn, str))
        return either(self._any(rule, named), *unread, Noted(False, "it has no target"))

    def _any(self, sender: PlannedResource, arns: tuple[str, ...]) -> Answer:
        return either(*(self._arrives(sender, arn) for arn in arns))

    def _arrives(self, sender: PlannedResource, arn: str) -> Answer:
        """Whether an action or target arrives: to a topic with a receiver who confirmed, or to what acts by itself."""
        if arn.split(":")[2:3] != ["sns"]:
            return Noted(True, f"it acts through {arn}")
        topic = self._planned.by_name(arn, _TOPIC)
        if topic is None:
            return self._unseen(sender, arn)
        confirmed = topic.number("subscriptions_confirmed")
        if isinstance(confirmed, Unknown):
            return confirmed
        if confirmed > 0:
            return Noted(True, f"{arn} has a receiver who confirmed")
        return Noted(False, f"nobody who confirmed receives {arn}")

    def _unseen(self, sender: PlannedResource, arn: str) -> Answer:
        """A topic that was not read: gone, where all of its account's region was listed."""
        region, account = [*arn.split(":"), "", ""][3:5]
        here = (sender.plan.account, sender.plan.region) == (account, region)
        unread = self._planned.left_out(sender, _TOPIC) if here else f"{arn} was not read"
        return Unknown(unread) if unread else Noted(False, f"{arn} does not exist")


def part_of(alarm: PlannedResource, composite: PlannedResource) -> bool:
    """Whether a composite alarm's rule names an alarm, by name or ARN."""
    rule = str(composite.values.get("alarm_rule") or "")
    name = alarm.values.get("alarm_name")
    return alarm.id in rule or any(f"({quote}{name}{quote})" in rule for quote in ("", '"', "'"))
