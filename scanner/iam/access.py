"""Who can do what in a world: the question is asked here, and answered as definite and possible.

Source of the semantics: AWS IAM User Guide, "Policy evaluation logic"; AWS KMS Developer Guide, "Key policies";
AWS Organizations User Guide, "SCP evaluation" and "RCP evaluation".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.iam.answers import Answer
from scanner.iam.context import Given, Question, Value
from scanner.iam.decision import Decision, Target
from scanner.iam.grants import grants
from scanner.iam.library import library
from scanner.iam.people import People, plan_of
from scanner.iam.vocabulary import Vocabulary
from scanner.iam.witnesses import settled
from scanner.kinds import Grant
from scanner.model import Resource, Statement, World

_NOTHING: Given = {}
_NAMED = frozenset({"identity", "boundary"})


class Access:
    """The statements of one world, ready for questions; it answers one after the other and keeps no clock."""

    def __init__(self, world: World, vocabulary: Vocabulary) -> None:
        """Compile every statement of `world`."""
        self.world = world
        self.vocabulary = vocabulary
        self.people = People(world, vocabulary)
        self.library = library(world, self.people)
        self.principals: tuple[str, ...] = tuple(one.id for one in self.people.all)
        """Ids of all who may act; bit i of a set stands for the one at i."""

        self._resources = {resource.id: resource for resource in (*_policies(world), *world.resources)}
        self._nobody = Answer(self.principals, 0, 0)
        self._by_name: dict[str, str] | None = None
        self._decisions: dict[tuple[object, ...], Answer] = {}
        self._grants: tuple[Grant, ...] | None = None
        self._asked: dict[tuple[str, str, tuple[tuple[str, Value], ...]], Answer] = {}

    def who_can(self, action: str, resource: str, context: Given = _NOTHING) -> Answer:
        """Tell who can do `action` on `resource`: the id of a resource, a full name that may hold `*`, or `*`.

        `context` gives condition keys of the request that are known. On what lies below a resource, such as a bucket's
        objects, whoever can do it with one of them can.
        """
        given = _given(context)
        key = (action.lower(), resource, _in_order(given))
        if key not in self._asked:
            self._asked[key] = self._answer(key[0], resource, given)
        return self._asked[key]

    def who_can_at_home(self, action: str, name: str, context: Given = _NOTHING) -> Answer:
        """Tell who can do `action` on something of their own account that a full name stands for, which may hold `*`.

        Whoever can do it with one thing of that name can.
        """
        given = _given(context)
        key = (action.lower(), f"own {name}", _in_order(given))
        if key not in self._asked:
            spellings = (name,) if self.vocabulary.fits(action.lower(), name) else ()
            target = Target("", name, spellings, self.vocabulary.account_of(name), "", known=True, own=True)
            self._asked[key] = self._decided(action.lower(), target, given)
        return self._asked[key]

    def can(self, principal: str, action: str, resource: str, context: Given = _NOTHING) -> bool | None:
        """Tell whether one principal can; None where it is only possible.

        Raises KeyError for a principal that is not one of `principals`.
        """
        bit = 1 << self.people.number[principal]
        answer = self.who_can(action, resource, context)
        return True if answer.must & bit else None if answer.may & bit else False

    def grants(self) -> tuple[Grant, ...]:
        """Tell what every statement comes to, for whom and on what, by level."""
        if self._grants is None:
            self._grants = tuple(grants(self.world, self.vocabulary, self.who_can, self.library.texts))
        return self._grants

    def subject(self, name: str) -> str:
        """The id of the resource that a full name is of; empty where it is of none that is known."""
        if name in self._resources:
            return name
        if self._by_name is None:
            ours = [r for r in self._resources.values() if r.origin.type.startswith(self.vocabulary.prefix)]
            self._by_name = {name: r.id for r in ours for name in self.vocabulary.names(r)}
        return self._by_name.get(name, "")

    def _answer(self, action: str, resource: str, given: Mapping[str, Value]) -> Answer:
        known = self._resources.get(resource)
        if known is not None and not self.library.about(action):
            # Most of what can be asked nobody has written a word about.
            guarding = self.library.guarding(known.id, known.origin.type)
            if not any(one.acts(action) is not False for one in guarding):
                return self._nobody
        return self._decided(action, self._target(action, resource), given)

    def _decided(self, action: str, target: Target, given: Mapping[str, Value]) -> Answer:
        if not target.spellings:
            return Answer(self.principals, 0, 0, reason=f"{action} cannot act on it")
        question = Question(action, target.spellings, target.account, given, self.vocabulary.nameless(action))
        # Actions that the same statements are about come to the same.
        alike = (
            self.library.signature(action),
            tuple(one.acts(action) for one in self.library.guarding(target.id, target.type)),
            self.vocabulary.guards_itself(action, target.name),
            question.nameless,
            self.vocabulary.resource_controlled(action),
            target,
            _in_order(given),
        )
        if alike not in self._decisions:
            made = Decision(self.library, self.vocabulary, target, question)
            self._decisions[alike] = settled(made, made.answer(self.principals))
        return self._decisions[alike]

    def _target(self, action: str, name: str) -> Target:
        resource = self._resources.get(name) or self._resources.get(self.subject(name))
        if resource is not None:
            named = self.vocabulary.names(resource)
            exact = name == resource.id or name in named
            spellings = self.vocabulary.acted_on(action, resource) if exact else (name,)
            return self._of(resource, spellings, named)
        owner = self._resources.get(self.subject(name.split("/", maxsplit=1)[0])) if "/" in name else None
        spellings = (name,) if self.vocabulary.fits(action, name) else ()
        if owner is not None:
            return self._of(owner, spellings, self.vocabulary.names(owner))
        return Target("", name, spellings, self.vocabulary.account_of(name), "", known=name == "*")

    @staticmethod
    def _of(resource: Resource, spellings: tuple[str, ...], names: tuple[str, ...]) -> Target:
        place = plan_of(resource)
        name = next((one for one in names if not one.startswith("${")), resource.id)
        return Target(resource.id, name, spellings, resource.account, place, known=True, type=resource.origin.type)


def _given(context: Given) -> dict[str, Value]:
    """Condition keys of a question in lower case, each with all of its values."""
    return {key.lower(): (value,) if isinstance(value, str) else value for key, value in context.items()}


def _in_order(given: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    """The same as a key, however they were given; values, of which some are None, are not compared."""
    return tuple(sorted(given.items(), key=lambda item: item[0])) if given else ()


def _policies(world: World) -> Iterator[Resource]:
    """Policies as what can be acted on: a world holds their statements alone."""
    seen = set()
    for one in world.statements:
        if one.policy_kind in _NAMED and one.policy == one.origin.address and one.policy not in seen:
            seen.add(one.policy)
            yield policy(one)


def policy(one: Statement) -> Resource:
    """The policy that a statement stands in."""
    return Resource(id=one.policy, name=one.name, account=one.account, planned=one.planned, origin=one.origin)
