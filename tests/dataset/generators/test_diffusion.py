"""Where pipelines run, and what of their pictures is taken."""

import numpy as np
import pytest
import torch

from liveportrait.dataset.generators.diffusion import DiffusionRuntime, dtype_on, frames_of, place
from liveportrait.dataset.generators.protocol import GenerationError
from liveportrait.errors import SettingError
from tests.dataset.generators import tiny_parts


def test_the_cpu_computes_in_fp32_and_a_gpu_as_published_unless_told() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")

    assert dtype_on(cpu, precision=None, published="bf16") == torch.float32
    assert dtype_on(gpu, precision=None, published="bf16") == torch.bfloat16
    assert dtype_on(gpu, precision="fp32", published="bf16") == torch.float32
    assert DiffusionRuntime(device="cpu", precision="bf16").dtype(published="fp16") == torch.bfloat16


def test_moving_weights_to_a_gpu_that_is_not_meant_is_refused() -> None:
    with pytest.raises(SettingError, match="residence model-offload moves weights to a GPU"):
        DiffusionRuntime(device="cpu", residence="model-offload").found_device()


def test_a_placed_pipeline_draws_no_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = tiny_parts.klein_pipeline()
    pipeline.set_progress_bar_config(disable=False)
    place(pipeline, DiffusionRuntime(device="cpu"))
    pipeline(prompt="a man", height=16, width=16, num_inference_steps=1, max_sequence_length=16)

    assert "it/s" not in capsys.readouterr().err


def test_frames_are_the_pictures_in_order() -> None:
    images = torch.stack([torch.zeros(3, 4, 6), torch.ones(3, 4, 6)])
    black, white = frames_of(images)

    assert black.shape == (4, 6, 3) and black.dtype == np.uint8
    assert (black.max(), white.min()) == (0, 255)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_one_number_that_is_none_fails_the_draw(value: float) -> None:
    images = torch.zeros(2, 3, 4, 4)
    images[1, 0, 0, 0] = value
    with pytest.raises(GenerationError):
        frames_of(images)
