"""Who can do what: permission statements of every kind, put together to answers that are definite or possible."""
