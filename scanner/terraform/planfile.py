"""The plan and state files themselves: which format a file has, and its typed content."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.errors import InputError
from scanner.terraform.sources.files import SourceTree
from scanner.terraform.sources.unplanned import Unplanned

_LIMIT = 2 << 30
_MAJORS = {"0", "1"}
_NOTHING = msgspec.Raw()


class Change(msgspec.Struct):
    """What a plan does to one resource instance."""

    actions: list[str] = []
    before: Any = None
    after: Any = None
    after_unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None


class ResourceChange(msgspec.Struct):
    """One entry of resource_changes."""

    change: Change
    address: str = ""
    type: str = ""
    name: str = ""
    mode: str = "managed"
    module_address: str = ""
    index: str | int | float | None = None
    deposed: str | None = None
    previous_address: str | None = None


class Deferred(msgspec.Struct):
    """One entry of deferred_changes."""

    reason: str = ""
    resource_change: ResourceChange | None = None


class ConfigResource(msgspec.Struct):
    """One resource block of the configuration."""

    type: str = ""
    name: str = ""
    mode: str = "managed"
    provider_config_key: str = ""
    expressions: dict[str, Any] = {}
    for_each_expression: Any = None
    count_expression: Any = None
    depends_on: list[str] = []


class ModuleCall(msgspec.Struct):
    """One module block, with the module it calls."""

    expressions: dict[str, Any] = {}
    for_each_expression: Any = None
    module: ConfigModule | None = None


class Output(msgspec.Struct):
    """One output block."""

    expression: Any = None
    sensitive: bool = False


class Variable(msgspec.Struct):
    """One variable block."""

    default: Any = None
    sensitive: bool = False


class ConfigModule(msgspec.Struct):
    """One module of the configuration."""

    resources: list[ConfigResource] = []
    module_calls: dict[str, ModuleCall] = {}
    outputs: dict[str, Output] = {}
    variables: dict[str, Variable] = {}


class Configuration(msgspec.Struct):
    """The configuration a plan was made from."""

    provider_config: dict[str, Any] = {}
    root_module: ConfigModule = msgspec.field(default_factory=ConfigModule)


class StateResource(msgspec.Struct):
    """One resource instance in state."""

    address: str
    type: str = ""
    name: str = ""
    mode: str = "managed"
    index: str | int | float | None = None
    values: Any = None
    sensitive_values: Any = None
    deposed_key: str | None = None


class StateModule(msgspec.Struct):
    """One module instance in state."""

    address: str = ""
    resources: list[StateResource] = []
    child_modules: list[StateModule] = []


class StateValues(msgspec.Struct):
    """The values of a state."""

    root_module: StateModule | None = None
    outputs: dict[str, Any] = {}


class PriorState(msgspec.Struct):
    """The state a plan started from; read for its data sources."""

    values: StateValues | None = None


class PlanFile(msgspec.Struct):
    """A plan or state, as `terraform show -json` writes it; what is not listed here is skipped unread."""

    format_version: str | None = None
    resource_changes: list[ResourceChange] | None = None
    resource_drift: list[ResourceChange] = []
    deferred_changes: list[Deferred] = []
    configuration: Configuration | None = None
    prior_state: PriorState | None = None
    variables: dict[str, Any] | None = None
    output_changes: dict[str, Change] | None = None
    errored: bool = False
    complete: bool | None = None
    values: StateValues | None = None


class _Sniff(msgspec.Struct):
    """The keys that tell one kind of file from another."""

    format_version: Any = None
    encrypted_data: Any = None
    encryption_version: Any = None
    lineage: Any = None
    serial: Any = None
    resource_changes: msgspec.Raw = _NOTHING
    planned_values: msgspec.Raw = _NOTHING
    values: msgspec.Raw = _NOTHING
    configuration: msgspec.Raw = _NOTHING


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to read and the name to call them by."""

    name: str
    content: bytes
    tree: SourceTree | None = None
    """The files the plan was made from, where they are at hand."""

    unplanned: Unplanned | None = None
    """Sources that are judged without a plan; the bytes are then all that decides, for a digest."""


def decode(source: Source) -> PlanFile:
    """Read plan or state JSON.

    Raises InputError, in one line, for what is not one.
    """
    content = _utf8(source)
    try:
        plan = msgspec.json.decode(content, type=PlanFile)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise InputError(_why_not(source.name, content, error)) from None
    if plan.resource_changes is None and plan.values is None:
        _require_plan(source.name, content)
    _check_version(source.name, plan.format_version)
    return plan


class _Fragment(msgspec.Struct):
    planned_values: StateValues | None = None


def planned_values(source: Source) -> StateValues | None:
    """The planned values of a fragment that has nothing else; a whole plan repeats there what its changes say."""
    try:
        return msgspec.json.decode(_utf8(source), type=_Fragment).planned_values
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return None


def _utf8(source: Source) -> bytes:
    content = source.content
    if len(content) > _LIMIT:
        raise InputError(f"{source.name}: larger than {_LIMIT >> 30} GiB; is this a plan?")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            try:
                return content.decode(encoding).lstrip("\ufeff").encode()
            except UnicodeDecodeError as error:
                raise InputError(
                    f"{source.name}: is not valid {encoding}: {error.reason} at byte {error.start}"
                ) from None
    if not content.strip():
        raise InputError(f"{source.name}: is empty; make it with 'terraform show -json tfplan > tfplan.json'")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{source.name}: is not valid UTF-8 at byte {error.start}; is this a JSON plan?") from None
    return content


def _why_not(name: str, content: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{name}: is nested too deep; no plan is"
    if isinstance(error, msgspec.ValidationError):
        sniffed = _sniff(content)
        if sniffed is None:
            return f"{name}: is JSON, but not a Terraform plan: expected an object with 'resource_changes'"
        return f"{name}: is not a plan trustscan can read: {error}"
    first, _, rest = content.lstrip().partition(b"\n")
    if rest and b'"@level"' in first:
        return f"{name}: is the log of 'terraform plan -json'; use -out tfplan and 'terraform show -json tfplan'"
    if "truncated" in str(error):
        return f"{name}: ends in the middle of the JSON; write the plan again"
    detail = str(error).removeprefix("JSON is malformed: ")
    return f"{name}: is not JSON: {detail}; make it with 'terraform show -json tfplan > tfplan.json'"


def _sniff(content: bytes) -> _Sniff | None:
    try:
        return msgspec.json.decode(content, type=_Sniff)
    except (msgspec.DecodeError, RecursionError):
        return None


def _require_plan(name: str, content: bytes) -> None:
    sniffed = _sniff(content)
    if sniffed is None:
        raise InputError(f"{name}: is JSON, but not a Terraform plan")
    if sniffed.encrypted_data is not None or sniffed.encryption_version is not None:
        raise InputError(
            f"{name}: is an encrypted OpenTofu file; run 'tofu show -json tfplan' where its key is configured"
        )
    if sniffed.lineage is not None or sniffed.serial is not None:
        raise InputError(f"{name}: is a raw state file; use 'terraform show -json' in its folder instead")
    if sniffed.format_version is None and not bytes(sniffed.planned_values) and not bytes(sniffed.configuration):
        raise InputError(
            f"{name}: is JSON, but neither a Terraform plan nor a state: it has no 'resource_changes' or 'values'"
        )


def _check_version(name: str, version: str | None) -> None:
    if version is not None and version.partition(".")[0] not in _MAJORS:
        raise InputError(f"{name}: has format version {version}; trustscan reads 0.x and 1.x: update trustscan")
