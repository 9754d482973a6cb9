"""One image: drawn, measured, written, and drawn again where that may help. Nothing is raised: every
end is a row."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.protocol import GenerationError
from liveportrait.dataset.ids import seed_of_attempt
from liveportrait.dataset.measuring.protocol import Measurer
from liveportrait.dataset.running.config import Checks, Recipe
from liveportrait.dataset.running.image_store import ImageStore, encoded
from liveportrait.dataset.running.ledger import Finished
from liveportrait.dataset.schema.failures import FailurePlace, FailureRow, failure_row, printable
from liveportrait.dataset.schema.images import FaceFigures, ImageRecord, ModelRef, PlannedImage, Role
from liveportrait.errors import LivePortraitError

logger = logging.getLogger(__name__)

RANDOM_METHODS = frozenset({"t2i", "a", "p"})
"""Methods whose pictures depend on the seed."""

Draw = Callable[[int], FrameRGB]
"""A picture from the seed of an attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What the images of one stage are made with."""

    stage: str
    worker: str
    recipe: Recipe
    store: ImageStore
    measurer: Measurer
    models: tuple[ModelRef, ...]
    """Of the generator."""
    places: tuple[Path, ...] = ()
    """Folders of this machine, which concern no reader of the tables: messages name files within them."""

    def make(
        self, planned: PlannedImage, draw: Draw, *, document: Finished | None = None, first_attempt: int = 0
    ) -> Finished:
        """The image, after as many attempts as help.

        Args:
            draw: May raise whatever a generator raises.
            document: The image's parent.
            first_attempt: 0, or one more than those that failed in earlier runs.
        """
        failures: list[FailureRow] = []
        rejected: Finished | None = None
        for attempt in range(first_attempt, first_attempt + self.recipe.most_attempts):
            try:
                finished = self._attempt(planned, draw, attempt, document)
            except Exception as error:  # one image's fault must not end the others
                failures.append(self._failure(error, planned, attempt))
                if not _may_help(error):
                    break
                continue
            if finished.record.status == "ok" or planned.method not in RANDOM_METHODS:
                return replace(finished, failures=tuple(failures))
            rejected = finished
        if rejected is not None:
            return replace(rejected, failures=tuple(failures))
        return self._failed(planned, failures, document)

    def fail(self, planned: PlannedImage, error: Exception, *, document: Finished | None) -> Finished:
        """An image that need not be tried, as its document is at fault."""
        return self._failed(planned, [self._failure(error, planned, 0)], document)

    def _attempt(
        self, planned: PlannedImage, draw: Draw, attempt: int, document: Finished | None
    ) -> Finished:
        frame = draw(seed_of_attempt(planned.seed, attempt))
        measured = self.measurer.measure(frame, document=None if document is None else document.person)
        stored = self.store.put(encoded(frame, planned, self.recipe.pictures), planned)
        reason = refusal(measured.figures, self.recipe.checks, role=planned.role)
        record = ImageRecord(
            planned=planned,
            stored=stored,
            face=measured.figures,
            parent_sha256=_sha256_of(document),
            model_refs=self.models + self.measurer.models,
            status="ok" if reason is None else "rejected",
            reason=reason,
            licence=self._licence(planned, document),
            attempt=attempt,
        )
        return Finished(record=record, person=measured.person)

    def _failed(
        self, planned: PlannedImage, failures: list[FailureRow], document: Finished | None
    ) -> Finished:
        last = failures[-1]
        record = ImageRecord(
            planned=planned,
            parent_sha256=_sha256_of(document),
            model_refs=self.models,
            status="failed",
            reason=last.error_class,
            licence=self._licence(planned, document),
            attempt=last.place.attempt,
        )
        return Finished(record=record, failures=tuple(failures))

    def _failure(self, error: Exception, planned: PlannedImage, attempt: int) -> FailureRow:
        logger.warning("%s, attempt %d: %s: %s", planned.image_id, attempt, type(error).__name__, error)
        if not isinstance(error, LivePortraitError):
            logger.debug("where it came from", exc_info=error)
        place = FailurePlace(
            stage=self.stage,
            identity_id=planned.identity_id,
            image_id=planned.image_id,
            slot=planned.slot,
            attempt=attempt,
        )
        row = failure_row(error, place, worker=self.worker)
        message = row.message
        for folder in self.places:
            message = message.replace(f"{printable(str(folder))}{os.sep}", "")
        return replace(row, message=message)

    def _licence(self, planned: PlannedImage, document: Finished | None) -> str:
        """All licences that bear on the image, as one SPDX expression."""
        own = [self.recipe.document_licence] if planned.method == "folder" else []
        of_document = [] if document is None else [document.record.licence]
        return " AND ".join(dict.fromkeys(of_document + own + [model.licence for model in self.models]))


def refusal(figures: FaceFigures, checks: Checks, *, role: Role) -> str | None:
    """Why an image is not as it should be; None where it is."""
    if checks.faces == "one" and figures.num_faces != 1:
        return f"{figures.num_faces} faces where one is expected"
    if checks.faces == "some" and figures.num_faces == 0:
        return "no face"
    least, cosine = checks.least_identity_cosine, figures.identity_cosine
    if least is None or role == "doc":
        return None
    if cosine is None:
        return "no identity cosine: no face on the image or on its document"
    return f"identity cosine {cosine:.3f} below {least}" if cosine < least else None


def _may_help(error: Exception) -> bool:
    """Whether another attempt may succeed: not where our own words already say what is wrong."""
    return isinstance(error, GenerationError) or not isinstance(error, LivePortraitError)


def _sha256_of(document: Finished | None) -> str | None:
    stored = None if document is None else document.record.stored
    return None if stored is None else stored.sha256
