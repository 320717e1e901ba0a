"""Models, what calls them, and what guards and records them."""
