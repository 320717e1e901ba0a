"""Why nobody could be asked, as a person can mend it: no credentials, expired ones, no way to AWS."""

from __future__ import annotations

import os

from botocore import exceptions

from scanner.redact import hide_shapes

_LONGEST = 400
"""Letters of an error that are told."""


def told_why(error: Exception, profile: str) -> str:
    """Say in one line why the credentials of a profile, or of the environment where it is empty, are of no use."""
    whose = f"profile {profile!r}" if profile else "the credentials of the environment"
    if isinstance(error, exceptions.ProfileNotFound):
        name = profile or os.environ.get("AWS_PROFILE", "")
        return f"{'profile' if profile else 'AWS_PROFILE:'} {name!r}: there is none of this name in AWS's settings"
    if isinstance(error, exceptions.NoCredentialsError):
        none = "there are no AWS credentials: name a --profile, set AWS_PROFILE, or run where there is a role"
        return f"{whose} has no credentials; sign in with it first, or give it some" if profile else none
    if isinstance(error, exceptions.CredentialRetrievalError):
        # What a program that gets credentials says may be one.
        way = error.kwargs.get("provider", "the way that its settings name")
        return f"{whose} got no credentials from {way}; run by hand what gets them"
    if isinstance(error, exceptions.ClientError):
        told = error.response.get("Error", {})
        return f"AWS refuses {whose}: {told.get('Code', '')}: {one_line(told.get('Message', ''))}"
    if isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        return f"AWS cannot be reached with {whose}: {one_line(error)}"
    return f"{whose} cannot be used: {one_line(error)}"


def one_line(error: object) -> str:
    """What an error says in its first line, without secrets: AWS quotes whole requests in what follows."""
    first = next(iter(str(error).strip().splitlines()), "")
    line: str = hide_shapes(" ".join(first.split()))[:_LONGEST]
    return line
