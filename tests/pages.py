"""Runs with a small world, and the HTML pages that are written of them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import html5lib

from runs import CONTROLS, HOSTILE, OWNER, PUBLIC, TLS, finding, small
from scanner.findings import Finding, Opinion, Run, Status
from scanner.kinds import Actor, Compute, Flow, Identity, Model, Store
from scanner.model import Origin, Statement, World
from scanner.redact import Redactor
from scanner.reports.html_report import REPORT
from scanner.run import Judged

INTERNET, CHAT, BUCKET, MODEL = "ext:internet", "aws_lambda_function.chat", "aws_s3_bucket.chat", "ext:api.openai.com"
PATH = (INTERNET, "sends_to (declared, aws-api)", CHAT, "invokes (likely, aws-host): OPENAI_BASE_URL", MODEL)


def flow(source: str, target: str, how: str, tier: str = "declared") -> Flow:
    """One way that data takes."""
    return Flow(id=f"{source} -> {target} ({how})", source=source, target=target, how=how, tier=tier, rule="aws-test")


def world(*more: Store) -> World:
    """Somebody asks a function, which asks a model and keeps what is said."""
    return World(
        resources=(
            Actor(id=INTERNET, type="internet"),
            Compute(id=CHAT, type="function", environment="prod"),
            Store(id=BUCKET, type="bucket", environment="prod", data=("transcript",)),
            Store(id=HOSTILE, type="bucket", environment="staging", name=HOSTILE),
            Model(id=MODEL, type="service", operator="third_party"),
            Identity(id="aws_iam_role.chat", type="role"),
            *more,
        ),
        flows=(
            flow(INTERNET, CHAT, "sends_to"),
            flow(CHAT, MODEL, "invokes", "likely"),
            flow(CHAT, BUCKET, "writes_to"),
            flow(CHAT, HOSTILE, "writes_to", "possible"),
        ),
        statements=(Statement(id="aws_iam_role.chat#1", policy="aws_iam_role.chat", binds=("aws_iam_role.chat",)),),
    )


def run(*more: Finding) -> Run:
    """The small run of every report, with a path, other scanners' words and two environments."""
    own = replace(TLS, owner="security lead", criteria=("CC6.7",))
    says = (Opinion(tool="checkov", check="CKV_AWS_7", says=Status.PASS),)
    where = Origin(source="plan", type="aws_s3_bucket", plan="plan.json", file="a.tf", line=7)
    base = small()
    findings = tuple(replace(one, criteria=own.criteria) if one.control == own.id else one for one in base.findings)
    added = (
        finding(PUBLIC, CHAT, reason="nothing guards it", path=PATH, opinions=says),
        finding(own, BUCKET, reason="it is asked without TLS", origin=where),
    )
    return replace(base, controls=(OWNER, PUBLIC, own), findings=(*findings, *added, *more))


def judged(of: Run | None = None, seen: World | None = None, secrets: Iterable[str] = ()) -> Judged:
    """A run with the world it is about."""
    return Judged(run=of or run(), world=seen or world(), hide=Redactor(secrets))


def written(of: Run) -> str:
    """The page of a run of which nothing more is known."""
    out = io.StringIO()
    REPORT(of, out)
    return out.getvalue()


def whole(of: Judged) -> str:
    """The page of a run with its world."""
    out = io.StringIO()
    REPORT.whole(of.run, of, out)
    return out.getvalue()


def parsed(page: str) -> Any:
    """The page as a strict parser of HTML reads it: anything that is not well-formed is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def many(count: int) -> Run:
    """A run of many findings, of which each third fails."""
    states = ("fail", "unknown", "pass")
    reason = "statement Everyone allows s3:GetObject to anyone who asks, under no condition at all"
    found = (
        finding(CONTROLS[one % 3], f'module.chat["production"].aws_s3_bucket.b["{one:05}"]', states[one % 3], reason)
        for one in range(count)
    )
    return replace(small(), findings=tuple(found))
