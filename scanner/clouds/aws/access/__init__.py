"""What the access engine has to know of AWS: its actions, the ARNs they act on, and what they do there."""
