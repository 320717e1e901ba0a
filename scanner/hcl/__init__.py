"""The HashiCorp configuration language: parsed, and evaluated as far as what is known before apply goes."""
