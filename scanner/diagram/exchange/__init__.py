"""The graph for other programs: JSON, GraphML, DOT, Mermaid."""
