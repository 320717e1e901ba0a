"""What the request of an integration names: a table, a stream, a topic, a queue, a state machine, a bus.

Sources: Amazon API Gateway Developer Guide, "Integration subtype reference" and "Mapping template transformations for
REST APIs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = re.compile(
    r"\b(TableName|StreamName|StreamARN|DeliveryStreamName|TopicArn|QueueUrl|[sS]tateMachineArn|EventBusName)"
    r"\\?\"?\s*[:=]\s*\\?[\"']?(?:\$util\.urlEncode\(\\?[\"'])?([\w.:/-]+)"
)
_ASKED = ("method.request.", "stageVariables.", "context.", "integration.")
"""How a value begins that each request brings."""


def named_in(name: str, text: object) -> Iterator[tuple[str, str]]:
    """What a template or a parameter of a request names: after which word, and the name."""
    for match in _NAMES.finditer(f"{name}={text}"):
        if not match[2].startswith(_ASKED):
            yield match[1], match[2]
