"""From trained networks to files that other engines read, and the proof that they compute the same."""
