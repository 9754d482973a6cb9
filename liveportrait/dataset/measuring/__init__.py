"""What is measured on finished images: the face, its pose and openings, whose it is, how good it looks."""
