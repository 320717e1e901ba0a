"""Security groups: who may connect to what."""
