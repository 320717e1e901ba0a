"""Whether an account keeps AWS's AI services from training on its content.

A live account tells more of aws_organizations_account than the provider describes: in_organization, master_account_id
(whoever manages the organization) and effective_ai_opt_out, which is what the organization's opt-out policies come to
for it.
Sources: AWS Organizations User Guide, "AI services opt-out policies" and "Viewing effective AI services opt-out
policies": content may be used unless an account is opted out, which only its organization can do.
"""

from __future__ import annotations

from scanner.clouds.aws.iam.organizations import assigned, services_in
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import Plan
from scanner.terraform.planned import PlannedWorld

_ACCOUNT = "aws_organizations_account"
_UNREAD = Unknown("what the organization's opt-out policies come to was not read")


def training_opted_out(planned: PlannedWorld, parts: list[Plan]) -> Answer:
    """Whether a live account is opted out of all AI services, those to come included."""
    own = next((account for account in planned.of(_ACCOUNT) if account.plan in parts), None)
    if own is None:
        return _UNREAD
    policy = own.get("effective_ai_opt_out")
    if isinstance(policy, Unknown):
        return policy
    if not policy:
        alone = own.flag("in_organization", absent=True) is False
        where = "the account is in no organization, which alone could opt it out"
        return Noted(False, where if alone else "no opt-out policy of the organization applies to the account")
    services = services_in(policy, "the effective opt-out policy")
    if isinstance(services, Unknown):
        return services
    opted_in = sorted(name for name, setting in services.items() if assigned(setting) == "optIn")
    if opted_in:
        return Noted(False, f"it is opted in to {', '.join(opted_in)}")
    every = assigned(services.get("default")) == "optOut"
    return Noted(
        every, "it is opted out of every AI service" if every else "services that no policy names are opted in"
    )
