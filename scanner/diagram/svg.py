"""A picture as static SVG: no script, nothing from elsewhere, and nothing of the data but escaped text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from scanner.diagram.badges import badges, held
from scanner.diagram.cells import BOX_WIDTH, Box, Cell, Layout, Line, Point, Route
from scanner.diagram.icons import icon
from scanner.diagram.labels import bounded, described, escaped, fitted, key, width
from scanner.diagram.layout import laid_out
from scanner.diagram.names import common, without
from scanner.diagram.picture import Band, Node, Picture, Wire
from scanner.diagram.stages import NAMES
from scanner.diagram.style import STYLE
from scanner.redact import Redactor

_LINE = 15
_BADGES = (
    "in a box: the data it holds; enc, encrypted at rest, or plain, not; 90 d, deleted after 90 days, or kept, never; "
    "?, not known; broken outline, outside of the accounts that were read"
)
_LEGEND = 82
_NAMED = 12
_ROUND = 4.0
_SIGNS = {"added": "+", "removed": "\u2212", "changed": "~"}


def drawn_svg(picture: Picture, hide: Redactor, *, title: str = "", styled: bool = True) -> str:
    """Draw a picture; with `styled` off the page that embeds it brings `STYLE` itself."""
    return "".join(_Drawing(picture, hide).parts(title or "Where the data goes", styled=styled))


class _Drawing:
    """One picture on its way to SVG."""

    def __init__(self, picture: Picture, hide: Redactor) -> None:
        self._picture = picture
        self._hide = hide
        self._address = lru_cache(maxsize=None)(hide.address)
        found: dict[Band, None] = {node.band: None for node in picture.nodes if node.band is not None}
        self._bands = sorted(found, key=Band.order)
        self._starts = {band: self._common(band) for band in self._bands}
        self._number = {band: place for place, band in enumerate(self._bands)}
        self._at = self._laid_out()

    def _common(self, band: Band) -> str:
        """What names in a band begin with in common."""
        return common(node.label for node in self._picture.nodes if node.band == band)

    def _name(self, node: Node) -> str:
        start = self._starts.get(node.band, "") if node.band else ""
        environment = node.band.environment if node.band else ""
        return self._hide.text(without(node.label, start, environment))

    def _laid_out(self) -> Layout:
        cells = [
            Cell(node.id, node.stage, self._number.get(node.band, 0) if node.band else 0)
            for node in self._picture.nodes
        ]
        return laid_out(cells, [_line(wire) for wire in self._picture.wires])

    def parts(self, title: str, *, styled: bool) -> Iterator[str]:
        """The document, piece by piece."""
        wide = max(self._at.width, 760.0)
        notes = list(self._picture.notes)
        if any(self._starts.values()):
            starts = ", ".join(dict.fromkeys(start for start in self._starts.values() if start))
            notes.append(f"names are shown without what they begin with: {starts}")
        if not self._picture.nodes:
            notes = ["no flow of data is known", *notes]
        tall = self._at.height + _LEGEND + _LINE * len(notes) + 12
        label = escaped(bounded(self._hide.text(title)))
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="ts-diagram" role="img" aria-label="{label}" '
            f'width="{_n(wide)}" height="{_n(tall)}" viewBox="0 0 {_n(wide)} {_n(tall)}" font-size="11">\n'
        )
        yield f"<title>{label}</title>\n"
        if styled:
            yield f"<style>{STYLE}</style>\n"
        yield f'<rect class="ts-back" width="{_n(wide)}" height="{_n(tall)}"/>\n'
        yield from self._frames()
        yield from self._wires()
        yield from self._crossings()
        for node in self._picture.nodes:
            yield from self._box(node)
        yield from _legend(self._at.height, compared=self._picture.compared)
        for place, note in enumerate(notes):
            top = self._at.height + _LEGEND + _LINE * place
            yield f'<text class="ts-note" x="14" y="{_n(top)}">{escaped(bounded(self._hide.text(note), 200))}</text>\n'
        yield "</svg>\n"

    def _frames(self) -> Iterator[str]:
        for stage, (left, right) in sorted(self._at.stages.items()):
            yield (
                f'<text class="ts-stage" x="{_n((left + right) / 2)}" y="20" text-anchor="middle" font-size="12">'
                f"{escaped(NAMES.get(stage, ''))}</text>\n"
            )
        for place, band in enumerate(self._bands):
            frame = self._at.bands[place]
            look = "ts-band ts-provider" if not band.own else "ts-band"
            yield f'<rect class="{look}" {_rect(frame)} rx="8"/>\n'
            name = escaped(fitted(self._hide.text(band.title), frame.width - 24, 12))
            at = f'x="{_n(frame.x + 12)}" y="{_n(frame.y + 18)}"'
            yield f'<text class="ts-band-name" {at} font-size="12">{name}</text>\n'

    def _wires(self) -> Iterator[str]:
        on = self._picture.highlight
        for wire in sorted(self._picture.wires, key=lambda one: {one.source, one.target} <= on):
            route = self._at.routes[_line(wire)]
            look = f"ts-{wire.hue} ts-{wire.tier}{f' ts-{wire.change}' if wire.change else ''}"
            look += " ts-on" if {wire.source, wire.target} <= on else ""
            source, target = (escaped(self._key(end)) for end in (wire.source, wire.target))
            yield f'<g class="ts-way" data-source="{source}" data-target="{target}">'
            yield f"<title>{escaped(self._about(wire))}</title>"
            yield f'<path class="ts-wire {look}" d="{_path(route.points)}"/>'
            for head in _heads(route, both=wire.both):
                yield f'<path class="ts-head {look}" d="{head}"/>'
            if wire.change in _SIGNS:
                x, y = _middle(route.points)
                yield f'<text class="ts-change" x="{_n(x)}" y="{_n(y - 3)}" text-anchor="middle" font-size="14">'
                yield f"{_SIGNS[wire.change]}</text>"
            yield "</g>\n"

    def _key(self, id_: str) -> str:
        return key(self._address(id_))

    def _about(self, wire: Wire) -> str:
        """What a wire says when it is pointed at: each flow with its rule."""
        told = []
        for flow in wire.flows[:_NAMED]:
            data = ", ".join(flow.data) if isinstance(flow.data, tuple) and flow.data else ""
            way = f"{self._address(flow.source)} {flow.how.replace('_', ' ')} {self._address(flow.target)}"
            rule = f"{flow.tier}{f', {flow.rule}' if flow.rule else ''}{f', {data}' if data else ''}"
            told.append(f"{bounded(way, 300)} ({bounded(rule, 200)})")
        more = len(wire.flows) - len(told)
        return "\n".join((*told, *([f"and {more} more"] if more else [])))

    def _crossings(self) -> Iterator[str]:
        """A mark where a wire leaves or enters an environment, an account or what the cloud runs itself."""
        band = {node.id: self._number.get(node.band) if node.band else None for node in self._picture.nodes}
        points: set[Point] = set()
        for wire in self._picture.wires:
            ends = {band[wire.source], band[wire.target]}
            frames = [self._at.bands[place] for place in ends if place is not None and len(ends) > 1]
            points.update(_through(self._at.routes[_line(wire)].points, frames))
        for x, y in sorted(points):
            yield (
                f'<path class="ts-cross" d="M{_n(x - 4)} {_n(y)}L{_n(x)} {_n(y - 4)}L{_n(x + 4)} {_n(y)}'
                f'L{_n(x)} {_n(y + 4)}z"/>\n'
            )

    def _box(self, node: Node) -> Iterator[str]:
        box = self._at.boxes[node.id]
        look = "ts-box" + (" ts-outside" if node.band is None or not node.band.own else "")
        look += f" ts-{node.change}" if node.change else ""
        look += " ts-on" if node.id in self._picture.highlight else ""
        inside = " ".join(dict.fromkeys(self._key(one.id).replace(" ", "\u00a0") for one in node.resources[:1000]))
        yield f'<g class="{look}" data-id="{escaped(self._key(node.id))}"'
        yield f' data-ids="{escaped(inside)}"' if node.count > 1 else ""
        yield f' transform="translate({_n(box.x)} {_n(box.y)})">'
        yield f"<title>{escaped(self._all(node))}</title>"
        if node.count > 1:
            yield f'<rect class="ts-body" x="4" y="-4" width="{_n(box.width)}" height="{_n(box.height)}" rx="5"/>'
        yield f'<rect class="ts-body" width="{_n(box.width)}" height="{_n(box.height)}" rx="5"/>'
        yield f'<path class="ts-icon" transform="translate(9 8)" d="{icon(node.kind, logs=node.stage == 5)}"/>'
        times = f" \u00d7 {node.count:,}" if node.count > 1 else ""
        sign = f"{_SIGNS[node.change]} " if node.change in _SIGNS else ""
        name = fitted(self._name(node), BOX_WIDTH - 38 - width(times + sign, 11.5, bold=True), 11.5, bold=True)
        yield f'<text class="ts-name" x="30" y="16" font-size="11.5">{escaped(sign + name + times)}</text>'
        about = described(node.sort, self._hide.text(node.where), BOX_WIDTH - 38, 10)
        yield f'<text class="ts-about" x="30" y="29" font-size="10">{escaped(about)}</text>'
        yield from _badges(node, self._hide)
        yield "</g>\n"

    def _all(self, node: Node) -> str:
        """What a box says when it is pointed at."""
        told = [bounded(self._address(one.id)) for one in node.resources[:_NAMED]]
        if node.count > _NAMED:
            told.append(f"and {node.count - _NAMED:,} more")
        if node.count == 1:
            one = node.resources[0]
            told.append(f"{node.kind}: {bounded(node.sort)}")
            told += [f"{name} {bounded(self._hide.text(text), 200)}" for name, text in _facts(node) if text]
            told += [bounded(self._hide.text(badge.title)) for badge in badges(node)]
            if not held(one) and node.kind == "store":
                told.append("data: no class is known")
        return "\n".join(told)


def _facts(node: Node) -> Iterator[tuple[str, str]]:
    one = node.resources[0]
    yield "name", one.name
    yield "account", one.account
    yield "region", one.region


def _badges(node: Node, hide: Redactor) -> Iterator[str]:
    left = 8.0
    for badge in badges(node):
        text = fitted(hide.text(badge.text), 62, 9)
        wide = width(text, 9) + 8
        if left + wide > BOX_WIDTH - 4:
            return
        yield f'<g class="ts-badge ts-{badge.look}" transform="translate({_n(left)} 36)">'
        yield f"<title>{escaped(bounded(hide.text(badge.title)))}</title>"
        yield f'<rect width="{_n(wide)}" height="14" rx="3"/>'
        yield f'<text x="{_n(wide / 2)}" y="10.4" text-anchor="middle" font-size="9">{escaped(text)}</text></g>'
        left += wide + 4


def _line(wire: Wire) -> Line:
    return Line(wire.source, wire.target, f"{wire.tier} {wire.hue} {wire.change}", wire.both)


def _through(points: Sequence[Point], frames: Iterable[Box]) -> Iterator[Point]:
    """Where a way passes the edge of a frame."""
    for frame in frames:
        for (x, y), (x2, y2) in pairwise(points):
            if y == y2 and frame.y < y < frame.bottom:
                yield from ((edge, y) for edge in (frame.x, frame.right) if min(x, x2) < edge < max(x, x2))
            elif x == x2 and frame.x < x < frame.right:
                yield from ((x, edge) for edge in (frame.y, frame.bottom) if min(y, y2) < edge < max(y, y2))


def _path(points: Sequence[Point]) -> str:
    """Path data with round corners."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        near = min(_ROUND, _length(before, (x, y)) / 2, _length((x, y), after) / 2)
        into, out = _toward((x, y), before, near), _toward((x, y), after, near)
        said.append(f"L{_n(into[0])} {_n(into[1])}Q{_n(x)} {_n(y)} {_n(out[0])} {_n(out[1])}")
    said.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(said)


def _heads(route: Route, *, both: bool) -> Iterator[str]:
    """Arrow heads at the end, at both ends for what goes both ways."""
    points = route.points
    if both or not route.reverse:
        yield _head(points[-2], points[-1])
    if both or route.reverse:
        yield _head(points[1], points[0])


def _head(before: Point, tip: Point) -> str:
    near = _toward(tip, before, 7.0)
    across = (tip[1] - near[1]) * 0.45, (tip[0] - near[0]) * 0.45
    return (
        f"M{_n(tip[0])} {_n(tip[1])}L{_n(near[0] - across[0])} {_n(near[1] - across[1])}"
        f"L{_n(near[0] + across[0])} {_n(near[1] + across[1])}z"
    )


def _toward(point: Point, other: Point, by: float) -> Point:
    far = _length(point, other)
    return (
        point if not far else (point[0] + (other[0] - point[0]) / far * by, point[1] + (other[1] - point[1]) / far * by)
    )


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _middle(points: Sequence[Point]) -> Point:
    """The middle of the longest straight part."""
    (x, y), (x2, y2) = max(pairwise(points), key=lambda pair: _length(*pair))
    return ((x + x2) / 2, (y + y2) / 2)


def _rect(box: Box) -> str:
    return f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'


def _n(number: float) -> str:
    """A coordinate in as few letters as it needs."""
    return f"{round(number, 1):g}" if abs(number) < 100_000 else str(round(number))


def _legend(top: float, *, compared: bool) -> Iterator[str]:
    rows = [
        [("declared", "ts-none ts-declared", "declared: wired"),
         ("likely", "ts-none ts-likely", "likely: scoped grant or setting"),
         ("possible", "ts-none ts-possible", "possible: wide grant or network alone")],
        [(name, f"ts-{name}", said) for name, said in (
            ("conversation", "conversations"), ("credential", "credentials"), ("training", "training data"),
            ("config", "settings"), ("log", "logs"), ("none", "no class known"))],
    ]  # fmt: skip
    if compared:
        rows[1] = [(name, f"ts-{name}", f"{_SIGNS[name]} {name}") for name in _SIGNS]
    for number, row in enumerate(rows):
        left, y = 14.0, top + 14 + number * 18
        for _, look, said in row:
            yield f'<path class="ts-wire {look}" d="M{_n(left)} {_n(y)}h34"/>'
            yield f'<text class="ts-key" x="{_n(left + 40)}" y="{_n(y + 4)}">{escaped(said)}</text>\n'
            left += 58 + width(said, 11)
        if number == 0:
            yield f'<path class="ts-cross" d="M{_n(left)} {_n(y)}l4 -4l4 4l-4 4z"/>'
            yield f'<text class="ts-key" x="{_n(left + 14)}" y="{_n(y + 4)}">crosses a trust boundary</text>\n'
    yield f'<text class="ts-key" x="14" y="{_n(top + 54)}">{escaped(_BADGES)}</text>\n'
