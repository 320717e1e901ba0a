"""Which models of Bedrock are called, and in which regions that may be processed.

Sources: Amazon Bedrock User Guide, "Supported foundation models in Amazon Bedrock" (ids) and "Supported Regions and
models for inference profiles" (the regions behind each profile depend on its model and on the region of the call;
`global` stands for every commercial region).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
"""Regions by the first part of an inference profile's id: all that some profile of the geography leads to."""

_IN_EACH: Mapping[str, tuple[str, ...]] = {
    "apac": ("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    "ca": ("ca-central-1",),
    "eu": ("eu-central-1", "eu-west-1", "eu-west-3"),
    "us": ("us-east-1", "us-west-2"),
    "us-gov": ("us-gov-west-1",),
}
"""Those of them that every profile leads to, wherever it is called from. Of the others it depends on the model, and on
the region of the call: one for Claude 3 Haiku leads to us-east-2 from there, and from us-west-2 does not."""

_FROM_THERE_ALONE = ("us-west-1",)
"""Regions that a profile leads to from nowhere but themselves."""

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


_ARN = re.compile(r"arn:[a-z-]+:bedrock:([a-z0-9-]+):[^:\s]*:foundation-model/")
_SETTING = re.compile(r"""['"]([a-z]{2}(?:-[a-z]+)+-\d)['"]""")
"""A setting that is a region, and nothing else."""


@dataclass
class Called:
    """Models that are called, and the regions where that may be processed."""

    models: dict[str, None] = field(default_factory=dict)
    regions: dict[str, None] = field(default_factory=dict)
    perhaps: dict[str, None] = field(default_factory=dict)
    """Regions of which that is open."""

    doubt: str = ""
    """Why there may be others."""

    anywhere: bool = False
    """Whether nothing ties it to regions."""

    def __bool__(self) -> bool:
        """Whether any is told."""
        return bool(self.models)

    def take(self, id_: str) -> None:
        """Take in a model, or an inference profile, by its id."""
        geography, dot, model = id_.partition(".")
        if dot and geography in GEOGRAPHIES:
            self.lead_to(geography)
            self.models[model] = None
        else:
            self.models[id_] = None

    def lead_to(self, geography: str) -> None:
        """Take in the regions behind a profile."""
        every = GEOGRAPHIES.get(geography, ())
        self.regions.update(dict.fromkeys(_IN_EACH.get(geography, every)))
        self.perhaps.update(dict.fromkeys(every))

    def told(self) -> tuple[str, ...] | Unknown:
        """The models, if that is all of them."""
        return Unknown(self.doubt) if self.doubt else tuple(self.models)

    def places(self, home: str) -> dict[str, Any]:
        """As facts of a flow: the regions, and which of them are open; `home` is where the call is made, if known."""
        sure = self.regions or dict.fromkeys((home,) if home else ())
        elsewhere = [one for one in _FROM_THERE_ALONE if home and one != home and one not in sure]
        open_ = tuple(one for one in self.perhaps if one not in sure and one not in elsewhere)
        return {"regions": tuple(sorted((*sure, *open_))), "regions_open": tuple(sorted(open_))}


def in_settings(owner: PlannedResource) -> Called:
    """Models that the settings of what runs name, and regions that they name besides."""
    text = settings_text(owner)
    found = in_text(text)
    found.perhaps.update(dict.fromkeys(_SETTING.findall(text)))
    return found


def in_text(text: str) -> Called:
    """Models that a text names, and regions that ARNs of models do."""
    found = Called()
    found.regions.update(dict.fromkeys(_ARN.findall(text)))
    for match in _MODEL.finditer(text):
        if not _OF_COMPANIES.search(match[0]):
            found.take(match[0])
    return found


def called_by(statements: Iterable[Statement], named: Called) -> Called:
    """What code calls: what its settings name, else what its permissions name."""
    allowed = Called()
    for statement in statements:
        _allowed(statement, allowed)
    found = allowed
    if not allowed.models:
        found.doubt = found.doubt or "its permissions name no single models"
    if named:
        by = named if named.regions else allowed
        found = Called(dict(named.models), dict(by.regions), dict(by.perhaps))
    if allowed.anywhere:
        found.perhaps.update(named.perhaps)
    return found


def _allowed(statement: Statement, found: Called) -> None:
    if isinstance(statement.resources, Unknown) or statement.not_resources:
        found.doubt, found.anywhere = "which models its permissions name is not known", True
        return
    for resource in statement.resources:
        match, region = _NAMED.search(resource), _REGION.match(resource)
        if region:
            found.regions[region[1]] = None
        found.anywhere = found.anywhere or region is None
        if match is None or set("*?~${") & set(match[1]):
            found.doubt = "its permissions name models by a pattern" if match else found.doubt
            if match is None:
                found.doubt = "its permissions name no single models"
            found.lead_to(match[1].partition(".")[0] if match else "")
        else:
            found.take(match[1])
