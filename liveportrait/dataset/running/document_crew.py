"""Makes document images, or takes them from files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from liveportrait.arrays import FrameRGB
from liveportrait.checkpoints.manifest import sha256_of
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.protocol import DocumentGenerator, DocumentRequest
from liveportrait.dataset.ids import seed_of_attempt
from liveportrait.dataset.running.crew import next_attempt
from liveportrait.dataset.running.ledger import Finished, LedgerState
from liveportrait.dataset.running.making import Workbench
from liveportrait.dataset.running.plan_reading import document_folder, prompts_of
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import ImageRecord, PlannedImage
from liveportrait.errors import MediaError


class DocumentCrew:
    """A `StageCrew`."""

    def __init__(self, generator: DocumentGenerator, bench: Workbench, folder: DatasetFolder) -> None:
        self._generator = generator
        self._bench = bench
        self._folder = folder
        self._documents = document_folder(folder)
        self._shard: Shard | None = None
        self._prompts: dict[str, str] = {}

    @property
    def stage(self) -> str:
        return self._bench.stage

    def turn_to(self, shard: Shard) -> None:
        if shard != self._shard:
            self._shard, self._prompts = shard, prompts_of(self._folder, shard)

    def make(
        self,
        identity: PlannedIdentity,
        planned: Sequence[PlannedImage],
        wanted: Sequence[str],
        state: LedgerState,
    ) -> list[Finished]:
        self._bench.store.sweep(identity.identity_id)
        return [
            self._bench.make(
                one,
                partial(self._drawn, identity, one),
                first_attempt=next_attempt(one.image_id, state),
            )
            for one in planned
            if one.image_id in wanted
        ]

    def draw_again(
        self, identity: PlannedIdentity, planned: Sequence[PlannedImage], record: ImageRecord
    ) -> FrameRGB:
        seed = seed_of_attempt(record.planned.seed, record.attempt)
        return self._drawn(identity, record.planned, seed)

    def close(self) -> None:
        self._generator.close()

    def _drawn(self, identity: PlannedIdentity, planned: PlannedImage, seed: int) -> FrameRGB:
        request = DocumentRequest(
            identity_id=identity.identity_id,
            seed=seed,
            prompt=self._prompts.get(identity.identity_id, ""),
            guidance=planned.guidance,
            path=self._file_of(identity),
        )
        return self._generator.draw(request).frame

    def _file_of(self, identity: PlannedIdentity) -> Path | None:
        """The document's file, if it still is the one that was planned."""
        if identity.document_path is None:
            return None
        if self._documents is None:
            raise DatasetError("The plan names files of documents and no folder of them; plan again.")
        path = self._documents / identity.document_path
        try:
            found = sha256_of(path)
        except OSError as error:
            raise MediaError(
                f"{path}: the document cannot be read any more: {error.strerror}. If the folder was moved, "
                "plan again from the new one, with the same settings, and run with "
                "retry_failed (--retry-failed)."
            ) from error
        if found != identity.document_sha256:
            raise DatasetError(f"{path}: the document is another file than when it was planned; plan again.")
        return path
