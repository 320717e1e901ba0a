"""Where requests come in: who may call, how fast, over which TLS, and whether it is logged."""
