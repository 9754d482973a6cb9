"""Method `p`: PuLID on FLUX.1 [dev] with edges. Experimental: nobody has run it on the real weights yet."""
