"""Makes live images of the people on documents."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.protocol import LiveGenerator, LiveRequest, Sitter
from liveportrait.dataset.ids import live_image_id, seed_of_attempt
from liveportrait.dataset.running.crew import next_attempt
from liveportrait.dataset.running.ledger import Finished, LedgerState, read_ledger
from liveportrait.dataset.running.making import Draw, Workbench
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.running.stages import DOCUMENTS
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import ImageRecord, PlannedImage

Pictures: TypeAlias = Mapping[int, FrameRGB]
"""What was drawn in a batch, by the seed that it was drawn from."""


class DocumentFailedError(DatasetError):
    """There is no document to make live images from."""


class LiveCrew:
    """A `StageCrew`."""

    def __init__(self, generator: LiveGenerator, bench: Workbench, folder: DatasetFolder) -> None:
        self._generator = generator
        self._bench = bench
        self._folder = folder
        self._shard: Shard | None = None
        self._documents = LedgerState()
        self._guides = LedgerState()

    @property
    def stage(self) -> str:
        return self._bench.stage

    def turn_to(self, shard: Shard) -> None:
        if shard == self._shard:
            return
        self._shard = shard
        self._documents = read_ledger(self._folder.ledger(DOCUMENTS, shard.number))
        if self._generator.method == "p":
            self._guides = read_ledger(self._folder.ledger("e", shard.number))

    def make(
        self,
        identity: PlannedIdentity,
        planned: Sequence[PlannedImage],
        wanted: Sequence[str],
        state: LedgerState,
    ) -> list[Finished] | None:
        document = self._documents.finished.get(planned[0].parent_image_id or "")
        if document is None:
            return None
        self._bench.store.sweep(identity.identity_id)
        asked = [one for one in planned if one.image_id in wanted]
        try:
            sitter = self._sitter(document)
        except Exception as error:  # the fault of one document, whatever it is
            return [self._bench.fail(one, error, document=document) for one in asked]
        made: list[Finished] = []
        for together in self._batches(planned):
            chosen = [one for one in together if one in asked]
            pictures = self._drawn_together(sitter, together) if chosen and len(together) > 1 else {}
            made += [
                self._bench.make(
                    one,
                    self._drawer(sitter, one, pictures),
                    document=document,
                    first_attempt=next_attempt(one.image_id, state),
                )
                for one in chosen
            ]
        return made

    def draw_again(
        self, identity: PlannedIdentity, planned: Sequence[PlannedImage], record: ImageRecord
    ) -> FrameRGB:
        document = self._documents.finished.get(record.planned.parent_image_id or "")
        if document is None:
            raise DatasetError(f"{record.planned.image_id}: its document is to be made first; run again.")
        sitter = self._sitter(document)
        (together,) = (batch for batch in self._batches(planned) if record.planned in batch)
        pictures = self._drawn_together(sitter, together) if len(together) > 1 else {}
        seed = seed_of_attempt(record.planned.seed, record.attempt)
        return self._drawer(sitter, record.planned, pictures)(seed)

    def close(self) -> None:
        self._generator.close()

    def _batches(self, planned: Sequence[PlannedImage]) -> list[Sequence[PlannedImage]]:
        size = self._bench.recipe.batch_size
        return [planned[start : start + size] for start in range(0, len(planned), size)]

    def _sitter(self, document: Finished) -> Sitter:
        stored = document.record.stored
        if stored is None:
            raise DocumentFailedError(f"The document was not made: {document.record.reason}.")
        return self._generator.prepare(self._bench.store.frame(stored))

    def _drawer(self, sitter: Sitter, planned: PlannedImage, pictures: Pictures) -> Draw:
        def draw(seed: int) -> FrameRGB:
            if seed in pictures:
                return pictures[seed]
            return sitter.draw([self._request(planned, seed)])[0].frame

        return draw

    def _drawn_together(self, sitter: Sitter, planned: Sequence[PlannedImage]) -> Pictures:
        """The first attempt at several images at once: always the same ones, so that bits do not depend on
        what was made before. Where it fails each is tried by itself, to tell whose fault it is."""
        seeds = [seed_of_attempt(one.seed, 0) for one in planned]
        try:
            requests = [self._request(one, seed) for one, seed in zip(planned, seeds, strict=True)]
            drawn = sitter.draw(requests)
        except Exception:  # told again, and recorded, by the one that it belongs to
            return {}
        return {seed: one.frame for seed, one in zip(seeds, drawn, strict=True)}

    def _request(self, planned: PlannedImage, seed: int) -> LiveRequest:
        return LiveRequest(
            image_id=planned.image_id,
            seed=seed,
            parameters=planned.parameters,
            composition=planned.composition,
            guide=self._guide(planned) if self._generator.method == "p" else None,
        )

    def _guide(self, planned: PlannedImage) -> FrameRGB:
        """The animated image of the same slot."""
        guide_id = live_image_id(planned.identity_id, slot=planned.slot, method="e")
        guide = self._guides.finished.get(guide_id)
        if guide is None or guide.record.stored is None:
            raise DatasetError(f"{planned.image_id} follows {guide_id}, which was not made.")
        return self._bench.store.frame(guide.record.stored)
