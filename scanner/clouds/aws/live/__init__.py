"""Live AWS accounts: how they are reached, and one collector a service."""
