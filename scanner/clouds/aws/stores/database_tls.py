"""Whether a database refuses connections without TLS, by its parameter group or its engine's default."""

from __future__ import annotations

import re

from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_PARAMETERS = {
    "postgres": "rds.force_ssl",
    "aurora-postgresql": "rds.force_ssl",
    "sqlserver": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "mariadb": "require_secure_transport",
    "aurora-mysql": "require_secure_transport",
    "aurora": "require_secure_transport",
}
"""The parameter that refuses plain connections, by engine."""

_ON_SINCE = {"postgres": (15, 0), "mariadb": (11, 8)}
"""First version whose parameter groups refuse plain connections by themselves; the other engines' do not.

Source: Amazon RDS User Guide, "Using SSL with a PostgreSQL DB instance" and "Requiring SSL/TLS for all connections to a
MariaDB DB instance"; "Requiring SSL/TLS for all connections to a MySQL DB instance" (off by default); Amazon Aurora
User Guide, "Security with Amazon Aurora PostgreSQL".
"""

_NOT_SURE_SINCE = {"aurora-postgresql": (17, 0)}
"""First version of whose default no document was at hand."""

_FAMILY = re.compile(r"([a-z][a-z-]*?)-?(\d+)(?:\.(\d+))?(?:\D.*)?")
_ON = frozenset({"1", "on", "true"})


def requires_tls(planned: PlannedWorld, database: PlannedResource, attribute: str, group_type: str) -> Answer:
    """Whether the group of parameters that `attribute` names, or the engine's default, refuses plain connections."""
    if not left_out(database, attribute):
        group = planned.target(database, attribute, (group_type,))
        if isinstance(group, PlannedResource):
            return _of_group(group)
        if isinstance(group, External):
            return _of_name(group.value)
        if isinstance(group, Unknown):
            return group
    if not database.settled:
        return Unknown(f"{database.address} existed before, and which parameters it has was not seen")
    return _of_engine(database)


def _of_group(group: PlannedResource) -> Answer:
    family = group.text("family")
    if isinstance(family, Unknown):
        return family
    name = _parameter(family)
    if name is None:
        return _not_by_parameter(family)
    value = _value(group, name)
    if isinstance(value, Unknown):
        return value
    if value is None:
        return _default(family, f"{group.address} does not set {name}")
    return Noted(value.strip().lower() in _ON, f"{group.address} sets {name} to {value}")


def _value(group: PlannedResource, name: str) -> str | Unknown | None:
    """What a group sets a parameter to; None where it does not."""
    parameters = group.blocks("parameter")
    if isinstance(parameters, Unknown):
        return parameters
    for parameter in parameters:
        if str(parameter.values.get("name")).lower() == name:
            return parameter.text("value")
    if any(parameter.is_unknown("name") for parameter in parameters):
        return Unknown(f"the name of a parameter of {group.address} is known only after apply")
    return None


def _of_name(name: str) -> Answer:
    """A group that is not in the plan: only AWS's own `default.<family>` is known."""
    if name.startswith("default."):
        return _default(name.removeprefix("default."), f"the parameter group is {name}")
    return Unknown(f"the parameter group {name} was not seen")


def _of_engine(database: PlannedResource) -> Answer:
    """A new database without a group takes its engine's default one."""
    engine = database.text("engine")
    version = database.get("engine_version", "")
    if isinstance(engine, Unknown):
        return engine
    if isinstance(version, Unknown) or not version:
        return _default(engine, f"no parameter group is named for {engine}")
    return _default(f"{engine}{version}", f"no parameter group is named for {engine} {version}")


def _parameter(family: str) -> str | None:
    engine = _engine(family)
    return _PARAMETERS.get("sqlserver" if engine.startswith("sqlserver") else engine)


def _engine(family: str) -> str:
    match = _FAMILY.fullmatch(family)
    return match[1] if match else family


def _default(family: str, because: str) -> Answer:
    """What a parameter group of this family (engine, and version where known) does by itself."""
    engine, name = _engine(family), _parameter(family)
    if name is None:
        return _not_by_parameter(family)
    since = _ON_SINCE.get(engine) or _NOT_SURE_SINCE.get(engine)
    if since is None:
        return Noted(False, f"{because}; {name} is off by default")
    match = _FAMILY.fullmatch(family)
    if match is None:
        return Unknown(f"{because}; the default of {name} depends on the version, which is not known")
    if (int(match[2]), int(match[3] or 0)) < since:
        return Noted(False, f"{because}; {name} is off by default")
    if engine in _NOT_SURE_SINCE:
        return Unknown(f"{because}; set {name} to say whether plain connections are refused")
    return Noted(True, f"{because}; {name} is on by default")


def _not_by_parameter(family: str) -> Unknown:
    return Unknown(f"how {family or 'this engine'} refuses plain connections stands in no parameter that we know")
