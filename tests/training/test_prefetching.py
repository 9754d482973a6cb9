import threading
import time
from collections.abc import Iterator

import pytest
from torch.testing import assert_close

from liveportrait.training.checkpointing import State
from liveportrait.training.pairs import PairBatch, PairConfig, PairSampler
from liveportrait.training.prefetching import Prefetcher
from liveportrait.training.shards import Shard


def sampler_of(shards: tuple[Shard, ...], seed: int = 0) -> PairSampler:
    return PairSampler(shards, PairConfig(size_px=32), batch_size=2, seed=seed)


def test_batches_are_those_of_the_sampler_in_order(drawn_shards: tuple[Shard, ...]) -> None:
    prefetcher = Prefetcher(sampler_of(drawn_shards), depth=3)
    found = [prefetcher.take() for _ in range(6)]
    prefetcher.close()
    expected = [batch for _, batch in zip(range(6), sampler_of(drawn_shards), strict=False)]
    assert_close(found, expected, rtol=0, atol=0)


def test_the_state_is_that_of_the_last_batch_taken(drawn_shards: tuple[Shard, ...]) -> None:
    """However many were made ahead."""
    prefetcher = Prefetcher(sampler_of(drawn_shards), depth=4)
    for _ in range(3):
        prefetcher.take()
    time.sleep(0.1)
    state = prefetcher.state_dict()
    expected = [prefetcher.take() for _ in range(2)]
    prefetcher.close()
    resumed = Prefetcher(sampler_of(drawn_shards, seed=9))
    resumed.load_state_dict(state)
    assert_close([resumed.take() for _ in range(2)], expected, rtol=0, atol=0)
    resumed.close()


def test_closing_ends_the_thread_and_loses_no_batch(drawn_shards: tuple[Shard, ...]) -> None:
    prefetcher = Prefetcher(sampler_of(drawn_shards))
    first = prefetcher.take()
    prefetcher.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "prefetching"]
    second = prefetcher.take()
    prefetcher.close()
    expected = [batch for _, batch in zip(range(2), sampler_of(drawn_shards), strict=False)]
    assert_close([first, second], expected, rtol=0, atol=0)


class Failing:
    def __iter__(self) -> Iterator[PairBatch]:
        raise OSError("the disk is gone")

    def state_dict(self) -> State:
        return {}

    def load_state_dict(self, state: State, /) -> None:
        """Nothing to put back."""


def test_what_goes_wrong_in_the_background_is_raised_in_front() -> None:
    prefetcher = Prefetcher(Failing())
    with pytest.raises(OSError, match="the disk is gone"):
        prefetcher.take()
    prefetcher.close()
