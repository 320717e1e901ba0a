"""What a resource policy lets in: anyone at all, and requests without TLS.

Sources: AWS IAM User Guide, "AWS global condition context keys", "Condition operators" and "Policy evaluation logic";
Amazon S3 User Guide, "The meaning of 'public'" (fixed values, and address ranges that are too wide to count).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

from scanner.clouds.aws.iam.elements import NOT_KNOWN, OWN_PLACE
from scanner.clouds.aws.iam.patterns import matches, matches_action
from scanner.clouds.aws.iam.policydoc import Conditions, Document, PolicyStatement, Texts, read_document
from scanner.hcl.values import Unfinished
from scanner.logic import Answer, all_hold, any_holds, contrary, plain
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

BINDING_KEYS = frozenset(
    {
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "sns:endpoint",
    }
)
"""Condition keys, in lower case, that tell who asks or from where; a fixed value of one binds a principal of `*`."""

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_PATTERN = frozenset({"stringlike", "arnequals", "arnlike", "ipaddress"})
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
}
_SERVICE_KEYS = frozenset({"aws:principalisawsservice", "aws:viaawsservice"})
"""Keys by which a Deny spares AWS services, which are not anyone and use TLS."""

_ARN_OF_ACCOUNT = r"arn:[^:]*:[^:]*:[^:]*:(\d{12}|\{account\}|\$\{aws:[A-Za-z]*Account\}):.+"
_ARN_OF_BUCKET = r"arn:[^:]*:s3:[^:]*:[^:]*:[^*?/:]+(/.*)?"
_ORG_PATH = r"o-[a-z0-9]+/.*"
_BOUND_PATTERNS = {
    "aws:sourcearn": re.compile(f"{_ARN_OF_ACCOUNT}|{_ARN_OF_BUCKET}"),
    "aws:principalarn": re.compile(_ARN_OF_ACCOUNT),
    "s3:dataaccesspointarn": re.compile(_ARN_OF_ACCOUNT),
    "aws:principalorgpaths": re.compile(_ORG_PATH),
    "aws:sourceorgpaths": re.compile(_ORG_PATH),
    "aws:userid": re.compile(r"[A-Z0-9]{12,}(:.*)?"),
    "sns:endpoint": re.compile(r".*[A-Za-z0-9]{2}.*"),
}
"""Values with wildcards that still name one account, bucket, organization or receiver."""

_OWN_VARIABLE = re.compile(r"\$\{aws:(ResourceAccount|ResourceOrgID)\}", re.IGNORECASE)
_WIDEST_PREFIX = {4: 8, 6: 32}
_CARRYING = {
    "s3": ("s3:*",),
    "sqs": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "sns": ("sns:Publish",),
}
"""Actions by which data moves, for a Deny without TLS to cover: all of S3's; a queue's and a topic's messages."""


def attached_policy(
    planned: PlannedWorld,
    owner: PlannedResource,
    split: tuple[str, str],
    inline: str = "",
    text: str = "policy",
    *,
    owners: tuple[str, ...] = (),
) -> Document | Unknown | None:
    """The policy of a resource: that of the split resource, else the inline one.

    `split` is its type and the attribute of it that names `owner`, `text` the attribute that holds the policy. None
    where this plan leaves the resource without one; of a resource that existed before, an inline attribute holds what
    the refresh saw, and without such an attribute it is Unknown. `owners` are the types that `split` may be of, where
    these are several.
    """
    holder = policy_holder(planned, owner, split, inline, text, owners=owners)
    return read_document(planned, *holder) if isinstance(holder, tuple) else holder


def policy_holder(
    planned: PlannedWorld,
    owner: PlannedResource,
    split: tuple[str, str],
    inline: str = "",
    text: str = "policy",
    *,
    owners: tuple[str, ...] = (),
) -> tuple[PlannedResource, str] | Unknown | None:
    """Where the policy of a resource stands: the resource that holds it, and the attribute."""
    found = planned.attached(owner, *split, owners=owners)
    if isinstance(found, Unknown):
        return found
    if found:
        return found[0], text
    if inline and not (owner.settled and left_out(owner, inline)):
        return owner, inline
    if owner.settled or inline:
        return None
    return Unknown(f"{owner.address} existed before, and this plan holds no {split[0]} of it")


def opens_to_anyone(document: Document) -> Answer:
    """Whether the policy lets in any principal that no condition binds and no Deny shuts out."""
    return opens_to(document, anyone, "anyone")


def opens_to(document: Document, admits: Callable[[PolicyStatement], bool | None], whom: str) -> Answer:
    """Whether an Allow that no Deny shuts out `admits` those the caller asks about, called `whom` in the reason."""
    denials = [s for s in document.statements if s.effect == "Deny" and _closes_anything(s) is not False]
    undecided = document.more
    for number, statement in enumerate(document.statements, 1):
        admitted = admits(statement) if statement.effect == "Allow" else False
        if admitted is False:
            continue
        shut = (_closes(denial, statement) for denial in denials)
        answer = all_hold((admitted, contrary(any_holds(shut))))
        what = f"statement {statement.sid or number} allows {_shown(statement)} to {whom}"
        if answer and not document.more:
            return Noted(True, what)
        if answer is None:
            undecided = undecided or f"{what}, unless a part of it that is not known yet forbids it"
    return Unknown(undecided) if undecided else False


def denies_without_tls(document: Document, service: str, needed_resources: Iterable[Iterable[str]]) -> Answer:
    """Whether a Deny refuses every data request without TLS on everything needed.

    `needed_resources` gives for each needed resource the ways to write it: its ARN (fields that are not known as `*`),
    `${<id>}` of the planned resource, and `${<id>}~` where whatever is built from its ARN is the resource itself.
    """
    denials = [s for s in document.statements if s.effect == "Deny"]
    answers = [
        any_holds(_refuses_plain(denial, action, spellings) for denial in denials)
        for spellings in map(tuple, needed_resources)
        for action in _CARRYING.get(service, (f"{service}:*",))
    ]
    answer = all_hold(answers)
    if answer:
        return True
    if document.more:
        return Unknown(document.more)
    if answer is None:
        return Unknown("a part of the policy's Deny on aws:SecureTransport is known only after apply")
    return Noted(False, "no statement denies every request without TLS (aws:SecureTransport false)")


def refuses_everybody(document: Document, actions: Iterable[str], spellings: tuple[str, ...]) -> bool | Unknown:
    """Whether Denies without a condition refuse everybody all of some actions, on what is spelled so."""
    denials = [one for one in document.statements if one.effect == "Deny" and one.conditions == ()]
    if all(any(_refuses(denial, action, spellings) for denial in denials) for action in actions):
        return True
    return Unknown(document.more) if document.more else False


def unless_unnamed(answer: Answer, document: Document, name: Any) -> Answer:
    """No failure of what has a name that the sources leave open: a Deny may be written with that very name."""
    denies = any(statement.effect == "Deny" for statement in document.statements)
    return name if plain(answer) is False and isinstance(name, Unfinished) and denies else answer


def anyone(statement: PolicyStatement) -> bool | None:
    """Whether an Allow reaches principals of accounts it does not name."""
    return all_hold((_everybody(statement), contrary(bound(statement.conditions))))


def _everybody(statement: PolicyStatement) -> bool | None:
    if isinstance(statement.principals, Unknown) or isinstance(statement.not_principals, Unknown):
        return None
    if statement.not_principals:
        return True
    return any_holds(None if NOT_KNOWN in p.split(":", 1) else p in {"AWS:*", "*:*"} for p in statement.principals)


def bound(conditions: Conditions | Unknown) -> bool | None:
    """Whether one of the conditions, which must all hold, binds the principal, so that it is not anyone."""
    if isinstance(conditions, Unknown):
        return None
    return any_holds(_binds(op.lower().removeprefix("foranyvalue:"), key.lower(), vs) for op, key, vs in conditions)


def _binds(operator: str, key: str, values: tuple[str, ...]) -> bool | None:
    if NOT_KNOWN in {operator, key}:
        return None
    if key not in BINDING_KEYS or operator not in _EXACT | _PATTERN or not values:
        return False
    return all_hold(_fixed(key, value, exact=operator in _EXACT) for value in values)


def _fixed(key: str, value: str, *, exact: bool) -> bool | None:
    """Whether a condition's value leaves no choice to a stranger."""
    if value.startswith("${") and value.endswith(NOT_KNOWN):
        return True
    if value == NOT_KNOWN:
        return True if exact else None
    if key == "aws:sourceip":
        return _narrow(value)
    if "${" in value and _OWN_VARIABLE.search(value) is None:
        return False
    if exact or not set("*?") & set(value):
        return True
    pattern = _BOUND_PATTERNS.get(key)
    return pattern is not None and pattern.fullmatch(value) is not None


def _narrow(value: str) -> bool:
    """Whether an address range is no wider than the widest that S3 does not call public, or private."""
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_PREFIX[network.version] or network.is_private


def _closes_anything(denial: PolicyStatement) -> bool | None:
    """Whether a Deny shuts out everyone that it does not itself name or bind, from whatever it is about."""
    return all_hold((_everybody(denial), _escape_bound(denial.conditions)))


def _closes(denial: PolicyStatement, allow: PolicyStatement) -> bool | None:
    """Whether it shuts them out from all that an Allow is about."""
    return all_hold(
        (
            _closes_anything(denial),
            _contains(denial.actions, denial.not_actions, allow.actions, allow.not_actions, _same_action),
            _contains(denial.resources, denial.not_resources, allow.resources, allow.not_resources, covers),
        )
    )


def _escape_bound(conditions: Conditions | Unknown) -> bool | None:
    """Whether only principals that are bound by a fixed value escape a Deny."""
    if isinstance(conditions, Unknown):
        return None
    return all_hold(
        _spares_service(key, values) or _binds(_affirmed(op), key.lower(), values) for op, key, values in conditions
    )


def _affirmed(operator: str) -> str:
    """The operator whose match escapes a Deny that uses `operator`; where the key is missing, the Deny holds."""
    return _NEGATED.get(operator.lower().removeprefix("forallvalues:").removesuffix("ifexists"), "")


def _spares_service(key: str, values: tuple[str, ...]) -> bool:
    return key.lower() in _SERVICE_KEYS and [value.lower() for value in values] == ["false"]


def _contains(
    outer: Texts, outer_not: Texts, inner: Texts, inner_not: Texts, same: Callable[[str, str], bool | None]
) -> bool | None:
    """Whether everything that a statement names is named by another; two that name nothing agree."""
    if isinstance(outer, Unknown) or isinstance(outer_not, Unknown):
        return None
    if isinstance(inner, Unknown) or isinstance(inner_not, Unknown):
        return None
    if outer_not:
        touching = (
            any_holds((same(spared, item), same(item, spared))) for spared in outer_not for item in inner or "*"
        )
        return outer_not == inner_not or contrary(any_holds(touching))
    if inner_not or not inner:
        return not outer or "*" in outer
    return all_hold(any_holds(same(pattern, item) for pattern in outer) for item in inner)


def _refuses_plain(denial: PolicyStatement, action: str, spellings: tuple[str, ...]) -> bool | None:
    return all_hold((_refuses(denial, action, spellings), _only_without_tls(denial.conditions)))


def _refuses(denial: PolicyStatement, action: str, spellings: tuple[str, ...]) -> bool | None:
    """Whether a Deny is about everybody, an action and a resource, whatever its conditions."""
    named = denial.resources
    if isinstance(named, Unknown) or isinstance(denial.not_resources, Unknown):
        reached: bool | None = None
    elif denial.not_resources:
        reached = contrary(any_holds(covers(p, s) for p in denial.not_resources for s in spellings))
    else:
        reached = any_holds(covers(pattern, spelling) for pattern in named for spelling in spellings)
    everybody = False if denial.not_principals else _everybody(denial)
    acts = _contains(denial.actions, denial.not_actions, (action,), (), _same_action)
    return all_hold((everybody, acts, reached))


def _only_without_tls(conditions: Conditions | Unknown) -> bool | None:
    """Whether a Deny's conditions all hold for any request without TLS."""
    if isinstance(conditions, Unknown):
        return None
    return all_hold(any_holds((_plain(*one), _spares_service(one[1], one[2]))) for one in conditions)


def _plain(operator: str, key: str, values: tuple[str, ...]) -> bool | None:
    if NOT_KNOWN in {operator, key} or NOT_KNOWN in values:
        return None
    wanted = operator.lower().removesuffix("ifexists") == "bool" and key.lower() == "aws:securetransport"
    return wanted and [value.lower() for value in values] == ["false"]


def covers(pattern: str, wanted: str) -> bool | None:
    """Whether a policy's resource pattern reaches a resource as it is written, `None` where the plan cannot tell."""
    if pattern in {"*", wanted}:
        return True
    if pattern == NOT_KNOWN:
        return None
    if pattern.endswith(NOT_KNOWN):
        return None if wanted.startswith(pattern[:-1]) else False
    if _reaches(pattern, wanted):
        return True
    # Its own account, say, may be the one that is written out elsewhere.
    return None if _reaches(OWN_PLACE.sub("*", pattern), OWN_PLACE.sub("*", wanted)) else False


def _reaches(pattern: str, wanted: str) -> bool:
    if pattern.startswith("arn:") and wanted.startswith("arn:"):
        ours, theirs = pattern.split(":", 5), wanted.split(":", 5)
        return len(ours) == len(theirs) and all(t == "*" or matches(o, t) for o, t in zip(ours, theirs, strict=True))
    return matches(pattern, wanted)


def _same_action(pattern: str, action: str) -> bool | None:
    if NOT_KNOWN in pattern:
        return None
    return matches_action(pattern, action)


def _shown(statement: PolicyStatement) -> str:
    if isinstance(statement.actions, Unknown) or not statement.actions:
        return "actions"
    return ", ".join(statement.actions[:3]) + (" and more" if len(statement.actions) > 3 else "")
