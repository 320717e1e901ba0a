"""Texts the catalogue commands write: an explained control, coverage, the generated catalogue, files to start from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner import criteria
from scanner.expr import Condition
from scanner.findings import Control
from scanner.model import Resource
from scanner.policy import Check, EachCheck, PathCheck, Policy

_WIDTH = 80
_GENERATED = "<!-- Written by `trustscan docs` from the controls in this folder: change those, not this. -->"
_CHAIN = ("risk", "objective", "activity", "owner", "frequency", "evidence")
_RECORD = "RECORD"
"""Mode of a requirement that only a record people keep can meet."""

CONFIG = """\
# trustscan.yaml: what only you know of your infrastructure. Every part is optional.
# The first rule that matches decides; settings win over tags, tags over names.
version: 1

# Which environment a resource belongs to. Without a rule: the tags Environment, Env or Stage, then names.
# environments:
#   - environment: prod
#     match: {address: 'module.chatbot["production"].*'}
#   - environment: staging
#     match: {account: "210987654321"}
#   - environment: dev
#     match: {plan: "*dev*.json"}

# Environments that serve all others, and so are no other environment: of a security account, of an archive of logs.
# Without this list: shared, common, global, management, security, audit, logging, log-archive, network, tooling and
# the like.
# shared_environments: [shared, security]

# What a store holds. Without a rule: the tag DataClass (several classes: put spaces between), then names.
# Classes: prompt response transcript user_identity upload retrieval_content embedding feedback
#          config credential security_log telemetry training; groups: conversation, log.
# data:
#   - classes: [transcript, user_identity]
#     match: {type: aws_s3_bucket, name: "acme-*-chats"}
#   - classes: [telemetry]
#     match: {tags: {Team: observability}}

# What your agents may do, by action name: an irreversible action needs a person's confirmation.
# agents:
#   irreversible: ["delete_*", "*refund*"]
#   reversible: ["get_*", "list_*", "*lookup*"]

# How long each data class is kept, in days: at least, at most, or both. Groups as above.
# retention:
#   prompt: {at_most_days: 30}
#   security_log: {at_least_days: 365}

# Account ids: your own, and those of others whose access is agreed.
# accounts:
#   own: ["123456789012"]
#   trusted: []

# Who is who, by name: users of the cloud that people or programs use, and the identities that may do everything.
# identities:
#   people: ["*.*"]
#   programs: ["ci-*"]
#   admins: ["break-glass", "AWSReservedSSO_AdministratorAccess_*"]
#   admins_at_most: 2
#   stores_per_wired: 2    # stores that a role may reach for each that its workload's settings name
#   changing_ai_at_most: 5    # identities of an account that may change production's models, prompts or guardrails

# Where data may be processed, and which models may be called: globs of regions and of model ids.
# regions: {approved: ["us-east-1", "us-west-2"]}
# models: {allowed: ["anthropic.claude-*"]}

# Your register of vendors, beside this file: hosts, aliases, owner, agreement (document, signed, expires), regions,
# training, retention_days and the data classes that each may be sent.
# registers: {vendors: registers/vendors.yaml}

# What somebody reviewed of data flow: the classes that a resource holds or a flow carries, by its id or a glob of ids
# (`trustscan graph` tells them). set: these and no others; add: these as well; not: none of these. The later one wins;
# past its last day a review says nothing, and is a finding.
# flows:
#   - subject: "aws_lambda_function.metrics -> *"
#     mode: not
#     classes: [conversation]
#     owner: platform lead
#     reason: sends counters only (ADR-12)
#     expires: "2027-03-31"
"""

_CONTROL = """\
id: {id}
title: Stores of conversations say who owns them
criteria: [C1.1]
requirements: [DATA-01]
severity: medium
risk: >
  What could go wrong without it, in a sentence or two.
objective: What must be true.
activity: What is done so that it is true.
owner: platform lead
frequency: on every plan and every night
evidence: what an auditor is shown

# Kinds and facts: policies/README.md. Conditions are CEL; a fact nobody could read answers "unknown".
check:
  each: store
  where: store.type == "bucket" && "transcript" in store.data
  require: store.versioned

message: "{{it.id}} is not as it must be"
fix:
  text: How to mend it.
  aws: |
    # Terraform that mends it

examples:
  pass:
    - name: as it should be
      resources:
        transcripts: {{kind: store, type: bucket, data: [transcript], versioned: true}}
  fail:
    - name: not as it should be
      resources:
        transcripts: {{kind: store, type: bucket, data: [transcript], versioned: false}}
  unknown:
    - name: nobody could tell
      resources:
        transcripts: {{kind: store, type: bucket, data: [transcript], versioned: unknown}}
"""


def control(id_: str) -> str:
    """A control to start from."""
    return _CONTROL.format(id=id_)


def explained(policy: Policy) -> str:
    """One control whole, for a terminal."""
    text = policy.control
    lines = [f"{text.id}  ({text.severity})", text.title, ""]
    table = criteria.criteria()
    lines += [f"  {id_:<6} {table[id_].title}" for id_ in text.criteria]
    requirements = criteria.requirements()
    lines += [_wrapped(f"{id_}: {requirements[id_].text}", "  ") for id_ in text.requirements]
    lines += ["", *(_wrapped(f"{name.capitalize()}: {getattr(text, name)}", "") for name in _CHAIN), ""]
    lines += [line for check in policy.checks for line in _check(check)]
    lines += ["", _wrapped(f"Fix: {text.fix}", "")]
    lines += [line for snippet in text.snippets.values() for line in ("", textwrap.indent(snippet.rstrip(), "    "))]
    lines += ["", "Examples:"]
    lines += [f"  {example.verdict:<8} {example.name}" for example in policy.examples]
    return "\n".join(lines)


def _check(check: Check) -> Iterator[str]:
    if isinstance(check, PathCheck):
        yield from _path_check(check)
        return
    if isinstance(check, EachCheck):
        yield f"For each {check.kind.kind}"
        if check.where is not None:
            yield _wrapped(f"where {check.where.text}", "  ")
    else:
        yield f"Each {check.scope.kind}" + (f" where {check.where.text}" if check.where else "")
        yield f"  has a {check.kind.kind}" + (f" where {check.among.text}" if check.among else "")
    yield _wrapped(f"it must hold that {check.require.text}", "  ")


def _path_check(check: PathCheck) -> Iterator[str]:
    yield "For each way of data" + (f" that carries {', '.join(check.carrying)}" if check.carrying else "")
    yield from _by_kind("from", check.origins)
    yield from _by_kind("to", check.targets)
    if check.guards:
        yield "  there must be on it"
        yield from _by_kind("", check.guards)
    elif check.hops:
        yield "  it must hold of all on it"
        yield from _by_kind("", check.hops)
    else:
        yield "  there must be none"


def _by_kind(word: str, conditions: Mapping[type[Resource], Condition]) -> Iterator[str]:
    for kind, condition in conditions.items():
        where = "" if condition.text == "true" else f" where {condition.text}"
        yield _wrapped(f"{word} {kind.kind}{where}".strip(), "    " if not word else "  ")


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False)


def coverage(controls: Sequence[Control], *, only_missing: bool) -> str:
    """Which controls serve each criterion and requirement."""
    by_criterion = _serving((c.id, id_) for c in controls for id_ in c.criteria)
    by_requirement = _serving((c.id, id_) for c in controls for id_ in c.requirements)
    touched = {c for r in criteria.requirements().values() for c in r.criteria}
    lines = ["Trust Services Criteria (ids are AICPA's, titles ours)"]
    for one in criteria.criteria().values():
        served = by_criterion.get(one.id, [])
        if not (served and only_missing):
            state = ", ".join(served) if served else "not served yet" if one.id in touched else "outside this tool"
            lines.append(_wrapped(f"{one.id:<6} {one.title}: {state}", "  "))
    lines += ["", "Requirements"]
    outside = 0
    for requirement in criteria.requirements().values():
        served = by_requirement.get(requirement.id, [])
        record = requirement.mode == _RECORD and not served
        outside += record
        if not (served and only_missing):
            state = ", ".join(served) or ("outside: a record people keep" if record else "not served yet")
            lines.append(_wrapped(f"{requirement.id:<11} {requirement.text}: {state}", "  "))
    total, all_ = len(criteria.criteria()), len(criteria.requirements())
    lines += [
        "",
        f"{len(controls)} controls serve {len(by_criterion)} of {total} criteria",
        f"and {len(by_requirement)} of {all_} requirements; {all_ - outside - len(by_requirement)} are not served yet,",
        f"{outside} lie outside what a plan or account can show.",
        "A criterion that is served is supported by evidence here, not met by it alone.",
    ]
    return "\n".join(lines) + "\n"


def _serving(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    serving: dict[str, list[str]] = {}
    for control_id, id_ in pairs:
        serving.setdefault(id_, []).append(control_id)
    return serving


def catalogue(policies: Sequence[Policy]) -> str:
    """policies/README.md."""
    areas = sorted({p.control.area for p in policies})
    lines = [_GENERATED, "", "# Controls", "", f"{len(policies)} controls in {len(areas)} areas. One YAML file each:"]
    lines += ["conditions are CEL over the facts listed below; a fact nobody could read makes the verdict UNKNOWN.", ""]
    for area in areas:
        lines += [f"## {area}", "", "| control | severity | criteria | what must hold |", "|---|---|---|---|"]
        for one in (p.control for p in policies if p.control.area == area):
            link = f"[{one.id}]({area}/{one.id}.yaml)"
            lines.append(f"| {link} | {one.severity} | {' '.join(one.criteria)} | {one.title} |")
        lines.append("")
    return "\n".join([*lines, *_facts()]) + "\n"


def _facts() -> Iterator[str]:
    from scanner.cli.facts import described

    yield "## Kinds and their facts"
    yield ""
    yield "Every kind also has id, type, name, account, region, planned, environment and data."
    for kind, meaning, facts in described():
        yield ""
        yield f"### {kind}"
        yield ""
        yield meaning
        yield ""
        yield from (f"- `{kind}.{name}` ({type_}): {text}" for name, type_, text in facts)
