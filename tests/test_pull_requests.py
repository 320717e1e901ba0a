"""The comment on a pull request: one of our own, written anew, and never anybody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import call
from worlds import FIXTURES, ROOT

SCRIPT = ROOT / "deploy" / "github" / "comment.sh"
CHATBOT = FIXTURES / "terraform" / "delta" / "chatbot" / "plan.json"
MARK = "<!-- trustscan: what this plan changes -->\n"

GH = """#!{python}
import json, os, re, sys
args = sys.argv[1:]
assert args.pop(0) == "api", args
store = os.environ["STORE"]
comments = json.load(open(store))
asked = {{}}
words = []
while args:
    word = args.pop(0)
    if word in ("--method", "--jq", "--field"):
        asked[word] = args.pop(0)
    elif word not in ("--silent", "--paginate"):
        assert not word.startswith("-"), word
        words.append(word)
(path,) = words
if "--jq" in asked:
    wanted = r'select\\(\\.user\\.login == "(.*?)" and \\(\\.body \\| startswith\\("(.*?)"\\)\\)\\)'
    match = re.fullmatch(r"\\.\\[\\] \\| " + wanted + r" \\| \\.id", asked["--jq"])
    assert path == "repos/o/r/issues/7/comments" and match, (path, asked)
    for one in comments:
        if one["login"] == match[1] and one["body"].startswith(match[2]):
            print(one["id"])
    sys.exit()
name, file = asked["--field"].split("=@", 1)
assert name == "body"
body = open(file, encoding="utf-8").read()
if asked["--method"] == "POST":
    assert path == "repos/o/r/issues/7/comments", path
    comments.append({{"id": 100 + len(comments), "login": "github-actions[bot]", "body": body}})
else:
    assert asked["--method"] == "PATCH"
    (found,) = [one for one in comments if path == f"repos/o/r/issues/comments/{{one['id']}}"]
    found["body"] = body
json.dump(comments, open(store, "w"))
"""
"""Answers what the script asks of GitHub's command line, which tests cannot reach, and nothing else."""


@pytest.fixture
def post(tmp_path: Path) -> list[dict[str, object]]:
    """Comments that stand on the pull request; `run` posts."""
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(GH.format(python=sys.executable))
    program.chmod(0o755)
    comments = [
        {"id": 1, "login": "somebody", "body": f"{MARK}not ours"},
        {"id": 2, "login": "github-actions[bot]", "body": "of another workflow"},
    ]
    (tmp_path / "comments.json").write_text(json.dumps(comments))
    return comments


def comments_after(folder: Path, delta: Path) -> list[dict[str, object]]:
    store = folder / "comments.json"
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "STORE": str(store)}
    done = subprocess.run([SCRIPT, delta, "o/r", "7"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(store.read_text())
    return found


def test_the_first_run_writes_a_comment_and_the_next_writes_it_anew(
    post: list[dict[str, object]], tmp_path: Path
) -> None:
    delta = tmp_path / "delta.md"
    assert call("plan", CHATBOT, "-q", "-o", f"delta={delta}").code == 1
    first = comments_after(tmp_path, delta)
    assert first[:2] == post
    assert [one["body"] for one in first[2:]] == [MARK + delta.read_text()]
    delta.write_text("## trustscan: this plan changes nothing\n")
    second = comments_after(tmp_path, delta)
    assert second[:2] == post
    assert [one["body"] for one in second[2:]] == [MARK + delta.read_text()]


def test_a_comment_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'HTTP 403' >&2\nexit 1\n")
    program.chmod(0o755)
    delta = tmp_path / "delta.md"
    delta.write_text("x\n")
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run([SCRIPT, delta, "o/r", "7"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "HTTP 403" in done.stderr
