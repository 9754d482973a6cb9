"""What is to be made, all of it decided beforehand: an immutable plan that any number of workers follow."""
