"""Where messages go that nobody could deal with: dead-letter queues, and what sends to them.

Source: Amazon SQS Developer Guide, "Using dead-letter queues in Amazon SQS" (a redrive policy names the queue; one that
serves as such may say in its redrive allow policy for whom).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from scanner.clouds.aws.json_text import read_json
from scanner.config import words
from scanner.hcl.values import Symbol, Template
from scanner.logic import Answer, plain
from scanner.model import Completed, Noted, Unknown
from scanner.terraform.completed import completed_in
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, Plan, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld, first
from scanner.terraform.values import Block

_QUEUE = "aws_sqs_queue"
_REDRIVE = "aws_sqs_queue_redrive_policy"
_ALLOW = "aws_sqs_queue_redrive_allow_policy"
_POLICIES = ((_QUEUE, "redrive_policy"), (_REDRIVE, "redrive_policy"), ("aws_sns_topic_subscription", "redrive_policy"))
"""Types that name a dead-letter queue inside a document."""

_BLOCKS = (
    ("aws_lambda_function", ("dead_letter_config",), "target_arn"),
    ("aws_lambda_function_event_invoke_config", ("destination_config", "on_failure"), "destination"),
    ("aws_lambda_event_source_mapping", ("destination_config", "on_failure"), "destination_arn"),
    ("aws_cloudwatch_event_target", ("dead_letter_config",), "arn"),
    ("aws_scheduler_schedule", ("target", "dead_letter_config"), "arn"),
)
"""Types that name one in an attribute of a block."""

terraform_types = (_REDRIVE, _ALLOW)
"""Types that are read for queues alone."""

_LISTED = (
    _QUEUE,
    "aws_lambda_function",
    "aws_lambda_event_source_mapping",
    "aws_cloudwatch_event_target",
    "aws_scheduler_schedule",
    "aws_sns_topic_subscription",
)
"""Types of a live account that may name a dead-letter queue."""

_WORDS = frozenset({"dlq", "dlqs", "deadletter", "deadletters"})
_PAIRS = frozenset({("dead", "letter"), ("dead", "letters")})


class DeadLetters:
    """The dead-letter queues of a world."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Find every queue that something names as its dead-letter queue."""
        self._planned = planned
        self._named: dict[PlannedResource, tuple[Completed, ...]] = {}
        self._perhaps: dict[PlannedResource | Plan, str] = {}
        self._seen: dict[int, tuple[PlannedResource, ...]] = {}
        for sender, attribute, target in self._targets():
            if isinstance(target, PlannedResource):
                self._named.setdefault(target, completed_in(sender, attribute))
            elif isinstance(target, Unknown):
                self._doubt(sender, attribute, target.reason)

    def _doubt(self, sender: PlannedResource, attribute: str, reason: str) -> None:
        """Take in a dead-letter queue that is not told: one of those named, in an account any of the region."""
        if sender.plan.is_live:
            self._perhaps.setdefault(sender.plan, reason)
            return
        named = self._planned.mentioned(sender, attribute)
        if not named and "local." in reason:
            self._perhaps.setdefault(sender.plan, reason)
        if id(named) not in self._seen:
            self._seen[id(named)] = named  # many senders share one tuple of queues
            self._perhaps.update(dict.fromkeys(named, reason))

    def _targets(self) -> Iterator[tuple[PlannedResource, str, Target]]:
        """What names a queue, in which of its attributes, and which."""
        for type_, attribute in _POLICIES:
            for sender in self._planned.of(type_):
                yield sender, attribute, self._of_document(sender, attribute)
        for type_, path, attribute in _BLOCKS:
            for sender in self._planned.of(type_):
                yield sender, path[0], self._of_block(sender, path, attribute)

    def _of_document(self, sender: PlannedResource, attribute: str) -> Target:
        """The queue that a redrive policy names."""
        if left_out(sender, attribute):
            return None
        text = sender.get(attribute)
        if isinstance(text, Unknown) and not isinstance(text, Template):
            return text if sender.plan.is_live else self._planned.target(sender, attribute, (_QUEUE,))
        arn = _dead_letter_arn(text)
        if isinstance(arn, Symbol):
            named = self._planned.instance(sender, arn)
            return named if named is not None and named.type == _QUEUE else arn
        if not isinstance(arn, str):
            return arn
        return self._planned.by_name(arn, _QUEUE) or External(arn)

    def _of_block(self, sender: PlannedResource, path: tuple[str, ...], attribute: str) -> Target:
        holder: Block = sender
        for name in path:
            inner = holder.block(name)
            if isinstance(inner, Unknown) or inner is None:
                return inner
            holder = inner
        return self._planned.target(sender, attribute, (_QUEUE,), holder)

    def keeps(self, queue: PlannedResource) -> Answer:
        """Whether the queue itself hands on what failed again and again."""
        split = first(self._planned.attached(queue, _REDRIVE, "queue_url"))
        if split is not None:
            return split if isinstance(split, Unknown) else Noted(True, f"by {split.address}")
        if left_out(queue, "redrive_policy"):
            nothing: Answer = self._planned.default(queue, False, "it has no redrive policy")
            return nothing
        text = queue.get("redrive_policy")
        if isinstance(text, Unknown) and not isinstance(text, Template):
            return text if queue.plan.is_live else Noted(True, "it has a redrive policy")
        named = _dead_letter_arn(text)
        if isinstance(named, Unknown) and not isinstance(named, (Symbol, Template)):
            return named
        told = "its redrive policy names a queue" if named else "it has no redrive policy"
        return Noted(named is not None, told, completed_in(queue, "redrive_policy"))

    def takes(self, queue: PlannedResource) -> Answer:
        """Whether the queue is a dead-letter queue itself."""
        if queue in self._named:
            return Noted(True, "it is the dead-letter queue of something else", self._named[queue])
        by_name = self._by_name(queue)
        if isinstance(by_name, Noted):
            return by_name
        allowed = first(self._planned.attached(queue, _ALLOW, "queue_url"))
        if isinstance(allowed, Unknown):
            return allowed
        if allowed is not None or queue.values.get("redrive_allow_policy"):
            return Noted(True, "it says which queues may use it as their dead-letter queue")
        return self._unseen(queue) or by_name or Noted(False, "nothing that was seen uses it as a dead-letter queue")

    def _by_name(self, queue: PlannedResource) -> Noted[bool] | Unknown | None:
        """What the queue's name says, which does not count against a redrive policy of its own.

        In an account it leaves open what the queue is: most that would send there was read, yet not subscriptions and
        what functions do with asynchronous calls.
        """
        name = "" if isinstance(queue.get("name"), Unknown) else str(queue.get("name") or "")
        said = words(f"{name} {queue.name}")
        named = not _WORDS.isdisjoint(said) or not _PAIRS.isdisjoint(pairwise(said))
        if not named or plain(self.keeps(queue)) is True:
            return None
        if queue.plan.is_live:
            return Unknown("its name says that it is a dead-letter queue, and nothing that was read uses it as one")
        return Noted(True, "its name says that it is a dead-letter queue")

    def _unseen(self, queue: PlannedResource) -> Unknown | None:
        """Why something that was not seen may use it."""
        reason = self._perhaps.get(queue) or self._perhaps.get(queue.plan, "")
        if queue.plan.is_live:
            unread = (self._planned.left_out(queue, type_) for type_ in _LISTED)
            reason = reason or next(filter(None, unread), "")
        return Unknown(reason) if reason else None


def _dead_letter_arn(text: object) -> str | Unknown | None:
    """The queue named in a redrive policy; None in an empty one."""
    if not text:
        return None
    policy = read_json(text if isinstance(text, Template) else str(text), "its redrive policy")
    if isinstance(policy, Unknown):
        return policy
    arn = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    return arn if isinstance(arn, Unknown) else str(arn) if arn else None
