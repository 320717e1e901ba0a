"""Where data goes in AWS: one module a family of edge rules."""
