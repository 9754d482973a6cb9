"""Method `a`: Arc2Face on Stable Diffusion 1.5. Experimental: nobody has run it on the real weights yet."""
