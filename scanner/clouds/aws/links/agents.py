"""Agents of Bedrock: the models they call, the functions that act for them, what they retrieve and who helps them.

Sources: Amazon Bedrock User Guide, "How Amazon Bedrock Agents works", "Use multi-agent collaboration" and "How Amazon
Bedrock Flows works"; Amazon Bedrock API Reference, FlowNodeConfiguration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.ai import guards, versions
from scanner.clouds.aws.ai.personal_data import hides_people
from scanner.clouds.aws.links.ends import BUCKET, FUNCTION, End, end_of, ends, gap, hidden, link
from scanner.clouds.aws.links.model_guards import Guards, guarded_by
from scanner.clouds.aws.links.model_named import model_at
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.logic import plain
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_AGENT, _ALIAS, _BASE = (
    "aws_bedrockagent_agent", "aws_bedrockagent_agent_alias", "aws_bedrockagent_knowledge_base",
)  # fmt: skip
_GROUP = "aws_bedrockagent_agent_action_group"
_ASSOCIATION = "aws_bedrockagent_agent_knowledge_base_association"
_COLLABORATOR = "aws_bedrockagent_agent_collaborator"
_FLOW = "aws_bedrockagent_flow"
_GUARDRAIL = "aws_bedrock_guardrail"
_PROMPT = "aws_bedrockagent_prompt"

_NODES: Mapping[tuple[str, ...], tuple[str, tuple[str, ...], str]] = {
    ("agent",): ("agent_alias_arn", (_ALIAS,), "invokes"),
    ("knowledge_base",): ("knowledge_base_id", (_BASE,), "invokes"),
    ("lambda_function",): ("lambda_arn", FUNCTION, "invokes"),
    ("retrieval", "service_configuration", "s3"): ("bucket_name", BUCKET, "reads_from"),
    ("storage", "service_configuration", "s3"): ("bucket_name", BUCKET, "writes_to"),
}
"""Nodes of a flow: the attribute that names what each uses, and how data moves."""


def flows(seen: Seen) -> Iterator[Linked]:
    """Everything that agents and flows are wired to."""
    for agent in seen.planned.of(_AGENT):
        yield from _models(seen, agent)
    for group in seen.planned.of(_GROUP):
        yield from _actions(seen, group)
    for association in seen.planned.of(_ASSOCIATION):
        yield from _knowledge(seen, association)
    for collaborator in seen.planned.of(_COLLABORATOR):
        yield from _helped(seen, collaborator)
    for flow in seen.planned.of(_FLOW):
        yield from _flow(seen, flow)


def _models(seen: Seen, agent: PlannedResource) -> Iterator[Linked]:
    source = end_of(seen, agent)
    named = model_at(seen, agent, "foundation_model")
    if named is not None:
        yield from link(
            seen, "invokes", source, named.end, owner=agent, rule="aws-agent-model", attribute="foundation_model",
            reason="the agent answers with this model", models=named.models, **named.places, encrypted=True,
            **_guards(seen, agent).facts(),
        )  # fmt: skip
    for block in blocks_at(agent, ("prompt_override_configuration",)):
        yield from _each(seen, source, agent, block, "override_lambda", FUNCTION, "it reads what the model answered")


def _guards(seen: Seen, agent: PlannedResource) -> Guards:
    """What stands between an agent, in each version that is served, and its model."""
    found = guards.of_each(seen.planned, (agent, *versions.served(seen.planned, agent)))
    there = plain(found.there())
    if isinstance(there, Unknown) or not there:
        return Guards(there if isinstance(there, Unknown) else ())
    redacts = plain(found.holds(lambda one: hides_people(one, "input")))
    return guarded_by(redacts)


def _each(  # noqa: PLR0913, PLR0917 - what a setting names, and what is said of it
    seen: Seen, source: End, owner: PlannedResource, block: Block, attribute: str, types: tuple[str, ...], reason: str
) -> Iterator[Linked]:
    """Calls of whatever an attribute of a block names."""
    where = f"{block.where}{attribute}".removeprefix(owner.id).lstrip(".")
    for found in ends(seen, owner, attribute, types, block):
        yield from link(
            seen, "invokes", source, found, owner=owner, rule="aws-agent-function", attribute=where, reason=reason,
            encrypted=True,
        )  # fmt: skip
    yield from hidden(seen, owner, attribute, types, source.id, block)


def _owner(seen: Seen, part: PlannedResource, attribute: str = "agent_id") -> Iterator[End]:
    """The agent that a part is of."""
    yield from ends(seen, part, attribute, (_AGENT,))


def _actions(seen: Seen, group: PlannedResource) -> Iterator[Linked]:
    if group.text("action_group_state") == "DISABLED":
        return
    for agent in _owner(seen, group):
        executor = group.blocks("action_group_executor")
        if isinstance(executor, Unknown):
            yield gap(agent.id, f"what acts for it in {group.id} is not known: {executor.reason}")
            continue
        for block in executor:
            yield from _each(seen, agent, group, block, "lambda", FUNCTION, "the function carries out its actions")


def _knowledge(seen: Seen, association: PlannedResource) -> Iterator[Linked]:
    """What is asked goes to the knowledge base, and what it holds on that comes back."""
    if association.text("knowledge_base_state") == "DISABLED":
        return
    for agent in _owner(seen, association):
        for base in ends(seen, association, "knowledge_base_id", (_BASE,)):
            yield from link(
                seen, "invokes", agent, base, owner=association, rule="aws-agent-knowledge",
                attribute="knowledge_base_id", reason="the agent asks the knowledge base", encrypted=True,
            )  # fmt: skip
            yield from link(
                seen, "retrieves_from", base, agent, owner=association, rule="aws-agent-knowledge",
                attribute="knowledge_base_id", reason="the agent answers from what it finds there", encrypted=True,
            )  # fmt: skip
        yield from hidden(seen, association, "knowledge_base_id", (_BASE,), agent.id)


def _helped(seen: Seen, collaborator: PlannedResource) -> Iterator[Linked]:
    for agent in _owner(seen, collaborator):
        for block in blocks_at(collaborator, ("agent_descriptor",)):
            for helper in _behind_alias(seen, collaborator, block, "alias_arn"):
                yield from link(
                    seen, "invokes", agent, helper, owner=collaborator, rule="aws-agent-collaborator",
                    attribute="agent_descriptor.alias_arn", reason="the agent hands requests on to it", encrypted=True,
                )  # fmt: skip
            yield from hidden(seen, collaborator, "alias_arn", (_ALIAS,), agent.id, block)


def _behind_alias(seen: Seen, owner: PlannedResource, block: Block, attribute: str) -> Iterator[End]:
    """The agent behind an alias."""
    for alias in ends(seen, owner, attribute, (_ALIAS,), block):
        planned = seen.by_id.get(alias.id)
        yield from _owner(seen, planned) if planned is not None else (alias,)


def _flow(seen: Seen, flow: PlannedResource) -> Iterator[Linked]:
    source = end_of(seen, flow)
    for node in blocks_at(flow, ("definition", "node", "configuration")):
        for path, (attribute, types, how) in _NODES.items():
            for block in blocks_at(node, path):
                yield from _node(seen, source, flow, block, attribute, types, how)
        for block in blocks_at(node, ("prompt", "source_configuration", "inline")):
            yield from _prompt(seen, source, flow, node, block)
        for block in blocks_at(node, ("prompt", "source_configuration", "resource")):
            yield from _kept_prompt(seen, source, flow, node, block)
        for block in blocks_at(node, ("knowledge_base",)):
            yield from _prompt(seen, source, flow, node, block)


def _node(  # noqa: PLR0913, PLR0917 - as `_each`
    seen: Seen, source: End, flow: PlannedResource, block: Block, attribute: str, types: tuple[str, ...], how: str
) -> Iterator[Linked]:
    alias = types == (_ALIAS,)
    for found in _behind_alias(seen, flow, block, attribute) if alias else ends(seen, flow, attribute, types, block):
        start, target = (found, source) if how == "reads_from" else (source, found)
        yield from link(
            seen, how, start, target, owner=flow, rule="aws-flow-node", attribute="definition.node",
            reason="a node of the flow uses it", encrypted=True,
        )  # fmt: skip
        if types == (_BASE,):
            yield from link(
                seen, "retrieves_from", found, source, owner=flow, rule="aws-flow-node", attribute="definition.node",
                reason="a node of the flow gets what it finds there", encrypted=True,
            )  # fmt: skip
    yield from hidden(seen, flow, attribute, types, source.id, block)


def _prompt(seen: Seen, source: End, flow: PlannedResource, node: Block, block: Block) -> Iterator[Linked]:
    named = model_at(seen, flow, "model_id", block)
    if named is None:
        return
    guarded = [*blocks_at(node, ("prompt", "guardrail_configuration")), *blocks_at(block, ("guardrail_configuration",))]
    yield from link(
        seen, "invokes", source, named.end, owner=flow, rule="aws-flow-node", attribute="definition.node",
        reason="a node of the flow asks this model", models=named.models, **named.places, encrypted=True,
        **(_guard_of(seen, flow, guarded[0]) if guarded else Guards()).facts(),
    )  # fmt: skip


def _kept_prompt(seen: Seen, source: End, flow: PlannedResource, node: Block, block: Block) -> Iterator[Linked]:
    """What the default variant of a prompt that is a resource asks, or each variant where that is not told."""
    prompt = seen.planned.target(flow, "prompt_arn", (_PROMPT,), block)
    if not isinstance(prompt, PlannedResource):
        yield gap(source.id, f"which model a node of {flow.id} asks is not known: its prompt was not seen")
        return
    variants = list(blocks_at(prompt, ("variant",)))
    usual = [one for one in variants if one.text("name") == prompt.text("default_variant")]
    guarded = list(blocks_at(node, ("prompt", "guardrail_configuration")))
    for variant in usual or variants:
        named = model_at(seen, prompt, "model_id", variant)
        if named is not None:
            yield from link(
                seen, "invokes", source, named.end, owner=flow, rule="aws-flow-node", attribute="definition.node",
                reason=f"a node of the flow asks {prompt.id}, which is of this model", models=named.models,
                **named.places, encrypted=True,
                **(_guard_of(seen, flow, guarded[0]) if guarded else Guards()).facts(),
            )  # fmt: skip


def _guard_of(seen: Seen, flow: PlannedResource, block: Block) -> Guards:
    target = seen.planned.target(flow, "guardrail_identifier", (_GUARDRAIL,), block)
    if not isinstance(target, PlannedResource):
        return guarded_by(Unknown("what its guardrail does to personal data was not seen"))
    return guarded_by(hides_people(target, "input"))
