"""What the pages tell a user to type is something that the program takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from commands import parsed
from tools import ROOT


def lines_of_commands() -> Iterator[tuple[str, str]]:
    """Every `trustscan` command line of the pages, continued lines joined."""
    for page in (
        "README.md",
        "CONTRIBUTING.md",
        "docs/running.md",
        "docs/checkov.md",
        "docs/suppressions.md",
        "deploy/aws/README.md",
    ):
        text = (ROOT / page).read_text("utf-8").replace("\\\n", " ")
        for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text):
            for line in block.splitlines():
                if found := re.match(r"(?:\$ )?(?:.*\| )?(trustscan .+)", line.split("  #")[0].strip()):
                    yield page, found[1]
        for found in re.finditer(r"`(trustscan (?:live|judge|diff|permissions) [^`]+)`", text):
            yield page, found[1].replace("\n", " ")


@pytest.mark.parametrize(("page", "line"), list(lines_of_commands()))
def test_every_command_line_of_the_pages_is_one(page: str, line: str) -> None:
    assert page
    words = shlex.split(line.split(" > ", maxsplit=1)[0])
    try:
        assert parsed(words[1:])
    except click.UsageError as error:
        pytest.fail(f"{line}: {error.format_message()}")


def test_the_pages_hold_command_lines() -> None:
    assert len(list(lines_of_commands())) > 20
