import json
from pathlib import Path
from typing import Any

import pytest

from liveportrait.errors import WeightsError
from liveportrait.training.checkpointing import training_state_path
from liveportrait.training.loop import LoopConfig, train
from tests.training.toy_runs import ToyLearner, toy_run
from tests.training.two_processes import run_in_two_processes


def test_two_processes_stop_wait_and_go_on_as_one_run_or_not_at_all(tmp_path: Path) -> None:
    """Over gloo: the numbers of an uninterrupted run. States that do not belong together all refuse."""
    run_in_two_processes("tests.training.two_processes_stop_and_go_on", tmp_path)
    seen: list[dict[str, Any]] = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert seen[0]["whole"] != seen[1]["whole"], "the toy's processes draw their own numbers"
    for process in seen:
        assert process["stopped at"] == 6
        assert process["resumed"] == process["whole"]
        assert process["naps"] == 3
        assert "of the steps 12, 6" in process["older"]
        assert "only 1 of 2 processes" in process["missing"]


def test_the_state_of_more_processes_is_not_half_used(tmp_path: Path) -> None:
    train(toy_run(tmp_path, ToyLearner()), LoopConfig())
    training_state_path(tmp_path, rank=1).touch()
    with pytest.raises(WeightsError, match="of more than 1 processes: .* --start-from"):
        train(toy_run(tmp_path, ToyLearner()), LoopConfig())


def test_no_state_is_replaced_before_all_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the processes meet, the new state lies whole beside the last one."""
    run = toy_run(tmp_path, ToyLearner(), num_steps=4)
    train(run, LoopConfig())
    state = training_state_path(tmp_path)
    before = state.read_bytes()
    met: list[bool] = []

    def meet() -> None:
        met.append(state.read_bytes() == before and state.with_suffix(".part").is_file())

    monkeypatch.setattr(type(run.fabric), "barrier", lambda fabric: meet())
    train(toy_run(tmp_path, ToyLearner(), num_steps=5), LoopConfig())
    assert met == [True]
    assert state.read_bytes() != before
