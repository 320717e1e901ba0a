"""Environments and data classes: settings first, then tags, then names; and what is said when they disagree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scanner import config
from scanner.cli import templates
from scanner.config import Classified, Config, Described
from scanner.errors import ConfigError
from scanner.model import CONVERSATION_CLASSES, Unknown
from worlds import change, plan, scan


def _described(address: str = "aws_s3_bucket.b", name: str = "", **tags: str) -> Described:
    return Described(address, name, address.split(".")[-2], "123456789012", tags)


def _config(text: str, tmp_path: Path) -> Config:
    path = tmp_path / "trustscan.yaml"
    path.write_text(text)
    return config.load(path)


ENVIRONMENTS = [
    (_described(Environment="Production"), "prod"),
    (_described(env="stg"), "staging"),
    (_described(stage="blue"), "blue"),
    (_described('module.bot["production"].aws_s3_bucket.b'), "prod"),
    (_described(name="acme-uat-chats"), "staging"),
    (_described("module.devBot.aws_s3_bucket.b"), "dev"),
    (_described('module.bot["production"].aws_s3_bucket.b', Environment="staging"), None),
    (_described(name="acme-prod-to-staging"), None),
    (_described(name="products"), None),
    (_described(name="acme-non-prod"), "nonprod"),
    (_described(name="acme-pre-prod"), "staging"),
    (_described(stage="acme-prod-eu"), "prod"),
    (_described(stage="Non-Production"), "nonprod"),
    (_described(stage="log-archive"), "log-archive"),
    (replace(_described('module.bot["production"].aws_api_gateway_stage.s'), type="aws_api_gateway_stage"), "prod"),
    (_described(), None),
]


@pytest.mark.parametrize(("resource", "wanted"), ENVIRONMENTS)
def test_environment_by_tags_and_names(resource: Described, wanted: str | None) -> None:
    found, source = Config().environment(resource)
    assert (found == wanted) if wanted else isinstance(found, Unknown)
    assert bool(source) == bool(wanted)


def test_disagreement_on_the_environment_says_so() -> None:
    found, _ = Config().environment(_described(name="acme-prod", Environment="staging"))
    assert isinstance(found, Unknown)
    assert "disagree" in found.reason


def test_settings_win(tmp_path: Path) -> None:
    made = _config(
        """
environments:
  - environment: prod
    match: {address: "module.*.aws_s3_bucket.b", account: "123456789012"}
  - environment: qa
    match: {tags: {Team: "plat*"}}
data:
  - classes: [conversation]
    match: {name: "*-chats", type: aws_s3_bucket}
""",
        tmp_path,
    )
    assert made.environment(_described("module.x.aws_s3_bucket.b", Environment="dev")) == ("prod", "trustscan.yaml")
    assert made.environment(_described(Team="platform")) == ("qa", "trustscan.yaml")
    assert made.environment(_described(Team="web", env="dev")) == ("dev", "tag")
    found = made.classify(_described(name="acme-chats", DataClass="telemetry"))
    assert found == Classified(CONVERSATION_CLASSES, "trustscan.yaml")


CLASSES = [
    (_described(DataClass="transcript user_identity"), ("transcript", "user_identity"), "tag DataClass"),
    (_described(data_class="conversation"), CONVERSATION_CLASSES, "tag data_class"),
    (_described(**{"acme:data-classification": "x"}), (), ""),
    (_described(**{"data-classification": "upload/feedback"}), ("upload", "feedback"), "tag data-classification"),
    (_described(DataClass="internal", name="chat-transcripts"), ("transcript",), "name"),
    (_described(name="acme-user-uploads"), ("upload",), "name"),
    (_described("module.transcripts.aws_s3_bucket.this"), ("transcript",), "name"),
    (_described(name="plain"), (), ""),
]


@pytest.mark.parametrize(("resource", "wanted", "source"), CLASSES)
def test_data_classes(resource: Described, wanted: tuple[str, ...], source: str) -> None:
    assert Config().classify(resource) == Classified(wanted, source)


def test_actions_are_what_the_user_calls_them(tmp_path: Path) -> None:
    made = _config("agents: {irreversible: ['*delete*'], reversible: ['get_*']}", tmp_path)
    assert made.irreversible("DeleteAccount") is True
    assert made.irreversible("get_order") is False
    assert isinstance(made.irreversible("refund"), Unknown)


MISTAKES = {
    "environment: prod": "unknown field",
    "version: 2": "Invalid enum value 2",
    "data:\n  - classes: [transcripts]\n    match: {name: x}": "there is no data class 'transcripts'",
    "data: x": "Expected `array`",
    "environments:\n  - environment: x\n    match: {adress: x}": "unknown field `adress`",
    "accounts: {own: [123456789012]}": "Expected `str`, got `int`",
    "a: [": "line",
    "? [a]\n: 1": "a key must be plain text",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items())
def test_a_mistake_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        _config(text, tmp_path)
    assert str(tmp_path / "trustscan.yaml") in str(caught.value)
    assert said in str(caught.value) or "^" in str(caught.value)


def test_no_file_is_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(None) == Config()
    (tmp_path / "trustscan.yaml").write_text("accounts: {own: ['123456789012']}")
    assert config.load(None).own_accounts == {"123456789012"}
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "none.yaml")


def test_the_file_to_start_from_is_valid_as_it_is_and_with_everything_switched_on(tmp_path: Path) -> None:
    assert _config(templates.CONFIG, tmp_path) == Config()
    lines = [line.removeprefix("# ") if ":" in line or "- " in line else line for line in templates.CONFIG.splitlines()]
    keys = ("environments", "data", "agents", "accounts")
    start = {key: next(i for i, line in enumerate(lines) if line.startswith(f"{key}:")) for key in keys}
    parts = []
    for key in keys:
        part = [lines[start[key]]]
        for line in lines[start[key] + 1 :]:
            if not line.startswith("  "):
                break
            part.append(line)
        parts.extend(part)
    made = _config("\n".join(parts), tmp_path)
    assert made.file.environments
    assert made.file.data
    assert made.own_accounts
    assert made.file.agents.irreversible


def test_a_class_given_by_settings_decides_what_a_store_is_asked(tmp_path: Path) -> None:
    bucket = plan(change("aws_s3_bucket.plain", {"bucket": "plain"}, unknown={"id": True, "arn": True}))
    before = scan(bucket)
    assert [f for f in before.findings if f.control == "store-retention-set"] == []
    assert [gap.scope for gap in before.gaps if gap.facts == ("data",)] == ["aws_s3_bucket.plain"]
    made = _config("data: [{classes: [transcript], match: {name: plain}}]", tmp_path)
    after = scan(bucket, config=made)
    (finding,) = [f for f in after.findings if f.control == "store-retention-set"]
    assert finding.status.value == "fail"
    assert "holds transcript by trustscan.yaml" in finding.reason
    assert [gap for gap in after.gaps if gap.facts == ("data",)] == []
