"""What a command is about to write: nothing that it reads, no file twice, and in places that take it."""

import os
from collections.abc import Sequence
from pathlib import Path

from liveportrait.errors import SettingError
from liveportrait.media.sequence_names import is_pattern, sequence_paths


def check_outputs(outputs: Sequence[Path], *, inputs: Sequence[Path]) -> None:
    """Refuse what would destroy a file: to write over what is read, or over another result.

    Links are followed. An input may also be a folder or a pattern, which stands for the files in it.

    Raises:
        SettingError: with the file that would be lost.
    """
    for index, output in enumerate(outputs):
        if any(_is_same(output, other) for other in outputs[:index]):
            raise SettingError(f"{output} would be written twice; give each result a name of its own.")
        if any(_holds(path, output) for path in inputs):
            raise SettingError(f"{output} is read as well as written; choose another output.")


def _holds(path: Path, output: Path) -> bool:
    if _is_same(path, output):
        return True
    try:
        if not output.is_file():
            return False
        if is_pattern(path):
            return any(_is_same(file, output) for file in sequence_paths(path))
        return path.is_dir() and _is_same(path, output.parent)
    except (OSError, ValueError):  # an impossible name; opening it will say so
        return False


def _is_same(first: Path, second: Path) -> bool:
    try:
        if os.path.realpath(first) == os.path.realpath(second):
            return True
        return first.exists() and second.exists() and first.samefile(second)
    except (OSError, ValueError):
        return False
