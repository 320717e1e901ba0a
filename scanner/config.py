"""trustscan.yaml: the user's own environments, data classes, accounts and actions; and what tags and names say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from scanner.environments import SHARED, said_by
from scanner.errors import ConfigError
from scanner.model import CLASS_GROUPS, DATA_CLASSES, Fact, Unknown
from scanner.registers import VendorRegister, load_vendors
from scanner.settings_form import ConfigFile, Match, PeriodRule, ReviewRule
from scanner.yamlfile import Document, YamlError, convert, read

DEFAULT_NAME = "trustscan.yaml"

_ENVIRONMENT_TAGS = frozenset({"environment", "env", "stage"})
_DATA_TAGS = frozenset({"dataclass", "dataclasses", "dataclassification", "datatype"})

_NAME_CLASSES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("prompt",),
    "prompts": ("prompt",),
    "invocation": ("prompt", "response"),
    "invocations": ("prompt", "response"),
    "transcript": ("transcript",),
    "transcripts": ("transcript",),
    "conversation": ("transcript",),
    "conversations": ("transcript",),
    "chats": ("transcript",),
    "messages": ("transcript",),
    "sessions": ("transcript",),
    "upload": ("upload",),
    "uploads": ("upload",),
    "attachments": ("upload",),
    "embedding": ("embedding",),
    "embeddings": ("embedding",),
    "vector": ("embedding",),
    "vectors": ("embedding",),
    "knowledge": ("retrieval_content",),
    "kb": ("retrieval_content",),
    "feedback": ("feedback",),
    "training": ("training",),
    "finetune": ("training",),
    "audit": ("security_log",),
    "cloudtrail": ("security_log",),
    "trail": ("security_log",),
    "telemetry": ("telemetry",),
    "logs": ("telemetry",),
}
_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Period:
    """How long the data classes of one store are to be kept together, in days; None where no bound is set."""

    at_least: int | None
    at_most: int | None
    said: str
    """The bounds in words."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a resource before it is judged, to tell its environment and data classes from."""

    address: str
    name: str
    type: str
    account: str
    tags: Mapping[str, str] | Unknown
    """Unknown where they could not be read: then only settings that do not ask for tags say anything."""

    label: str | None = None
    """Text whose words may say environment or data class, where that is not the whole address: in an ARN, what
    follows region and account."""

    open_tags: frozenset[str] = frozenset()
    """Names of tags whose values are known only after apply."""

    plan: str = ""
    """Name of the plan it stands in; empty for a live resource."""

    @property
    def said(self) -> str:
        """What it is called, for words that mean something."""
        return f"{self.address if self.label is None else self.label} {self.name}"


@dataclass(frozen=True, slots=True)
class Classified:
    """Data classes of a resource and where they come from; the source is empty where none is known."""

    classes: tuple[str, ...] | Unknown
    source: str

    @property
    def by(self) -> str:
        """What sort of source it is: setting, tag or name."""
        return "setting" if self.source == DEFAULT_NAME else self.source.partition(" ")[0]


@dataclass(frozen=True)
class Config:
    """The user's settings; empty ones when there is no file."""

    file: ConfigFile = field(default_factory=ConfigFile)
    vendors: VendorRegister | None = None
    """The register of vendors, where the settings name one."""

    @property
    def reviews(self) -> tuple[ReviewRule, ...]:
        """What people say of the data classes of resources and flows."""
        return tuple(self.file.flows)

    def region_approved(self, region: str) -> bool | None:
        """Whether data may be processed in a region; None where no setting lists the regions for it."""
        told = self.file.regions
        return None if told is None else any(fnmatchcase(region.lower(), glob.lower()) for glob in told.approved)

    def model_allowed(self, model: str) -> bool | None:
        """Whether a model may be called; None where no setting lists the models that may."""
        told = self.file.models
        return None if told is None else any(fnmatchcase(model.lower(), glob.lower()) for glob in told.allowed)

    @property
    def own_accounts(self) -> frozenset[str]:
        """Account ids that are the user's own."""
        return frozenset(self.file.accounts.own)

    @property
    def trusted_accounts(self) -> frozenset[str]:
        """Account ids of others whose access is agreed."""
        return frozenset(self.file.accounts.trusted)

    @property
    def shared_environments(self) -> frozenset[str]:
        """Names of environments that serve all others, such as that of a security account."""
        told = self.file.shared_environments
        return SHARED if told is None else frozenset(name.lower() for name in told)

    def person(self, user: str) -> bool | None:
        """Whether the user says that a person uses a cloud's user of this name; None where nothing is said."""
        told = self.file.identities
        if any(fnmatchcase(user, glob) for glob in told.people):
            return True
        return False if any(fnmatchcase(user, glob) for glob in told.programs) else None

    def may_be_admin(self, *names: str) -> bool:
        """Whether an identity that goes by these names is meant to do everything."""
        return any(fnmatchcase(name, glob) for name in names for glob in self.file.identities.admins)

    @property
    def admins_at_most(self) -> int:
        """How many identities may do everything."""
        return self.file.identities.admins_at_most

    @property
    def changing_ai_at_most(self) -> int | None:
        """How many identities of an account may change what production's models say; None where no limit is set."""
        return self.file.identities.changing_ai_at_most

    @property
    def stores_per_wired(self) -> float:
        """How many stores an identity may reach for each that what runs as it is wired to."""
        return self.file.identities.stores_per_wired

    @property
    def has_schedule(self) -> bool:
        """Whether the user says of any data class how long it is to be kept."""
        return bool(self.file.retention)

    def period(self, classes: Iterable[str]) -> Period | None:
        """How long a store of these data classes is to keep them; None where the schedule says nothing of any."""
        found = {name: period for name in classes if (period := self._period(name)) is not None}
        if not found:
            return None
        least = [period.at_least_days for period in found.values() if period.at_least_days is not None]
        most = [period.at_most_days for period in found.values() if period.at_most_days is not None]
        said = ", ".join(_bounds(name, period) for name, period in found.items())
        return Period(max(least, default=None), min(most, default=None), said)

    def _period(self, class_: str) -> PeriodRule | None:
        """The schedule of a class, by its own name before that of its group."""
        groups = (name for name, members in CLASS_GROUPS.items() if class_ in members)
        return next((self.file.retention[n] for n in (class_, *groups) if n in self.file.retention), None)

    def irreversible(self, action: str) -> bool | Unknown:
        """Whether an agent's action cannot be undone, as the user classified it."""
        if any(fnmatchcase(action.lower(), glob.lower()) for glob in self.file.agents.irreversible):
            return True
        if any(fnmatchcase(action.lower(), glob.lower()) for glob in self.file.agents.reversible):
            return False
        return Unknown(f"the action {action} is not classified; list it under agents in {DEFAULT_NAME}")

    def environment(self, resource: Described) -> tuple[Fact[str], str]:
        """prod, staging, dev, or another name the user gives, and where it comes from.

        Settings win; tags and names must agree.
        """
        for rule in self.file.environments:
            matched = _matches(rule.match, resource)
            if matched:
                return (matched, "") if isinstance(matched, Unknown) else (rule.environment, DEFAULT_NAME)
        if isinstance(resource.tags, Unknown):
            return _not_read(resource.tags, "environment"), ""
        if waits := _waiting(resource, _ENVIRONMENT_TAGS):
            return Unknown(f"its tag {waits}, which says its environment, is known only after apply"), ""
        tagged = {_tagged(v.strip().lower()) for k, v in resource.tags.items() if _plain(k) in _ENVIRONMENT_TAGS}
        named = _environments_in(resource)
        if len(tagged | named) > 1:
            said = ", ".join(sorted(tagged | named))
            return Unknown(f"its tags and names disagree on the environment: {said}"), ""
        found = next(iter(tagged | named), None)
        if found is None:
            return Unknown("no setting, tag or name says which environment"), ""
        return found, "tag" if tagged else "name"

    def classify(self, resource: Described) -> Classified:
        """Data classes by settings first, then tags, then names; the first that says anything decides."""
        for rule in self.file.data:
            matched = _matches(rule.match, resource)
            if matched:
                return Classified(matched if isinstance(matched, Unknown) else expand(rule.classes), DEFAULT_NAME)
        if isinstance(resource.tags, Unknown):
            return Classified(_not_read(resource.tags, "data classes"), "")
        if waits := _waiting(resource, _DATA_TAGS):
            return Classified(Unknown(f"its tag {waits}, which says its data classes, is known only after apply"), "")
        for key, value in resource.tags.items():
            said = _WORD_OR_UNDERSCORE.findall(value.lower()) if _plain(key) in _DATA_TAGS else []
            if (classes := expand(said)) or said == _NO_CLASS:
                return Classified(classes, f"tag {key}")
        found = [c for word in words(resource.said) for c in _NAME_CLASSES.get(word, ())]
        return Classified(tuple(dict.fromkeys(found)), "name") if found else Classified((), "")


_NO_CLASS = ["none"]
_WORD_OR_UNDERSCORE = re.compile(r"[a-z_]+")


def load(path: Path | None) -> Config:
    """Read trustscan.yaml; without a path, the one in this folder if there is one.

    Raises ConfigError.
    """
    if path is None:
        path = Path(DEFAULT_NAME)
        if not path.is_file():
            return Config()
    try:
        document = read(path)
        if document.value is None:
            return Config()
        file: ConfigFile = convert(document, ConfigFile)
    except YamlError as error:
        raise ConfigError(str(error)) from None
    _check_classes(file, document)
    _check_retention(file, document)
    _check_reviews(file, document)
    _check_lists(file, document)
    named = file.registers.vendors
    return Config(file, None if named is None else load_vendors(path.parent / named))


def _check_classes(file: ConfigFile, document: Document) -> None:
    named = [(name, f"$.data[{i}].classes[{j}]") for i, r in enumerate(file.data) for j, name in enumerate(r.classes)]
    flows = [(name, f"$.flows[{i}].classes[{j}]") for i, r in enumerate(file.flows) for j, name in enumerate(r.classes)]
    for name, place in (*named, *flows, *((name, f"$.retention.{name}") for name in file.retention)):
        if name not in DATA_CLASSES and name not in CLASS_GROUPS:
            known = ", ".join((*CLASS_GROUPS, *DATA_CLASSES))
            raise ConfigError(document.show(f"there is no data class {name!r}; there are {known}", place))


def _check_retention(file: ConfigFile, document: Document) -> None:
    for name, period in file.retention.items():
        least, most = period.at_least_days, period.at_most_days
        wrong = ""
        if least is None and most is None:
            wrong = "needs at_least_days, at_most_days or both"
        elif min(days for days in (least, most) if days is not None) < 1:
            wrong = "takes whole days from 1 on"
        elif least is not None and most is not None and least > most:
            wrong = f"cannot be kept at least {least} and at most {most} days"
        if wrong:
            raise ConfigError(document.show(f"the retention of {name} {wrong}", f"$.retention.{name}"))


def _check_reviews(file: ConfigFile, document: Document) -> None:
    for i, review in enumerate(file.flows):
        for name in ("subject", "owner", "reason"):
            if not getattr(review, name).strip():
                raise ConfigError(document.show(f"{name} may not be empty", f"$.flows[{i}].{name}"))
        if not review.classes and review.mode != "set":
            raise ConfigError(document.show(f"{review.mode!r} needs classes", f"$.flows[{i}].classes"))


def _check_lists(file: ConfigFile, document: Document) -> None:
    """Regions and models that are listed must be able to be some."""
    if file.regions is not None:
        if not file.regions.approved:
            raise ConfigError(document.show("approved is empty: data is always processed somewhere", "$.regions"))
        for i, glob in enumerate(file.regions.approved):
            if not _REGIONS.fullmatch(glob.lower()):
                wrong = f"{glob!r} is no region and no glob of regions, such as eu-west-1 or eu-*"
                raise ConfigError(document.show(wrong, f"$.regions.approved[{i}]"))
    for i, glob in enumerate(file.models.allowed if file.models else ()):
        if not glob or any(letter.isspace() for letter in glob):
            wrong = f"{glob!r} is no model id and no glob of ids, such as anthropic.claude-*"
            raise ConfigError(document.show(wrong, f"$.models.allowed[{i}]"))
    if file.registers.vendors is not None and not file.registers.vendors.strip():
        raise ConfigError(document.show("vendors names no file", "$.registers.vendors"))


_REGIONS = re.compile(r"(?:[a-z0-9*?]|\[!?[a-z0-9-]+\]|(?<=.)-(?=.))+")


def _bounds(name: str, period: PeriodRule) -> str:
    bounds = (("at least", period.at_least_days), ("at most", period.at_most_days))
    return f"{name} {' and '.join(f'{word} {days} days' for word, days in bounds if days is not None)}"


def expand(classes: list[str]) -> tuple[str, ...]:
    """Data classes of a list that may name groups; what is neither is left out."""
    found = [c for name in classes for c in CLASS_GROUPS.get(name, (name,) if name in DATA_CLASSES else ())]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words of a name or address: split at punctuation and inside camelCase."""
    return tuple(_WORD.findall(_CAMEL.sub(" ", text).lower()))


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def _environments_in(resource: Described) -> set[str]:
    """Environments that the words of a name say; those of its type say none: a stage of an API is not staging."""
    return said_by(words(resource.said.replace(resource.type, " ") if resource.type else resource.said))


def _tagged(value: str) -> str:
    """The environment that a tag's value says, as `prod` and `chatbot-prod` do; another name as it is."""
    found = said_by(words(value))
    return found.pop() if len(found) == 1 else value


def _waiting(resource: Described, keys: frozenset[str]) -> str:
    """The first tag of these keys whose value is known only after apply; empty where there is none."""
    return next((name for name in sorted(resource.open_tags) if _plain(name) in keys), "")


def _not_read(tags: Unknown, what: str) -> Unknown:
    return Unknown(f"its tags, which may say its {what}, were not read: {tags.reason}")


def _matches(match: Match, resource: Described) -> bool | Unknown:
    pairs = (
        (match.address, resource.address),
        (match.name, resource.name),
        (match.type, resource.type),
        (match.account, resource.account),
        (match.plan, resource.plan),
    )
    wanted = [(glob, value) for glob, value in pairs if glob is not None]
    if not (wanted or match.tags) or not all(fnmatchcase(value, glob) for glob, value in wanted):
        return False
    if isinstance(resource.tags, Unknown):
        return not match.tags or _not_read(resource.tags, "environment or data classes")
    told = {key: glob for key, glob in match.tags.items() if key not in resource.open_tags}
    if not all(fnmatchcase(resource.tags.get(key, ""), glob) for key, glob in told.items()):
        return False
    open_ = next((key for key in match.tags if key in resource.open_tags), None)
    return True if open_ is None else Unknown(f"its tag {open_}, which a setting asks for, is known only after apply")
