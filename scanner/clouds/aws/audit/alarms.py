"""CloudWatch alarms and metric filters, and EventBridge rules: what tells somebody."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Alarm
from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
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

_STATES = frozenset({"ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"})


def from_plan(planned: PlannedWorld) -> Iterator[Alarm]:
    """Read every alarm, metric filter and rule."""
    by_metric: dict[tuple[str, str], list[PlannedResource]] = {}
    for alarm in planned.of(_METRIC, _COMPOSITE):
        metric = (str(alarm.values.get("namespace")), str(alarm.values.get("metric_name")))
        by_metric.setdefault(metric, []).append(alarm)
        enabled = alarm.flag("actions_enabled", absent=True)
        yield Alarm.of(**planned.labels(alarm), type="alarm", enabled=enabled, notifies=_acts(alarm))
    for filter_ in planned.of(_FILTER):
        told = _alarmed(filter_, by_metric)
        yield Alarm.of(**planned.labels(filter_), type="metric_filter", enabled=True, notifies=told)
    for rule in planned.of(_RULE):
        target = _targeted(planned, rule)
        yield Alarm.of(**planned.labels(rule), type="event_rule", enabled=_enabled(rule), notifies=target)


def _acts(alarm: PlannedResource) -> Answer:
    """Whether an alarm has an action; one that is known only after apply is one."""
    actions = alarm.get("alarm_actions")
    named = isinstance(actions, (list, Unknown)) and bool(actions)
    return Noted(True, "it has alarm_actions") if named else Noted(False, "it has no alarm_actions")


def _alarmed(filter_: PlannedResource, by_metric: dict[tuple[str, str], list[PlannedResource]]) -> Answer:
    """Whether an alarm of the plan watches the metric that a filter makes, and acts."""
    metric = filter_.block("metric_transformation")
    if not isinstance(metric, Block):
        return metric or Noted(False, "it makes no metric")
    name, namespace = metric.text("name"), metric.text("namespace")
    if isinstance(name, Unknown) or isinstance(namespace, Unknown):
        return Unknown(f"the metric of {filter_.address} is known only after apply")
    alarms = by_metric.get((namespace, name), ())
    none = Unknown("no alarm of this plan watches its metric; one may be kept elsewhere")
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
    if targets:
        return Noted(True, f"{targets[0].address} receives it")
    missing: Answer = planned.default(rule, value=False, because="no target in this plan receives it")
    return missing
