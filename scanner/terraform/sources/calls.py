"""The modules that a module calls, and whether what is installed is what it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scanner.hcl.json_syntax import parse_json
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Block
from scanner.terraform.sources.manifest import Entry
from scanner.terraform.sources.versions import meets

_PLAIN = re.compile(r'"([^"\\$%]*)"')
_MARK = re.compile(r"[$%]\{")
_REGISTRY = re.compile(r"(?:(?P<host>[\w.-]+\.[\w.-]+(?::\d+)?)/)?(?P<rest>[\w-]+/[\w-]+/[\w-]+)(?P<sub>//.*)?")
_SHORTHANDS = ("github.com", "bitbucket.org")
_DEFAULT_HOSTS = ("registry.terraform.io", "registry.opentofu.org")


@dataclass(frozen=True, slots=True)
class Call:
    """One module block."""

    name: str
    source: str | None
    """None where it is not a plain text."""

    version: str
    file: str
    line: int

    @property
    def is_local(self) -> bool:
        """Whether the source is a folder seen from the calling module."""
        return self.source is not None and self.source.startswith(("./", "../"))


def calls(texts: Mapping[str, str]) -> Iterator[Call]:
    """The calls of one module; its texts in the order Terraform loads them."""
    found: dict[str, Call] = {}
    for file, text in texts.items():
        if "module" not in text:
            continue
        for block in (parse_json if file.endswith(".json") else parse)(text, file).body.blocks:
            if block.type == "module" and len(block.labels) == 1:
                name = block.labels[0]
                found[name] = _overridden(found[name], block) if name in found else _call(block)
    yield from found.values()


def _call(block: Block) -> Call:
    version = _written(block, "version")
    return Call(block.labels[0], _written(block, "source"), version or "", block.file, block.line)


def _overridden(earlier: Call, block: Block) -> Call:
    """An override file changes only what it names; its source brings its own version, or none."""
    if "source" in block.body.attributes:
        return replace(_call(block), file=earlier.file, line=earlier.line)
    return replace(earlier, version=_written(block, "version") or earlier.version)


def _written(block: Block, name: str) -> str | None:
    attribute = block.body.attributes.get(name)
    if attribute is None:
        return None
    if block.file.endswith(".json"):
        return None if _MARK.search(attribute.source) else attribute.source
    plain = _PLAIN.fullmatch(attribute.source.strip())
    return plain[1] if plain else None


def installed_otherwise(call: Call, entry: Entry) -> str:
    """How what `terraform init` brought is not what is called; empty if it is."""
    if not _same(call.source or "", entry.source):
        return "calls another source than the one that is installed"
    if entry.version and not meets(entry.version, call.version):
        return f"calls for version {call.version}, and {entry.version} is installed"
    return ""


def _same(called: str, installed: str) -> bool:
    if called == installed:
        return True
    one, other = _registry(called), _registry(installed)
    if one or other:
        return one == other
    # Terraform writes out a shorthand (github.com/x/y is git::https://github.com/x/y.git): its ends stay as they are.
    return not installed.startswith(("./", "../")) and _ends(called) == _ends(installed)


def _registry(source: str) -> tuple[str, str, str] | None:
    match = _REGISTRY.fullmatch(source)
    if match is None or match["host"] in _SHORTHANDS:
        return None
    host = match["host"] or ""
    return ("" if host in _DEFAULT_HOSTS else host, match["rest"], match["sub"] or "")


def _ends(source: str) -> tuple[str, str]:
    """Folder within the package, and what is asked of it such as ref=v1."""
    path, _, asked = source.partition("?")
    return path.split("://", 1)[-1].partition("//")[2], asked
