"""Which models of Bedrock are called, and in which regions that may be processed.

Sources: Amazon Bedrock User Guide, "Supported foundation models in Amazon Bedrock" (ids) and "Supported Regions and
models for inference profiles" (the regions behind each geography; `global` stands for every commercial region).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.clouds.aws.links.model_callers import settings_text
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource

GEOGRAPHIES: Mapping[str, tuple[str, ...]] = {
    "apac": (
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1",
        "ap-southeast-2", "ap-southeast-4",
    ),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "ca": ("ca-central-1", "ca-west-1", "us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"),
    "global": ("global",),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "us": ("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    "us-gov": ("us-gov-east-1", "us-gov-west-1"),
}  # fmt: skip
"""Regions by the first part of an inference profile's id."""

_PROVIDERS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|nvidia|openai|qwen|stability|"
    "twelvelabs|writer"
)
_ID = rf"(?:(?:{'|'.join(GEOGRAPHIES)})\.)?(?:{_PROVIDERS})\.[a-z0-9][a-z0-9.-]*[a-z0-9](?::\d+)*"
_MODEL = re.compile(rf"(?<![\w./@-]){_ID}(?![\w@/-])|(?<=foundation-model/){_ID}|(?<=inference-profile/){_ID}")
_OF_COMPANIES = re.compile(r"\.(?:com|ai|org|net|io|dev|cloud|amazonaws)(?:\.|$)|\.(?:api|www)\.")
"""A host of a provider, which is no model."""

_NAMED = re.compile(r"(?:foundation-model|inference-profile)/([^/]+)$")
_REGION = re.compile(r"arn:[^:]*:bedrock:([a-z0-9-]+):")


@dataclass
class Called:
    """Models that are called, and the regions where that may be processed."""

    models: dict[str, None] = field(default_factory=dict)
    regions: dict[str, None] = field(default_factory=dict)
    doubt: str = ""
    """Why there may be others."""

    def __bool__(self) -> bool:
        """Whether any is told."""
        return bool(self.models)

    def take(self, id_: str) -> None:
        """Take in a model, or an inference profile, by its id."""
        geography, dot, model = id_.partition(".")
        if dot and geography in GEOGRAPHIES:
            self.regions.update(dict.fromkeys(GEOGRAPHIES[geography]))
            self.models[model] = None
        else:
            self.models[id_] = None

    def told(self) -> tuple[str, ...] | Unknown:
        """The models, if that is all of them."""
        return Unknown(self.doubt) if self.doubt else tuple(self.models)


def in_settings(owner: PlannedResource) -> Called:
    """Models that the settings of what runs name."""
    return in_text(settings_text(owner))


def in_text(text: str) -> Called:
    """Models that a text names."""
    found = Called()
    for match in _MODEL.finditer(text):
        if not _OF_COMPANIES.search(match[0]):
            found.take(match[0])
    return found


def called_by(statements: Iterable[Statement], named: Called, home: str) -> Called:
    """What code calls: what its settings name, else what its permissions name."""
    allowed = Called()
    for statement in statements:
        _allowed(statement, allowed)
    found = allowed
    if not allowed.models:
        found.doubt = found.doubt or "its permissions name no single models"
    if named:
        found = Called(dict(named.models), {**named.regions, **({} if named.regions else allowed.regions)})
    if not found.regions and home:
        found.regions[home] = None
    return found


def _allowed(statement: Statement, found: Called) -> None:
    if isinstance(statement.resources, Unknown) or statement.not_resources:
        found.doubt = "which models its permissions name is not known"
        return
    for resource in statement.resources:
        match, region = _NAMED.search(resource), _REGION.match(resource)
        if region:
            found.regions[region[1]] = None
        if match is None or set("*?~${") & set(match[1]):
            found.doubt = "its permissions name models by a pattern" if match else found.doubt
            if match is None:
                found.doubt = "its permissions name no single models"
            geography = match[1].partition(".")[0] if match else ""
            found.regions.update(dict.fromkeys(GEOGRAPHIES.get(geography, ())))
        else:
            found.take(match[1])
