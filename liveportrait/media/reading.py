"""The first look at a file that a user named: is it there, a file, readable, not empty?"""

from pathlib import Path

from liveportrait.errors import MediaError


def check_readable(path: Path) -> None:
    """Raise with the reason unless `path` is a regular file that can be read and holds something.

    Pipes and devices are refused: opening one may wait for ever.
    """
    try:
        if not path.exists():
            raise MediaError(f"{path}: there is no such file; check the path.")
        if not path.is_file():
            raise MediaError(f"{path}: expected a file, found a folder or a device.")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:
        raise MediaError(f"{path}: the file cannot be read: {error}") from error
    if empty:
        raise MediaError(f"{path}: the file is empty.")
