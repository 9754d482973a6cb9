"""The kernels in Triton's interpreter: it has to be switched on before Triton is imported."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(
    importlib.util.find_spec("triton") is None,
    reason="NOT RUN: Triton is not installed; pip install 'liveportrait[kernels]'",
)
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kernels_agree_with_their_oracles_in_the_interpreter() -> None:
    tests = Path(__file__).with_name("test_agreement.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-m", "interpreted", str(tests)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tests.parents[2],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        timeout=1700,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
