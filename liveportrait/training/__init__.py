"""Training: data, losses, discriminators, recipes, and the loop that runs them."""
