"""The networks of the method, one family in several sizes; PyTorch only: no files, devices or numpy."""
