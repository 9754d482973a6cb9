from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from liveportrait.training.distributed import seed_of_process
from tests.training.gradients_of_two_processes import gradients, joined_batch, share_of
from tests.training.small_stages import one_process
from tests.training.two_processes import run_in_two_processes


def test_two_processes_have_the_gradients_of_one_with_the_joined_batch(
    tmp_path: Path, drawn_folder: Path
) -> None:
    """A step of the tiny model's stage I, discriminators included, over gloo."""
    run_in_two_processes("tests.training.gradients_of_two_processes", drawn_folder, tmp_path)
    batch = joined_batch(drawn_folder)
    joined = gradients(batch, one_process())
    assert {name.split(".")[0] for name in joined} >= {"motion_extractor", "spade_generator", "regions"}
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert_close(found, joined, rtol=1e-3, atol=1e-5)
    with pytest.raises(AssertionError):
        assert_close(gradients(share_of(batch, rank=0), one_process()), joined, rtol=1e-3, atol=1e-5)


def test_processes_draw_different_pairs() -> None:
    assert len({seed_of_process(7, rank=rank) for rank in range(8)}) == 8
    assert seed_of_process(7, rank=0) == 7
