"""The steps of a run: documents first, then each method of live images; one family of models at a time."""

from collections.abc import Sequence

from liveportrait.dataset.running.config import Recipe
from liveportrait.dataset.schema.images import PlannedImage

DOCUMENTS = "documents"
LIVE_ORDER = ("e", "a", "p")
"""`p` follows the images of `e`."""


def stages_of(recipe: Recipe) -> list[str]:
    """What this recipe runs, in order; a stage of live images is named by its method."""
    methods = {config.method for config in recipe.live}
    return [DOCUMENTS, *(method for method in LIVE_ORDER if method in methods)]


def stage_of(planned: PlannedImage) -> str:
    """The stage that makes an image."""
    return DOCUMENTS if planned.role == "doc" else planned.method


def in_stage(planned: Sequence[PlannedImage], stage: str) -> list[PlannedImage]:
    """Those of some planned images that a stage makes."""
    return [one for one in planned if stage_of(one) == stage]
