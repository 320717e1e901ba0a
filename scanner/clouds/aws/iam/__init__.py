"""Identities and policies: documents, statements, patterns, grants that are too wide."""
