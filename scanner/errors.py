"""What can go wrong, as one tree; only the command line catches it.

ScannerError
├── InputError      a plan, state or capture that cannot be read
├── PolicyError     a control that is not valid
├── ConfigError     trustscan.yaml, waivers or a baseline that is not valid
├── PluginError     a plugin that is missing, broken or not allowed
└── OutputError     a result that could not be written
"""

from __future__ import annotations


class ScannerError(Exception):
    """A mistake a person can mend; the message says what, where and what to do."""


class InputError(ScannerError):
    """A plan or state that cannot be read."""


class PolicyError(ScannerError):
    """A control that is not valid; the message points at the place."""


class ConfigError(ScannerError):
    """A configuration, waiver or baseline file that is not valid."""


class PluginError(ScannerError):
    """A plugin that is missing, broken or not on the allow-list."""


class OutputError(ScannerError):
    """A result that could not be written."""
