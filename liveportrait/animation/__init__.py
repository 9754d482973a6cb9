"""Files in, a file out: who leads which face, two passes for what needs them, then frame by frame."""
