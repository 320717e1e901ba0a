"""What a box says of its resource in a word: data classes, encryption, retention, environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scanner.diagram.picture import Node, hue
from scanner.diagram.stages import environment_of
from scanner.kinds import Store
from scanner.model import CONVERSATION_CLASSES, Resource, Unknown

_SHORT = {
    "prompt": "prompt", "response": "response", "transcript": "transcript", "user_identity": "identity",
    "upload": "upload", "retrieval_content": "content", "embedding": "embedding", "feedback": "feedback",
    "config": "config", "credential": "secret", "security_log": "log", "telemetry": "telemetry", "training": "training",
}  # fmt: skip


class Badge(NamedTuple):
    """A word in a box."""

    text: str
    look: str
    """env, good, bad, open (not known), or the colour of a data class."""

    title: str


def badges(node: Node) -> list[Badge]:
    """Badges of a box, the most telling first; of several resources what is true of the worst of them."""
    return [*_data(node), *_encryption(node.resources), *_retention(node.resources), *_environment(node)]


def held(resource: Resource) -> tuple[str, ...]:
    """Data classes that a resource holds, as far as they are known."""
    return () if isinstance(resource.data, Unknown) else resource.data


def _data(node: Node) -> Iterator[Badge]:
    classes = list(dict.fromkeys(name for one in node.resources for name in held(one)))
    if not classes:
        return
    about = f"data: {', '.join(classes)}"
    talk = [name for name in classes if name in CONVERSATION_CLASSES]
    if len(talk) > 2:
        classes = ["conversation", *(name for name in classes if name not in talk)]
    yield Badge(_SHORT.get(classes[0], classes[0]), hue(talk or classes[:1]), about)
    if len(classes) == 2:
        yield Badge(_SHORT.get(classes[1], classes[1]), hue(classes[1:]), about)
    elif len(classes) > 2:
        yield Badge(f"+{len(classes) - 1}", hue(classes[1:]), about)


def _encryption(resources: Iterable[Resource]) -> Iterator[Badge]:
    facts = [one.encrypted for one in resources if isinstance(one, Store)]
    if not facts:
        return
    if any(fact is False for fact in facts):
        yield Badge("plain", "bad", "not encrypted at rest")
    elif any(isinstance(fact, Unknown) for fact in facts):
        reason = next(fact.reason for fact in facts if isinstance(fact, Unknown))
        yield Badge("enc ?", "open", f"encryption at rest is not known: {reason}")
    else:
        yield Badge("enc", "good", "encrypted at rest")


def _retention(resources: Iterable[Resource]) -> Iterator[Badge]:
    stores = [one for one in resources if isinstance(one, Store)]
    if not stores:
        return
    days = [_days(one) for one in stores]
    if "kept" in days:
        yield Badge("kept", "bad", "kept for ever: nothing deletes what it holds")
    elif "?" in days:
        yield Badge("days ?", "open", "how long it keeps its data is not known")
    else:
        most = max(map(int, days))
        yield Badge(f"{most} d", "good", f"kept for {most} days at most")


def _days(store: Store) -> str:
    if store.expires is False:
        return "kept"
    known = [one for one in (store.longest_days, store.retention_days) if isinstance(one, int)]
    return str(known[0]) if known and known[0] > 0 else "?"


def _environment(node: Node) -> Iterator[Badge]:
    """Of what stands in a band; what stands outside is in none of ours."""
    if node.band is None or not node.band.own:
        return
    names = {environment_of(one) for one in node.resources}
    if len(names) > 1:
        yield Badge(f"{len(names)} env", "env", "of several environments")
    else:
        name = next(iter(names), "")
        yield Badge(name or "env ?", "env" if name else "open", f"environment {name or 'not known'}")
