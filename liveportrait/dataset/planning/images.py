"""The images of one identity: its document, then its live images."""

from collections.abc import Iterator
from dataclasses import replace

from liveportrait.dataset import ids
from liveportrait.dataset.planning.facts import PlanSettings
from liveportrait.dataset.planning.presets import Preset
from liveportrait.dataset.schema.images import Method, PlannedImage

GUIDANCE_DIGITS = 1


class ImagePlanner:
    """Plans the same images for an identity whenever it is asked."""

    def __init__(self, settings: PlanSettings) -> None:
        self._settings = settings

    def images_of(self, identity_id: str, *, index: int) -> Iterator[PlannedImage]:
        """In the order of the table: document, then by method in the order e, a, p and by slot."""
        document = self._document(identity_id, index)
        yield document
        presets, settings = self._settings.presets, self._settings
        for slot in range(settings.num_animations):
            yield self._animation(document, slot, presets[slot % len(presets)])
        for slot in range(settings.num_arc2face):
            yield self._live(document, slot, "a")
        for slot in range(settings.num_pulid):
            yield self._live(document, slot, "p")

    def _document(self, identity_id: str, index: int) -> PlannedImage:
        method: Method = "folder" if self._settings.source == "folder" else "t2i"
        seed = ids.seed_of(self._settings.root_seed, identity_id, stage="t2i")
        return PlannedImage(
            image_id=ids.document_image_id(identity_id),
            identity_id=identity_id,
            identity_index=index,
            role="doc",
            method=method,
            slot=0,
            seed=seed,
            guidance=self._guidance(seed),
        )

    def _guidance(self, seed: int) -> float | None:
        low, high = self._settings.lowest_guidance, self._settings.highest_guidance
        if low is None or high is None:
            return None
        return round(low + (high - low) * ids.unit_draw(seed, "guidance"), GUIDANCE_DIGITS)

    def _live(self, document: PlannedImage, slot: int, method: Method) -> PlannedImage:
        identity_id = document.identity_id
        return PlannedImage(
            image_id=ids.live_image_id(identity_id, slot=slot, method=method),
            identity_id=identity_id,
            identity_index=document.identity_index,
            role="live",
            method=method,
            slot=slot,
            seed=ids.seed_of(self._settings.root_seed, identity_id, stage=method, slot=slot),
            parent_image_id=document.image_id,
        )

    def _animation(self, document: PlannedImage, slot: int, preset: Preset) -> PlannedImage:
        image = self._live(document, slot, "e")
        return replace(
            image,
            preset=preset.name,
            composition=preset.composition,
            parameters=preset.parameters(image.seed),
        )
