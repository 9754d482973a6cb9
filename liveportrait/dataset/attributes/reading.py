"""Attribute sets in FLUXSynID's format (arXiv 2505.07530): a folder with

- one `{class}.txt` a class, UTF-8, a line `value,probability` for each value;
- `file_probabilities.json`: {"{class}.txt": how often the class is used};
- `attribute_clashes.json`: a list of {"fixed_file", "fixed_attributes", "secondary_file",
  "secondary_attributes"}, the files by name, the attributes as lists of values; may be missing.

Read strictly: what FLUXSynID would trip over later, or pass over in silence, is an error here.
"""

import codecs
import json
from pathlib import Path
from typing import Any

from liveportrait.dataset.attributes.attribute_set import (
    AttributeClass,
    AttributeSet,
    ClashRule,
    WeightedValue,
)
from liveportrait.dataset.errors import DatasetError
from liveportrait.media.reading import check_readable

USE_FILE = "file_probabilities.json"
RULES_FILE = "attribute_clashes.json"
SUFFIX = ".txt"
MAX_BYTES = 2**20
"""Of one file; the published ones have a few KiB."""

_RULE_KEYS = {"fixed_file", "fixed_attributes", "secondary_file", "secondary_attributes"}


def read_attribute_set(folder: Path) -> AttributeSet:
    """The set in a folder; raises with the file and the line that is wrong."""
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected a folder of attribute files; there is none.")
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise DatasetError(f"{folder}: expected files such as ages.txt with lines `value,probability`.")
    uses = _uses(folder / USE_FILE, known=[path.name for path in paths])
    classes = [_class(path, uses[path.name]) for path in paths]
    rules_path = folder / RULES_FILE
    rules = _rules(rules_path) if rules_path.exists() else ()
    try:
        return AttributeSet(classes=tuple(sorted(classes, key=lambda part: part.name)), rules=rules)
    except DatasetError as error:
        raise DatasetError(f"{rules_path}: {error}") from error


def _class(path: Path, use_probability: float) -> AttributeClass:
    lines = [(number, line) for number, line in enumerate(_text(path).split("\n"), start=1) if line.strip()]
    values = tuple(_value(path, number, line) for number, line in lines)
    try:
        return AttributeClass(name=path.stem, use_probability=use_probability, values=values)
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from error


def _value(path: Path, number: int, line: str) -> WeightedValue:
    parts = line.rstrip("\r").split(",")
    try:
        value, probability = parts
        return WeightedValue(value=value.strip(), probability=float(probability))
    except DatasetError as error:
        raise DatasetError(f"{path}, line {number}: {error}") from error
    except ValueError as error:
        raise DatasetError(
            f"{path}, line {number}: expected `value,probability` with no comma in the value, "
            f"found {line[:80]!r}."
        ) from error


def _uses(path: Path, *, known: list[str]) -> dict[str, float]:
    content = _json(path)
    if not isinstance(content, dict):
        raise DatasetError(f"{path}: expected an object of file names and probabilities.")
    strange, missing = sorted(content.keys() - set(known)), sorted(set(known) - content.keys())
    if strange or missing:
        raise DatasetError(
            f"{path}: it must name the attribute files, each once; "
            f"without a file: {strange or 'none'}, not named: {missing or 'none'}."
        )
    for name, value in content.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DatasetError(f"{path}: the probability of {name} is {value!r}; expected a number.")
    return {name: float(value) for name, value in content.items()}


def _rules(path: Path) -> tuple[ClashRule, ...]:
    content = _json(path)
    if not isinstance(content, list):
        raise DatasetError(f"{path}: expected a list of rules.")
    return tuple(_rule(path, number, entry) for number, entry in enumerate(content))


def _rule(path: Path, number: int, entry: object) -> ClashRule:
    if not isinstance(entry, dict) or entry.keys() != _RULE_KEYS:
        raise DatasetError(f"{path}: rule {number} must have {', '.join(sorted(_RULE_KEYS))} and no more.")
    for side in ("fixed_attributes", "secondary_attributes"):
        if not isinstance(entry[side], list) or not all(isinstance(value, str) for value in entry[side]):
            raise DatasetError(f"{path}: {side} of rule {number} must be a list of values.")
    try:
        return ClashRule(
            fixed_class=_class_of(entry["fixed_file"]),
            fixed_values=tuple(entry["fixed_attributes"]),
            secondary_class=_class_of(entry["secondary_file"]),
            secondary_values=tuple(entry["secondary_attributes"]),
        )
    except DatasetError as error:
        raise DatasetError(f"{path}: rule {number}: {error}") from error


def _class_of(file: object) -> str:
    if not isinstance(file, str) or not file.endswith(SUFFIX):
        raise DatasetError(f"expected the name of a {SUFFIX} file, found {file!r}.")
    return file.removesuffix(SUFFIX)


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: this is no JSON that can be read: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return entries


def _text(path: Path) -> str:
    check_readable(path)
    if path.stat().st_size > MAX_BYTES:
        raise DatasetError(
            f"{path}: the file has more than {MAX_BYTES >> 20} MiB; that is no attribute file."
        )
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DatasetError(f"{path}: it starts with a byte order mark; save it as UTF-8 without one.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: it is no UTF-8 ({error}); save it as that.") from error
