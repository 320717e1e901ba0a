"""Settings of what runs code, read for credentials: maps, container definitions, user data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.compute.credentials import Evidence, credential_noun
from scanner.clouds.aws.compute.secret_values import read_secret, reads_no_secret, values_read
from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import Encoded, Hidden, LeftOut, Symbol, Template, Unfinished, in_code
from scanner.model import Unknown
from scanner.terraform.address import absolute
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_SHA1 = re.compile(r"[0-9a-f]{40}")
_LARGEST = 1 << 20
"""Bytes of user data that are unpacked; EC2 takes 16 KiB."""


class Settings:
    """Collects evidence of credentials in the settings of one resource."""

    def __init__(self, planned: PlannedWorld, owner: PlannedResource) -> None:
        """Start without evidence."""
        self.planned = planned
        self.owner = owner
        self.evidence = Evidence()

    def map(self, block: Block, attribute: str, where: str = "its environment") -> None:
        """Read a map of settings."""
        value = block.get(attribute)
        references = block.references(attribute)
        if isinstance(value, Unknown):
            self._unseen(references, where, value)
        elif isinstance(value, dict):
            self.evidence.settings(value)
            marks = block.unknown.get(attribute) if isinstance(block.unknown, dict) else None
            for name, mark in marks.items() if isinstance(marks, dict) else ():
                if mark:
                    self.open_setting(str(name), mark, references)
            self._copies(value.items(), references)
        elif isinstance(value, list):
            self.entries(value)

    def entries(self, entries: Any) -> None:
        """Read a list of name and value pairs, as containers have them."""
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Unknown) or (isinstance(entry, dict) and isinstance(entry.get("name"), Unknown)):
                self.evidence.doubt("a setting of it, or what that is called, is known only after apply")
            elif isinstance(entry, dict) and entry.get("name") is not None:
                value = entry.get("value")
                if isinstance(value, Unknown):
                    self.open_setting(str(entry["name"]), value, None)
                else:
                    self.evidence.setting(str(entry["name"]), value)

    def pair(self, block: Block, name: str) -> None:
        """Read a block that holds the value of the setting `name`."""
        value = block.get("value")
        references = block.references("value")
        if isinstance(value, Unknown) and self.owner.plan.is_live:
            self.evidence.doubt(value.reason)
        elif isinstance(value, Unknown):
            self.open_setting(name, value, references)
        else:
            self.literal(name, value, references)

    def literal(self, name: str, value: Any, references: tuple[str, ...] | None) -> None:
        """Judge a setting whose value is known."""
        self.evidence.setting(name, value)
        self._copies([(name, value)], references)

    def unknown_setting(self, name: str, references: tuple[str, ...] | None) -> None:
        """Judge a setting whose value is known only after apply by what its expression reads."""
        secret = read_secret(references)
        if secret and credential_noun(name):
            self.evidence.add(name, f"it takes the value of {secret}")
        elif secret:
            self.evidence.doubt(_reads(name, secret))
        elif not reads_no_secret(self.planned, self.owner, references, identifying=bool(credential_noun(name))):
            self.evidence.doubt(f"the value of {name} is known only after apply")

    def open_setting(self, name: str, value: Any, references: tuple[str, ...] | None) -> None:
        """Judge a setting whose value is known only after apply by what the sources tell of it."""
        parts = value.parts if isinstance(value, Template) else (value,)
        if not all(isinstance(part, (str, Symbol, Hidden)) for part in parts):
            self.unknown_setting(name, references)
            return
        secret = _secret_of(parts)
        symbols = tuple(absolute(part) for part in parts if isinstance(part, Symbol))
        if secret and (credential_noun(name) or isinstance(value, Template)):
            self.evidence.add(name, f"it takes the value of {secret}")
        elif secret:
            self.evidence.doubt(_reads(name, secret))
        elif isinstance(value, Template):
            self.evidence.setting(name, in_code(value))
        elif not reads_no_secret(self.planned, self.owner, symbols, identifying=bool(credential_noun(name))):
            self.evidence.doubt(f"the value of {name} is known only after apply")

    def containers(self, attribute: str) -> None:
        """Read JSON that defines containers, however deep they lie in it."""
        value = self.owner.get(attribute)
        references = self.owner.references(attribute)
        if value is None:
            return
        if isinstance(value, Unknown) and not isinstance(value, Template):
            self._unseen(references, attribute, value)
            return
        definition = read_json(value, attribute) if isinstance(value, (str, Template)) else value
        if isinstance(definition, Unknown):
            self.evidence.doubt(definition.reason)
            return
        settings = list(self._definition(definition, attribute))
        self._copies(settings, references)

    def user_data(self, *, hashed: bool = False) -> None:
        """Read user data: as text or base64; `hashed` where the provider plans only a SHA-1 hash of it."""
        names = ("user_data", "user_data_base64")
        values = {name: self.owner.get(name) for name in names}
        set_ = [name for name in names if isinstance(values[name], str)]
        for name in set_:
            text = str(values[name])
            if hashed and _SHA1.fullmatch(text):
                self._from_hash(name, text)
            else:
                self.evidence.text(unpack(text), "its user data")
        for name in names:
            # The attribute that is not used is computed; only one that the code sets holds something unseen.
            if not set_ and isinstance(values[name], (Template, Encoded)):
                found = values[name]
                self.script(found.text if isinstance(found, Encoded) else found, "its user data")
            elif not set_ and isinstance(values[name], Unknown) and self._may_be_set(name):
                self._unseen(self.owner.references(name), "its user data", values[name])

    def script(self, text: Any, where: str) -> None:
        """Judge a script or command, of which parts may be known only after apply."""
        if text is None or isinstance(text, LeftOut):
            return
        if isinstance(text, Unknown) and not isinstance(text, Template):
            self.evidence.doubt(text.reason)
            return
        parts = text.parts if isinstance(text, Template) else ()
        secret = _secret_of(parts)
        if secret:
            self.evidence.doubt(_reads(where, secret))
        elif any(isinstance(part, Unfinished) for part in parts):
            self.evidence.doubt(f"a part of {where} is known only after apply, and was not worked out")
        self.evidence.text(in_code(text) if isinstance(text, Template) else str(text), where)

    def _may_be_set(self, attribute: str) -> bool:
        return self.owner.configured(attribute) or not self.owner.expressions

    def _from_hash(self, attribute: str, digest: str) -> None:
        """Find the text that has this hash: in the configuration, or in a data source that was read."""
        for text in self._candidates(attribute):
            if digest in {hashlib.sha1(part, usedforsecurity=False).hexdigest() for part in _readings(text)}:
                self.evidence.text(unpack(text), "its user data")
                return
        secret = read_secret(self.owner.references(attribute))
        if secret:
            self.evidence.doubt(_reads("user_data", secret))
        else:
            self.evidence.doubt("the plan holds only a hash of its user data, and its text is computed")

    def _candidates(self, attribute: str) -> Iterator[str]:
        written = self.owner.expressions.get(attribute)
        constant = written.get("constant_value") if isinstance(written, dict) else None
        if isinstance(constant, str):
            yield constant
        references = self.owner.references(attribute) or ()
        passed = self.owner.plan.resolver.constant(references, self.owner.place())
        if isinstance(passed, str):
            yield passed
        for source in self.planned.referred(self.owner, references):
            yield from (value for value in source.values.values() if isinstance(value, str))

    def _definition(self, node: Any, where: str) -> Iterator[tuple[str, Any]]:
        """Judge one node of container JSON; yield every setting in it."""
        if isinstance(node, list):
            for item in node:
                yield from self._definition(item, where)
            self._doubts(item for item in node if isinstance(item, Unknown))
        elif isinstance(node, dict):
            for key, item in node.items():
                name = key.lower()
                if name == "environment" and isinstance(item, list):
                    self.entries(item)
                    told = (e for e in item if isinstance(e, dict) and not isinstance(e.get("name"), Unknown))
                    yield from ((str(e.get("name")), e.get("value")) for e in told)
                elif name in {"options", "dockerlabels", "parameters"} and isinstance(item, dict):
                    self.entries([{"name": label, "value": value} for label, value in item.items()])
                elif name in {"command", "entrypoint"} and isinstance(item, list):
                    words = (in_code(part) if isinstance(part, Unknown) else str(part) for part in item)
                    self.evidence.text(" ".join(words), f"{key} of {where}")
                    self._doubts(item)
                elif isinstance(item, str) and name != "valuefrom":
                    self.evidence.shape(key, item)
                elif isinstance(item, Unknown):
                    self._doubts([item] if name != "valuefrom" else [])
                else:
                    yield from self._definition(item, where)

    def _doubts(self, items: Iterable[Any]) -> None:
        """Doubt each part of a definition that reads a secret, or that nobody could work out."""
        for item in items:
            parts = item.parts if isinstance(item, Template) else (item,)
            secret = _secret_of(parts)
            if secret:
                self.evidence.doubt(_reads(in_code(item), secret))
            elif any(isinstance(part, Unfinished) for part in parts) or self._may_hold(parts):
                self.evidence.doubt(item.reason)

    def _may_hold(self, parts: Iterable[Any]) -> bool:
        """Whether a part is an attribute of which nobody knows what it holds."""
        symbols = tuple(absolute(part) for part in parts if isinstance(part, Symbol))
        return bool(symbols) and not reads_no_secret(self.planned, self.owner, symbols, identifying=False)

    def _unseen(self, references: tuple[str, ...] | None, where: str, why: Any) -> None:
        if self.owner.plan.is_live:
            self.evidence.doubt(why.reason)
            return
        secret = read_secret(references)
        if secret:
            self.evidence.doubt(_reads(where, secret))
        else:
            self.evidence.doubt(f"{where} is known only after apply as a whole, its constants included")

    def _copies(self, settings: Any, references: tuple[str, ...] | None) -> None:
        """Find settings whose value is that of a secret the expression reads."""
        secrets = set(values_read(self.planned, self.owner, references)) if references else set()
        if not secrets:
            return
        secret = read_secret(references)
        for name, value in settings:
            if isinstance(value, str) and any(item == value or item in value for item in secrets):
                self.evidence.add(str(name), f"it takes the value of {secret}")


def _secret_of(parts: Iterable[Any]) -> str | None:
    """The first part that is a secret's value."""
    for part in parts:
        if isinstance(part, Hidden):
            return part.source
        secret = read_secret([absolute(part)]) if isinstance(part, Symbol) else None
        if secret:
            return secret
    return None


def _reads(where: str, secret: str) -> str:
    return f"{where} is known only after apply; it reads {secret}, as it is or only a hash of it"


def unpack(text: str) -> str:
    """User data as the instance reads it: base64 and gzip undone where they were used."""
    return next(iter(reversed(_readings(text))), b"").decode("utf-8", "replace")


def _readings(text: str) -> list[bytes]:
    """The bytes a text may stand for: itself, decoded, decompressed."""
    found = [text.encode("utf-8", "replace")]
    try:
        found.append(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return found
    if found[-1][:2] == b"\x1f\x8b":
        try:
            found.append(zlib.decompressobj(wbits=31).decompress(found[-1], _LARGEST))
        except zlib.error:
            return found
    return found
