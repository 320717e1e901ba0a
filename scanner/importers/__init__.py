"""Results of other scanners, read into one form; one module a format."""
