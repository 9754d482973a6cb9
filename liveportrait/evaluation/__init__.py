"""How good a model is: metrics, fixed protocols, baselines beside it."""
