"""Frozen networks that judge pictures: how alike they look, whom they show."""
