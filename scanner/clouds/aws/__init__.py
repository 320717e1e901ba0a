"""Amazon Web Services: one inspector a family of resources."""

from __future__ import annotations

from scanner.clouds.aws import keys, storage
from scanner.clouds.aws.naming import identify, locate


class AWS:
    """The AWS plugin."""

    name = "aws"
    prefix = "aws_"
    inspectors = (keys, storage)
    identify = staticmethod(identify)
    locate = staticmethod(locate)


CLOUD = AWS()
