"""The demo, whole, with the tiny model on two of its portraits."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.demonstration.demo import PORTRAITS, make_demo
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.running.config import Checks, Recipe
from liveportrait.engines.config import EngineConfig
from liveportrait.media.images import read_image
from tests.dataset.running.runs import NEVER


@pytest.mark.slow
def test_the_demo_makes_a_finished_dataset(tmp_path: Path, tiny_model: Path) -> None:
    documents, folder = tmp_path / "documents", DatasetFolder(tmp_path / "out")
    documents.mkdir()
    for name in ("ada.jpg", "ben.jpg"):
        shutil.copy(PORTRAITS / name, documents)
    animation = AnimationConfig(model=str(tiny_model), engine=EngineConfig(engine="torch"))
    # The tiny model draws noise, on which nobody finds a face.
    recipe = Recipe(live=(animation,), checks=Checks(faces="any"))
    demo = make_demo(folder, NEVER, documents=documents, recipe=recipe)
    assert demo.summary.collected is not None
    # Nor has it a slider for the gaze, which FLUXSynID's preset moves.
    assert (demo.summary.collected.num_ok, demo.summary.num_failed) == (14, 2)
    assert demo.sheet is not None and read_image(demo.sheet).image.shape[1] > 1000
    for path in (folder.card, folder.checksums, folder.croissant, demo.report):
        assert path is not None and path.is_file()
    again = make_demo(folder, NEVER, documents=documents, recipe=replace(recipe))
    assert again.summary.collected == demo.summary.collected


def test_every_bundled_portrait_has_its_origin() -> None:
    told = (PORTRAITS / "README.md").read_text()
    pictures = sorted(PORTRAITS.glob("*.jpg"))
    assert len(pictures) == 5
    for path in pictures:
        assert f"`{path.stem}`" in told or f"`{path.name}`" in told
