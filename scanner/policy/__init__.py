"""Controls, as written in policies/: one YAML file each, checked at load."""

from __future__ import annotations

from scanner.policy.checks import Check, EachCheck, Example, PathCheck, Policy, ScopeCheck
from scanner.policy.loader import load, read

__all__ = ["Check", "EachCheck", "Example", "PathCheck", "Policy", "ScopeCheck", "load", "read"]
