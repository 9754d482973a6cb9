"""Places of files as users name them."""

from os import PathLike
from typing import TypeAlias

AnyPath: TypeAlias = str | PathLike[str]
"""What public functions take; `Path(...)` makes one thing of it."""
