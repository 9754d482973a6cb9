"""From a file to a loaded network: what is known of weights, where they lie, how they are read."""
