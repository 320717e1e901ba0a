"""The look of diagrams: one constant style sheet, for light, dark and paper.

Colours are those of Okabe and Ito, "Color Universal Design" (2008), which readers of every colour vision tell apart;
nothing is told by colour alone. A page that embeds a diagram may set the variables, or `data-theme` on its root.
"""

from __future__ import annotations

from typing import Final

_LIGHT: Final = {
    "back": "#ffffff", "band": "#f4f6f8", "edge": "#8a97a6", "box": "#ffffff", "line": "#5c6b7a", "text": "#17202a",
    "faint": "#55616e", "talk": "#0072b2", "secret": "#c24a00", "training": "#a8478a", "config": "#8a6100",
    "log": "#6b7680", "unknown": "#8a8f94", "good": "#00735a", "bad": "#b03a00", "mark": "#ffd84d", "added": "#0072b2",
    "removed": "#b03a00", "changed": "#8a6100",
}  # fmt: skip
_DARK: Final = {
    "back": "#14181d", "band": "#1c2229", "edge": "#6f7d8c", "box": "#242c35", "line": "#93a1b0", "text": "#eef2f6",
    "faint": "#b3bfca", "talk": "#56b4e9", "secret": "#ff8c4a", "training": "#e39bc6", "config": "#e6b84d",
    "log": "#a4afb9", "unknown": "#8d979f", "good": "#3fc7a4", "bad": "#ff9055", "mark": "#8a7000", "added": "#56b4e9",
    "removed": "#ff9055", "changed": "#e6b84d",
}  # fmt: skip

_CHANGES: Final = ("added", "removed", "changed")
_RULES: Final = (
    (".ts-back", "fill:back"),
    (".ts-band", "fill:band;stroke:edge;stroke-width:1.2"),
    (".ts-band.ts-provider", "fill:none;stroke:edge;stroke-dasharray:2 4"),
    (".ts-stage,.ts-band-name", "fill:faint;font-weight:600"),
    (".ts-box rect.ts-body", "fill:box;stroke:line;stroke-width:1.1"),
    (".ts-box.ts-outside rect.ts-body", "stroke-dasharray:5 3"),
    (".ts-box .ts-name", "fill:text;font-weight:600"),
    (".ts-box .ts-about,.ts-note,.ts-key", "fill:faint"),
    (".ts-icon", "fill:none;stroke:line;stroke-width:1.3"),
    (".ts-badge rect", "fill:none;stroke:faint;stroke-width:.9"),
    (".ts-badge text", "fill:faint"),
    (".ts-wire", "fill:none;stroke:unknown;stroke-width:1.2"),
    (".ts-wire.ts-likely", "stroke-dasharray:7 3"),
    (".ts-wire.ts-possible", "stroke-dasharray:1.5 3.5"),
    *((f".ts-wire.ts-{name}", f"stroke:{colour}") for name, colour in (
        ("conversation", "talk;stroke-width:1.9"), ("credential", "secret"), ("training", "training"),
        ("config", "config"), ("log", "log"), ("none", "unknown"),
    )),
    *((f".ts-head.ts-{name}", f"fill:{colour};stroke:none") for name, colour in (
        ("conversation", "talk"), ("credential", "secret"), ("training", "training"), ("config", "config"),
        ("log", "log"), ("none", "unknown"),
    )),
    *((f".ts-badge.ts-{name} rect", f"stroke:{colour}") for name, colour in (
        ("conversation", "talk"), ("credential", "secret"), ("training", "training"), ("config", "config"),
        ("log", "log"), ("good", "good"), ("bad", "bad;stroke-width:1.6"),
    )),
    *((f".ts-badge.ts-{name} text", f"fill:{colour}") for name, colour in (
        ("conversation", "talk"), ("credential", "secret"), ("training", "training"), ("config", "config"),
        ("log", "log"), ("good", "good"), ("bad", "bad;font-weight:700"),
    )),
    (".ts-badge.ts-open rect", "stroke-dasharray:2 2"),
    (".ts-cross", "fill:back;stroke:text;stroke-width:1"),
    (".ts-on rect.ts-body", "stroke:text;stroke-width:2.6;fill:mark"),
    (".ts-wire.ts-on", "stroke-width:3.4"),
    *((f".ts-wire.ts-{name}", f"stroke:{name}") for name in _CHANGES),
    *((f".ts-head.ts-{name}", f"fill:{name}") for name in _CHANGES),
    *((f".ts-box.ts-{name} rect.ts-body", f"stroke:{name};stroke-width:2.2") for name in _CHANGES),
    (".ts-wire.ts-added,.ts-wire.ts-removed,.ts-wire.ts-changed", "stroke-width:2.6"),
    (".ts-change", "fill:text;font-weight:700"),
)  # fmt: skip


def _rule(selector: str, declarations: str) -> str:
    """One rule; each colour first as it is, for readers of SVG that know no variables."""
    said = []
    for one in declarations.split(";"):
        name, _, value = one.partition(":")
        if value in _LIGHT and name in {"fill", "stroke"}:
            said += [f"{name}:{_LIGHT[value]}", f"{name}:var(--d-{value},{_LIGHT[value]})"]
        else:
            said.append(one)
    scoped = ",".join(f".ts-diagram {part}" for part in selector.split(","))
    return f"{scoped}{{{';'.join(said)}}}"


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--d-{name}:var(--ts-{name},{colour})" for name, colour in colours.items())


STYLE: Final = "\n".join(
    (
        f".ts-diagram{{{_variables(_LIGHT)};font-family:system-ui,-apple-system,'Segoe UI',Arial,sans-serif}}",
        f"@media (prefers-color-scheme:dark){{.ts-diagram{{{_variables(_DARK)}}}}}",
        f"[data-theme=light] .ts-diagram{{{_variables(_LIGHT)}}}",
        f"[data-theme=dark] .ts-diagram{{{_variables(_DARK)}}}",
        f"@media print{{.ts-diagram,[data-theme] .ts-diagram{{{_variables(_LIGHT)}}}}}",
        *(_rule(selector, declarations) for selector, declarations in _RULES),
    )
)
"""The style sheet; it is the same for every diagram, so that a page may name its digest."""
