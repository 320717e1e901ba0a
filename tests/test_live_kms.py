"""The KMS collector against a server, through the real SDK."""

from __future__ import annotations

from live import Live


def test_keys_are_read_with_rotation_and_policy(aws: Live) -> None:
    kms = aws.client("kms")
    still = kms.create_key()["KeyMetadata"]["Arn"]
    turning = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=turning, RotationPeriodInDays=365)
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    facts = aws.facts("kms")
    assert (facts[still].rotates, facts[still].rotatable) == (False, True)
    assert (facts[turning].rotates, facts[turning].rotation_days) == (True, 365)
    assert facts[signing].rotatable is False
    assert all(facts[arn].open is False and not facts[arn].planned for arn in (still, turning, signing))
