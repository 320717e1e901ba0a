"""Where data goes: the flow graph, what each way carries, and what can be reached."""
