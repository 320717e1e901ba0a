"""How identities of AWS become others: scanner/data/aws-escalation.yaml, read and checked once, when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from scanner.clouds.aws.access.names import OF_TYPE
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.actions import actions
from scanner.iam.rules import ANYTHING, IDENTITIES, OWN, PASSED, TARGET, Need, Rule, Rules
from scanner.yamlfile import Document, YamlError, convert, parse

_FILE = Path(__file__).parents[3] / "data" / "aws-escalation.yaml"
_PASS, _SERVICE = "iam:PassRole", "iam:PassedToService"
_GIVES = ("identity", "everything")


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    do: str
    on: str = ANYTHING
    context: dict[str, str] = {}


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    id: list[str]
    title: str
    call: list[str | _Call]
    then: list[str | _Call] = []
    target: str | list[str] = []
    passed_to: list[str] = msgspec.field(default_factory=list, name="pass")
    gives: str = "identity"
    onward: bool = False
    profile: bool = False
    plain: bool = False
    where: dict[str, bool] = {}
    holder: list[str] = []
    needs: list[str] = []
    granted: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: str
    administrator: list[str]
    policies: list[str]
    unread: list[str]
    new: dict[str, str]
    rules: list[_Rule]


@cache
def escalation_rules() -> Rules:
    """The rules of the file."""
    return read(_FILE.name, _FILE.read_text(encoding="utf-8"))


def read(name: str, text: str) -> Rules:
    """Read a file of rules.

    Raises YamlError for a mistake, with its place: an action that there is not, one that cannot act on what it is said
    to, a thing or a type that nobody knows.
    """
    document = parse(name, text)
    raw: _File = convert(document, _File)
    reader = _Reader(document, raw)
    rules = tuple(rule for number, one in enumerate(raw.rules) for rule in reader.rules(number, one))
    for number, action in enumerate(raw.administrator):
        reader.known(action, f"$.administrator[{number}]")
    return Rules(rules, tuple(raw.administrator), frozenset(raw.policies), frozenset(raw.unread))


class _Reader:
    def __init__(self, document: Document, raw: _File) -> None:
        self._document = document
        self._raw = raw
        self._ids: set[str] = set()

    def rules(self, number: int, raw: _Rule) -> Iterator[Rule]:
        """One rule, as many times as there are services that a role can be passed to."""
        where = f"$.rules[{number}]"
        self._check(raw, where)
        targets = (raw.target,) if isinstance(raw.target, str) else tuple(raw.target)
        call = [self._need(one, targets, f"{where}.call[{n}]") for n, one in enumerate(raw.call)]
        then = [(self._need(one, targets, f"{where}.then[{n}]"),) for n, one in enumerate(raw.then)]
        for service in raw.passed_to or [""]:
            handed = [Need(_PASS, PASSED, ((_SERVICE, service),))] if service else []
            yield Rule(
                ids=tuple(raw.id),
                title=raw.title,
                steps=((*handed, *call), *then),
                targets=targets,
                trusts=f"Service:{service}" if service else "",
                everything=raw.gives == "everything",
                onward=raw.onward,
                profile=raw.profile,
                plain=raw.plain,
                where=raw.where,
                holder=tuple(raw.holder),
                present=tuple(raw.needs),
                granted=raw.granted,
            )

    def known(self, action: str, where: str) -> None:
        """Refuse an action that AWS does not have, or writes otherwise."""
        found = actions(action)
        if not found or found[0].name != action:
            self._refuse(f"AWS has no action {action}", where)

    def _check(self, raw: _Rule, where: str) -> None:
        for id_ in raw.id:
            if id_ in self._ids:
                self._refuse(f"the id {id_} stands here a second time", f"{where}.id")
            self._ids.add(id_)
        if not raw.id:
            self._refuse("a rule needs an id", f"{where}.id")
        if raw.gives not in _GIVES:
            self._refuse(f"gives is one of {', '.join(_GIVES)}", f"{where}.gives")
        if not raw.target and not raw.passed_to:
            self._refuse("a rule needs a target, or a service that a role is passed to", where)
        targets = [raw.target] if isinstance(raw.target, str) else raw.target
        for type_ in (*targets, *raw.needs, *self._raw.policies):
            if type_ not in IDENTITIES and type_ not in OF_TYPE:
                self._refuse(f"it is not known how a resource of the type {type_} is called", f"{where}.target")
        for number, action in enumerate(raw.holder):
            self.known(action, f"{where}.holder[{number}]")

    def _need(self, raw: str | _Call, targets: tuple[str, ...], where: str) -> Need:
        if isinstance(raw, str):
            action, _, thing = raw.partition(" on ")
            raw = _Call(action, thing or ANYTHING)
        self.known(raw.do, where)
        if raw.on == TARGET and not targets:
            self._refuse("there is no target", where)
        if raw.on in {TARGET, ANYTHING}:
            on = raw.on
        elif raw.on in self._raw.new:
            on = self._raw.new[raw.on]
        else:
            self._refuse(f"it is not said under new what {raw.on} is", where)
        if on not in {TARGET, ANYTHING} and not VOCABULARY.fits(raw.do.lower(), on.replace(OWN, ANYTHING)):
            self._refuse(f"{raw.do} cannot act on {on}", where)
        return Need(raw.do, on, tuple(sorted(raw.context.items())))

    def _refuse(self, message: str, where: str) -> Any:
        raise YamlError(self._document.show(message, where))
