"""Hosts as the domain name system has them, whatever script they are written in."""

from __future__ import annotations

import pytest

from scanner.clouds.aws.links import ends, hosts
from scanner.hostnames import ascii_host, host_pattern


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("API.openai.com.", "api.openai.com"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("api.\u043epenai.com", "api.xn--penai-iye.com"),
        ("93.184.216.34", "93.184.216.34"),
        ("evil.example\u202e.moc", ""),
        ("a b.example", ""),
        ("a..example", ""),
        ("-a.example", ""),
        ("a\n.example", ""),
        (f"{'a' * 64}.example", ""),
        (f"{'ü' * 64}.example", ""),
        (".".join(["a" * 60] * 5), ""),
        ("", ""),
    ],
)
def test_hosts(written: str, wanted: str) -> None:
    assert ascii_host(written) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("*.openai.com", "*.openai.com"),
        ("*AIplatform.googleapis.com", "*aiplatform.googleapis.com"),
        ("*.пример.рф", "*.xn--e1afmkfd.xn--p1ai"),
        ("eu-?.a.example.", "eu-?.a.example"),
        ("*", ""),
        ("*.*", ""),
        ("*.com", ""),
        ("example.*", ""),
        ("пр*.пример.рф", ""),
        ("sms", ""),
        ("-a.example", ""),
        ("https://a.example", ""),
    ],
)
def test_globs_of_hosts(written: str, wanted: str) -> None:
    assert host_pattern(written) == wanted


def test_hosts_of_integrations_and_subscriptions() -> None:
    assert hosts.host_in("https://Пример.рф:443/v1") == "xn--e1afmkfd.xn--p1ai"
    assert hosts.host_in("https://evil.example\u202e.moc") == ""
    end = ends.vendor("https://api.münchen.example/x")
    assert end is not None
    assert (end.id, end.host) == ("ext:api.xn--mnchen-3ya.example", "api.xn--mnchen-3ya.example")
