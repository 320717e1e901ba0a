"""One collector a service: from its API's answers to resources in the Terraform provider's words."""

from __future__ import annotations

from scanner.clouds.aws.live.collectors import kms
from scanner.collect.gather import Collector

COLLECTORS: tuple[Collector, ...] = (kms,)
"""Every collector, in the order of the service's name."""
