"""GuardDuty: the region's detector and its features."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "guardduty"
everywhere = True
types = ("aws_guardduty_detector", "aws_guardduty_detector_feature")
_DETECTOR, _FEATURE = types

DETECTORS = call("guardduty", "ListDetectors", items="DetectorIds")
DETECTOR = call("guardduty", "GetDetector")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read the detector; a region has one at most."""
    detectors = reader.every(DETECTORS)
    yield from detectors.unread(types)
    for id_ in detectors.items:
        arn = reader.arn("guardduty", f"detector/{id_}")
        answer = reader.ask(DETECTOR, DetectorId=id_)
        if not isinstance(answer, dict):
            yield Item(_DETECTOR, arn, {"arn": arn, "id": id_, "enable": answer, "tags": answer})
            continue
        enabled = answer.get("Status") == "ENABLED"
        yield Item(_DETECTOR, arn, {"arn": arn, "id": id_, "enable": enabled, "tags": answer.get("Tags") or {}})
        for feature in answer.get("Features") or ():
            values = {"detector_id": id_, "name": feature.get("Name"), "status": feature.get("Status")}
            yield Item(_FEATURE, f"{arn}/feature/{feature.get('Name')}", values)
