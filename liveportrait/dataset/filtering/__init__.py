"""Subsets of a dataset: people who look too much alike are left out of a list, never deleted."""
