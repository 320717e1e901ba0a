"""Reads controls, and says where one is wrong."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from scanner import criteria
from scanner.errors import PolicyError
from scanner.expr import Condition
from scanner.findings import Control
from scanner.kinds import KINDS, Flow, Grant, Identity
from scanner.model import Resource, fact_names
from scanner.policy.checks import Check, EachCheck, Example, Policy, ScopeCheck
from scanner.policy.files import CheckFile, ControlFile, ExamplesFile, with_suggestion
from scanner.policy.ways import PATH_KEYS, path_check
from scanner.policy.worlds import Worlds
from scanner.yamlfile import Document, YamlError, convert, parse

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_OF_KIND: Mapping[type[Resource], Mapping[str, type[Resource]]] = {
    Grant: {"identity": Identity, "resource": Resource},
    Flow: {"source": Resource, "target": Resource},
}
"""What else conditions over a kind may ask about, by the name it goes by there."""


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
        raw: ControlFile = convert(document, ControlFile)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read: {error}") from None
    except YamlError as error:
        raise PolicyError(with_suggestion(str(error))) from None
    relative = path.relative_to(directory)
    return Loader(document, path).policy(raw, relative.parts[0] if len(relative.parts) > 1 else "own")


class Loader:
    """Turns one checked file into a Policy, saying where it is wrong."""

    def __init__(self, document: Document, path: Path) -> None:
        """Take the file."""
        self.document = document
        self.path = path

    def policy(self, raw: ControlFile, area: str) -> Policy:
        """The control whole."""
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
        """Say what is wrong, and where."""
        raise PolicyError(self.document.show(message, path))

    def known(self, what: str, ids: list[str], table: Iterable[str], path: str) -> None:
        """Refuse an id that is not in a table, or none at all."""
        if not ids:
            self.refuse(f"at least one {what} must be named", path)
        for i, id_ in enumerate(ids):
            if id_ not in table:
                near = difflib.get_close_matches(id_, table, 1)
                self.refuse(f"there is no {what} {id_!r}" + (f"; {near[0]}?" if near else ""), f"{path}[{i}]")

    def check(self, raw: CheckFile, path: str) -> Check:
        """One check, of whichever form."""
        if raw.each == "path":
            return path_check(self, raw, path)
        for key in PATH_KEYS:
            if getattr(raw, "from_" if key == "from" else key) is not None:
                self.refuse(f"{key!r} goes with 'each: path'", f"{path}.{key}")
        kind = self.kind(raw.each, f"{path}.each")
        where = None if raw.where is None else self.condition(raw.where, kind, f"{path}.where")
        if raw.require is None:
            self.refuse("a check says what it requires: `require` is missing", path)
        if raw.has is None:
            if raw.among is not None:
                self.refuse("'among' goes with 'has'", f"{path}.among")
            return EachCheck(kind=kind, where=where, require=self.condition(raw.require, kind, f"{path}.require"))
        if raw.each not in {"account", "region"}:
            self.refuse("'has' goes with 'each: account' or 'each: region'", f"{path}.has")
        has = self.kind(raw.has, f"{path}.has")
        require = self.condition(raw.require, has, f"{path}.require")
        among = None if raw.among is None else self.condition(raw.among, has, f"{path}.among")
        return ScopeCheck(scope=kind, where=where, kind=has, among=among, require=require)

    def kind(self, name: str, path: str) -> type[Resource]:
        """A kind by its name."""
        if name not in KINDS:
            self.refuse(f"there is no kind {name!r}; kinds are {', '.join(KINDS)}", path)
        return KINDS[name]

    def condition(self, text: str, kind: type[Resource], path: str) -> Condition:
        """A condition over a kind, and over what goes with it."""
        also = _OF_KIND.get(kind, {})
        try:
            return Condition(" ".join(text.split()), kind, **also)
        except PolicyError as error:
            message, _, picture = str(error).partition("\n")
            facts = {f"{one}.{name}" for one, of in {kind.kind: kind, **also}.items() for name in fact_names(of)}
            wrong = re.search(r"undeclared reference to '([^']+)'", message)
            near = difflib.get_close_matches(wrong[1], facts, 1) if wrong else []
            hint = f"; {near[0]}?" if near else ""
            place = self.document.show(message + hint, path)
            raise PolicyError(f"{place}\n{picture}" if picture else place) from None

    def message(self, text: str, checks: tuple[Check, ...]) -> None:
        """Refuse a placeholder that is no fact of all that findings may be about."""
        for check in checks:
            kinds = (check.kind,) if isinstance(check, EachCheck | ScopeCheck) else check.kinds
            facts = set[str].intersection(*(set(fact_names(kind)) for kind in kinds))
            for name in _PLACEHOLDER.findall(text):
                kind, _, fact = name.partition(".")
                if kind != "it" or fact not in facts:
                    self.refuse(
                        f"{{{name}}} is no fact; write {{it.id}} or another fact of the check's kind", "$.message"
                    )

    def examples(self, raw: ExamplesFile) -> Iterator[Example]:
        """The examples, each verdict at least once."""
        worlds = Worlds(self.refuse)
        for verdict, group in (("pass", raw.pass_), ("fail", raw.fail), ("unknown", raw.unknown)):
            if not group:
                self.refuse(f"there must be an example for {verdict!r}", "$.examples")
            for i, one in enumerate(group):
                yield Example(name=one.name, verdict=verdict, world=worlds.made(one, f"$.examples.{verdict}[{i}]"))


def _control(raw: ControlFile, area: str) -> Control:
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
