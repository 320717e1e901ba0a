"""Questions about all that lies below something, beside questions about each single thing there."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from oracle.cases import EVERYTHING, HOME, Case, Policy
from oracle.catalogue import BUCKET, FOREIGN_ROLE, ROLE, USER

ALL = f"{BUCKET.arn}/*"
_PLACES = ("", "a/", "a/b/", "c/", "logs/")
_ENDS = ("*", "x", "x*", "*.json", "?")


def cases(seed: int, count: int) -> Iterator[Case]:
    """Cases about objects of one bucket, whose policies part it in many ways."""
    random = Random(seed)  # noqa: S311 - the same cases every time is the point
    for number in range(count):
        yield _case(random, f"{seed}-{number}")


def things(case: Case) -> tuple[str, ...]:
    """Objects that between them meet every way in which the case's policies part the bucket."""
    found = {
        f"{BUCKET.arn}/{place}{end}"
        for place in _PLACES
        for end in ("x", "xyz", "q.json", "x.json", "q", "qq", "x/x", "b/x", "logs/x")
    }
    return tuple(sorted(found | {case.resource}))


def _case(random: Random, name: str) -> Case:
    who = random.choice((ROLE, ROLE, USER, FOREIGN_ROLE))

    def policy(deny: float, **more: Any) -> Policy:
        statements = [
            {
                "Effect": "Deny" if random.random() < deny else "Allow",
                "Action": random.choice(("s3:*", "s3:GetObject", "s3:Get*", "s3:PutObject")),
                random.choice(("Resource",) * 7 + ("NotResource",)): _patterns(random),
                **more,
            }
            for _ in range(random.choice((1, 2, 3)))
        ]
        return {"Version": "2012-10-17", "Statement": statements}

    principal = {"Principal": {"AWS": random.choice((who, who, f"arn:aws:iam::{HOME}:root"))}}
    return Case(
        name=name,
        principal=who,
        action="s3:GetObject",
        resource=f"{BUCKET.arn}/a/b/x",
        thing=BUCKET,
        context={},
        identity=tuple(policy(0.3) for _ in range(random.choice((1, 1, 2)))),
        boundary=policy(0.2) if random.random() < 0.3 else None,
        policy=policy(0.3, **principal) if random.random() < (0.9 if who == FOREIGN_ROLE else 0.4) else None,
        scps=((EVERYTHING, policy(1.0)),)
        if random.random() < 0.2
        else ((policy(0.0),),)
        if random.random() < 0.1
        else (),
        rcps=((policy(1.0, Principal="*"),),) if random.random() < 0.15 else (),
    )


def _patterns(random: Random) -> list[str]:
    return [
        random.choice((ALL, "*", f"{BUCKET.arn}/{random.choice(_PLACES)}{random.choice(_ENDS)}", f"{BUCKET.arn}/*/x"))
        for _ in range(random.choice((1, 1, 2)))
    ]
