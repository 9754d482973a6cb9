"""Names of numbered pictures: `%06d.png` stands for 000000.png, 000001.png and so on, `*` for anything."""

import re
from pathlib import Path

from liveportrait.errors import MediaError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})
"""What counts as a picture in a folder."""

_NUMBER = re.compile(r"%0?\d*d")


def is_numbered(name: str) -> bool:
    """Whether a name has a place for a number, and so can be written to."""
    return bool(_NUMBER.search(name))


def is_pattern(path: Path) -> bool:
    """Whether a path stands for many pictures; a file that happens to have such a name is just that file."""
    return (is_numbered(path.name) or "*" in path.name) and not path.exists()


def numbered_name(pattern: str, number: int) -> str:
    """The name with the number put in."""
    return _NUMBER.sub(lambda place: place[0] % number, pattern, count=1)


def sequence_paths(path: Path) -> list[Path]:
    """The pictures that a folder or a pattern stands for, in order of their numbers; never empty."""
    folder = path if path.is_dir() else path.parent
    wanted = re.compile(".*" if path.is_dir() else _meaning(path.name))
    try:
        names = sorted((file.name for file in folder.iterdir()), key=_natural_order)
    except OSError as error:
        raise MediaError(f"{folder}: the folder cannot be read: {error}") from error
    found = [folder / name for name in names if wanted.fullmatch(name) and _is_picture(name)]
    if not found:
        raise MediaError(f"{path}: expected pictures ({', '.join(sorted(SUFFIXES))}), found none there.")
    return found


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")


def _meaning(pattern: str) -> str:
    """The pattern as a regular expression: numbers and stars have their meaning, all else is itself."""
    parts = re.split(r"(%0?\d*d|\*)", pattern)
    return "".join(
        r"\d+" if is_numbered(part) else ".*" if part == "*" else re.escape(part) for part in parts
    )


def _natural_order(name: str) -> list[tuple[int, str]]:
    """Numbers by their value, so that 10 comes after 9."""
    return [(int(piece), piece) if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", name)]
