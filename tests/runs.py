"""Small runs made by hand, for tests of what is written from them."""

from __future__ import annotations

from dataclasses import replace

from scanner.findings import Control, Finding, Run, Status, Waiver
from scanner.model import Gap, Origin

HOSTILE = 'aws_s3_bucket.x["<img src=x onerror=alert(1)> @team #1 | `a``b` [l](http://evil.example) \x1b[31m\u202e"]'
"""An address whose key tries to be HTML, a mention, a table cell, code, a link and a terminal's escape sequence."""


def control(id_: str, severity: str, **more: str) -> Control:
    """A control of which only what reports show matters."""
    title = more.get("title", f"{id_} must hold")
    return Control(
        id=id_,
        title=title,
        area="stores",
        criteria=("CC6.1", "C1.1"),
        requirements=("STO-01",),
        severity=severity,
        risk="Anybody on the internet reads what people told the chatbot.",
        objective="Only those who need it reach it.",
        activity="Public access is blocked.",
        owner="platform team",
        frequency="on every plan",
        evidence="its policy and its block on public access",
        message=more.get("message", "{it.id} is open to anybody"),
        fix=more.get("fix", "Block public access, and take out the grant."),
        snippets={"aws": 'resource "aws_s3_bucket_public_access_block" "example" {\n  block_public_acls = true\n}\n'},
    )


def finding(of: Control, subject: str, status: str = "fail", reason: str = "", **more: object) -> Finding:
    """What a control concluded about a subject."""
    message = {
        "pass": of.title,
        "fail": of.message.replace("{it.id}", subject),
        "unknown": f"{of.title}: not decided for {subject}",
    }[status]
    origin = Origin(source="plan", type="aws_s3_bucket", address=subject, plan="plan.json")
    base = Finding(
        control=of.id,
        subject=subject,
        status=Status(status),
        severity=of.severity,
        criteria=of.criteria,
        message=message,
        reason=reason,
        fix=of.fix,
        origin=origin,
    )
    return replace(base, **more)  # type: ignore[arg-type]


PUBLIC = control("store-not-public", "critical", title="No store is open to anybody")
TLS = control(
    "store-requires-tls", "medium", title="Stores refuse plain connections", message="{it.id} answers without TLS"
)
OWNER = control(
    "store-owned",
    "low",
    title="Every store has an owner",
    message="{it.id} has no owner (environment: {it.environment})",
)
CONTROLS = (OWNER, PUBLIC, TLS)

IN_SOURCE = Waiver(
    control="store-*",
    subject="aws_s3_bucket.feed",
    requester="comment",
    approver="eve",
    reason="a public feed",
    expires="2026-12-31",
    where="modules/web/main.tf:4",
)
"""What a comment in the source accepts."""

WAIVER = Waiver(
    control="store-not-public",
    subject="aws_s3_bucket.web",
    requester="ann <@ann>",
    approver="bob | <b>",
    reason="the web site is meant to be public; see http://tickets.example/7",
    expires="2026-12-31",
    ticket="SEC-7",
)


def small() -> Run:
    """A run with everything a report must show, hostile names among it."""
    tf = Origin(source="plan", type="aws_s3_bucket", plan="plan.json", file="modules/sto re/main.tf", line=12)
    policy = replace(tf, end=40, attribute="policy", attribute_line=20, attribute_end=31)
    many = replace(tf, file="modules/web/main.tf", line=3, end=9, called=("main.tf:7", "modules/app/main.tf:2"))
    later = "policy is known only after apply"
    findings = (
        finding(PUBLIC, "aws_s3_bucket.chat", reason="statement Everyone allows s3:Get to anyone", change="brings"),
        finding(PUBLIC, HOSTILE, reason=f"{HOSTILE} grants public-read", change="keeps"),
        finding(PUBLIC, "aws_s3_bucket.web", change="brings", waiver=WAIVER),
        finding(PUBLIC, "aws_s3_bucket.cdn", reason="policy is open", change="brings", origin=policy),
        finding(PUBLIC, "aws_s3_bucket.feed", origin=many, waiver=IN_SOURCE),
        finding(PUBLIC, "aws_s3_bucket.old", reason="it was closed", status="pass", change="resolves"),
        finding(PUBLIC, "aws_s3_bucket.safe", status="pass"),
        finding(
            TLS, "aws_s3_bucket.chat", reason="it has no policy", change="brings", origin=tf, path=("a.b", "vendor")
        ),
        finding(TLS, "aws_s3_bucket.known", reason="it has no policy", change="keeps", baseline=True),
        *(finding(TLS, f'aws_s3_bucket.many["{i:02}"]', "unknown", later) for i in range(40)),
        *(finding(TLS, f"aws_sqs_queue.q{i}", "unknown", f"{later}; it names aws_iam_role.r{i}") for i in range(2)),
        finding(OWNER, HOSTILE, "unknown", "its tags are known only after apply"),
        finding(OWNER, "aws_s3_bucket.chat", message="aws_s3_bucket.chat has no owner (environment: prod)"),
        finding(OWNER, "aws_s3_bucket.web", message="aws_s3_bucket.web has no owner (environment: dev)"),
    )
    gaps = (
        *(Gap(scope=f"aws_s3_bucket.b{i}", kinds=(), reason="no data class is known") for i in range(12)),
        Gap(scope="plan.json", kinds=("key",), reason="the plan is partial: made with -target"),
        Gap(scope=HOSTILE, kinds=(), reason="its change is deferred: @team"),
    )
    return Run(
        tool="trustscan 0.0.0",
        inputs=("plan.json",),
        controls=CONTROLS,
        findings=findings,
        gaps=gaps,
        resources=58,
        notes=("plan.json does not hold the whole configuration: made with -target; judged is what is there",),
        expired=("waiver of store-* on aws_s3_bucket.gone (approved by bob) ended on 2026-01-01",),
    )
