"""What makes the pictures: documents of identities, and live images of the people on them."""
