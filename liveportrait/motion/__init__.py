"""Everything 3D: what a head does, and how one head's doing becomes another's. Pure tensor functions."""
