"""The parity oracle: what the released model's code computes, and the rules that make its inputs.

It lies outside the repository: in the folder that the environment variable LIVEPORTRAIT_PARITY
names, or in ../shared/parity. Tests that use it are skipped, with the reason, where it is absent.
"""

import importlib
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_DEFAULT = Path(__file__).parents[2] / "shared" / "parity"


def oracle_dir() -> Path:
    """The oracle's folder; skips the calling test where there is none."""
    folder = Path(os.environ.get("LIVEPORTRAIT_PARITY", _DEFAULT))
    if not (folder / "golden_io.py").is_file():
        pytest.skip(f"no parity oracle in {folder}: set LIVEPORTRAIT_PARITY to its folder")
    return folder


@cache
def oracle_module(name: str) -> ModuleType:
    """The oracle's own `golden_io` or `synth_weights`."""
    folder = str(oracle_dir())
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def golden(name: str) -> Any:
    """One group of goldens, for example "crop"; see `Golden` in the oracle's golden_io.py."""
    return oracle_module("golden_io").Golden(oracle_dir() / "golden" / f"{name}.npz")
