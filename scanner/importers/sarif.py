"""SARIF 2.1.0 as checkov 3.3.30, trivy and tf-nag 0.1.6 write it.

Texts of results and snippets are not decoded: trivy puts what it matched in there. What a result is about:

- checkov: the address of the first result of a rule, in the rule's help; told where it is the only one.
- trivy: file and lines, no address. Older ones write AVD- before their ids, which is dropped.
- tf-nag: the address, in the place of the file. Its warnings are what it did not decide, or rules that only warn.

Spec: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.27 (result) and 3.49 (reportingDescriptor).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import msgspec

from scanner.errors import InputError
from scanner.foreign import Result, Says, Told
from scanner.importers.text import check_id, digest, one_line, refused
from scanner.mapping import TOOLS

_HELP = re.compile(r"\nResource: (.+)\Z")
_PASSES = {"pass", "notApplicable", "informational"}


class _Text(msgspec.Struct):
    text: str = ""


class _Driver(msgspec.Struct):
    name: str
    version: str | None = ""
    semanticVersion: str | None = ""  # noqa: N815 - SARIF's
    rules: list[_Rule] = []


class _Rule(msgspec.Struct):
    id: str
    shortDescription: _Text = msgspec.field(default_factory=_Text)  # noqa: N815
    help: _Text = msgspec.field(default_factory=_Text)


class _Tool(msgspec.Struct):
    driver: _Driver


class _Region(msgspec.Struct):
    startLine: int = 0  # noqa: N815
    endLine: int = 0  # noqa: N815


class _Artifact(msgspec.Struct):
    uri: str = ""


class _Physical(msgspec.Struct):
    artifactLocation: _Artifact = msgspec.field(default_factory=_Artifact)  # noqa: N815
    region: _Region = msgspec.field(default_factory=_Region)


class _Location(msgspec.Struct):
    physicalLocation: _Physical = msgspec.field(default_factory=_Physical)  # noqa: N815


class _Suppression(msgspec.Struct):
    justification: str = ""
    status: str = "accepted"


class _Result(msgspec.Struct):
    ruleId: str = ""  # noqa: N815
    kind: str = "fail"
    level: str = "warning"
    locations: list[_Location] = []
    suppressions: list[_Suppression] = []


class _Run(msgspec.Struct):
    tool: _Tool
    results: list[_Result] | None = None


class _Log(msgspec.Struct):
    version: str
    runs: list[_Run]


class _Sniffed(msgspec.Struct):
    runs: msgspec.Raw
    version: str = ""


def recognises(content: bytes) -> bool:
    """Whether this is SARIF, of any tool."""
    try:
        msgspec.json.decode(content, type=_Sniffed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def read(content: bytes, where: str) -> tuple[Told, ...]:
    """Read every result of a file, one answer a run in it.

    Raises InputError for what is not SARIF 2.1.0, and for a tool that is not read.
    """
    try:
        log = msgspec.json.decode(content, type=_Log)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(where, error, "SARIF", "checkov -o sarif, trivy config --format sarif, tf-nag") from None
    if log.version != "2.1.0":
        raise InputError(f"{where}: is SARIF {one_line(log.version, 20)}; trustscan reads 2.1.0")
    if not log.runs:
        raise InputError(f"{where}: is SARIF without a run, so that no tool says anything in it")
    return tuple(_told(run, content, where) for run in log.runs)


def _told(run: _Run, content: bytes, where: str) -> Told:
    driver = run.tool.driver
    tool = driver.name.strip().lower()
    if tool not in TOOLS:
        name = one_line(driver.name, 60) or "a tool without a name"
        raise InputError(f"{where}: is of {name}; trustscan reads what {', '.join(TOOLS[:-1])} and {TOOLS[-1]} write")
    if run.results is None:
        raise InputError(f"{where}: is SARIF of a run that did not come to its results; run {tool} again")
    rules = {rule.id: rule for rule in driver.rules}
    return Told(
        tool=tool,
        version=one_line(driver.version or driver.semanticVersion, 40) or "of no version",
        where=where,
        results=tuple(_results(tool, run.results, rules)),
        sha256=digest(content),
    )


def _results(tool: str, results: list[_Result], rules: Mapping[str, _Rule]) -> Iterator[Result]:
    times = Counter(result.ruleId for result in results)
    for result in results:
        rule = rules.get(result.ruleId) or _Rule(result.ruleId)
        place = result.locations[0].physicalLocation if result.locations else _Physical()
        uri = place.artifactLocation.uri
        address = uri if tool == "tf-nag" else _address(tool, rule, alone=times[result.ruleId] == 1)
        yield Result(
            check=check_id(result.ruleId.removeprefix("AVD-") if tool == "trivy" else result.ruleId),
            says=_says(tool, result),
            title=one_line(rule.shortDescription.text),
            address=one_line(address, 4_000),
            file="" if tool == "tf-nag" else one_line(unquote(uri)),
            line=max(place.region.startLine, 0),
            last=max(place.region.endLine, place.region.startLine, 0),
            comment=one_line(next((s.justification for s in result.suppressions), "")),
        )


def _says(tool: str, result: _Result) -> Says:
    if result.kind in _PASSES:
        return Says.PASS
    if any(suppression.status == "accepted" for suppression in result.suppressions):
        return Says.SKIPPED
    undecided = result.kind in {"open", "review"} or (tool == "tf-nag" and result.level != "error")
    return Says.UNKNOWN if undecided else Says.FAIL


def _address(tool: str, rule: _Rule, *, alone: bool) -> str:
    match = _HELP.search(rule.help.text) if tool == "checkov" and alone else None
    return match[1] if match else ""
