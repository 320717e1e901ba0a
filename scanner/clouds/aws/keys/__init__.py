"""KMS keys, who owns the key of a thing, secrets, and whom their policies let in."""
