"""The parity oracle: goldens of the released model, in a folder outside of the repository.

`LIVEPORTRAIT_PARITY` names the folder; without it, it is `../shared/parity`. Any folder of the same
layout will do, whatever its seed: read `golden(...).seed`, never assume it.
"""

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def oracle_dir() -> Path:
    """The oracle's folder; the calling test is skipped where there is none."""
    folder = Path(os.environ.get("LIVEPORTRAIT_PARITY", REPOSITORY.parent / "shared" / "parity")).resolve()
    if not (folder / "golden_io.py").is_file():
        pytest.skip(f"NO PARITY CHECK: no oracle in {folder}; point LIVEPORTRAIT_PARITY at its folder")
    return folder


def golden(name: str) -> Any:
    """The oracle's `Golden` of one group, such as 'math' for golden/math.npz."""
    return oracle_module("golden_io").Golden(oracle_dir() / "golden" / f"{name}.npz")


def oracle_module(name: str) -> Any:
    """A module of the oracle's folder: `golden_io` or `synth_weights`."""
    folder = str(oracle_dir())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)
