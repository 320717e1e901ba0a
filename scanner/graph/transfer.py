"""What goes over a flow, of what its source holds: one rule a kind of flow.

What there is at the start, and nothing else:
* people (an actor that is the internet or a partner, a vendor of messaging) send prompts and say who they are, but only
  over a flow that leads on to what makes that likely: a model of language, an agent, or a store that the user's tags,
  names or settings say holds prompts, responses or transcripts. So a site, or a webhook of deployments, that no chatbot
  stands behind carries nothing. They send uploads, feedback or their identity alone where the flow leads on to a store
  that is said to hold these. A knowledge base does not make a flow one of prompts: documents are fed to it.
* a store holds what its tags, names or settings say (`Store.data`); one that a knowledge base is fed from holds
  retrieval content.
* a model and an agent give responses to whoever calls them; a knowledge base holds retrieval content.
* a trail of an account gives security logs, a record of the calls of models their prompts and responses, unless it
  leaves out texts; networks and firewalls log security logs, everything else that logs telemetry.
* a vendor that feeds a knowledge base gives retrieval content, one of vectors also embeddings; others give nothing:
  what they were sent does not come back.

What a flow lets by: what its source holds, whatever kind it is, with these exceptions:
* credentials go from secrets to who reads them and no further, but for copies of a store.
* `deletes` nothing; a flow without content (`Flow.content`) nothing that people say.
* `logs_to` nothing but content, where there is some, and the logs themselves; the log of a model's calls with their
  content is no telemetry, but prompts and responses.
* `embeds_into` embeddings of what people or documents say; `retrieves_from` what the embeddings were made of, as well.
* a flow behind a guard that redacts what goes that way, and one into a log that masks who people are, not who it was;
  what a guard takes out of answers alone stays in the question.
* a guardrail on the call of a model takes nothing out of the record of its calls: that has the request as it was before
  the guardrail. Whether it has for an agent, whose service makes the request, is not documented: there it may.
* what a content delivery network asks a bucket for is no prompt: nothing goes there.
* alarms are told telemetry. A flow into a secret carries credentials.
Whoever calls what answers gets its response.

Whatever mixes what comes in, as a program does, may send all of it by every flow: more than it does, and never less. A
review in the user's settings says less; see `scanner.graph.reviews`.

Where content or guards are not known, a flow that is declared or likely lets by what is certain, and one that is only
possible what may be.
Sources: the vendors' documents that the rules of each cloud name; for the shape of the rules, the transfer functions of
data-flow analysis (Kam and Ullman, "Monotone data flow analysis frameworks", Acta Informatica 7, 1977). For records of
calls: Amazon Bedrock User Guide, "Remove PII from conversations by using sensitive information filters" (masking does
not apply to model invocation logs: their input is the unmodified request, whatever a guardrail does; data protection of
CloudWatch Logs masks it) and "Create your guardrail" (what is blocked stands there as plain text). Of what it masks in
responses they do not say whether these logs have it: who it was is told by what was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scanner.graph.classes import (
    ALL,
    BEFORE_GUARDRAIL,
    CONVERSATION,
    CREDENTIAL,
    EMBEDDING,
    FEEDBACK,
    PROMPT,
    RESPONSE,
    RETRIEVAL,
    SECURITY_LOG,
    TELEMETRY,
    TRANSCRIPT,
    UPLOAD,
    USER_IDENTITY,
    mask,
)
from scanner.graph.flowgraph import moves
from scanner.kinds import (
    Actor,
    Agent,
    Alarm,
    AuditTrail,
    Compute,
    Entrypoint,
    Flow,
    Model,
    Network,
    Secret,
    Store,
    Vendor,
)
from scanner.model import Resource, Unknown

PEOPLE = PROMPT | USER_IDENTITY | UPLOAD | FEEDBACK
"""What people may send."""

_DOCUMENTS = frozenset({"knowledge_base", "data_source"})
_SILENT = frozenset({*_DOCUMENTS, "prompt", "action_group"})
"""Agents that answer nothing themselves."""

_CALLS = frozenset({"invokes", "sends_to"})
_COPIES = frozenset({"replicates_to", "backs_up_to", "exports_to"})
_FEEDS = frozenset({"reads_from", "sends_to", "exports_to", "triggers"})
_EMBEDDABLE = PROMPT | RESPONSE | TRANSCRIPT | UPLOAD | FEEDBACK | RETRIEVAL
_REST = ALL & ~CREDENTIAL


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one flow does with the classes at its source."""

    passes: int = _REST
    """What goes over it, if the source holds it."""

    adds: int = 0
    """What goes over it in any case."""

    of: int = 0
    """What of the source becomes something else."""

    into: int = 0
    """What it becomes."""

    asks: int = 0
    """What goes over it as far as it leads on to where people would send that."""

    gives_back: int = 0
    """What the source gets or holds, since this flow is there."""

    answers: int = 0
    """What the source gets if the target has it."""

    def over(self, held: int, wanted: int) -> int:
        """What goes over, of what the source holds, and where people would send what is `wanted` this way."""
        carried = held & self.passes | self.adds | wanted & self.asks
        return carried | self.into if held & self.of else carried


def transfer(flow: Flow, source: Resource | None, target: Resource | None, *, perhaps: bool) -> Transfer:
    """What a flow does; `perhaps` for what may be so, where content, guards or records are not known."""
    if not moves(flow):
        return Transfer(passes=0)
    made = _sent(source, target) or _by_kind(flow, source, target, perhaps=perhaps)
    passes, adds, asks, of, into = made.passes, made.adds, made.asks, made.of, made.into
    if flow.content is False or (isinstance(flow.content, Unknown) and not perhaps):
        passes, adds, asks, into = passes & ~CONVERSATION, adds & ~CONVERSATION, 0, into & ~CONVERSATION
    if passes & USER_IDENTITY and isinstance(source, Model) and isinstance(target, Model):
        passes |= BEFORE_GUARDRAIL  # a profile hands on what it is called with
    if _redacted(flow, source, target, perhaps=perhaps):
        if not of and passes & USER_IDENTITY and _at_call(flow, source, target, perhaps=perhaps):
            of, into = USER_IDENTITY, BEFORE_GUARDRAIL
        passes, adds, asks = passes & ~USER_IDENTITY, adds & ~USER_IDENTITY, asks & ~USER_IDENTITY
        into &= ~USER_IDENTITY
    back, answers = _back(flow, source, target)
    return replace(made, passes=passes, adds=adds, asks=asks, of=of, into=into, gives_back=back, answers=answers)


def _sent(source: Resource | None, target: Resource | None) -> Transfer | None:
    """Of what stands outside, and of secrets: what they send, whatever they hold; None for all else."""
    documents = is_fed_documents(target)
    if isinstance(source, Actor):
        return Transfer(passes=0, asks=PEOPLE if source.type in {"internet", "partner"} else 0)
    if isinstance(source, Vendor):
        return _from_vendor(source, documents=documents)
    if isinstance(source, Secret) or isinstance(target, Secret):
        return Transfer(passes=0, adds=CREDENTIAL)
    return Transfer(passes=0, adds=TELEMETRY) if isinstance(target, Alarm) else None


def _from_vendor(source: Vendor, *, documents: bool) -> Transfer:
    if documents:
        return Transfer(passes=0, adds=RETRIEVAL)
    if source.type == "messaging":
        return Transfer(passes=0, asks=PEOPLE)
    adds = {"model": RESPONSE, "vectors": RETRIEVAL | EMBEDDING}
    return Transfer(passes=0, adds=adds.get(source.type, 0))


def _by_kind(flow: Flow, source: Resource | None, target: Resource | None, *, perhaps: bool) -> Transfer:
    if flow.how == "logs_to":
        return _logged(flow, source, perhaps=perhaps)
    if flow.how == "embeds_into":
        return Transfer(passes=EMBEDDING, of=_EMBEDDABLE, into=EMBEDDING)
    if flow.how == "retrieves_from":
        return Transfer(of=EMBEDDING, into=RETRIEVAL)
    if isinstance(source, Store) and (flow.how in _COPIES or flow.how == "reads_from"):
        return Transfer(passes=ALL)
    if isinstance(source, Entrypoint) and source.type == "cdn" and isinstance(target, Store):
        return Transfer(passes=0)
    return Transfer(adds=TELEMETRY if isinstance(target, Vendor) and target.type == "observability" else 0)


def _logged(flow: Flow, source: Resource | None, *, perhaps: bool) -> Transfer:
    """The log itself, and what of the content stands in it."""
    if isinstance(source, AuditTrail) and source.type != "model_invocations":
        return Transfer(passes=SECURITY_LOG, adds=SECURITY_LOG)
    content = flow.content
    if isinstance(source, AuditTrail) and content is not False and source.text_delivered is not True:
        content = source.text_delivered
    spoken = content is True or (isinstance(content, Unknown) and perhaps)
    silent = content is False or (isinstance(content, Unknown) and perhaps)
    told = CONVERSATION if spoken else 0
    if isinstance(source, Model | AuditTrail):
        adds = (PROMPT | RESPONSE if spoken else 0) | (TELEMETRY if silent else 0)
        return Transfer(passes=told, adds=adds, of=BEFORE_GUARDRAIL, into=told & USER_IDENTITY)
    return Transfer(passes=told, adds=SECURITY_LOG if isinstance(source, Network) else TELEMETRY)


def _redacted(flow: Flow, source: Resource | None, target: Resource | None, *, perhaps: bool) -> bool:
    """Whether who it was is taken out on the way, or may be and nothing but what is certain is asked."""
    if flow.how == "logs_to" and isinstance(target, Store) and target.hides_people is True:
        return True
    if isinstance(source, Entrypoint) or isinstance(target, Entrypoint):
        return False  # what stands where requests come in takes nothing out of them
    if isinstance(flow.guards, Unknown):
        return not perhaps
    if "redaction" in flow.guards or flow.redacts is True:
        return True
    return isinstance(flow.redacts, Unknown) and not perhaps


def _at_call(flow: Flow, source: Resource | None, target: Resource | None, *, perhaps: bool) -> bool:
    """Whether what takes it out is a guardrail on a call, so that the record of the model's calls still has it."""
    if not isinstance(target, Model) or isinstance(flow.guards, Unknown) or "guardrail" not in flow.guards:
        return False
    return perhaps or not isinstance(source, Agent)


def _back(flow: Flow, source: Resource | None, target: Resource | None) -> tuple[int, int]:
    """What comes back to the source: in any case, and if the target has it."""
    if flow.how in _FEEDS and isinstance(source, Store) and is_fed_documents(target):
        return RETRIEVAL, 0
    if flow.how not in _CALLS or not isinstance(source, Entrypoint | Compute | Agent) or is_fed_documents(source):
        return 0, 0  # what a knowledge base asks a model for are embeddings
    if _answers(target) or (isinstance(target, Vendor) and target.type == "model"):
        return RESPONSE, 0
    return 0, RESPONSE if isinstance(target, Entrypoint | Compute) else 0


def _answers(resource: Resource | None) -> bool:
    return isinstance(resource, Model) or (isinstance(resource, Agent) and resource.type not in _SILENT)


def is_fed_documents(resource: Resource | None) -> bool:
    """Whether what comes to it are documents: a knowledge base."""
    return isinstance(resource, Agent) and resource.type in _DOCUMENTS


def held_by(resource: Resource | None) -> int:
    """What a resource holds of its own."""
    if isinstance(resource, Store):
        return 0 if isinstance(resource.data, Unknown) else mask(resource.data)
    if is_fed_documents(resource):
        return RETRIEVAL
    return RESPONSE if _answers(resource) else 0


def kept_by(resource: Resource | None) -> int:
    """What of all that comes in stays with a resource, so that it may go on: all but credentials, of a program."""
    if isinstance(resource, Model):
        return _REST | BEFORE_GUARDRAIL
    return ALL if isinstance(resource, Store | Vendor | Secret) else _REST


def wanted_by(resource: Resource | None, *, perhaps: bool) -> int:
    """What people would send to reach a resource."""
    if _answers(resource) or (isinstance(resource, Vendor) and resource.type == "model"):
        return PROMPT | USER_IDENTITY
    if not isinstance(resource, Store):
        return 0
    if isinstance(resource.data, Unknown):
        return PEOPLE if perhaps else 0
    said = mask(resource.data)
    wanted = said & PEOPLE
    if said & (PROMPT | RESPONSE | TRANSCRIPT):
        wanted |= PROMPT
    return wanted | USER_IDENTITY if wanted else 0
