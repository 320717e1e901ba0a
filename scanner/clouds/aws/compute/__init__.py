"""What runs code, and the credentials that its settings may hold."""
