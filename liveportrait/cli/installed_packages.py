"""The packages that this one asks for, by its own metadata, and which of them are here."""

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version

NOT_FOR_USERS = frozenset({"dev"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def stated_requirements() -> list[str]:
    """As the installed package states them; none where the code runs from a folder that was not installed."""
    try:
        return requires("liveportrait") or []
    except PackageNotFoundError:
        return []


def package_rows(requirements: Sequence[str]) -> list[tuple[str, str]]:
    """Each package once, with its version, or with what brings it: the first extra that asks for it."""
    if not requirements:
        return [("liveportrait", "runs from a folder that was not installed, so nothing says what it needs")]
    rows: dict[str, str] = {}
    for requirement in requirements:
        name, extra = _parsed(requirement)
        if extra not in NOT_FOR_USERS:
            rows.setdefault(name, _version_of(name) or _how_to_get(extra))
    return list(rows.items())


def _parsed(requirement: str) -> tuple[str, str | None]:
    """The name and the extra of `onnx>=1.18; extra == 'onnx'`."""
    name, extra = _NAME.match(requirement), _EXTRA.search(requirement)
    assert name is not None, requirement
    return name[0], None if extra is None else extra[1]


def _how_to_get(extra: str | None) -> str:
    return "missing" if extra is None else f"not installed: pip install 'liveportrait[{extra}]'"


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
