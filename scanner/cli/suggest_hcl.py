"""Suggested policies as Terraform: one `aws_iam_policy_document` an identity, and variables for what cannot be named.

Sources: Terraform Language, "Strings and Templates" (escapes); AWS provider, "aws_iam_policy_document" (`&{...}` for a
policy variable).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.model import Resource
from scanner.questions.suggesting import Part, Suggestion
from scanner.redact import Redactor, visible

_WIDTH = 112
_LISTED = 60
"""Removed actions that are named for one reason; more are counted."""

_PLACES = {"{account}": "account_id", "{region}": "region", "{partition}": "partition"}
_PLACE = re.compile(r"\{(?:account|region|partition)\}")
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_SHARED = frozenset({"aws:referer", "aws:useragent", "sts:externalid"})
"""Condition keys, in lower case, with values that only those who may ask are told."""

_WORD = re.compile(r"[\W_]+", re.ASCII)
_IN_STRING = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass
class Writer:
    """Writes suggestions; gathers the variables that they need."""

    resources: Mapping[str, Resource]
    hide: Redactor
    variables: dict[str, str] = field(default_factory=dict)
    """Description of each variable by its name."""

    taken: set[str] = field(default_factory=set)
    unshown: dict[tuple[str, str], str] = field(default_factory=dict)
    """Variable of each value that is not shown, by the condition key and the value."""

    def written(self, found: Iterable[Suggestion], tool: str) -> str:
        """Every suggestion as one file of Terraform."""
        blocks = ["\n".join(self._block(one)) for one in found]
        head = [
            f"# Suggested by {tool}, and applied by nobody: verify it. It is what policies grant now, cut down to what",
            "# settings of workloads name; settings do not tell all that code does.",
        ]
        if not blocks:
            return "\n".join([*head, "# Nothing that was seen can be narrowed so.", ""])
        variables = ["\n".join(_variable(name, said)) for name, said in sorted(self.variables.items())]
        return "\n\n".join(["\n".join(head), *variables, *blocks]) + "\n"

    def _block(self, one: Suggestion) -> Iterator[str]:
        yield from self._comments(one)
        yield f'data "aws_iam_policy_document" "{self._name(one)}" {{'
        for number, part in enumerate(one.parts):
            if number:
                yield ""
            yield from self._statement(part)
        yield "}"

    def _comments(self, one: Suggestion) -> Iterator[str]:
        yield from self._said(f"{one.identity.id}, in place of what its policies allow")
        if one.workloads:
            yield from self._said(f"acts for {', '.join(one.workloads)}")
        if one.wired:
            yield from self._said(f"wired to {', '.join(one.wired)}")
        for why, actions in one.removed.items():
            yield from self._said(f"removed, {why}: {_few(actions)}")
        if one.dropped:
            yield from self._said(f"no more on {_few(one.dropped)}")
        for doubt in one.doubts:
            yield from self._said(f"not known: {doubt}")

    def _said(self, text: str) -> Iterator[str]:
        told = visible(self.hide.text(text))
        lines = textwrap.wrap(told, _WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
        yield from (f"# {line}" for line in lines)

    def _name(self, one: Suggestion) -> str:
        return self._free(one.identity.name or one.identity.id)

    def _free(self, text: str) -> str:
        """A name of Terraform's that is not taken yet."""
        plain = _WORD.sub("_", self.hide.text(text)).strip("_").lower() or "identity"
        plain = plain if plain[0].isalpha() else f"p_{plain}"
        name, number = plain, 1
        while name in self.taken:
            number += 1
            name = f"{plain}_{number}"
        self.taken.add(name)
        return name

    def _statement(self, part: Part) -> Iterator[str]:
        yield "  statement {"
        if part.effect != "Allow":
            yield f"    effect = {self._string(part.effect)}"
        for name in ("actions", "not_actions", "resources", "not_resources"):
            items = getattr(part, name)
            if items:
                yield f"    {name} = ["
                write = self._expression if "resources" in name else self._string
                yield from (f"      {write(item)}," for item in items)
                yield "    ]"
        for test, variable, values in part.conditions:
            yield ""
            yield "    condition {"
            yield f"      test     = {self._string(test)}"
            yield f"      variable = {self._string(variable)}"
            yield f"      values   = [{', '.join(self._value(variable, value) for value in values)}]"
            yield "    }"
        yield "  }"

    def _value(self, key: str, value: str) -> str:
        """A value of a condition; one that some use as a password is a variable, and is not shown."""
        if key.lower() not in _SHARED:
            return self._text(value)
        if (key, value) not in self.unshown:
            name = self.unshown[key, value] = self._free(key)
            self.variables[name] = f"a value of {self.hide.text(key)} that a condition of the policy asks for"
        return f"var.{self.unshown[key, value]}"

    def _expression(self, text: str) -> str:
        """A resource: by its address where this file can stand beside it, else by a variable or its name."""
        resource, rest = self._planned(text)
        if resource is None:
            return self._text(text)
        address = resource.origin.address
        named = f"var.{self._arn_of(resource)}" if not address or address.startswith("module.") else f"{address}.arn"
        return f'"${{{named}}}{_escaped(self.hide.text(rest))}"' if rest else named

    def _planned(self, text: str) -> tuple[Resource | None, str]:
        """The resource whose name a text begins with, and what follows."""
        end = text.find("}") if text.startswith("${") else -1
        while end >= 0:
            found = self.resources.get(text[2:end])
            if found is not None:
                return found, text[end + 1 :]
            end = text.find("}", end + 1)
        return None, text

    def _arn_of(self, resource: Resource) -> str:
        """A variable for the full name of what stands in another module."""
        address = self.hide.address(resource.id)
        said = f"ARN of {address}"
        known = next((name for name, told in self.variables.items() if told == said), "")
        if known:
            return known
        short = re.sub(r"(?:^|\.)module\.", ".", address)
        name = self._free(f"{short}_arn")
        self.variables[name] = said
        return name

    def _text(self, text: str) -> str:
        """A text: a place that is not known is a variable, and policy variables are written as the provider does."""
        parts, at = [], 0
        for match in _PLACE.finditer(text):
            parts += [self._plain(text[at : match.start()]), f"${{var.{_PLACES[match[0]]}}}"]
            self.variables[_PLACES[match[0]]] = f"the {match[0][1:-1]} that this is applied to"
            at = match.end()
        return f'"{"".join([*parts, self._plain(text[at:])])}"'

    def _plain(self, text: str) -> str:
        return _escaped(_VARIABLE.sub(r"&{\1}", self.hide.text(text)))

    def _string(self, text: str) -> str:
        return f'"{_escaped(self.hide.text(text))}"'


def _few(items: tuple[str, ...]) -> str:
    left = len(items) - _LISTED
    return ", ".join(items[:_LISTED]) + (f" and {left:,} more" if left > 0 else "")


def _escaped(text: str) -> str:
    quoted = "".join(_IN_STRING.get(letter, letter) for letter in text)
    return visible(quoted.replace("${", "$${").replace("%{", "%%{"))


def _variable(name: str, said: str) -> Iterator[str]:
    yield f'variable "{name}" {{'
    yield "  type        = string"
    yield f'  description = "{_escaped(said)}"'
    yield "}"
