"""The path of one finding, step by step, with what shows each step under its arrow."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from scanner.diagram.build import label, sort, where
from scanner.diagram.icons import icon
from scanner.diagram.labels import bounded, described, escaped, fitted, key
from scanner.diagram.stages import stage_of
from scanner.diagram.style import STYLE
from scanner.model import Resource
from scanner.redact import Redactor

_MOST = 12
"""Nodes of a strip; of a longer path the middle is left out, and said to be."""

_IN_ROW = 4
_BOX = 170
_ARROW = 120
_TALL = 112


class Step(NamedTuple):
    """One node of a path, and the evidence of the flow that leads on from it."""

    id: str
    evidence: str = ""


def steps(path: Sequence[str]) -> list[Step]:
    """The steps of a finding's path: ids, with the evidence of each flow in between."""
    evidence = [*path[1::2], ""]
    return [Step(id_, said) for id_, said in zip(path[::2], evidence, strict=False)]


def strip_svg(
    path: Sequence[str],
    known: Mapping[str, Resource] | None = None,
    *,
    hide: Redactor | None = None,
    styled: bool = True,
) -> str:
    """Draw a path as SVG: four nodes in a row, evidence under each arrow; `known` are resources by id."""
    told = _shortened(steps(path))
    rows = [told[at : at + _IN_ROW] for at in range(0, len(told), _IN_ROW)]
    said = _Said(known or {}, hide or Redactor(()))
    wide, tall = 16 + _IN_ROW * (_BOX + _ARROW), 12 + _TALL * len(rows)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ts-diagram ts-strip" role="img" width="{wide}" '
            f'height="{tall}" viewBox="0 0 {wide} {tall}" font-size="11" aria-label="path of {len(path[::2])} steps">\n'
        ),
        f"<style>{STYLE}</style>\n" if styled else "",
    ]
    for number, row in enumerate(rows):
        for place, step in enumerate(row):
            last = number == len(rows) - 1 and place == len(row) - 1
            parts += _step(step, 8 + place * (_BOX + _ARROW), 8 + number * _TALL, said, last=last)
    return "".join((*parts, "</svg>\n"))


def strip_html(path: Sequence[str], known: Mapping[str, Resource] | None = None) -> str:
    """Write a path as an ordered list, which wraps, prints and can be read aloud; it has no style of its own."""
    items = []
    for step in _shortened(steps(path)):
        resource = (known or {}).get(step.id)
        kind = f' <span class="ts-kind">{escaped(bounded(sort(resource), 60))}</span>' if resource else ""
        evidence = f' <span class="ts-evidence">{escaped(bounded(step.evidence))}</span>' if step.evidence else ""
        name = f'<code class="ts-id">{escaped(bounded(step.id))}</code>'
        items.append(f'<li data-id="{escaped(key(step.id))}">{name}{kind}{evidence}</li>')
    return f'<ol class="ts-strip">{"".join(items)}</ol>'


class _Said(NamedTuple):
    """What is said of the resource of a step."""

    known: Mapping[str, Resource]
    hide: Redactor

    def name(self, step: Step) -> str:
        resource = self.known.get(step.id)
        return self.hide.text(label(resource)) if resource else step.id

    def about(self, step: Step) -> str:
        resource = self.known.get(step.id)
        return described(sort(resource), self.hide.text(where(resource)), _BOX - 38, 10) if resource else ""

    def sign(self, step: Step) -> str:
        resource = self.known.get(step.id)
        return icon(resource.kind, logs=stage_of(resource, ()) == 5) if resource else icon("")


def _shortened(told: list[Step]) -> list[Step]:
    if len(told) <= _MOST:
        return told
    head, tail = told[: _MOST // 2 - 1], told[-_MOST // 2 :]
    left = len(told) - len(head) - len(tail)
    return [*head, Step(f"{left} more steps", "in the JSON report"), *tail]


def _step(step: Step, left: int, top: int, said: _Said, *, last: bool) -> Iterator[str]:
    yield f'<g class="ts-box" data-id="{escaped(key(step.id))}" transform="translate({left} {top})">'
    yield f"<title>{escaped(bounded(step.id))}</title>"
    yield f'<rect class="ts-body" width="{_BOX}" height="44" rx="5"/>'
    yield f'<path class="ts-icon" transform="translate(9 8)" d="{said.sign(step)}"/>'
    yield f'<text class="ts-name" x="30" y="18">{escaped(fitted(said.name(step), _BOX - 38, 11, bold=True))}</text>'
    yield f'<text class="ts-about" x="30" y="33" font-size="10">{escaped(said.about(step))}</text>'
    yield "</g>"
    if last:
        return
    x, y = left + _BOX, top + 22
    yield f'<path class="ts-wire ts-conversation" d="M{x + 4} {y}h{_ARROW - 16}"/>'
    yield f'<path class="ts-head ts-conversation" d="M{x + _ARROW - 4} {y}l-9 -4v8z"/>'
    yield f"<g><title>{escaped(bounded(step.evidence))}</title>"
    lines = textwrap.wrap(bounded(step.evidence, 90), 20, max_lines=5, placeholder="…")
    for number, line in enumerate(lines):
        yield f'<text class="ts-note" x="{x + 4}" y="{y + 15 + number * 12}" font-size="10">{escaped(line)}</text>'
    yield "</g>\n"
