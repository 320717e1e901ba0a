"""What `trustscan access` reads, asks and tells; nothing in what it tells holds a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scanner import config as settings
from scanner import plugins, run
from scanner.cli import inputs
from scanner.errors import InputError
from scanner.iam.access import Access
from scanner.questions import page
from scanner.questions.asked import Asked
from scanner.questions.becoming import chains
from scanner.redact import Redactor, visible


@dataclass(frozen=True)
class Seen:
    """A world that was read, and the engine ready for it."""

    names: tuple[str, ...]
    asked: Asked
    hide: Redactor
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """An answer: a whole page, or one section of it."""

    tool: str
    inputs: tuple[str, ...]
    page: page.Page
    question: str = ""
    """Where one question was asked: its words."""

    notes: tuple[str, ...] = ()


def see(files: list[str], where: inputs.Where, config: Path | None, allowed: list[str]) -> Seen:
    """Read plans, states and folders, or one capture.

    Raises ScannerError.
    """
    made = run.Settings(
        policies=(), today=datetime.now(UTC).date(), config=settings.load(config), allowed_plugins=tuple(allowed)
    )
    judged = judged_of(files, where, made, allowed)
    languages = [cloud.access for cloud in plugins.load_all("scanner.clouds", allowed) if cloud.access is not None]
    if not languages:
        raise InputError("no cloud that is installed says who can do what")
    language = languages[0]
    access = Access(judged.world, language.vocabulary)
    return Seen(
        judged.run.inputs, Asked(judged.world, access, language, made.config), judged.hide, tuple(judged.run.notes)
    )


def judged_of(files: list[str], where: inputs.Where, made: run.Settings, allowed: list[str]) -> run.Judged:
    """Read plans, states and folders, or one capture, and judge them by the settings given.

    Raises ScannerError.
    """
    from scanner.collect.capture import Capture, is_capture

    captures = [file for file in files if file != inputs.STDIN and is_capture(Path(file))]
    if not captures:
        inputs.spared(files, ())
        return run.judge_plans(inputs.sources(files, where), made)
    if len(files) > 1:
        raise InputError(f"{captures[0]}: is a capture of live accounts; it is asked alone")
    if where.chdir or where.source or where.none or where.given:
        raise InputError(f"{captures[0]}: is a capture of live accounts, and the options given are for plans")
    from scanner.cli.live_scan import read_capture

    return run.judge_accounts(read_capture(Capture(Path(captures[0])), allowed), made)


def everything(seen: Seen, by: str, environment: str) -> Told:
    """Answer every question of the page, of all or of one identity.

    Raises InputError for an identity that is not there, or whose name several have.
    """
    found = page.page(seen.asked.access, seen.asked.language, chains(seen.asked), environment)
    if by:
        found = page.of(found, identity(seen, by))
    return _told(seen, found)


def one(seen: Seen, action: str, resource: str) -> Told:
    """Answer one question.

    Raises InputError for an action that is none.
    """
    access = seen.asked.access
    service, colon, name = action.partition(":")
    if not colon or not name or set("*?") & set(action):
        raise InputError(f"{action!r} is no action: write one as a policy does, such as s3:GetObject")
    notes = []
    known = access.vocabulary.actions(service.lower())
    if name.lower() not in known:
        notes.append(f"{action} is no action that is known here; it is matched by its text")
    if resource != "*" and not access.subject(resource) and not resource.startswith("arn:"):
        several = [one.id for one in access.world.resources if one.id.endswith(f":{resource}")] if resource else []
        hint = f"; several plans have it: say which, such as {several[0]}" if several else ""
        raise InputError(f"{resource!r} is neither a resource of the input nor an ARN nor *{hint}")
    section = page.asked(access, chains(seen.asked), action, resource)
    found = page.Page(sections=(section,), administrators=(), rising=(), unseen=tuple(page.unseen(access.world)))
    return replace(_told(seen, found), question=seen.hide.text(section.title), notes=(*seen.notes, *notes))


def identity(seen: Seen, given: str) -> str:
    """The id of the identity that goes by an address, ARN or name.

    Raises InputError for one that is not there, or whose name several have.
    """
    principals = seen.asked.access.principals
    if given in principals:
        return given
    people = seen.asked.access.people
    found = [one.id for one in people.all if given in {one.name, *one.names}]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"{given!r} is no identity of the input that may act: give its address, ARN or name")
    shown: Sequence[str] = [visible(seen.hide.address(id_)) for id_ in found[:3]]
    raise InputError(f"{given!r} is the name of {len(found)} identities: {', '.join(shown)}; give an address or ARN")


def _told(seen: Seen, found: page.Page) -> Told:
    names = tuple(map(seen.hide.text, seen.names))
    return Told(f"trustscan {run.tool_version()}", names, page.redacted(found, seen.hide), notes=seen.notes)
