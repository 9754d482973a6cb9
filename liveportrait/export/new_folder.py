"""A folder of results that appears complete or not at all, and never among somebody's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liveportrait.errors import SettingError
from liveportrait.media.pending_file import pending_folder, write_error


def check_free(folder: Path) -> None:
    """Raise where something is in the way; to be asked before long work."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingError(f"{folder} is in use; name a new or empty folder.")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Where to write; it takes the place of `folder` when the block ends without a fault."""
    check_free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    pending = pending_folder(folder)
    try:
        yield pending.path
        pending.commit()
    except OSError as error:
        raise write_error(folder, error) from error
    finally:
        pending.discard()
