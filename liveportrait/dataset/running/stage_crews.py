"""Opens what a stage needs: its models are loaded once, and checked against those it was begun with."""

from dataclasses import replace

import cv2
import torch

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.generators.protocol import LiveGeneratorConfig
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.crew import StageCrew
from liveportrait.dataset.running.document_crew import DocumentCrew
from liveportrait.dataset.running.guard import check_models
from liveportrait.dataset.running.image_store import ImageStore
from liveportrait.dataset.running.live_crew import LiveCrew
from liveportrait.dataset.running.making import Workbench
from liveportrait.dataset.running.plan_reading import document_folder
from liveportrait.dataset.running.resources import threads_of
from liveportrait.dataset.running.stages import DOCUMENTS


def open_crew(
    stage: str, folder: DatasetFolder, recipe: Recipe, execution: Execution, *, worker: str
) -> StageCrew:
    """The crew of a stage of this recipe.

    Raises:
        WeightsError, EngineUnavailableError, SettingError: when nothing can be made here.
    """
    num_threads = threads_of(execution)
    torch.set_num_threads(num_threads)
    cv2.setNumThreads(num_threads)
    measurer = recipe.measuring.open()
    if stage == DOCUMENTS:
        generator = recipe.documents.open()
    else:
        (config,) = (config for config in recipe.live if config.method == stage)
        generator = _with_threads(config, num_threads).open()
    check_models(folder, stage, generator.models + measurer.models)
    bench = Workbench(
        stage=stage,
        worker=worker,
        recipe=recipe,
        store=ImageStore(folder),
        measurer=measurer,
        models=generator.models,
        places=(folder.root, *filter(None, [document_folder(folder)])),
    )
    crew = DocumentCrew if stage == DOCUMENTS else LiveCrew
    return crew(generator, bench, folder)  # pyright: ignore[reportArgumentType]


def _with_threads(config: LiveGeneratorConfig, num_threads: int) -> LiveGeneratorConfig:
    """Engines with threads of their own are told how many; the others go by torch's."""
    if isinstance(config, AnimationConfig) and config.engine.num_threads is None:
        return replace(config, engine=replace(config.engine, num_threads=num_threads))
    return config
