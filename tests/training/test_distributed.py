import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from liveportrait.errors import SettingError
from liveportrait.training.distributed import DistributedConfig, seed_of_process, start_fabric
from tests.training.gradients_of_two_processes import make_batch, make_step

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(find_spec("lightning_fabric") is None, reason="lightning-fabric not installed")
def test_two_processes_have_the_gradients_of_one_with_the_joined_batch(tmp_path: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = ["-m", "tests.training.gradients_of_two_processes", str(tmp_path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    run = subprocess.run(
        torchrun + script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    source, driving = make_batch()
    joined = gradients_of(source, driving)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert_close(found, joined)
    with pytest.raises(AssertionError):
        assert_close(gradients_of(source[:4], driving[:4]), joined)


def gradients_of(source: torch.Tensor, driving: torch.Tensor) -> dict[str, torch.Tensor | None]:
    step = make_step()
    step(source, driving).backward()
    return {name: parameter.grad for name, parameter in step.named_parameters()}


def test_processes_draw_different_pairs() -> None:
    assert len({seed_of_process(7, rank=rank) for rank in range(8)}) == 8
    assert seed_of_process(7, rank=0) == 7


def test_a_split_without_gpus_is_refused() -> None:
    with pytest.raises(SettingError, match="use ddp"):
        start_fabric(DistributedConfig(accelerator="cpu", strategy="fsdp"))
