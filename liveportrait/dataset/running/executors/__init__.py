"""Where the work is done: here, in processes beside each other, in a Slurm array, on a Ray cluster."""
