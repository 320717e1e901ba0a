"""Who may connect: address ranges, ports, joins, and who uses a group."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.clouds.aws.network.ingress import Ports, openings, ports
from scanner.kinds import Network
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

ANYWHERE = "0.0.0.0/0"
SSH = Ports("tcp", 22, 22)


def _shown(*grants: tuple[Ports, str]) -> list[str]:
    return [reached.text for reached in openings(grants)]


ALL_BUT_PRIVATE = [
    "1.0.0.0/8",
    "2.0.0.0/7",
    "4.0.0.0/6",
    "8.0.0.0/7",
    "11.0.0.0/8",
    "12.0.0.0/6",
    "16.0.0.0/4",
    "32.0.0.0/3",
    "64.0.0.0/2",
    "128.0.0.0/3",
    "160.0.0.0/5",
    "168.0.0.0/6",
    "172.0.0.0/12",
    "172.32.0.0/11",
    "172.64.0.0/10",
    "172.128.0.0/9",
    "173.0.0.0/8",
    "174.0.0.0/7",
    "176.0.0.0/4",
    "192.0.0.0/9",
    "192.128.0.0/11",
    "192.160.0.0/13",
    "192.169.0.0/16",
    "192.170.0.0/15",
    "192.172.0.0/14",
    "192.176.0.0/12",
    "192.192.0.0/10",
    "193.0.0.0/8",
    "194.0.0.0/7",
    "196.0.0.0/6",
    "200.0.0.0/5",
    "208.0.0.0/4",
]
"""What people write who want to let in everybody but their own network."""


@pytest.mark.parametrize(
    ("cidrs", "is_open"),
    [
        ([ANYWHERE], True),
        (["1.2.3.4/0"], True),
        (["::/0"], True),
        (["0::/0"], True),
        (["2000::/3"], True),
        (["2000::/4", "3000::/4"], True),
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"], True),
        (ALL_BUT_PRIVATE, True),
        (ALL_BUT_PRIVATE[1:], False),
        (["0.0.0.0/1"], False),
        (["2000::/4"], False),
        (["0.0.0.0/1", "8000::/1"], False),
        (["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"], False),
        (["203.0.113.7/32"], False),
        (["nonsense", ""], False),
        ([], False),
    ],
)
def test_which_addresses_are_anybody(cidrs: list[str], is_open: bool) -> None:  # noqa: FBT001
    assert _shown(*((SSH, cidr) for cidr in cidrs)) == (["tcp 22"] if is_open else [])


def test_halves_must_reach_the_same_port() -> None:
    low, high = "0.0.0.0/1", "128.0.0.0/1"
    assert _shown((Ports("tcp", 1, 100), low), (Ports("tcp", 50, 60), high)) == ["tcp 50-60"]
    assert _shown((Ports("tcp", 1, 10), low), (Ports("tcp", 11, 20), high)) == []
    assert _shown((Ports("tcp", 22, 22), low), (Ports("udp", 22, 22), high)) == []
    assert _shown((Ports("tcp", 22, 22), low), (Ports("-1"), high)) == ["tcp 22"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (("tcp", 22, 22), "tcp 22"),
        (("6", "22", "22"), "tcp 22"),
        (("TCP", 0, 65535), "tcp all ports"),
        (("tcp", -1, -1), "tcp all ports"),
        (("udp", None, None), "udp all ports"),
        (("17", 53, 53), "udp 53"),
        (("tcp", 443, 22), "tcp 22-443"),
        (("tcp", "x", "y"), "tcp all ports"),
        (("-1", 0, 0), "all traffic"),
        (("all", None, None), "all traffic"),
        ((-1, 443, 443), "all traffic"),
        (("50", 0, 0), "protocol 50"),
        (("icmp", 8, 0), None),
        (("1", -1, -1), None),
        (("icmpv6", -1, -1), None),
    ],
)
def test_ports_as_people_write_them(rule: tuple[object, object, object], text: str | None) -> None:
    reached = ports(*rule)
    assert (reached.text if reached else None) == text


def _inline(**rule: Any) -> dict[str, Any]:
    return {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [ANYWHERE], **rule}


def _networks(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = facts_of(plan(*changes, **more))
    return {id_: fact.open for id_, fact in found.items() if isinstance(fact, Network)}


def _group(ingress: Any, **more: Any) -> Any:
    return _networks(change("aws_security_group.g", {"ingress": ingress}, **more))["aws_security_group.g"]


@pytest.mark.parametrize(
    ("ingress", "verdict"),
    [
        ([_inline()], True),
        (_inline(), True),
        ([_inline(cidr_blocks=ANYWHERE)], True),
        ([_inline(cidr_blocks=[None, ANYWHERE])], True),
        ([_inline(protocol=None, from_port=None, to_port=None)], True),
        ([_inline(cidr_blocks=None)], False),
        ([_inline(cidr_blocks=[None, 5, {}])], False),
        ([None, "text"], False),
        ("text", False),
        ([], False),
        (None, False),
    ],
)
def test_odd_inline_rules(ingress: Any, verdict: bool) -> None:  # noqa: FBT001
    assert _group(ingress) is verdict


def test_parts_of_a_rule_known_only_after_apply() -> None:
    unknown: dict[str, Any] = {"ingress": [{"cidr_blocks": True}]}
    assert isinstance(_group([_inline(cidr_blocks=None)], unknown=unknown), Unknown)
    unknown = {"ingress": [{"cidr_blocks": [False, True]}]}
    assert _group([_inline(cidr_blocks=[ANYWHERE, None])], unknown=unknown) is True
    assert isinstance(_group([_inline(cidr_blocks=["10.0.0.0/8", None])], unknown=unknown), Unknown)
    unknown = {"ingress": [{"from_port": True}]}
    assert isinstance(_group([_inline(from_port=None)], unknown=unknown), Unknown)
    assert _group([_inline(from_port=None, cidr_blocks=["10.0.0.0/8"])], unknown=unknown) is False
    sourceless = _inline(from_port=None, cidr_blocks=[], security_groups=["sg-2"])
    assert _group([sourceless], unknown=unknown) is False
    # One open rule decides, whatever is not known beside it.
    unknown = {"ingress": [{"cidr_blocks": True}, {}]}
    assert _group([_inline(cidr_blocks=None), _inline()], unknown=unknown) is True


def test_inline_rules_as_a_whole_known_only_after_apply() -> None:
    group = change("aws_security_group.g", {}, unknown={"ingress": True})
    name = "aws_security_group.g"
    assert _networks(group)[name] is False
    written = {name: {"ingress": {"references": ["var.rules"]}}}
    assert isinstance(_networks(group, config=written)[name], Unknown)


def test_a_group_that_existed_shows_its_rules_or_is_unknown() -> None:
    name = "aws_security_group.g"
    assert isinstance(_networks(change(name, {"id": "sg-1"}, actions=["no-op"], before={}))[name], Unknown)
    seen = {"id": "sg-1", "ingress": [_inline()]}
    assert _networks(change(name, seen, actions=["no-op"], before=seen))[name] is True


def _rule(name: str, **values: Any) -> dict[str, Any]:
    unknown = values.pop("unknown", {})
    return change(f"aws_security_group_rule.{name}", {"type": "ingress", **_inline(), **values}, unknown=unknown)


def test_a_rule_of_a_group_elsewhere_stands_for_itself() -> None:
    found = _networks(
        _rule("open", security_group_id="sg-1"),
        _rule("closed", security_group_id="sg-1", cidr_blocks=["10.0.0.0/8"]),
        _rule("web", security_group_id="sg-1", from_port=443, to_port=443),
        _rule("outward", security_group_id="sg-1", type="egress"),
        _rule("some_way", security_group_id="sg-1", type=None, unknown={"type": True}),
        change("data.aws_security_group.d", {"id": "sg-1"}, actions=["read"]),
    )
    prefix = "aws_security_group_rule."
    assert found[f"{prefix}open"] is True
    assert found[f"{prefix}closed"] is False
    assert isinstance(found[f"{prefix}web"], Unknown)
    assert isinstance(found[f"{prefix}some_way"], Unknown)
    assert f"{prefix}outward" not in found
    assert not any(name.startswith("data.") for name in found)


def test_a_rule_whose_group_cannot_be_told_may_be_that_of_any() -> None:
    groups = [change(f"aws_security_group.{name}", {}, unknown={"id": True, "ingress": True}) for name in "ab"]
    unknown = {"security_group_id": True}
    through_local = {"aws_security_group_rule.r": {"security_group_id": {"references": ["local.group"]}}}
    found = _networks(*groups, _rule("r", unknown=unknown), config=through_local)
    assert found["aws_security_group_rule.r"] is True
    assert isinstance(found["aws_security_group.a"], Unknown)
    assert isinstance(found["aws_security_group.b"], Unknown)
    closed = _rule("r", unknown=unknown, cidr_blocks=["10.0.0.0/8"])
    found = _networks(*groups, closed, config=through_local)
    assert set(found.values()) == {False}


def test_a_rule_whose_group_is_one_of_two_leaves_the_third_alone() -> None:
    groups = [change(f'aws_security_group.g["{key}"]', {}, unknown={"id": True, "ingress": True}) for key in "ab"]
    other = change("aws_security_group.other", {}, unknown={"id": True, "ingress": True})
    computed = {
        "aws_security_group.g": {},
        "aws_security_group_rule.r": {"security_group_id": {"references": ["aws_security_group.g", "var.key"]}},
    }
    found = _networks(*groups, other, _rule("r", unknown={"security_group_id": True}), config=computed)
    assert isinstance(found['aws_security_group.g["a"]'], Unknown)
    assert isinstance(found['aws_security_group.g["b"]'], Unknown)
    assert found["aws_security_group.other"] is False


def test_a_targeted_plan_may_leave_a_rule_out() -> None:
    written = {
        "aws_security_group.g": {},
        "aws_security_group_rule.left_out": {"security_group_id": {"references": ["aws_security_group.g.id"]}},
    }
    group = change("aws_security_group.g", {}, unknown={"id": True, "ingress": True})
    assert isinstance(_networks(group, config=written, complete=False)["aws_security_group.g"], Unknown)


def test_the_address_of_a_machine_is_not_everybody() -> None:
    def opened(type_: str) -> Any:
        rule = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
        name = "aws_vpc_security_group_ingress_rule.r"
        written = {name: {"cidr_ipv6": {"references": [f"{type_}.x.address", f"{type_}.x"]}}, f"{type_}.x": {}}
        other = change(f"{type_}.x", {}, unknown={"address": True})
        return _networks(change(name, rule, unknown={"cidr_ipv6": True}), other, config=written)[name]

    assert opened("aws_subnet") is False
    assert isinstance(opened("aws_ssm_parameter"), Unknown)


def test_a_list_made_of_what_cannot_be_told_is_unknown() -> None:
    name = "aws_vpc_security_group_ingress_rule.r"
    rule = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
    written = {name: {"prefix_list_id": {"references": ["local.list"]}}}
    found = _networks(change(name, rule, unknown={"prefix_list_id": True}), config=written)
    assert isinstance(found[name], Unknown)


def _listed(*lists: dict[str, Any], id_: str = "pl-1", config: dict[str, Any] | None = None) -> Any:
    group = change("aws_security_group.g", {"ingress": [_inline(cidr_blocks=[], prefix_list_ids=[id_])]})
    return _networks(group, *lists, config=config)["aws_security_group.g"]


def test_prefix_lists() -> None:
    type_ = "aws_ec2_managed_prefix_list"
    assert isinstance(_listed(), Unknown)
    assert _listed(change(f"{type_}.l", {"id": "pl-1", "entry": [{"cidr": ANYWHERE}]})) is True
    assert _listed(change(f"{type_}.l", {"id": "pl-1", "entry": [{"cidr": "10.0.0.0/8"}]})) is False
    data = {"id": "pl-1", "name": "office", "entries": [{"cidr": ANYWHERE}]}
    assert _listed(change(f"data.{type_}.l", data, actions=["read"])) is True
    aws = {"id": "pl-1", "name": "com.amazonaws.global.cloudfront.origin-facing"}
    assert _listed(change(f"data.{type_}.l", aws, actions=["read"])) is False
    assert _listed(change("data.aws_prefix_list.l", {"id": "pl-1"}, actions=["read"])) is False
    new = change(f"{type_}.l", {"id": "pl-1", "entry": [{}]}, unknown={"entry": [{"cidr": True}]})
    assert isinstance(_listed(new), Unknown)
    split = change(f"{type_}_entry.e", {"prefix_list_id": "pl-1", "cidr": ANYWHERE})
    unset = change(f"{type_}.l", {"id": "pl-1"}, unknown={"entry": True})
    assert _listed(unset, split) is True
    written = {f"{type_}.l": {"entry": {"references": ["var.entries"]}}}
    assert isinstance(_listed(unset, config=written), Unknown)


def _web(*users: dict[str, Any], config: dict[str, Any] | None = None) -> Any:
    group = change("aws_security_group.g", {"id": "sg-1", "ingress": [_inline(from_port=443, to_port=443)]})
    return _networks(group, *users, config=config)["aws_security_group.g"]


def _balancer(**values: Any) -> dict[str, Any]:
    unknown = values.pop("unknown", {})
    return change("aws_lb.b", {"security_groups": ["sg-1"], **values}, unknown=unknown)


def test_only_a_public_balancer_may_be_open() -> None:
    assert _web(_balancer(internal=False)) is False
    assert _web(_balancer()) is False
    assert _web(_balancer(internal=True)) is True
    assert _web(_balancer(internal=False), change("aws_network_interface.n", {"security_groups": ["sg-1"]})) is True
    nested = {"network_interfaces": [{"security_groups": ["sg-1"]}]}
    assert _web(change("aws_launch_template.t", nested)) is True
    assert _web(change("aws_ecs_service.s", {"network_configuration": [{"security_groups": ["sg-1"]}]})) is True
    assert isinstance(_web(), Unknown)
    assert isinstance(_web(_balancer(security_groups=["sg-2"])), Unknown)


def test_a_balancer_that_may_be_internal_leaves_it_open() -> None:
    written = {"aws_lb.b": {"internal": {"references": ["local.internal"]}}}
    assert isinstance(_web(_balancer(unknown={"internal": True}), config=written), Unknown)
    assert _web(_balancer(unknown={"internal": True})) is False


def test_a_user_whose_groups_cannot_be_told_leaves_it_open() -> None:
    hidden = change("aws_instance.i", {}, unknown={"vpc_security_group_ids": True})
    through_local = {"aws_instance.i": {"vpc_security_group_ids": {"references": ["local.groups"]}}}
    assert isinstance(_web(_balancer(), hidden, config=through_local), Unknown)
    computed = {
        "aws_security_group.g": {},
        "aws_instance.i": {"vpc_security_group_ids": {"references": ["aws_security_group.g.id", "local.more"]}},
    }
    assert isinstance(_web(_balancer(), hidden, config=computed), Unknown)
    unset = {"aws_instance.i": {"ami": {"constant_value": "ami-1"}}}
    assert _web(_balancer(), hidden, config=unset) is False


def test_a_doubt_beside_an_open_web_port_is_one() -> None:
    rules = [_inline(from_port=443, to_port=443), _inline(cidr_blocks=None)]
    group = change(
        "aws_security_group.g", {"id": "sg-1", "ingress": rules}, unknown={"ingress": [{}, {"cidr_blocks": True}]}
    )
    assert isinstance(_networks(group, _balancer())["aws_security_group.g"], Unknown)


def test_endpoints_are_seen_and_not_judged() -> None:
    content = plan(change("aws_vpc_endpoint.e", {"service_name": "com.amazonaws.eu-central-1.bedrock-runtime"}))
    found = facts_of(content)["aws_vpc_endpoint.e"]
    assert isinstance(found, Network)
    assert found.type == "vpc_endpoint"
    assert verdicts(scan(content), ["network-not-open"]) == {}


def test_a_plan_that_closes_a_group_resolves_it() -> None:
    seen = {"id": "sg-1", "ingress": [_inline()]}
    gone = {"id": "sgrule-1", "security_group_id": "sg-1", "type": "ingress", **_inline()}
    content = plan(
        change("aws_security_group.g", seen, before=seen, actions=["no-op"]),
        change("aws_security_group_rule.r", None, before=gone, actions=["delete"]),
    )
    (finding,) = [f for f in scan(content).findings if f.control == "network-not-open"]
    assert (finding.status.value, finding.change) == ("pass", "resolves")


# --- groups that only a module's own locals name ---------------------------------------------------------------------


def _modules(arguments: dict[str, Any], *more: dict[str, Any]) -> dict[str, bool | None]:
    """A module `web` whose open rule names its group through a local, its group, and one in module `app`."""
    owner = {"security_group_id": {"references": ["local.id"]}}
    rule = {"type": "aws_security_group_rule", "name": "r", "mode": "managed", "expressions": owner}
    group = {"type": "aws_security_group", "name": "g", "mode": "managed", "expressions": {"name": {}}}
    calls = {
        "web": {"expressions": arguments, "module": {"resources": [rule, group]}},
        "app": {"module": {"resources": [group]}},
    }
    blocks = [{"type": one["type"], "name": one["name"], "mode": one["mode"]} for one in more]
    opened = {"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [ANYWHERE]}
    content = plan(
        change("module.web.aws_security_group_rule.r", opened, unknown={"security_group_id": True}),
        *(change(f"{at}aws_security_group.g", {}, unknown={"id": True}) for at in ("module.web.", "module.app.", "")),
        *more,
        configuration={"root_module": {"resources": [group, *blocks], "module_calls": calls}},
    )
    return {
        address: value if isinstance(value := read.open, bool) else None
        for address, read in facts_of(content).items()
        if isinstance(read, Network) and address.endswith(".g")
    }


def test_a_local_names_no_group_that_its_module_does_not_see() -> None:
    own, other, root = ("module.web.aws_security_group.g", "module.app.aws_security_group.g", "aws_security_group.g")
    for arguments in ({}, {"ports": {"constant_value": [22]}}, {"tags": {"references": ["local.tags"]}}):
        assert _modules(arguments) == {own: None, other: False, root: False}, arguments
    passed = {"group": {"references": ["aws_security_group.g.id", "aws_security_group.g"]}}
    assert _modules(passed) == {own: None, other: False, root: None}


def test_what_a_caller_passes_unseen_may_be_any_group() -> None:
    looked_up = change("data.aws_security_group.d", {}, unknown={"id": True}, actions=["read"])
    assert set(_modules({"group": {"references": ["local.group"]}}).values()) == {None}
    assert set(_modules({}, looked_up).values()) == {None}
