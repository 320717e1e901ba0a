"""Whether what an alarm or a rule tells arrives, as a running account shows it.

A live account tells more of aws_sns_topic than the provider describes: subscriptions_confirmed, of GetTopicAttributes.
Source: Amazon SNS Developer Guide, "Confirm the subscription": nothing is sent to a receiver before it confirms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_TOPIC = "aws_sns_topic"
_ACTING = {"lambda": "aws_lambda_function", "sqs": "aws_sqs_queue"}
"""Types of what acts by itself and is looked for, by the service in its ARN."""
_COMPOSITE = "aws_cloudwatch_composite_alarm"
_TARGET = "aws_cloudwatch_event_target"
_UNSEEN = Unknown("only a running account shows who receives it")
_NAMED = re.compile(r"""\(\s*("[^"]*"|'[^']*'|[^()]*?)\s*\)""")
"""What stands in parentheses of its own: the name of an alarm, bare or in quotes."""


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
        own = self._tells(alarm)
        if plain(own) is True:
            return own
        unread = self._planned.left_out(alarm, _COMPOSITE)
        above = above_of(alarm, self._composites.get(alarm.plan.name, ()), part_of)
        return either(*map(self._tells, above), Unknown(unread) if unread else False, own)

    def _tells(self, alarm: PlannedResource) -> Answer:
        """Whether an alarm's own actions are on, and one of them arrives."""
        enabled, actions = alarm.flag("actions_enabled", absent=True), alarm.texts("alarm_actions")
        if enabled is False:
            return Noted(False, f"the actions of {alarm.id} are switched off")
        if isinstance(actions, Unknown):
            return actions
        return both(self._any(alarm, actions) if actions else Noted(False, "it has no actions"), enabled)

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
        parts = arn.split(":")
        service = "".join(parts[2:3])
        if service in _ACTING:
            there = self._planned.by_name(":".join(parts[:7]), _ACTING[service]) is not None
            return Noted(True, f"it acts through {arn}") if there else self._unseen(sender, arn, _ACTING[service])
        if service != "sns":
            return Noted(True, f"it acts through {arn}")
        topic = self._planned.by_name(arn, _TOPIC)
        if topic is None:
            return self._unseen(sender, arn, _TOPIC)
        confirmed = topic.number("subscriptions_confirmed")
        if isinstance(confirmed, Unknown):
            return confirmed
        if confirmed > 0:
            return Noted(True, f"{arn} has a receiver who confirmed")
        return Noted(False, f"nobody who confirmed receives {arn}")

    def _unseen(self, sender: PlannedResource, arn: str, type_: str) -> Answer:
        """A receiver that was not read: gone, where all of its account's region was listed."""
        region, account = [*arn.split(":"), "", ""][3:5]
        here = (sender.plan.account, sender.plan.region) == (account, region)
        unread = self._planned.left_out(sender, type_) if here else f"{arn} was not read"
        return Unknown(unread) if unread else Noted(False, f"{arn} does not exist")


def above_of(
    alarm: PlannedResource,
    composites: Iterable[PlannedResource],
    names: Callable[[PlannedResource, PlannedResource], bool],
) -> list[PlannedResource]:
    """The composite alarms that an alarm's state is a part of, also by way of other composites."""
    found, left = [alarm], list(composites)
    for part in found:
        found += [composite for composite in left if composite not in found and names(part, composite)]
    return found[1:]


def part_of(alarm: PlannedResource, composite: PlannedResource) -> bool:
    """Whether a composite alarm's rule names an alarm, by name or ARN.

    Source: Amazon CloudWatch API Reference, "PutCompositeAlarm", AlarmRule.
    """
    rule = composite.values.get("alarm_rule")
    named = {given.strip("\"'") for given in _NAMED.findall(rule)} if isinstance(rule, str) else set()
    return not named.isdisjoint({alarm.id, alarm.values.get("alarm_name")})
