from dataclasses import replace
from pathlib import Path

from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.training.pairs import PairConfig
from liveportrait.training.recipes import Recipe, tiny
from liveportrait.training.run_checks import Checked, checks_of
from liveportrait.training.run_config import RunConfig
from liveportrait.training.shards import Shard
from tests.training.small_stages import one_process
from tests.training.toy_runs import ToyLearner


def test_a_sheet_shows_people_as_they_are(tmp_path: Path, drawn_shards: tuple[Shard, ...]) -> None:
    """Whatever is done to their jaws in training."""
    sheets = []
    for name, share in (("moved", 1.0), ("plain", 0.0)):
        config = RunConfig(recipe=_with_jaws(share), out=tmp_path)
        checked = Checked(
            config=config,
            stage="one",
            learner=ToyLearner(),
            training=drawn_shards,
            validation=(),
            folder=tmp_path / name,
            fabric=one_process(),
        )
        (sheet,) = checks_of(checked)
        sheet.look(PortraitNetworks(TINY), 3)
        sheets.append((tmp_path / name / "sheets" / "step-0000003.png").read_bytes())
    assert sheets[0] == sheets[1]


def _with_jaws(share: float) -> Recipe:
    recipe = tiny()
    schedule = replace(recipe.one.schedule, pairs=PairConfig(jaw_share=share))
    return replace(recipe, one=replace(recipe.one, schedule=schedule))
