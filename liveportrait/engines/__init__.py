"""What runs a network: plain names and tensors at the seam, whatever computes behind it."""
