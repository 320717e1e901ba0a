"""What the access engine asks of AWS: its actions, the names of its resources, and what its actions act on."""
