"""Cases made by chance from a seed: always the same for the same seed, and near enough to the request to decide it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from random import Random
from typing import Any

from oracle.cases import EVERYTHING, HOME, OTHER, Case, Context, Policy, Thing, account_of
from oracle.catalogue import (
    ANYWHERE,
    FOREIGN_ROLE,
    FOREIGN_USER,
    NESTED_ROLE,
    OPERATORS,
    PRINCIPALS,
    ROLE,
    SEVERAL,
    STRINGS,
    TARGETS,
    TEXTS,
    USER,
    WHO,
    Target,
)
from oracle.differences import left_open
from scanner.kinds import Identity

GUARDED = frozenset({"s3", "kms", "sqs", "sts", "secretsmanager", "ecr", "dynamodb", "logs"})
"""Services, among those of the cases, that resource control policies reach."""

_IN_VALUES = ("${aws:PrincipalTag/team}", "${aws:username}", "${aws:PrincipalTag/team, 'chat'}")
_VARIABLES = ("aws:PrincipalTag/team", "aws:username", "aws:PrincipalAccount", "s3:prefix")


def cases(seed: int) -> Iterator[Case]:
    """Cases without an end."""
    random = Random(seed)  # noqa: S311 - the same cases every time is the point
    for number in count():
        yield _Maker(random, f"{seed}-{number}").case()


def decided(seed: int, wanted: int) -> list[Case]:
    """So many cases of which AWS documents the answer."""
    return list(islice((case for case in cases(seed) if not left_open(case)), wanted))


def undecided(seed: int, wanted: int) -> list[Case]:
    """So many cases of which AWS may leave the answer open."""
    return list(islice((case for case in cases(seed) if left_open(case)), wanted))


def of_services(seed: int, wanted: int) -> list[Case]:
    """So many cases in which a service asks, whom policies of the thing itself alone can let in."""
    random = Random(seed)  # noqa: S311 - the same
    made = (_ServiceMaker(random, f"{seed}-{number}").case() for number in count())
    return list(islice((case for case in made if case.policy is not None and not left_open(case)), wanted))


@dataclass
class _Maker:
    """Makes one case."""

    random: Random
    name: str

    def case(self) -> Case:
        self.target = self.random.choice(TARGETS)
        self.who = self.random.choice(PRINCIPALS)
        self.keys = (*ANYWHERE, *ANYWHERE[:3], *self.target.keys * 3, *WHO)
        self.context = self._context()
        thing = self.target.thing
        own = thing is not None and self.target.own and self._own_policy_wanted(thing)
        guarded = self.target.action.split(":")[0] in GUARDED and thing is not None
        return Case(
            name=self.name,
            principal=self.who,
            action=self.target.action,
            resource=self.target.resource,
            thing=thing,
            context=self.context,
            identity=tuple(self._policy() for _ in range(self.random.choice((0, 1, 1, 1, 1, 2, 2)))),
            boundary=self._boundary() if self._often(0.25) else None,
            policy=self._own(thing) if own and thing is not None else None,
            scps=self._scps() if self._often(0.25) else (),
            rcps=self._rcps() if guarded and self._often(0.2) else (),
        )

    def _often(self, share: float) -> bool:
        return self.random.random() < share

    def _own_policy_wanted(self, thing: Thing) -> bool:
        must = thing.provider_type == "aws_kms_key" or (
            thing.kind is Identity and self.target.action.startswith("sts:")
        )
        return must or self._often(0.75 if account_of(self.who) != HOME else 0.5)

    # the request

    def _context(self) -> Context:
        given: dict[str, str | tuple[str, ...]] = {
            "aws:PrincipalArn": self.who,
            "aws:PrincipalAccount": account_of(self.who),
            "aws:PrincipalType": "User" if ":user/" in self.who else "AssumedRole",
        }
        if ":user/" in self.who:
            given["aws:username"] = self.who.rpartition("/")[2]
        for key in (*ANYWHERE, *self.target.keys):
            if self._often(0.55):
                given[key] = self._several(key) if key in SEVERAL else self.random.choice(TEXTS[key])
        return given

    def _several(self, key: str) -> tuple[str, ...]:
        texts = TEXTS[key]
        return tuple(self.random.sample(texts, self.random.randint(1, len(texts))))

    # policies

    def _policy(self, allows: float = 0.75) -> Policy:
        count = self.random.choice((1, 1, 2, 3))
        statements = [self._statement(allows if number else max(allows, 0.8)) for number in range(count)]
        return self._document(statements)

    def _document(self, statements: list[dict[str, Any]]) -> Policy:
        version = {} if self._often(0.06) else {"Version": "2012-10-17" if self._often(0.95) else "2008-10-17"}
        single = len(statements) == 1 and self._often(0.3)
        return {**version, "Statement": statements[0] if single else statements}

    def _statement(self, allows: float) -> dict[str, Any]:
        effect = "Allow" if self._often(allows) else "Deny"
        statement: dict[str, Any] = {"Effect": effect, **self._actions(), **self._resources()}
        if self._often(0.6 if effect == "Deny" else 0.3):
            statement["Condition"] = self._conditions()
        return statement

    def _own(self, thing: Thing) -> Policy:
        statements = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            statement = {**self._statement(0.75), **self._principals()}
            if thing.kind is Identity:
                statement.pop("Resource", None)
                statement.pop("NotResource", None)
            statements.append(statement)
        return self._document(statements)

    def _boundary(self) -> Policy:
        return self._policy(allows=0.85) if self._often(0.7) else EVERYTHING

    def _scps(self) -> tuple[tuple[Policy, ...], ...]:
        """Levels, most with the policy that allows everything, some with a list of what is allowed instead."""
        levels: list[tuple[Policy, ...]] = []
        for _ in range(self.random.choice((1, 2, 3))):
            level = [EVERYTHING] if self._often(0.8) else [self._guard(effect="Allow")]
            if self._often(0.3):
                level.append(self._guard(effect="Deny"))
            levels.append(tuple(level))
        return tuple(levels)

    def _rcps(self) -> tuple[tuple[Policy, ...], ...]:
        """Levels of policies that deny; what allows everything is there always."""
        count = self.random.choice((1, 2, 3))
        return tuple((self._guard(effect="Deny", Principal="*"),) if self._often(0.6) else () for _ in range(count))

    def _guard(self, effect: str, **more: str) -> Policy:
        statement = {**self._statement(1.0 if effect == "Allow" else 0.0), **more}
        if more:
            # A resource control policy names its actions, and never all of them.
            statement.pop("NotAction", None)
            statement["Action"] = self.random.choice((self.target.action, f"{self.target.action.split(':')[0]}:*"))
        return {"Version": "2012-10-17", "Statement": [statement]}

    # elements

    def _one_or_more(self, first: str, others: tuple[str, ...]) -> str | list[str]:
        if self._often(0.5):
            return first
        more = [first, *self.random.sample(others, min(len(others), self.random.randint(1, 2)))]
        self.random.shuffle(more)
        return more

    def _actions(self) -> dict[str, Any]:
        elsewhere = self.random.choice(TARGETS).action
        if self._often(0.1):
            near = self.target.action if self._often(0.3) else elsewhere
            return {"NotAction": self._one_or_more(self._action_glob(near), ("iam:*", "sts:Get*", "s3:?etObject"))}
        near = self.target.action if self._often(0.92) else elsewhere
        return {"Action": self._one_or_more(self._action_glob(near), (elsewhere, "ec2:Describe*", "s3:*Object"))}

    def _action_glob(self, action: str) -> str:
        service, _, name = action.partition(":")
        half = name[: self.random.randint(1, len(name))]
        made = self.random.choice(
            (
                action, action, action, f"{service}:*", f"{service}:{half}*", f"{service}:*{name[-4:]}", "*",
                f"{service}:?{name[1:]}", f"{service}:{name[:2]}*{name[-2:]}", f"{service}:{name}?",
            )
        )  # fmt: skip
        return made.upper() if self._often(0.04) else made.lower() if self._often(0.08) else made

    def _resources(self) -> dict[str, Any]:
        elsewhere = self.random.choice(TARGETS).resource
        others = (elsewhere, "arn:aws:s3:::other", "arn:aws:s3:::other/*")
        if self._often(0.1):
            near = self.target if self._often(0.3) else self.random.choice(TARGETS)
            return {"NotResource": self._one_or_more(self._resource_glob(near), others[1:])}
        near = self.target if self._often(0.92) else self.random.choice(TARGETS)
        return {"Resource": self._one_or_more(self._resource_glob(near), others)}

    def _resource_glob(self, target: Target) -> str:
        arn = target.resource
        if arn == "*" or self._often(0.2):
            return "*"
        if target.action.startswith("s3:") and self._often(0.25):
            return self.random.choice(("arn:aws:s3:::chat-transcripts/*", "arn:aws:s3:::chat-*", "arn:aws:s3:::*/*"))
        if "/" in arn and self._often(0.08):
            head = arn.rpartition("/")[0]
            return (
                f"{head}/${{{self.random.choice(_VARIABLES)}}}/*" if self._often(0.3) else f"{head}/${{aws:username}}"
            )
        fields = arn.split(":", 5)
        last, at = fields[5], self.random.randint(1, len(fields[5]))
        shapes = (
            last, last, last, "*", "*", f"{last[:at]}*", f"*{last[-4:]}", f"{last[:1]}?{last[2:]}",
            f"{last[:3]}*{last[-3:]}", last.upper(), f"{last}*", f"{last}x",
        )  # fmt: skip
        region = self.random.choice((fields[3],) * 5 + ("*", "*", "us-*")) if fields[3] else ""
        account = self.random.choice((fields[4],) * 5 + ("*", "*", OTHER)) if fields[4] else ""
        return ":".join((*fields[:3], region, account, self.random.choice(shapes)))

    def _principals(self) -> dict[str, Any]:
        mine = account_of(self.who)
        forms: tuple[str, ...] = (self.who, self.who, f"arn:aws:iam::{mine}:root", mine)
        if self._often(0.12):
            excepted = self.random.choice((*forms, ROLE, FOREIGN_ROLE))
            account = f"arn:aws:iam::{account_of(excepted) or excepted}:root"
            return {"NotPrincipal": {"AWS": [excepted] if self._often(0.3) else [excepted, account]}}
        if self._often(0.15):
            return {"Principal": "*" if self._often(0.5) else {"AWS": "*"}}
        if self._often(0.1):
            return {"Principal": {"Service": self.random.choice(("lambda.amazonaws.com", "s3.amazonaws.com"))}}
        near = self.random.choice(forms)
        if self._often(0.2):
            near = self.random.choice((ROLE, USER, FOREIGN_USER, NESTED_ROLE, f"arn:aws:iam::{OTHER}:root"))
        return {"Principal": {"AWS": self._one_or_more(near, (FOREIGN_ROLE, f"arn:aws:iam::{HOME}:user/bob"))}}

    # conditions

    def _conditions(self) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {}
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            operator, key, values = self._condition()
            found.setdefault(operator, {})[key] = values
        return found

    def _condition(self) -> tuple[str, str, str | list[str]]:
        key = self.random.choice(self.keys)
        written = key.lower() if self._often(0.1) else key
        if self._often(0.1):
            return "Null", written, self.random.choice(("true", "false"))
        operator = self.random.choice(OPERATORS.get(key, STRINGS))
        operator += "IfExists" if self._often(0.2) else ""
        if key in SEVERAL:
            operator = f"{self.random.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
        return operator, written, self._values(key, operator)

    def _values(self, key: str, operator: str) -> str | list[str]:
        values = [self._value(key, operator) for _ in range(self.random.choice((1, 1, 2)))]
        if "Bool" in operator or "Date" in operator or "Numeric" in operator:
            values = values[:1]
        return values[0] if len(values) == 1 else values

    def _value(self, key: str, operator: str) -> str:
        given = self.context.get(key)
        near = given if isinstance(given, str) and self._often(0.6) else self.random.choice(TEXTS[key])
        if "IpAddress" in operator:
            return self.random.choice((near, "10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32"))
        if "Numeric" in operator:
            return str(int(near) + self.random.choice((-1, 0, 1)))
        if "Date" in operator:
            return self.random.choice((near, "2026-01-01T00:00:00Z", "2030-12-31", "2026-11-21T23:00:00+01:00"))
        if self._often(0.08) and "String" in operator:
            return self.random.choice(
                ("${aws:PrincipalTag/team}", "${aws:username}", "${aws:PrincipalTag/team, 'chat'}")
            )
        return self._written(near, operator)

    def _written(self, near: str, operator: str) -> str:
        """A value as text, with wildcards where the operator knows them, and sometimes where it does not."""
        if "Arn" in operator:
            return self.random.choice((near, near, near.rpartition("/")[0] + "/*", "arn:aws:iam::*:role/*"))
        if "Like" in operator:
            return self.random.choice((near, f"{near[:3]}*", "*", f"?{near[1:]}", f"*{near[-3:]}"))
        return self.random.choice((near, near, near, near.upper(), f"{near[:3]}*"))


SERVICE, OTHER_SERVICE = "lambda.amazonaws.com", "s3.amazonaws.com"


@dataclass
class _ServiceMaker(_Maker):
    """Makes a case in which a service asks."""

    def case(self) -> Case:
        made = super().case()
        return replace(made, principal=SERVICE, identity=(), boundary=None, scps=(), context=self._told())

    def _told(self) -> Context:
        follow = {key.lower() for key in WHO}
        return {key: value for key, value in self.context.items() if key.lower() not in follow}

    def _principals(self) -> dict[str, Any]:
        if self._often(0.2):
            return {"Principal": {"AWS": self.random.choice((f"arn:aws:iam::{OTHER}:root", FOREIGN_ROLE))}}
        if self._often(0.1):
            return {"Principal": "*"}
        return {"Principal": {"Service": self._one_or_more(SERVICE, (OTHER_SERVICE,))}}
