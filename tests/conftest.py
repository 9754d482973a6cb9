"""Every test runs with the shapes and types of all calls into `liveportrait` checked."""

from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook("liveportrait", "beartype.beartype")

# Speed differs between machines; the examples must not.
settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("repeatable")
