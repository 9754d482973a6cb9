"""Faults of what is in a file get the file's name: who looks at frames does not know where they are from."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liveportrait.errors import NoFaceError


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the path before what is said of a missing face."""
    try:
        yield
    except NoFaceError as error:
        raise NoFaceError(f"{path}: {error}") from error
