"""Controls, as written in policies/: one YAML file each, checked at load."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from scanner import criteria
from scanner.errors import PolicyError
from scanner.expr import Condition
from scanner.findings import Control
from scanner.kinds import KINDS, Grant, Identity
from scanner.model import DATA_CLASSES, Resource, Statement, Unknown, World, fact_names
from scanner.yamlfile import Document, YamlError, convert, parse

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_OF_GRANT: Mapping[str, type[Resource]] = {"identity": Identity, "resource": Resource}


@dataclass(frozen=True, kw_only=True)
class EachCheck:
    """Every resource of a kind that `where` selects must satisfy `require`.

    Of a grant, so must each identity and each resource it is about, which conditions name `identity` and `resource`.
    """

    kind: type[Resource]
    where: Condition | None
    require: Condition


@dataclass(frozen=True, kw_only=True)
class ScopeCheck:
    """Every account or region that `where` selects must have, among those `among` selects, one that satisfies."""

    scope: type[Resource]
    where: Condition | None
    kind: type[Resource]
    among: Condition | None
    require: Condition


Check = EachCheck | ScopeCheck


@dataclass(frozen=True, kw_only=True)
class Example:
    """A small world and the verdict the control must give it."""

    name: str
    verdict: str
    world: World


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One file: the control's text, its checks and its examples."""

    control: Control
    checks: tuple[Check, ...]
    source: str
    digest: str = ""
    """SHA-256 of the file."""

    examples: tuple[Example, ...] = ()


class _CheckFile(msgspec.Struct, forbid_unknown_fields=True):
    each: str
    require: str
    where: str | None = None
    has: str | None = None
    among: str | None = None


class _FixFile(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    aws: str = ""
    gcp: str = ""
    azure: str = ""


class _ExampleFile(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    resources: dict[str, dict[str, Any]]


class _ExamplesFile(msgspec.Struct, forbid_unknown_fields=True, rename={"pass_": "pass"}):
    pass_: list[_ExampleFile]
    fail: list[_ExampleFile]
    unknown: list[_ExampleFile]


class _ControlFile(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    title: str
    criteria: list[str]
    requirements: list[str]
    severity: Literal["critical", "high", "medium", "low", "info"]
    risk: str
    objective: str
    activity: str
    owner: str
    frequency: str
    evidence: str
    check: _CheckFile | list[_CheckFile]
    message: str
    fix: _FixFile
    examples: _ExamplesFile


def load(directories: Iterable[Path]) -> tuple[Policy, ...]:
    """Read every control under `directories`, in order of id.

    Raises PolicyError, with file, line and a caret where there is one, for a file that is not valid,
    two controls with one id, or a directory without controls.
    """
    policies: dict[str, Policy] = {}
    for directory in directories:
        if not directory.is_dir():
            raise PolicyError(f"{directory}: there is no such folder of policies")
        files = sorted([*directory.rglob("*.yaml"), *directory.rglob("*.yml")])
        if not files:
            raise PolicyError(f"{directory}: holds no policy (*.yaml)")
        for path in files:
            policy = read(path, directory)
            if twin := policies.get(policy.control.id):
                raise PolicyError(f"{path}: the id {policy.control.id!r} is already that of {twin.source}")
            policies[policy.control.id] = policy
    return tuple(policies[id_] for id_ in sorted(policies))


def read(path: Path, directory: Path) -> Policy:
    """Read one control; its area is the name of its folder below `directory`.

    Raises PolicyError.
    """
    try:
        text = path.read_bytes().decode()  # as it stands: its digest is the one that `sha256sum` tells
        document = parse(str(path), text)
        raw: _ControlFile = convert(document, _ControlFile)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from None
    except YamlError as error:
        raise PolicyError(_suggest(str(error))) from None
    relative = path.relative_to(directory)
    return _Loader(document, path).policy(raw, relative.parts[0] if len(relative.parts) > 1 else "own")


class _Loader:
    """Turns one checked file into a Policy, saying where it is wrong."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.path = path

    def policy(self, raw: _ControlFile, area: str) -> Policy:
        if not _ID.fullmatch(raw.id):
            self.refuse(f"the id {raw.id!r} is not kebab-case, such as store-encrypted", "$.id")
        self.known("criterion", raw.criteria, criteria.criteria(), "$.criteria")
        self.known("requirement", raw.requirements, criteria.requirements(), "$.requirements")
        listed = raw.check if isinstance(raw.check, list) else [raw.check]
        paths = [f"$.check[{i}]" for i in range(len(listed))] if isinstance(raw.check, list) else ["$.check"]
        checks = tuple(self.check(one, path) for one, path in zip(listed, paths, strict=True))
        self.message(raw.message, checks)
        return Policy(
            control=_control(raw, area),
            checks=checks,
            source=str(self.path),
            digest=hashlib.sha256(self.document.text.encode()).hexdigest(),
            examples=tuple(self.examples(raw.examples)),
        )

    def refuse(self, message: str, path: str) -> NoReturn:
        raise PolicyError(self.document.show(message, path))

    def known(self, what: str, ids: list[str], table: Mapping[str, object], path: str) -> None:
        if not ids:
            self.refuse(f"at least one {what} must be named", path)
        for i, id_ in enumerate(ids):
            if id_ not in table:
                near = difflib.get_close_matches(id_, table, 1)
                self.refuse(f"there is no {what} {id_!r}" + (f"; {near[0]}?" if near else ""), f"{path}[{i}]")

    def check(self, raw: _CheckFile, path: str) -> Check:
        kind = self.kind(raw.each, f"{path}.each")
        where = self.condition(raw.where, kind, f"{path}.where")
        if raw.has is None:
            if raw.among is not None:
                self.refuse("'among' goes with 'has'", f"{path}.among")
            return EachCheck(kind=kind, where=where, require=self.required(raw.require, kind, f"{path}.require"))
        if raw.each not in {"account", "region"}:
            self.refuse("'has' goes with 'each: account' or 'each: region'", f"{path}.has")
        has = self.kind(raw.has, f"{path}.has")
        require = self.required(raw.require, has, f"{path}.require")
        among = self.condition(raw.among, has, f"{path}.among")
        return ScopeCheck(scope=kind, where=where, kind=has, among=among, require=require)

    def kind(self, name: str, path: str) -> type[Resource]:
        if name == Grant.kind:
            return Grant
        if name not in KINDS:
            self.refuse(f"there is no kind {name!r}; kinds are {', '.join(KINDS)}", path)
        return KINDS[name]

    def condition(self, text: str | None, kind: type[Resource], path: str) -> Condition | None:
        return None if text is None else self.required(text, kind, path)

    def required(self, text: str, kind: type[Resource], path: str) -> Condition:
        try:
            return Condition(" ".join(text.split()), kind, **(_OF_GRANT if kind is Grant else {}))
        except PolicyError as error:
            message, _, picture = str(error).partition("\n")
            facts = {f"{one}.{name}" for one, of in {kind.kind: kind, **_OF_GRANT}.items() for name in fact_names(of)}
            wrong = re.search(r"undeclared reference to '([^']+)'", message)
            near = difflib.get_close_matches(wrong[1], facts, 1) if wrong else []
            hint = f"; {near[0]}?" if near else ""
            place = self.document.show(message + hint, path)
            raise PolicyError(f"{place}\n{picture}" if picture else place) from None

    def message(self, text: str, checks: tuple[Check, ...]) -> None:
        for check in checks:
            for name in _PLACEHOLDER.findall(text):
                kind, _, fact = name.partition(".")
                if kind != "it" or fact not in fact_names(check.kind):
                    self.refuse(
                        f"{{{name}}} is no fact; write {{it.id}} or another fact of the check's kind", "$.message"
                    )

    def examples(self, raw: _ExamplesFile) -> Iterator[Example]:
        for verdict, group in (("pass", raw.pass_), ("fail", raw.fail), ("unknown", raw.unknown)):
            if not group:
                self.refuse(f"there must be an example for {verdict!r}", "$.examples")
            for i, one in enumerate(group):
                yield Example(name=one.name, verdict=verdict, world=self.world(one, f"$.examples.{verdict}[{i}]"))

    def world(self, raw: _ExampleFile, path: str) -> World:
        made = [self.resource(name, facts, f"{path}.resources.{name}") for name, facts in raw.resources.items()]
        return World(
            resources=tuple(r for r in made if not isinstance(r, Statement | Grant)),
            grants=tuple(r for r in made if isinstance(r, Grant)),
            statements=tuple(r for r in made if isinstance(r, Statement)),
        )

    def resource(self, name: str, facts: dict[str, Any], path: str) -> Resource:
        facts = dict(facts)
        kind = self.kind(str(facts.pop("kind", "")), path)
        for fact, value in facts.items():
            if fact not in fact_names(kind):
                self.refuse(f"{kind.kind} has no fact {fact!r}", f"{path}.{fact}")
            for item in value if fact == "data" else ():
                if item not in DATA_CLASSES:
                    self.refuse(f"there is no data class {item!r}", f"{path}.{fact}")
        values = {fact: _value(value) for fact, value in facts.items()}
        return kind.of(id=name, **({"policy": name} if kind in {Statement, Grant} else {}), **values)


def _control(raw: _ControlFile, area: str) -> Control:
    texts = ("risk", "objective", "activity", "evidence", "message")
    return Control(
        id=raw.id,
        title=raw.title,
        area=area,
        criteria=tuple(raw.criteria),
        requirements=tuple(raw.requirements),
        severity=raw.severity,
        owner=raw.owner,
        frequency=raw.frequency,
        fix=" ".join(raw.fix.text.split()),
        snippets={cloud: text for cloud in ("aws", "gcp", "azure") if (text := getattr(raw.fix, cloud))},
        **{name: " ".join(getattr(raw, name).split()) for name in texts},
    )


def _value(value: object) -> object:
    if value == "unknown":
        return Unknown("the example leaves it open")
    return tuple(value) if isinstance(value, list) else value


def _suggest(message: str) -> str:
    wrong = re.search(r"unknown field `([^`]+)`", message)
    near = (
        difflib.get_close_matches(wrong[1], [*_ControlFile.__struct_fields__, *_CheckFile.__struct_fields__], 1)
        if wrong
        else []
    )
    if not wrong:
        return message
    return message.replace(wrong[0], f"unknown key {wrong[1]!r}" + (f", {near[0]!r}?" if near else ""), 1)
