"""How fast a model is here: what is timed, how, and on what machine."""
