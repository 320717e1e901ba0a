"""CloudWatch alarms and metric filters, and EventBridge rules: what tells somebody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from scanner.clouds.aws.audit.receivers import Receivers, above_of, part_of
from scanner.clouds.aws.audit.watched import watches
from scanner.clouds.aws.places import Places
from scanner.kinds import Alarm
from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_METRIC = "aws_cloudwatch_metric_alarm"
_COMPOSITE = "aws_cloudwatch_composite_alarm"
_FILTER = "aws_cloudwatch_log_metric_filter"
_RULE = "aws_cloudwatch_event_rule"
_TARGET = "aws_cloudwatch_event_target"

terraform_types = (_METRIC, _COMPOSITE, _FILTER, _RULE, _TARGET)
kinds = ("alarm",)

_ByMetric: TypeAlias = "dict[tuple[str, str, str], list[PlannedResource]]"

_STATES = frozenset({"ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})


def from_plan(planned: PlannedWorld) -> Iterator[Alarm]:
    """Read every alarm, metric filter and rule."""
    by_metric: _ByMetric = {}
    receivers, places = Receivers(planned), Places(planned)
    for alarm in planned.of(_METRIC, _COMPOSITE):
        for metric in _metrics(alarm):
            by_metric.setdefault(metric, []).append(alarm)
        account, region = places.of(alarm)
        yield Alarm.of(
            **planned.labels(alarm) | {"account": account, "region": region},
            type="alarm",
            enabled=_switched_on(alarm),
            notifies=sourced(either(_acts(alarm), _told_on(planned, alarm)), completed_in(alarm, "alarm_actions")),
            watches=watches(alarm) if alarm.type == _METRIC else (),
            received=receivers.of_alarm(alarm),
        )
    for filter_ in planned.of(_FILTER):
        told = _alarmed(planned, filter_, by_metric)
        yield Alarm.of(**planned.labels(filter_), type="metric_filter", enabled=True, notifies=told)
    for rule in planned.of(_RULE):
        yield Alarm.of(
            **planned.labels(rule),
            type="event_rule",
            enabled=_enabled(rule),
            notifies=_targeted(planned, rule),
            received=receivers.of_rule(rule),
        )


def _metrics(alarm: PlannedResource) -> Iterator[tuple[str, str, str]]:
    """Place, namespace and name of each metric that an alarm watches, alone or in an expression."""
    queries = alarm.values.get("metric_query")
    inner = [metric for query in queries or () if isinstance(query, dict) for metric in query.get("metric") or ()]
    for metric in (alarm.values, *inner):
        yield _place(alarm), str(metric.get("namespace")), str(metric.get("metric_name"))


def _place(resource: PlannedResource) -> str:
    """The region of a live account, whose metrics are its own; plans may share one."""
    return resource.plan.name if resource.plan.is_live else ""


def _switched_on(alarm: PlannedResource) -> Answer:
    enabled = alarm.flag("actions_enabled", absent=True)
    return Noted(False, "its actions are switched off") if enabled is False else enabled


def _acts(alarm: PlannedResource) -> Answer:
    """Whether an alarm has an action; one that is known only after apply is one."""
    actions = alarm.get("alarm_actions")
    named = isinstance(actions, (list, Unknown)) and bool(actions)
    return Noted(True, "it has actions") if named else Noted(False, "it has no actions")


def _told_on(planned: PlannedWorld, alarm: PlannedResource) -> Answer:
    """Whether a composite alarm that an alarm's state is a part of acts; those that name it are in one plan with it."""
    unread = planned.left_out(alarm, _COMPOSITE)
    above = above_of(alarm, planned.of(_COMPOSITE), lambda part, one: _names(planned, one, part))
    heard = (both(one.flag("actions_enabled", absent=True), _acts(one)) for one in above)
    return either(*heard, Unknown(unread) if unread else False)


def _names(planned: PlannedWorld, composite: PlannedResource, alarm: PlannedResource) -> bool:
    if composite.plan is not alarm.plan:
        return False
    return part_of(alarm, composite) or alarm in planned.mentioned(composite, "alarm_rule")


def _alarmed(planned: PlannedWorld, filter_: PlannedResource, by_metric: _ByMetric) -> Answer:
    """Whether an alarm watches the metric that a filter makes, and acts."""
    metric = filter_.block("metric_transformation")
    if not isinstance(metric, Block):
        return metric or Noted(False, "it makes no metric")
    name, namespace = metric.text("name"), metric.text("namespace")
    if isinstance(name, Unknown) or isinstance(namespace, Unknown):
        return Unknown(f"the metric of {filter_.address} is known only after apply")
    alarms = by_metric.get((_place(filter_), namespace, name), ())
    none: Answer = Unknown("no alarm of this plan watches its metric; one may be kept elsewhere")
    if filter_.plan.is_live:
        unread = planned.left_out(filter_, _METRIC)
        none = Unknown(unread) if unread else Noted(False, "no alarm that acts watches its metric")
    return either(*(both(alarm.flag("actions_enabled", absent=True), _acts(alarm)) for alarm in alarms), none)


def _enabled(rule: PlannedResource) -> Answer:
    """`state` wins over the older `is_enabled`; a rule is enabled unless either says otherwise."""
    state = rule.text("state")
    if isinstance(state, Unknown):
        return state
    return state.upper() in _STATES if state else rule.flag("is_enabled", absent=True)


def _targeted(planned: PlannedWorld, rule: PlannedResource) -> Answer:
    targets = planned.attached(rule, _TARGET, "rule")
    if isinstance(targets, Unknown):
        return targets
    unread = [target.get("arn") for target in targets] if rule.plan.is_live else []
    if unread and all(isinstance(arn, Unknown) for arn in unread):
        return unread[0]  # type: ignore[no-any-return]
    if targets:
        return Noted(True, f"{targets[0].address} receives it")
    missing: Answer = planned.default(rule, value=False, because="no target receives it")
    return missing
