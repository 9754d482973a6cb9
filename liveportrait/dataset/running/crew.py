"""Who makes the images of one stage: a generator and a measurer, open, and the shard that they work on."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.running.ledger import Finished, LedgerState
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import ImageRecord, PlannedImage


@runtime_checkable
class StageCrew(Protocol):
    """Makes images; never raises for one of them."""

    @property
    def stage(self) -> str: ...

    def turn_to(self, shard: Shard) -> None:
        """Look up what the shard's images are made from; again for the same shard does nothing."""
        ...

    def make(
        self,
        identity: PlannedIdentity,
        planned: Sequence[PlannedImage],
        wanted: Sequence[str],
        state: LedgerState,
    ) -> list[Finished] | None:
        """The images of one identity in this stage.

        Args:
            planned: All of them, in the plan's order.
            wanted: Ids of those to make.
            state: What was made of them before.

        Returns:
            One for each wanted image; None where what they are made from does not exist yet.
        """
        ...

    def draw_again(
        self, identity: PlannedIdentity, planned: Sequence[PlannedImage], record: ImageRecord
    ) -> FrameRGB:
        """The picture of a record, as it was drawn; `planned` is all of the identity in this stage.

        Raises:
            LivePortraitError: when what it was made from is gone.
        """
        ...

    def close(self) -> None: ...


def next_attempt(image_id: str, state: LedgerState) -> int:
    """0, or the number after the last attempt that failed."""
    before = state.finished.get(image_id)
    return 0 if before is None else before.record.attempt + 1
