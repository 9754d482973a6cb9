"""Kernels run where there is a GPU, or in Triton's interpreter, which a process has from its start or not."""

import os

import pytest
import torch

IS_INTERPRETER = os.environ.get("TRITON_INTERPRET") == "1"


@pytest.fixture(
    params=[
        pytest.param("interpreter", marks=pytest.mark.interpreted),
        pytest.param("cuda", marks=pytest.mark.gpu),
    ]
)
def device(request: pytest.FixtureRequest) -> torch.device:
    if request.param == "interpreter":
        if not IS_INTERPRETER:
            pytest.skip("test_interpreter.py runs this in a process of its own")
        return torch.device("cpu")
    if not torch.cuda.is_available():
        pytest.skip("NOT RUN: there is no GPU here")
    return torch.device("cuda")
