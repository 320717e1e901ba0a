"""Which accounts and regions are read, and as whom: profiles, roles, or every account of an organization."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.model import ServiceModel

from scanner.clouds.aws.live import models, sdk
from scanner.clouds.aws.live.bodies import guarded
from scanner.clouds.aws.live.clients import Tuning, client_config, session
from scanner.clouds.aws.live.connections import Connections
from scanner.clouds.aws.live.entry import (
    ACCOUNTS,
    ASSUME,
    BY_THE_CALLER,
    IN_EACH_ACCOUNT,
    OF_AGGREGATOR,
    PARENTS,
    REGIONS,
)
from scanner.clouds.aws.live.refusals import one_line, told_why
from scanner.clouds.aws.live.roles import Roles, home, parts
from scanner.collect.calls import Call
from scanner.collect.estate import place
from scanner.collect.reader import Reader
from scanner.collect.shards import Target
from scanner.errors import InputError
from scanner.kinds import KINDS
from scanner.model import Gap, Unknown

_AT_ONCE = 8
"""Accounts entered at once."""

_ALL = tuple(KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asks for."""

    profiles: tuple[str, ...] = ()
    role_arns: tuple[str, ...] = ()
    role_name: str = ""
    """Name or path of the role to become in each account of the organization."""

    external_id: str = ""
    session_name: str = "trustscan"
    organization: bool = False
    include: tuple[str, ...] = ()
    """Account ids, names, ids of organizational units, or globs of these; empty means all."""

    exclude: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    """Regions to read; empty means all that are enabled."""

    config_aggregator: str = ""
    """Name of an AWS Config aggregator that is asked first, and after an @ its region where that is not the profile's.
    It lies in the account that the scan is started as."""

    config_max_age: float | None = None
    """Hours after which what AWS Config captured does not count; None where it counts until it changes."""

    tuning: Tuning = field(default_factory=Tuning)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever starts the scan."""

    session: boto3.Session
    account: str
    region: str
    """The region of its settings, or the one that has the global services."""

    models: Callable[[str], ServiceModel]
    """Models of services by name, loaded once for all."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The accounts to read, with a session for each that could be entered."""

    targets: tuple[Target, ...]
    sessions: Mapping[str, boto3.Session]
    caller: Caller | None = None
    """Whoever asks the aggregator, where there is one."""


def reach(wanted: Wanted) -> Reached:
    """Find the accounts, enter each, and ask which regions it has.

    Raises InputError where nobody can be asked at all: no credentials, no such profile, an SDK that is too old.
    """
    sdk.require_current()
    finder = _Finder(wanted, _loader())
    targets: dict[str, Target] = {}
    sessions: dict[str, boto3.Session] = {}
    for found, target in finder.entered():
        if target.account in sessions or (found.session is None and target.account in targets):
            continue
        targets[target.account] = target
        if found.session is not None:
            sessions[target.account] = found.session
    if not targets:
        raise InputError("no account is left to read: --include and --exclude leave none")
    if finder.left_out:
        first = next(iter(targets))
        targets[first] = replace(targets[first], gaps=(*targets[first].gaps, *finder.left_out))
    if not sessions:
        raise InputError(f"no account could be entered: {next(iter(targets.values())).gaps[0].reason}")
    return Reached(tuple(targets.values()), sessions, finder.caller() if wanted.config_aggregator else None)


def _loader() -> Any:
    try:
        return models.loader()
    except BotoCoreError as error:
        raise InputError(told_why(error, "")) from None


@dataclass(frozen=True, slots=True)
class _Account:
    """One account to read, as far as it is known before it is asked."""

    session: boto3.Session | None
    account: str
    partition: str
    name: str = ""
    identity: str = ""
    refused: str = ""


class _Finder:
    """Finds accounts and regions."""

    def __init__(self, wanted: Wanted, loader: Any) -> None:
        self._wanted = wanted
        self._loader = loader
        self.left_out: list[Gap] = []
        """Accounts of the organization that are not read, and why; nobody asked to judge them."""

        self._parents: dict[str, str] = {}

    def entered(self) -> Iterator[tuple[_Account, Target]]:
        """Every account, entered, with its regions; several are entered at once, and come in their order."""
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="entry") as several:
            yield from several.map(self._enter, list(self._doors()))

    def _enter(self, door: Callable[[], _Account]) -> tuple[_Account, Target]:
        found = door()
        return found, self._target(found)

    def _doors(self) -> Iterator[Callable[[], _Account]]:
        """A way into each account that is to be read."""
        for profile in self._wanted.profiles or ("",):
            own = self._base(profile)
            roles = Roles(own, profile, self._wanted.tuning, self._loader)
            if self._wanted.organization:
                yield from self._of_organization(own, profile, roles)
            elif self._wanted.role_arns:
                yield from (partial(self._become, roles, role) for role in self._wanted.role_arns)
            else:
                yield partial(self._who, own, profile)

    def caller(self) -> Caller:
        """Whoever starts the scan: the first profile, before it becomes a role."""
        profile = next(iter(self._wanted.profiles), "")
        own = self._base(profile)
        me = self._who(own, profile)
        core = botocore.session.Session()
        core.register_component("data_loader", self._loader)
        region = own.region_name or home(me.partition)
        return Caller(own, me.account, region, core.get_service_model)

    def _target(self, found: _Account) -> Target:
        scope = place(found.partition, found.account, "")
        made = Target(
            account=found.account,
            partition=found.partition,
            home=home(found.partition),
            name=found.name,
            identity=found.identity,
        )
        if found.session is None:
            gap = Gap(scope=scope, kinds=_ALL, reason=found.refused, call=ASSUME.action, account=found.account)
            return replace(made, gaps=(gap,))
        regions, gaps = self._regions(found, scope)
        return replace(made, regions=regions, gaps=gaps)

    def _base(self, profile: str) -> boto3.Session:
        try:
            own = session(profile, loader=self._loader)
            known = own.get_credentials()
        except (BotoCoreError, ValueError) as error:
            raise InputError(told_why(error, profile)) from None
        if known is None:
            raise InputError(told_why(NoCredentialsError(), profile))
        return own

    def _who(self, own: boto3.Session, profile: str) -> _Account:
        try:
            told = self._client(own, "sts").get_caller_identity()
        except (BotoCoreError, ClientError, ValueError) as error:
            raise InputError(told_why(error, profile)) from None
        return _Account(own, told["Account"], told["Arn"].split(":")[1], identity=told["Arn"])

    def _become(self, roles: Roles, role: str, name: str = "") -> _Account:
        partition, account = parts(role)
        extra = {"RoleSessionName": self._wanted.session_name}
        if self._wanted.external_id:
            extra["ExternalId"] = self._wanted.external_id
        entered = roles.become(role, extra)
        try:
            told = self._client(entered, "sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            refused = f"{_code(error)} on {ASSUME.action} of {role}: {one_line(error)}"
            return _Account(None, account, partition, name, refused=refused)
        return _Account(entered, told["Account"], partition, name, told["Arn"])

    def _of_organization(self, own: boto3.Session, profile: str, roles: Roles) -> Iterator[Callable[[], _Account]]:
        me = self._who(own, profile)
        reader = self._reader(me)
        listed = reader.every(ACCOUNTS)
        if listed.missing is not None:
            raise InputError(f"--organization: {listed.missing.reason}; ask as the management or a delegated account")
        for account in listed.items:
            id_, name = str(account["Id"]), str(account.get("Name") or "")
            state = str(account.get("Status", account.get("State")))
            active, chosen = state == "ACTIVE", self._chosen(reader, id_, name)
            if not active or not chosen:
                why = "left out with --include and --exclude" if active else f"not active, but {state.lower()}"
                self.left_out.append(Gap(scope=place(me.partition, id_, ""), kinds=(), reason=why, account=id_))
                continue
            if id_ == me.account:
                yield partial(_Account, own, id_, me.partition, name, me.identity)
            else:
                role = f"arn:{me.partition}:iam::{id_}:role/{self._wanted.role_name or 'trustscan'}"
                yield partial(self._become, roles, role, name)

    def _chosen(self, reader: Reader, id_: str, name: str) -> bool:
        include, exclude = self._wanted.include, self._wanted.exclude
        by_unit = any(text.startswith(("ou-", "r-")) for text in (*include, *exclude))
        names = [id_, name, *(self._units(reader, id_) if by_unit else ())]
        return (not include or _any_match(names, include)) and not _any_match(names, exclude)

    def _units(self, reader: Reader, child: str) -> Iterator[str]:
        """Every organizational unit above an account, and the root."""
        while child and not child.startswith("r-"):
            if child not in self._parents:
                listed = reader.every(PARENTS, ChildId=child)
                if listed.missing is not None:
                    raise InputError(f"--include and --exclude by organizational unit: {listed.missing.reason}")
                self._parents[child] = str(listed.items[0]["Id"]) if listed.items else ""
            child = self._parents[child]
            if child:
                yield child

    def _regions(self, found: _Account, scope: str) -> tuple[tuple[str, ...], tuple[Gap, ...]]:
        """Regions to read, and what is told of the others."""
        reader = self._reader(found)
        wanted = self._wanted.regions
        answer = reader.ask(REGIONS, AllRegions=True)
        if not isinstance(answer, dict):
            why = answer.reason if isinstance(answer, Unknown) else "no answer"
            if wanted:
                why = f"which other regions it has, and has not been read in, is not known: {why}"
                return wanted, (replace(_told(found.account, scope, why), call=REGIONS.action),)
            gap = Gap(scope=scope, kinds=_ALL, reason=f"its regions are not known: {why}", call=REGIONS.action,
                      account=found.account)  # fmt: skip
            return (reader.region,), (gap,)
        every = {str(r["RegionName"]): str(r.get("OptInStatus") or "") for r in answer.get("Regions", ())}
        if unknown := [name for name in wanted if name not in every]:
            meant = get_close_matches(unknown[0], every)
            has = f"did you mean {' or '.join(meant)}?" if meant else f"it has {', '.join(every)}"
            raise InputError(f"--region {unknown[0]!r}: {found.account} has no such region; {has}")
        enabled = tuple(sorted(name for name, status in every.items() if status != "not-opted-in"))
        read = tuple(name for name in enabled if not wanted or name in wanted)
        gaps = []
        if not read:
            why = f"none of the regions asked for is enabled in it: {', '.join(wanted)}"
            gaps.append(Gap(scope=scope, kinds=_ALL, reason=why, call=REGIONS.action, account=found.account))
        if left := [name for name in enabled if name not in read]:
            why = f"not asked for with --region, and not read: {', '.join(left)}"
            gaps.append(replace(_told(found.account, scope, why), region=" ".join(left)))
        if off := [name for name in every if name not in enabled]:
            why = f"not enabled, so that nothing in them could be read: {', '.join(sorted(off))}"
            gaps.append(Gap(scope=scope, kinds=(), reason=why, account=found.account))
        return read, tuple(gaps)

    def _reader(self, found: _Account) -> Reader:
        assert found.session is not None  # noqa: S101 - only an account that was entered is asked
        return Reader(
            account=found.account,
            region=home(found.partition),
            partition=found.partition,
            source=Connections({found.account: found.session}, tuning=self._wanted.tuning),
            declared=frozenset({REGIONS, ACCOUNTS, PARENTS}),
        )

    def _client(self, own: boto3.Session, service: str) -> Any:
        region = own.region_name or home("aws")
        return guarded(own.client(service, region_name=region, config=client_config(self._wanted.tuning)))


def declared() -> tuple[Call, ...]:
    """Calls made before an account is read."""
    return (*IN_EACH_ACCOUNT, *BY_THE_CALLER, *OF_AGGREGATOR)


def _told(account: str, scope: str, reason: str) -> Gap:
    """A gap that hides what may be there, and that nobody asked to be judged."""
    return Gap(scope=scope, kinds=(), reason=reason, hides=_ALL, account=account)


def _any_match(names: Iterable[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
