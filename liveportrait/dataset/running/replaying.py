"""One image made again from its record, to see that the record tells all that it takes."""

from dataclasses import dataclass

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.image_store import EncodedImage, encoded
from liveportrait.dataset.running.ledger import read_ledger
from liveportrait.dataset.running.plan_reading import planned_identity, planned_images_of
from liveportrait.dataset.running.recorded_recipe import as_recorded
from liveportrait.dataset.running.sharding import Shard
from liveportrait.dataset.running.stage_crews import open_crew
from liveportrait.dataset.running.stages import in_stage, stage_of, stages_of
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """The recorded image and the one that was made now."""

    record: ImageRecord
    image: EncodedImage

    @property
    def is_same(self) -> bool:
        """Bit for bit; another machine, engine or number of threads may differ by last bits."""
        return self.record.stored is not None and self.image.sha256 == self.record.stored.sha256


def replay(folder: DatasetFolder, recipe: Recipe, execution: Execution, image_id: str) -> Replay:
    """Make a recorded image again; nothing is written.

    Args:
        recipe: Its generators and measurer must be the run's; everything else is taken from the run.

    Raises:
        DatasetError: when there is no such image, or what it was made from is gone.
        SettingError: when the run had other generators, or other weights.
    """
    recipe = as_recorded(folder, recipe)
    identity = planned_identity(folder, image_id.partition(".")[0])
    planned = planned_images_of(folder, identity)
    chosen = [one for one in planned if one.image_id == image_id]
    if not chosen:
        raise DatasetError(f"The plan has no image {image_id!r}; {identity.identity_id} has others.")
    stage = stage_of(chosen[0])
    if stage not in stages_of(recipe):
        raise SettingError(f"{image_id} is made by method {stage}, and the recipe has none of that method.")
    shard = _shard_of(identity.index, recipe)
    finished = read_ledger(folder.ledger(stage, shard.number)).finished.get(image_id)
    if finished is None or finished.record.stored is None:
        raise DatasetError(f"{image_id} was not made, so there is nothing to replay.")
    crew = open_crew(stage, folder, recipe, execution, worker="replay")
    try:
        crew.turn_to(shard)
        frame = crew.draw_again(identity, in_stage(planned, stage), finished.record)
    finally:
        crew.close()
    return Replay(record=finished.record, image=encoded(frame, chosen[0], recipe.pictures))


def _shard_of(index: int, recipe: Recipe) -> Shard:
    number = index // recipe.shard_identities
    start = number * recipe.shard_identities
    return Shard(number=number, start=start, stop=start + recipe.shard_identities)
