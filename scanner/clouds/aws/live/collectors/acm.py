"""Certificate Manager: certificates, when they expire, and whether something uses them."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.tags import tags_for, tags_of
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "acm"
everywhere = True
types = ("aws_acm_certificate",)

LIST_CERTIFICATES = call("acm", "ListCertificates", items="CertificateSummaryList")
TAGGED = tagging.TAGGED

_KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
"""Every type there is: without a filter, AWS lists certificates with RSA keys of 1,024 and 2,048 bits alone.

Source: AWS Certificate Manager API Reference, "ListCertificates" and "Filters".
"""


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every certificate; the list says all that is asked of them."""
    listed = reader.every(LIST_CERTIFICATES, Includes={"keyTypes": list(_KEY_TYPES)})
    yield from listed.unread(types)
    tags = tags_of(reader, "acm:certificate") if listed.items else {}
    for certificate in listed.items:
        arn = certificate["CertificateArn"]
        since = reader.days_since(certificate.get("NotAfter"))
        values = {
            "arn": arn,
            "id": arn,
            "domain_name": certificate.get("DomainName"),
            "status": certificate.get("Status"),
            "type": certificate.get("Type"),
            "renewal_eligibility": certificate.get("RenewalEligibility"),
            "not_after": certificate.get("NotAfter"),
            "tags": tags_for(tags, arn),
            "in_use": certificate.get("InUse"),
            "expires_days": None if since is None else -since,
        }
        yield Item("aws_acm_certificate", arn, values)
