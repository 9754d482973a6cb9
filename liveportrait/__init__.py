"""liveportrait: a portrait moves as another face does."""

__version__ = "0.1.0"
