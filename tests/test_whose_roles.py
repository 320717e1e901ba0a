"""Who uses an identity - people, programs, customers of the chatbot - and what each of them should not read."""

from __future__ import annotations

from holders import ACCOUNT, PEOPLE, PROGRAM, TABLE, allow, arn, document, planned, role, seen, things, trust, user
from scanner.config import Config, _Accounts, _ConfigFile
from scanner.kinds import Identity
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts


def test_people_who_read_transcripts_and_secrets_are_found_and_programs_are_not() -> None:
    secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:openai-*"
    read = [allow("dynamodb:Query", TABLE), allow("secretsmanager:GetSecretValue", secret)]
    changes = [
        *things(),
        *role("support", *read, trusts=PEOPLE),
        *role("worker", *read),
        *user("anna", *read),
        *role("clean", allow("lambda:InvokeFunction", "*"), trusts=PEOPLE),
        *role("emergency", allow("*"), trusts=PEOPLE),
    ]
    told = verdicts(scan(planned(changes)), ["people-read-no-conversations", "people-read-no-secrets"])
    wanted = {"aws_iam_role.support": "fail", "aws_iam_user.anna": "fail", "aws_iam_role.clean": "pass"}
    assert told == {"people-read-no-conversations": wanted, "people-read-no-secrets": wanted}


def test_what_everybody_can_read_is_not_held_against_each() -> None:
    public = change(
        "aws_secretsmanager_secret_policy.openai",
        {
            "secret_arn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:openai-AbCdEf",
            "policy": document(
                {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
            ),
        },
    )
    found = seen(things(), [public], role("support", trusts=PEOPLE))
    assert found["aws_iam_role.support"].reads_secrets is False
    assert "read-secrets" in found["aws_iam_role.support"].duties


def test_users_who_read_training_data_are_found_and_roles_are_not() -> None:
    bucket = change(
        "aws_s3_bucket.training",
        {"bucket": "tuning", "arn": "arn:aws:s3:::tuning", "tags": {"DataClass": "training"}},
    )
    read = allow("s3:GetObject", "arn:aws:s3:::tuning/*")
    found = seen([bucket], user("anna", read), role("tuner", read), user("ben"))
    assert found["aws_iam_user.anna"].reads_training is True
    assert found["aws_iam_user.ben"].reads_training is False
    told = verdicts(scan(planned([bucket], user("anna", read), role("tuner", read), user("ben"))))
    assert told["training-data-read-by-roles"] == {"aws_iam_user.anna": "fail", "aws_iam_user.ben": "pass"}


def test_roles_that_several_sorts_take_are_mixed() -> None:
    github = {"Federated": arn("oidc-provider", "token.actions.githubusercontent.com")}
    bound = {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:example/chat:ref:refs/heads/main"}}
    people = {"Federated": arn("saml-provider", "staff")}
    found = seen(
        role("both", trusts=trust(people, github, **bound)),
        role("pipeline", trusts=trust(github, **bound)),
        role("services", trusts=trust({"Service": "lambda.amazonaws.com"}, {"Service": "ec2.amazonaws.com"})),
        role("vendor", trusts=trust({"AWS": "arn:aws:iam::999988887777:root"}, people)),
        role("anyone", trusts=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
        role("chained", trusts=trust({"AWS": arn("user", "anna")}, {"AWS": arn("role", "services")})),
        role("customers", trusts=trust({"Federated": "cognito-identity.amazonaws.com"})),
        user("anna"),
    )
    mixed = {name: found[f"aws_iam_role.{name}"].mixed_use for name in ("both", "vendor", "chained")}
    assert mixed == dict.fromkeys(mixed, True)
    apart = {name: found[f"aws_iam_role.{name}"].mixed_use for name in ("pipeline", "services", "customers")}
    assert apart == dict.fromkeys(apart, False)
    assert isinstance(found["aws_iam_role.anyone"].mixed_use, Unknown)


def test_a_role_that_one_alone_takes_is_not_mixed() -> None:
    vendor, strange = {"AWS": "arn:aws:iam::999988887777:root"}, {"AWS": "arn:aws:iam::555566667777:root"}
    someone = {"AWS": "arn:aws:iam::555566667777:user/someone"}
    agreed = Config(_ConfigFile(accounts=_Accounts(trusted=["999988887777"])))
    found = facts_of(
        plan(
            change("aws_iam_role.vendor", {"name": "vendor", "assume_role_policy": trust(vendor)}),
            change("aws_iam_role.strange", {"name": "strange", "assume_role_policy": trust(strange)}),
            change("aws_iam_role.someone", {"name": "someone", "assume_role_policy": trust(someone)}),
            change("aws_iam_role.several", {"name": "several", "assume_role_policy": trust(someone, strange)}),
        ),
        agreed,
    )
    roles = {id_: one for id_, one in found.items() if isinstance(one, Identity)}
    mixed = {name: roles[f"aws_iam_role.{name}"].mixed_use for name in ("vendor", "strange", "someone", "several")}
    assert mixed["vendor"] is False
    assert mixed["someone"] is False
    assert isinstance(mixed["strange"], Unknown)
    assert isinstance(mixed["several"], Unknown)


def test_whose_program_takes_a_role_is_told_by_the_roles_it_trusts() -> None:
    query = allow("dynamodb:GetItem", TABLE)
    pool = trust({"Federated": "cognito-identity.amazonaws.com"})
    found = seen(
        things(),
        role("worker", query),
        role("reader", query, trusts=trust({"AWS": arn("role", "worker")})),
        role("circle", query, trusts=trust({"AWS": arn("role", "circle")}, {"AWS": arn("role", "reader")})),
        role("app", query, trusts=pool),
        role("support", trusts=PEOPLE),
        role("raw", query, trusts=trust({"AWS": arn("role", "support")})),
        role("both", query, trusts=trust({"AWS": arn("role", "worker")}, {"AWS": arn("role", "support")})),
        role("account", query, trusts=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
    )
    human = {name: found[f"aws_iam_role.{name}"].human for name in ("worker", "reader", "circle", "app")}
    assert human == dict.fromkeys(human, False)
    assert found["aws_iam_role.support"].human is True
    assert all(isinstance(found[f"aws_iam_role.{name}"].human, Unknown) for name in ("raw", "both", "account"))


def test_a_program_that_a_role_trusts_by_an_arn_that_names_it_is_known_too() -> None:
    trusts = {"by": trust({"AWS": arn("role", "worker")}), "other": trust({"AWS": arn("role", "worker/worker")})}
    worker = change("aws_iam_role.worker", {"name": "worker", "assume_role_policy": PROGRAM}, unknown={"arn": True})
    roles = [change(f"aws_iam_role.{n}", {"name": n, "assume_role_policy": t}) for n, t in trusts.items()]
    found = seen(things(), [worker, *roles])
    assert found["aws_iam_role.by"].human is False
    assert isinstance(found["aws_iam_role.other"].human, Unknown)


def test_users_of_the_chatbot_get_at_their_own_conversations_alone() -> None:
    pool = trust(
        {"Federated": "cognito-identity.amazonaws.com"},
        StringEquals={"cognito-identity.amazonaws.com:aud": "us-east-1:11111111-1111-4111-8111-111111111111"},
    )
    sub = "${cognito-identity.amazonaws.com:sub}"
    keys = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [sub]}}
    wide = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["all", sub]}}
    bucket = change(
        "aws_s3_bucket.chats", {"bucket": "chats", "arn": "arn:aws:s3:::chats", "tags": {"DataClass": "transcript"}}
    )
    query = allow("dynamodb:Query", TABLE)
    found = seen(
        things(),
        [bucket],
        role("all", query, trusts=pool),
        role("own", {**query, "Condition": keys}, trusts=pool),
        role("some", {**query, "Condition": wide}, trusts=pool),
        role("folder", allow("s3:GetObject", f"arn:aws:s3:::chats/{sub}/*"), trusts=pool),
        role("both", {**query, "Condition": keys}, allow("s3:GetObject", "arn:aws:s3:::chats/*"), trusts=pool),
        role("nothing", trusts=pool),
        role("worker", query),
    )
    reaches = {
        name: found[f"aws_iam_role.{name}"].reaches_others for name in ("all", "own", "folder", "both", "nothing")
    }
    assert reaches == {"all": True, "own": False, "folder": False, "both": True, "nothing": False}
    assert found["aws_iam_role.some"].reaches_others is not False
    assert found["aws_iam_role.worker"].customers is False
