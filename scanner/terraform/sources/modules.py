"""Source files read into modules: their blocks, by what they declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from scanner.hcl.functions import Files
from scanner.hcl.json_syntax import parse_json
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Attribute, Block, Body, Comment, Problem, SourceFile
from scanner.terraform.sources.files import ModuleFiles, SourceTree

ModuleNames: TypeAlias = tuple[str, ...]
"""Names of the module calls from the root module down."""

ResourceName: TypeAlias = tuple[str, str, str]
"""Mode (managed or data), type and name."""

_MODES = {"resource": "managed", "data": "data"}


@dataclass(eq=False)
class Module:
    """One module of the configuration, whatever the number of its instances."""

    names: ModuleNames
    folder: str
    """Relative to the root module, as path.module says it."""

    files: Files | None
    incomplete: str = ""
    """Why it may hold more than is here: a file that could not be read."""

    resources: dict[ResourceName, Block] = field(default_factory=dict)
    variables: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    calls: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    others: list[Block] = field(default_factory=list)
    """Providers, terraform, moved, import, check and removed blocks."""

    comments: dict[str, tuple[Comment, ...]] = field(default_factory=dict)
    """Comments by file."""


@dataclass(eq=False)
class Modules:
    """Every module of one configuration."""

    name: str
    by_names: Mapping[ModuleNames, Module]
    problems: tuple[Problem, ...]

    def get(self, names: ModuleNames) -> Module | None:
        """The module that a row of calls leads to."""
        return self.by_names.get(names)

    def calls_to(self, names: ModuleNames) -> Iterator[Block]:
        """The module blocks that lead to a module, from the root down, as far as they are known."""
        for depth, name in enumerate(names):
            module = self.get(names[:depth])
            if module is not None and name in module.calls:
                yield module.calls[name]


def read_modules(tree: SourceTree) -> Modules:
    """Read every file of a source tree. A file that several modules share is parsed once."""
    parsed: dict[tuple[str, str], SourceFile] = {}
    found: dict[ModuleNames, Module] = {}
    problems: dict[Problem, None] = dict.fromkeys(tree.problems)
    for names, files in tree.modules.items():
        module = found[names] = Module(names, files.folder, files.files, files.incomplete)
        for file in _parsed(files, parsed):
            twice = _add(module, file)
            problems.update(dict.fromkeys((*file.problems, *twice)))
            if file.problems:
                module.incomplete = module.incomplete or f"{file.problems[0]}"
    return Modules(tree.name, found, tuple(problems))


def _parsed(files: ModuleFiles, parsed: dict[tuple[str, str], SourceFile]) -> Iterator[SourceFile]:
    for path, text in files.texts.items():
        if (path, text) not in parsed:
            parsed[path, text] = (parse_json if path.endswith(".json") else parse)(text, path)
        yield parsed[path, text]


def _add(module: Module, file: SourceFile) -> list[Problem]:
    """Take in a file's blocks; those that are declared already are told, and the first holds."""
    twice: list[Block] = []
    stem = file.name.rpartition("/")[2].removesuffix(".json").removesuffix(".tf").removesuffix(".tofu")
    override = stem == "override" or stem.endswith("_override")
    module.comments[file.name] = file.comments
    for block in file.body.blocks:
        fresh = True
        if block.type in _MODES and len(block.labels) == 2:
            fresh = _declare(module.resources, (_MODES[block.type], *block.labels), block, override=override)
        elif block.type == "locals":
            module.locals |= block.body.attributes
        elif block.type in _named(module) and len(block.labels) == 1:
            fresh = _declare(_named(module)[block.type], block.labels[0], block, override=override)
        else:
            module.others.append(block)
        twice += [] if fresh else [block]
    return [Problem(one.file, one.line, 1, f"{_said(one)} is declared twice; the first holds") for one in twice]


def _said(block: Block) -> str:
    return " ".join((block.type, *(f'"{label}"' for label in block.labels)))


def _named(module: Module) -> dict[str, dict[str, Block]]:
    return {"variable": module.variables, "output": module.outputs, "module": module.calls}


def _declare(blocks: dict, name: object, block: Block, *, override: bool) -> bool:  # type: ignore[type-arg]
    """Take in a block; False where there is one of that name."""
    earlier = blocks.get(name)
    blocks[name] = _merged(earlier, block) if earlier is not None and override else earlier or block
    return earlier is None or override


def _merged(earlier: Block, override: Block) -> Block:
    """A block with what an override file says of it: attributes one by one, nested blocks a type at a time."""
    types = {_made(block) for block in override.body.blocks} - {"lifecycle"}
    kept = [block for block in earlier.body.blocks if _made(block) not in types]
    body = Body(earlier.body.attributes | override.body.attributes, [*kept, *override.body.blocks])
    return Block(earlier.type, earlier.labels, body, earlier.file, earlier.line, earlier.end)


def _made(block: Block) -> str:
    """The type of block that it is, or makes."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def nested(body: Body, name: str) -> Iterable[Block]:
    """Blocks of one type in a body, and the dynamic ones that make more of them, in order."""
    return (
        block
        for block in body.blocks
        if block.type == name or (block.type == "dynamic" and block.labels[:1] == (name,))
    )
