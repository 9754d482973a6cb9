"""How well recognisers tell the identities of a dataset apart, and what else its images are like."""
