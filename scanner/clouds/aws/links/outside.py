"""Hosts of others in a text: out of URLs, and out of settings that are called a host.

Nothing but a host comes out of here: no user, password, path or query of a URL. Source: RFC 3986, section 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from scanner.clouds.aws.links.seen import Seen
from scanner.graph.vendors import dictionary
from scanner.hostnames import ascii_host
from scanner.redact import credential_shape
from scanner.terraform.planned import PlannedWorld

_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{1,20})://([^\s\"'<>`/?#\\,;)\]}]{1,512})([^\s\"'<>`]{0,512})"
)
_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})\Z")
_BARE = re.compile(r"\s*((?:[^\W_]|[.-]){4,253}?)\.?(?::\d{1,5})?/?\s*")
_PORT = re.compile(r"\d{1,5}")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_CALLED_HOST = frozenset(
    {"host", "hostname", "url", "uri", "endpoint", "server", "site", "base", "addr", "address", "dsn"}
)
_NOT_CALLED = frozenset(
    {"origin", "origins", "cors", "redirect", "redirects", "callback", "logout", "frontend", "logo", "docs", "schema"}
    | {
        "issuer",
        "audience",
        "referer",
        "referrer",
        "allowed",
        "allowlist",
        "whitelist",
        "namespace",
        "cookie",
        "homepage",
    }
)
_OWN_NAMES = frozenset(
    {
        "app_url",
        "base_url",
        "site_url",
        "web_url",
        "public_url",
        "website_url",
        "host",
        "hostname",
        "domain",
        "domain_name",
    }
    | {"server_name", "virtual_host", "app_host", "root_url", "service_url", "self_url", "external_url"}
)
_PRIVATE = frozenset(
    {
        "local",
        "localhost",
        "localdomain",
        "internal",
        "lan",
        "corp",
        "home",
        "arpa",
        "invalid",
        "test",
        "svc",
        "intranet",
    }
)
_FILES = frozenset(
    {"py", "js", "sh", "json", "yaml", "yml", "xml", "txt", "md", "jar", "zip", "gz", "html", "env", "pem", "handler"}
)
_OF_AWS = (
    "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "aws.amazon.com", "on.aws", "api.aws", "aws.dev",
    "awsapps.com", "cloudfront.net", "amazoncognito.com", "elasticbeanstalk.com", "awsglobalaccelerator.com",
    "amplifyapp.com", "awsapprunner.com",
)  # fmt: skip
_SECOND = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_SEALED = frozenset({"https", "wss", "grpcs", "amqps", "rediss", "mongodb+srv", "smtps", "ldaps", "mqtts"})
_OPEN = frozenset({"http", "ws", "ftp", "ldap", "amqp", "redis", "mqtt"})
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Host:
    """A host of somebody else."""

    name: str
    encrypted: bool | None = None
    """As the scheme of its URL says; None where it says nothing."""

    sure: bool = True
    """Whether it is called, rather than only mentioned."""


def hosts_in(seen: Seen, text: str, name: str, *, script: bool = False) -> Iterator[Host]:
    """Hosts of others in the value of a setting: in a script only those of known vendors count as called."""
    words = {word.lower() for word in _WORD.findall(name)}
    if words & _NOT_CALLED:
        return
    own = seen.planned.once(own_domains)
    for host, encrypted in dict(_of_text(text[:_LONGEST], words)).items():
        known = dictionary().at(host)
        if (known is None and (name.lower() in _OWN_NAMES or dictionary().fetched_from(host))) or of_ours(host, own):
            continue
        yield Host(host, encrypted, sure=known is not None or not script)


def _of_text(text: str, words: set[str]) -> Iterator[tuple[str, bool | None]]:
    found = False
    for scheme, authority, rest in _URL.findall(text):
        found = True
        host = _host(authority)
        # What stands before an @ further on may be a part of a password.
        if host and not ("@" in rest and "@" not in authority and dictionary().at(host) is None):
            yield host, True if scheme.lower() in _SEALED else False if scheme.lower() in _OPEN else None
    bare = None if found else _BARE.fullmatch(text)
    if bare:
        host = _plain(bare[1])
        if host and host.rpartition(".")[2] not in _FILES and (words & _CALLED_HOST or dictionary().at(host)):
            yield host, None


@lru_cache(maxsize=4096)
def _host(authority: str) -> str:
    """The host of an authority; empty where it is none, or nobody else's."""
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return ""
    host, _, port = host.partition(":")
    return _plain(host) if not port or _PORT.fullmatch(port) else ""


def _plain(host: str) -> str:
    host = host.lower().rstrip(".")
    host = host if host.isascii() else ascii_host(host)
    try:
        return host if ip_address(host).is_global else ""
    except ValueError:
        pass
    last = host.rpartition(".")[2]
    return "" if not _HOST.fullmatch(host) or last in _PRIVATE or credential_shape(host) else host


def of_ours(host: str, own: frozenset[str]) -> bool:
    """Whether a host is of AWS, or of a domain that is one's own; a known vendor's never is."""
    if any(host == domain or host.endswith(f".{domain}") for domain in _OF_AWS) or ".svc.cluster." in host:
        return True
    return dictionary().at(host) is None and registrable(host) in own


def registrable(host: str) -> str:
    """The domain that somebody registered, as far as that can be told without a list of all suffixes."""
    labels = host.split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND else 2
    return ".".join(labels[-size:])


def own_domains(planned: PlannedWorld) -> frozenset[str]:
    """Domains that the resources of a world show to be one's own."""
    found: set[str] = set()
    for type_, attributes in _SHOW.items():
        for one in planned.of(type_):
            for attribute in attributes:
                value = one.values.get(attribute)
                for text in value if isinstance(value, list) else (value,):
                    host = _plain(text.removeprefix("*.")) if isinstance(text, str) else ""
                    if host and dictionary().at(host) is None:
                        found.add(registrable(host))
    return frozenset(found)


_SHOW = {
    "aws_acm_certificate": ("domain_name", "subject_alternative_names"),
    "aws_amplify_domain_association": ("domain_name",),
    "aws_api_gateway_domain_name": ("domain_name",),
    "aws_apigatewayv2_domain_name": ("domain_name",),
    "aws_apprunner_custom_domain_association": ("domain_name",),
    "aws_appsync_domain_name": ("domain_name",),
    "aws_cloudfront_distribution": ("aliases",),
    "aws_cognito_user_pool_domain": ("domain",),
    "aws_route53_record": ("fqdn",),
    "aws_route53_zone": ("name",),
    "aws_ses_domain_identity": ("domain",),
    "aws_sesv2_email_identity": ("email_identity",),
    "data.aws_acm_certificate": ("domain",),
    "data.aws_route53_zone": ("name",),
}
