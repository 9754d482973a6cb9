"""Edits as JSON files."""

from dataclasses import asdict
from pathlib import Path

from liveportrait.errors import SettingError, TemplateError
from liveportrait.media.paths import AnyPath
from liveportrait.motion.documents import Document, load_document, save_document
from liveportrait.motion.edit import RANGES, Edit

KIND = "liveportrait-edit"
VERSION = 1


def save_edit(edit: Edit, path: AnyPath) -> None:
    """Write an edit; only what it changes."""
    path = Path(path)
    untouched = asdict(Edit())
    changed = {name: value for name, value in asdict(edit).items() if value != untouched[name]}
    save_document(Document(kind=KIND, version=VERSION, content=changed), path)


def load_edit(path: AnyPath) -> Edit:
    """Read an edit; unknown sliders, values out of range and other versions are refused.

    Raises:
        MediaError: when there is no file that can be read.
        TemplateError: when it is no edit of this version.
    """
    path = Path(path)
    content = load_document(path, kind=KIND, version=VERSION)
    unknown = sorted(content.keys() - RANGES.keys())
    if unknown:
        raise TemplateError(f"{path}: unknown sliders {unknown}; known are {', '.join(RANGES)}.")
    try:
        return Edit(**{name: _number(name, value, path) for name, value in content.items()})
    except SettingError as error:
        raise TemplateError(f"{path}: {error}") from error


def _number(name: str, value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TemplateError(f"{path}: {name} is {value!r}; expected a number.")
    try:
        return float(value)
    except OverflowError as error:
        raise TemplateError(f"{path}: {name} is too large for a number.") from error
