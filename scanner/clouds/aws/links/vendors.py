"""Vendors that code reaches: by hosts in its settings, by what settings are called, and by secrets that it reads.

Settings and hosts are named, never values. Sources: scanner/data/vendors.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.compute.credentials import credential_noun
from scanner.clouds.aws.links.named import Told
from scanner.clouds.aws.links.outside import Host, hosts_in
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.settings import Setting
from scanner.graph.vendors import Known, dictionary, node_at
from scanner.hcl.values import Symbol, Template
from scanner.kinds import TIERS
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_OFF = re.compile(r"\s*(?:false|no|off|0|none|null|disabled|n/a)?\s*", re.IGNORECASE)
_TAGS = frozenset({"vendor", "provider", "service", "integration", "supplier"})
_PLACES = frozenset({"url", "uri", "base", "endpoint", "host", "server", "addr"})
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_CUT = re.compile(r"[^\s/\"']*\Z")
_NOT_TOLD = Unknown("how it is called is not told")


@dataclass(frozen=True, slots=True)
class _Found:
    """That something reaches a vendor."""

    host: str
    tier: str
    attribute: str
    reason: str
    encrypted: bool | None = None
    named: bool = True
    """Whether a setting names the host, rather than only the vendor."""


def reached(seen: Seen, owner: PlannedResource, told: Told, secrets: Mapping[str, str]) -> Iterator[Linked]:
    """Flows from what runs to vendors; `secrets` are those that it reads, each with how sure that is."""
    found: dict[str, list[_Found]] = {}
    for one in (*_by_settings(seen, told.settings), *_by_secrets(seen, secrets)):
        found.setdefault(node_at(one.host).id, []).append(one)
    for id_, ways in found.items():
        best = min(ways, key=_rank)
        hosts = sorted({one.host for one in ways if one.named and one.tier == best.tier})
        yield from _flow(seen, owner, id_, best, tuple(hosts))


def _rank(one: _Found) -> tuple[int, bool]:
    """The surest first; of several that are as sure, one that is in clear, for that is a way as well."""
    return TIERS.index(one.tier), one.encrypted is not False


def _flow(seen: Seen, owner: PlannedResource, id_: str, one: _Found, hosts: tuple[str, ...]) -> Iterator[Linked]:
    node = node_at(one.host)
    sealed: Any = one.encrypted if one.encrypted is not None else _NOT_TOLD if node.type == "host" else True
    yield node
    yield seen.flow(
        "invokes" if node.type == "model" else "sends_to", owner, id_, owner=owner, rule="aws-vendor", tier=one.tier,
        attribute=one.attribute, reason=one.reason, encrypted=sealed, hosts=hosts,
    )  # fmt: skip


def _by_settings(seen: Seen, settings: Iterable[Setting]) -> Iterator[_Found]:
    elsewhere: set[str] = set()
    named: list[tuple[Known, Setting]] = []
    for setting in settings:
        found = list(_hosts(seen, setting))
        called = setting.name or setting.where
        for host in found:
            tier = "likely" if host.sure else "possible"
            yield _Found(host.name, tier, setting.where, f"its setting {called} holds the host", host.encrypted)
        known = dictionary().named(setting.name)
        if known is not None and _leads_elsewhere(known, setting, found):
            elsewhere.add(known.host)
        elif known is not None:
            named.append((known, setting))
    for known, setting in named:
        if known.host not in elsewhere:
            yield from _by_name(known, setting)


def _leads_elsewhere(known: Known, setting: Setting, found: Iterable[Host]) -> bool:
    """Whether what is called after a vendor is answered by another, or by a gateway of one's own."""
    if not _PLACES & {word.lower() for word in _WORD.findall(setting.name)}:
        return False
    hosts = [node_at(host.name).name for host in found]
    value = setting.value
    told = isinstance(value, (Symbol, Template)) or (isinstance(value, str) and "://" in value)
    return known.name not in hosts and (told or bool(hosts))


def _hosts(seen: Seen, setting: Setting) -> Iterator[Host]:
    value = setting.value
    parts = value.parts if isinstance(value, Template) else (value,)
    for number, part in enumerate(parts):
        if isinstance(part, str) and not setting.secret:
            # What a part that is not known follows may go on: a host is whole only where something ends it.
            whole = part if number == len(parts) - 1 else _CUT.sub("", part)
            yield from hosts_in(seen, whole, setting.name, script=setting.script)


def _by_name(known: Known, setting: Setting) -> Iterator[_Found]:
    """What a setting is called after a vendor: its key is there, or it is only spoken of."""
    value = setting.value
    if isinstance(value, str) and _OFF.fullmatch(value):
        return
    if setting.secret or credential_noun(setting.name):
        tier, said = "likely", f"its setting {setting.name} is a key of {known.name}"
    else:
        tier, said = "possible", f"its setting {setting.name} is called after {known.name}"
    yield _Found(known.host, tier, setting.where, said, named=False)


def _by_secrets(seen: Seen, secrets: Mapping[str, str]) -> Iterator[_Found]:
    for id_, tier in secrets.items():
        planned = seen.by_id.get(id_)
        if planned is None:
            continue
        known, told = vendor_of(planned), "possible" if tier == "possible" else "likely"
        if known is not None:
            said = f"it reads {id_}, which is called after {known.name}"
            yield _Found(known.host, told, "", said, named=False)
        for host in _of_parameter(seen, planned):
            yield _Found(host.name, told, "", f"it reads {id_}, which holds the host", host.encrypted)


def _of_parameter(seen: Seen, parameter: PlannedResource) -> Iterator[Host]:
    if parameter.type != "aws_ssm_parameter" or parameter.values.get("type") == "SecureString":
        return
    name = str(parameter.values.get("name") or parameter.name).rpartition("/")[2]
    for attribute in ("insecure_value", "value"):
        value = parameter.values.get(attribute)
        if isinstance(value, str) and value not in parameter.plan.secrets:
            yield from hosts_in(seen, value, name)


def vendor_of(secret: PlannedResource) -> Known | None:
    """The vendor that a secret is of, by its name, its tags, or what its sources call it."""
    names: list[object] = [secret.values.get("name"), secret.values.get("name_prefix")]
    names += [value for key, value in secret.tags().items() if key.lower() in _TAGS]
    if not secret.plan.is_live:
        names += [f"{secret.name} {secret.key or ''}"]
    plain = secret.type == "aws_ssm_parameter" and secret.values.get("type") != "SecureString"
    told = (dictionary().named(name, of_secret=not plain) for name in names if isinstance(name, str))
    return next((one for one in told if one is not None), None)
