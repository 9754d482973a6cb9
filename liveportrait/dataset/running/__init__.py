"""From a plan to a finished dataset: shards, ledgers, workers, and what they amount to."""
