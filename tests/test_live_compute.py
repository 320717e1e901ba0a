"""The collectors of what runs code against a server, through the real SDK."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from denials import flips
from live import ACCOUNT, NOW, REGION, Faked, Live, settings_of
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.connections import Connections
from scanner.collect import capture
from scanner.collect.ledger import Ledger, Recording
from scanner.findings import Status
from scanner.model import Unknown

PLANTED = "Zq8planted-hunter2"
"""A password: it must be told as one, and must not be kept anywhere."""

ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
FILTERS = {"filtersConfig": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]}
SECRET = ARN.format("secretsmanager", "secret:openai-AbCdEf")


def role(aws: Live, service: str = "lambda") -> str:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "*"}]}
    made = aws.client("iam").create_role(RoleName=service, AssumeRolePolicyDocument=json.dumps(trust))
    return str(made["Role"]["Arn"])


def function(aws: Live, name: str, acts_as: str, **more: Any) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "")
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Role=acts_as,
        Runtime="python3.12",
        Handler="main.run",
        Code={"ZipFile": code.getvalue()},
        **more,
    )
    return str(made["FunctionArn"])


def test_functions_are_judged_by_their_environment(faked: Faked) -> None:
    acts_as = role(faked)
    leaky = function(faked, "leaky", acts_as, Environment={"Variables": {"OPENAI_API_KEY": PLANTED, "STAGE": "prod"}})
    sound = function(faked, "sound", acts_as, Environment={"Variables": {"OPENAI_API_KEY_ARN": SECRET}})
    plain = function(faked, "plain", acts_as, Tags={"environment": "production"})
    facts = faked.facts("lambda")
    assert facts[leaky].plaintext_credentials is True
    assert facts[leaky].credential_names == ("OPENAI_API_KEY",)
    assert [facts[arn].plaintext_credentials for arn in (sound, plain)] == [False, False]
    assert facts[plain].environment == "prod"
    assert all(facts[arn].type == "function" and not facts[arn].planned for arn in (leaky, sound, plain))


def test_a_function_whose_environment_may_not_be_decrypted_is_not_judged(faked: Faked) -> None:
    arn = ARN.format("lambda", "function:sealed")
    environment = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}}
    listed = {"FunctionName": "sealed", "FunctionArn": arn, "Environment": environment}
    faked.fake.say("lambda", "ListFunctions", {"Functions": [listed]})
    doubt = faked.facts("lambda")[arn].plaintext_credentials
    assert isinstance(doubt, Unknown)
    assert "kms:Decrypt" in doubt.reason
    assert "apply" not in doubt.reason


def test_function_urls(faked: Faked) -> None:
    arn = function(faked, "open", role(faked))
    faked.client("lambda").create_function_url_config(FunctionName="open", AuthType="NONE")
    facts = faked.facts("lambda")
    url = facts[f"{arn}/url"]
    assert (url.type, url.public, url.authenticated, url.rate_limited) == ("function_url", True, False, False)


def test_what_is_denied_of_functions_is_said(faked: Faked) -> None:
    arn = function(faked, "leaky", role(faked), Environment={"Variables": {"DB_PASSWORD": PLANTED}})
    faked.client("lambda").create_function_url_config(FunctionName="leaky", AuthType="NONE")
    run = faked.judge("lambda", deny={"lambda:ListFunctions"}).run
    said = [f for f in run.findings if f.control == "compute-no-plaintext-credentials"]
    assert [f.status for f in said] == [Status.UNKNOWN]
    assert "lambda:ListFunctions" in said[0].reason
    run = faked.judge("lambda", deny={"lambda:ListFunctionUrlConfigs"}).run
    by_control = {(f.control, f.subject): f for f in run.findings}
    assert by_control["compute-no-plaintext-credentials", arn].status is Status.FAIL
    url = by_control["entrypoint-authenticated", f"aws:{ACCOUNT}:{REGION}"]
    assert url.status is Status.UNKNOWN
    assert "lambda:ListFunctionUrlConfigs" in url.reason


def connections() -> Connections:
    return Connections(reach(Wanted(regions=(REGION,))).sessions, tuning=Tuning(attempts=2))


def container(**settings: str) -> dict[str, Any]:
    return {
        "name": "app",
        "image": "app:1",
        "memory": 128,
        "environment": [{"name": name, "value": value} for name, value in settings.items()],
        "secrets": [{"name": "OPENAI_API_KEY", "valueFrom": SECRET}],
        "command": ["serve", "--port", "8080"],
    }


def test_task_definitions_in_use_and_the_latest_of_each_family(aws: Live) -> None:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="main")
    leaky = ecs.register_task_definition(family="worker", containerDefinitions=[container(DB_PASSWORD=PLANTED)])
    old = leaky["taskDefinition"]["taskDefinitionArn"]
    sound = ecs.register_task_definition(family="worker", containerDefinitions=[container(STAGE="prod")])
    new = sound["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="main", serviceName="web", taskDefinition=old, desiredCount=1)
    facts = aws.facts("ecs")
    assert (facts[old].plaintext_credentials, facts[old].credential_names) == (True, ("DB_PASSWORD",))
    assert facts[new].plaintext_credentials is False
    assert facts[ARN.format("ecs", "service/main/web")].type == "service"


def test_a_service_that_is_not_described_keeps_its_place(aws: Live) -> None:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="main")
    made = ecs.register_task_definition(family="worker", containerDefinitions=[container(DB_PASSWORD=PLANTED)])
    arn = made["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="main", serviceName="web", taskDefinition=arn, desiredCount=1)
    facts = aws.facts("ecs", deny={"ecs:DescribeServices"})
    assert ARN.format("ecs", "service/main/web") in facts
    facts = aws.facts("ecs", deny={"ecs:DescribeTaskDefinition"})
    doubt = next(fact.plaintext_credentials for fact in facts.values() if fact.type == "container")
    assert isinstance(doubt, Unknown)
    assert "ecs:DescribeTaskDefinition" in doubt.reason
    assert "apply" not in doubt.reason


def instance(aws: Live, data: str = "", **more: Any) -> str:
    ec2 = aws.client("ec2")
    (image, *_) = ec2.describe_images(Owners=["amazon"])["Images"]
    made = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, UserData=data, **more)
    return ARN.format("ec2", f"instance/{made['Instances'][0]['InstanceId']}")


def test_instances_by_user_data_and_metadata(aws: Live) -> None:
    leaky = instance(aws, f"#!/bin/bash\nexport DB_PASSWORD={PLANTED}\n")
    sound = instance(aws, "#!/bin/bash\nyum update -y\n", MetadataOptions={"HttpTokens": "required"})
    facts = aws.facts("ec2")
    assert (facts[leaky].plaintext_credentials, facts[leaky].credential_names) == (True, ("DB_PASSWORD",))
    assert facts[sound].plaintext_credentials is False
    assert facts[sound].acts_as == ""
    refused = aws.facts("ec2", deny={"ec2:DescribeInstanceAttribute"})
    for arn in (leaky, sound):
        doubt = refused[arn].plaintext_credentials
        assert isinstance(doubt, Unknown)
        assert "ec2:DescribeInstanceAttribute" in doubt.reason


def test_launch_templates_by_the_latest_and_the_default_version(aws: Live) -> None:
    ec2 = aws.client("ec2")
    leaky = b64encode(f"DB_PASSWORD={PLANTED}\n".encode()).decode()
    data = {"UserData": leaky, "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"}}
    id_ = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)["LaunchTemplate"][
        "LaunchTemplateId"
    ]
    ec2.create_launch_template_version(LaunchTemplateId=id_, LaunchTemplateData={"InstanceType": "t3.micro"})
    facts = aws.facts("ec2")
    latest, default = ARN.format("ec2", f"launch-template/{id_}"), ARN.format("ec2", f"launch-template/{id_}:1")
    assert (facts[latest].plaintext_credentials, facts[default].plaintext_credentials) == (False, True)
    assert facts[default].metadata_token_required is True
    refused = aws.facts("ec2", deny={"ec2:DescribeLaunchTemplateVersions"})
    assert "ec2:DescribeLaunchTemplateVersions" in refused[latest].plaintext_credentials.reason


def test_volumes_are_encrypted_by_default_where_the_region_says_so(aws: Live) -> None:
    aws.client("ec2").enable_ebs_encryption_by_default()
    found = settings_of(aws.collect("ec2"))
    assert found[ARN.format("ec2", "ebs-encryption-by-default")] == {"enabled": True}
    refused = settings_of(aws.collect("ec2", deny={"ec2:GetEbsEncryptionByDefault"}))
    assert isinstance(refused[ARN.format("ec2", "ebs-encryption-by-default")]["enabled"], Unknown)


def test_launch_configurations(aws: Live) -> None:
    aws.client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="c", ImageId="ami-12345678", InstanceType="t3.micro", UserData=f"DB_PASSWORD={PLANTED}"
    )
    (fact,) = (fact for fact in aws.facts("autoscaling").values() if fact.type == "launch_template")
    assert fact.credential_names == ("DB_PASSWORD",)


def build(aws: Live, name: str, acts_as: str, **source: str) -> str:
    made = aws.client("codebuild").create_project(
        name=name,
        source={"type": "S3", "location": "bucket/path", "buildspec": "version: 0.2", **source},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [
                {"name": "NPM_TOKEN", "value": PLANTED if name == "leaky" else "/npm/token", "type": "PLAINTEXT"},
                {"name": "DB_PASSWORD", "value": "/db/password", "type": "PARAMETER_STORE"},
            ],
        },
        serviceRole=acts_as,
    )
    return str(made["project"]["arn"])


def test_builds(aws: Live) -> None:
    acts_as = role(aws, "codebuild")
    leaky, sound = build(aws, "leaky", acts_as), build(aws, "sound", acts_as)
    written = build(aws, "written", acts_as, buildspec=f"env:\n  variables:\n    API_KEY: {PLANTED}\n")
    facts = aws.facts("codebuild")
    assert facts[leaky].credential_names == ("NPM_TOKEN",)
    assert facts[written].credential_names == ("API_KEY",)
    assert facts[sound].plaintext_credentials is False
    refused = aws.facts("codebuild", deny={"codebuild:BatchGetProjects"})
    assert "codebuild:BatchGetProjects" in refused[leaky].plaintext_credentials.reason


def test_jobs(aws: Live) -> None:
    aws.client("glue").create_job(
        Name="leaky",
        Role="r",
        Command={"Name": "glueetl"},
        DefaultArguments={"--db_password": PLANTED, "--TempDir": "s3://b/t"},
    )
    aws.client("glue").create_job(Name="sound", Role="r", Command={"Name": "glueetl"}, DefaultArguments={"--n": "1"})
    batch = aws.client("batch")
    made = [
        batch.register_job_definition(jobDefinitionName=name, type="container", containerProperties=properties)
        for name, properties in (
            ("leaky", {"image": "a", "vcpus": 1, "memory": 128, "command": ["run", "--password", PLANTED]}),
            ("sound", {"image": "a", "vcpus": 1, "memory": 128, "command": ["run"]}),
        )
    ]
    facts = aws.facts("glue", "batch")
    assert facts[ARN.format("glue", "job/leaky")].plaintext_credentials is True
    assert facts[ARN.format("glue", "job/sound")].plaintext_credentials is False
    assert [facts[one["jobDefinitionArn"]].plaintext_credentials for one in made] == [True, False]


@pytest.mark.parametrize("kind", ["image", "code"])
def test_app_runner(faked: Faked, kind: str) -> None:
    arn = ARN.format("apprunner", "service/site/" + "0" * 32)
    listed = {"ServiceName": "site", "ServiceId": "0" * 32, "ServiceArn": arn, "Status": "RUNNING"}
    listed["ServiceUrl"] = "web.awsapprunner.com"
    settings = {"RuntimeEnvironmentVariables": {"DB_PASSWORD": PLANTED}, "StartCommand": "serve --api-key abcdef1"}
    image = {"ImageRepository": {"ImageIdentifier": "a", "ImageRepositoryType": "ECR", "ImageConfiguration": settings}}
    code = {"RepositoryUrl": "https://example.com/a", "SourceCodeVersion": {"Type": "BRANCH", "Value": "main"}}
    values = {"ConfigurationSource": "API", "CodeConfigurationValues": {"Runtime": "PYTHON_3", **settings}}
    source = image if kind == "image" else {"CodeRepository": {**code, "CodeConfiguration": values}}
    described = {
        **listed,
        "CreatedAt": NOW,
        "UpdatedAt": NOW,
        "SourceConfiguration": source,
        "InstanceConfiguration": {"Cpu": "1024"},
        "AutoScalingConfigurationSummary": {},
        "NetworkConfiguration": {"IngressConfiguration": {"IsPubliclyAccessible": True}},
    }
    faked.fake.say("apprunner", "ListServices", {"ServiceSummaryList": [listed]})
    faked.fake.say("apprunner", "DescribeService", {"Service": described})
    fact = faked.facts("apprunner")[arn]
    assert set(fact.credential_names) == {"DB_PASSWORD", "api-key"}
    refused = faked.facts("apprunner", deny={"apprunner:DescribeService"})[arn]
    assert "apprunner:DescribeService" in refused.plaintext_credentials.reason


def test_no_secret_survives_in_a_capture(faked: Faked, tmp_path: Path) -> None:
    acts_as = role(faked)
    settings = {"DB_PASSWORD": PLANTED, "URL": f"https://app:{PLANTED}@example.com", "CONFIG": f'{{"a": "{PLANTED}"}}'}
    function(faked, "leaky", acts_as, Environment={"Variables": settings})
    faked.client("ecs").register_task_definition(family="w", containerDefinitions=[container(**settings)])
    instance(faked, f"#!/bin/bash\ncurl -u app:{PLANTED} https://example.com\nexport API_KEY={PLANTED}\n")
    data = b64encode(f"DB_PASSWORD={PLANTED}\n# {PLANTED}".encode()).decode()
    faked.client("ec2").create_launch_template(LaunchTemplateName="t", LaunchTemplateData={"UserData": data})
    faked.client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="c", ImageId="ami-12345678", InstanceType="t3.micro", UserData=f"x={PLANTED}"
    )
    build(faked, "leaky", acts_as, buildspec=f"env:\n  variables:\n    X: {PLANTED}\n")
    faked.client("glue").create_job(
        Name="leaky", Role="r", Command={"Name": "glueetl"}, DefaultArguments={"--conf": PLANTED}
    )
    run_ = {"image": "a", "vcpus": 1, "memory": 128, "command": ["run", PLANTED]}
    faked.client("batch").register_job_definition(
        jobDefinitionName="leaky", type="container", containerProperties=run_, parameters={"p": PLANTED}
    )
    ledger = capture.open_ledger(tmp_path)
    reached = reach(Wanted(regions=(REGION,)))
    source = Recording(connections(), ledger)
    names = ("autoscaling", "batch", "codebuild", "ec2", "ecs", "glue", "lambda")
    direct = faked.facts(*names, source=source)
    recorded = str([one for account in ledger.accounts() for one in ledger.answers(account)])
    assert "DB_PASSWORD" in recorded
    assert PLANTED not in recorded
    capture.seal(tmp_path, ledger, reached.targets, began=NOW, about={"cloud": "aws", "tool": "t", "sdk": "s"})
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    told = b"".join(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content for content in files)
    assert b"DB_PASSWORD" in told
    assert PLANTED.encode() not in told
    kept = capture.Capture(tmp_path)
    again = faked.facts(*names, source=kept)
    assert len(direct) > 8
    assert {id_: fact.plaintext_credentials for id_, fact in direct.items() if fact.kind == "compute"} == {
        id_: fact.plaintext_credentials for id_, fact in again.items() if fact.kind == "compute"
    }


def test_a_guardrail_that_code_is_told_of_is_used(faked: Faked) -> None:
    made = faked.client("bedrock").create_guardrail(
        name="pii", blockedInputMessaging="no", blockedOutputsMessaging="no", contentPolicyConfig=FILTERS
    )
    arn, acts_as = made["guardrailArn"], role(faked)
    allowed = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    calls = {"Version": "2012-10-17", "Statement": [allowed]}
    faked.client("iam").put_role_policy(RoleName="lambda", PolicyName="p", PolicyDocument=json.dumps(calls))
    names = ("bedrock", "iam", "lambda")
    assert faked.facts(*names)[arn].attached is False
    doubt = faked.facts(*names, deny={"lambda:ListFunctions"})[arn].attached
    assert isinstance(doubt, Unknown)
    assert "lambda:ListFunctions" in doubt.reason
    function(faked, "odd", acts_as, Environment={"Variables": {"SETTINGS": "use ab12cd34ef56"}})
    doubt = faked.facts(*names)[arn].attached
    assert isinstance(doubt, Unknown)
    assert "masked" in doubt.reason
    function(faked, "chat", acts_as, Environment={"Variables": {"GUARDRAIL_ID": made["guardrailId"]}})
    assert faked.facts(*names)[arn].attached is True


def test_no_verdict_turns_where_a_call_is_denied(faked: Faked, tmp_path: Path) -> None:
    acts_as = role(faked)
    for name, variables in (("leaky", {"DB_PASSWORD": PLANTED}), ("sound", {"STAGE": "prod"})):
        function(faked, name, acts_as, Environment={"Variables": variables})
        faked.client("lambda").create_function_url_config(FunctionName=name, AuthType="NONE")
        faked.client("ecs").register_task_definition(family=name, containerDefinitions=[container(**variables)])
        instance(faked, "".join(f"{key}={value}\n" for key, value in variables.items()))
        build(faked, name, acts_as)
    data = b64encode(f"DB_PASSWORD={PLANTED}".encode()).decode()
    faked.client("ec2").create_launch_template(LaunchTemplateName="t", LaunchTemplateData={"UserData": data})
    ledger = Ledger(tmp_path / "answers")
    source = Recording(connections(), ledger)
    assert list(flips(faked, "codebuild", "ec2", "ecs", "lambda", source=source)) == []
    ledger.close()
