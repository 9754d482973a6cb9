"""Shards: every identity in one, whoever works."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.dataset.running.sharding import WorkerPlace, place_from_environment, shards_of
from liveportrait.errors import SettingError


@given(st.integers(0, 2000), st.integers(1, 300), st.integers(1, 9))
def test_every_identity_falls_to_one_worker(num: int, size: int, num_workers: int) -> None:
    shards = shards_of(num, shard_identities=size)
    places = [WorkerPlace(rank=rank, num_workers=num_workers) for rank in range(num_workers)]
    taken = [shard for place in places for shard in place.shares(shards)]
    indices = sorted(index for shard in taken for index in range(shard.start, shard.stop))
    assert indices == list(range(num))
    assert [shard.number for shard in shards] == list(range(len(shards)))
    amounts = [len(place.shares(shards)) for place in places]
    assert max(amounts) - min(amounts) <= 1


@pytest.mark.parametrize(
    ("environment", "rank", "num_workers"),
    [
        ({"RANK": "2", "WORLD_SIZE": "4"}, 2, 4),
        ({"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"}, 3, 8),
        ({"SLURM_ARRAY_TASK_ID": "11", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "10"}, 1, 8),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "RANK": "5"}, 0, 2),
    ],
)
def test_launchers_say_which_worker_it_is(environment: dict[str, str], rank: int, num_workers: int) -> None:
    assert place_from_environment(environment) == WorkerPlace(rank=rank, num_workers=num_workers)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "set one of"),
        ({"RANK": "4", "WORLD_SIZE": "4"}, "no worker 4 of 4"),
        ({"RANK": "x", "WORLD_SIZE": "4"}, "whole number"),
    ],
)
def test_places_that_are_none(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        place_from_environment(environment)
