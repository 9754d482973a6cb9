import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from liveportrait.errors import MediaError, WeightsError
from liveportrait.training.checkpointing import (
    RandomState,
    Stateful,
    load_training_state,
    save_training_state,
    training_state_path,
)
from liveportrait.training.ema import Ema


class Sampler:
    """Batches from random numbers of its own."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def draw(self) -> torch.Tensor:
        return torch.from_numpy(self.random.normal(size=(4, 3)).astype(np.float32))

    def state_dict(self) -> dict[str, object]:
        return dict(self.random.bit_generator.state)

    def load_state_dict(self, state: dict[str, object], /) -> None:
        self.random.bit_generator.state = state


class Run:
    """A small run with everything that has a state: dropout, Adam, schedule, average, sampler."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-2)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=10)
        self.ema = Ema(self.network)
        self.sampler = Sampler(seed)

    @property
    def parts(self) -> dict[str, Stateful]:
        return {
            "network": self.network,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "ema": self.ema,
            "sampler": self.sampler,
            "random": RandomState(),
        }

    def train(self, num_steps: int) -> list[float]:
        return [self.step() for _ in range(num_steps)]

    def step(self) -> float:
        self.optimizer.zero_grad()
        loss = (self.network(self.sampler.draw()) - torch.rand(())).square().mean()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.ema.update(self.network)
        return loss.item()


def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(tmp_path: Path) -> None:
    run = Run(seed=3)
    run.train(3)
    path = training_state_path(tmp_path / "run")
    save_training_state(path, run.parts, step=3)
    expected = run.train(4)

    resumed = Run(seed=99)
    resumed.train(1)
    assert load_training_state(path, resumed.parts) == 3
    assert resumed.train(4) == expected
    for name, value in run.ema.network.state_dict().items():
        assert torch.equal(resumed.ema.network.state_dict()[name], value), name


def test_a_write_that_dies_leaves_the_last_state_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = training_state_path(tmp_path)
    run = Run(seed=0)
    save_training_state(path, run.parts, step=1)

    def fail(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MediaError, match="disk full"):
        save_training_state(path, run.parts, step=2)
    assert load_training_state(path, run.parts) == 1


def test_ranks_keep_files_of_their_own(tmp_path: Path) -> None:
    assert training_state_path(tmp_path, rank=0) != training_state_path(tmp_path, rank=1)


class Malice:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch pwned",)


@pytest.mark.parametrize("content", [Malice(), {"step": 1}, [1, 2]])
def test_code_and_foreign_files_are_refused(
    tmp_path: Path, content: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "state.pt"
    torch.save(content, path)
    with pytest.raises(WeightsError, match="no training state"):
        load_training_state(path, {})
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x02garbage", b"PK\x03\x04 cut off"])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged"):
        load_training_state(path, {})


def test_missing_foreign_and_misfit_states_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    with pytest.raises(WeightsError, match="start a new run"):
        load_training_state(path, {})
    save_training_state(path, {"network": nn.Linear(2, 2)}, step=1)
    with pytest.raises(WeightsError, match="this run has \\['other'\\]"):
        load_training_state(path, {"other": nn.Linear(2, 2)})
    with pytest.raises(WeightsError, match="`network` does not fit"):
        load_training_state(path, {"network": nn.Linear(3, 2)})
    torch.save({"version": 99, "step": 1, "parts": {}}, path)
    with pytest.raises(WeightsError, match="expected version 1, found 99"):
        load_training_state(path, {})


def test_a_machine_with_other_gpus_is_told_that_numbers_will_differ(caplog: pytest.LogCaptureFixture) -> None:
    state = RandomState().state_dict()
    RandomState().load_state_dict(state)
    assert not caplog.records
    RandomState().load_state_dict(state | {"cuda": [*state["cuda"], state["cpu"]]})
    assert "their random numbers begin anew" in caplog.text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_is_told_and_the_last_state_stays(tmp_path: Path) -> None:
    run, path = Run(seed=3), training_state_path(tmp_path)
    save_training_state(path, run.parts, step=3)
    before = path.read_bytes()
    path.with_suffix(".part").symlink_to("/dev/full")
    with pytest.raises(MediaError, match="no space left"):
        save_training_state(path, run.parts, step=4)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
