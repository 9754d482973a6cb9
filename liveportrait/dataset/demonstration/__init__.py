"""A small finished dataset from portraits that come along, in a few minutes and without a network."""
