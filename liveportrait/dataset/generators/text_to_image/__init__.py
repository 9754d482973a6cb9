"""Documents drawn from words."""
