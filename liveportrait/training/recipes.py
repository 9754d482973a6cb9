"""Ready recipes. Each is a function that returns all settings of a run; change one with `replace`.

Loss weights, schedules and discriminators of the published model were not disclosed: where
the paper gives a number it is used, all others are ours.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias

import tyro

from liveportrait.networks.presets import HUMAN, MINI, TINY, Preset
from liveportrait.training.adversary import AdversaryConfig
from liveportrait.training.crops import CropJitter
from liveportrait.training.descent import DescentConfig
from liveportrait.training.discriminator import DiscriminatorConfig
from liveportrait.training.drawn_faces import DrawnFacesConfig
from liveportrait.training.guides import EYE_KEYPOINTS, LIP_KEYPOINTS
from liveportrait.training.keypoint_terms import KeypointWeights
from liveportrait.training.motion_learner import MotionStageConfig
from liveportrait.training.motion_stage import MotionWeights
from liveportrait.training.pairs import PairConfig
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.shown_face import ShownFaceWeights
from liveportrait.training.stage_one import ImageWeights, RegionSizes
from liveportrait.training.stage_one_learner import StageOneConfig
from liveportrait.training.stage_one_step import StageOneWeights
from liveportrait.training.stage_two import StageTwoWeights
from liveportrait.training.stage_two_learner import StageTwoConfig
from liveportrait.training.starting_weights import Start

BackboneName: TypeAlias = Literal["mobilenet_v2", "none"]
EmbedderName: TypeAlias = Literal["sface", "none"]

LANDMARKS_OF_THE_PAPER = LIP_KEYPOINTS + EYE_KEYPOINTS[:4]
"""Ten, of eyes and lips; which ten was not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained, from where, and how."""

    preset: Annotated[Preset, tyro.conf.Suppress]
    """Not for the command line: a file of weights names its preset, and others could not be loaded."""
    start: Start = "scratch"
    motion: MotionStageConfig | None = None
    """The motion extractor alone, before stage I."""
    one: StageOneConfig
    two: StageTwoConfig
    backbone: BackboneName = "mobilenet_v2"
    """Judges pictures; its weights come inside a package."""
    embedder: EmbedderName = "sface"
    """Judges identity; likewise."""
    drawn: DrawnFacesConfig | None = None
    """Drawn faces to train on where no data is named; None asks for data."""


def human() -> Recipe:
    """The full model from scratch, for owners of eight GPUs of 48 GB and some ten days.

    Batch 104, Adam at 2e-4 with betas 0.5 and 0.999, and ten guiding landmarks are the paper's.
    Shards must be of 512 px.
    """
    pairs = PairConfig(size_px=512)
    return Recipe(
        preset=HUMAN,
        one=StageOneConfig(
            schedule=ScheduleConfig(num_steps=300_000, batch_size=13, warmup_steps=1000, pairs=pairs),
            weights=StageOneWeights(
                image=ImageWeights(
                    pixels=1.0,
                    regions=1.0,
                    perceptual=10.0,
                    perceptual_face=10.0,
                    perceptual_lips=5.0,
                    perceptual_eyes=0.0,
                ),
                motion=MotionWeights(
                    guided=LANDMARKS_OF_THE_PAPER,
                    opening=0.0,
                    canonical=0.0,
                    expression=0.0,
                    pose_bins=1.0,
                    scale=0.0,
                    translation=0.0,
                ),
                # Lips and lids that landmarks hold together lie closer than the published 0.1.
                keypoints=KeypointWeights(agreement=0.0, min_squared_distance=0.005),
            ),
            sizes=RegionSizes(whole_px=256, face_px=256, part_px=128),
            adversary=AdversaryConfig(first_step=5000),
        ),
        two=StageTwoConfig(schedule=ScheduleConfig(num_steps=60_000, batch_size=8, pairs=pairs)),
    )


def human_finetune() -> Recipe:
    """The released human model on more data, for one GPU of 24 GB.

    The motion extractor stays as it was released: its keypoints have meanings that other
    landmarks would bend, and sliders, templates and other people's drivers build on them.
    Stage two keeps three renders at once, 3.5 GiB a source: hence its small batch.
    """
    recipe = human()
    schedule = replace(recipe.one.schedule, num_steps=50_000, batch_size=4, warmup_steps=500)
    one = replace(recipe.one, schedule=schedule, motion_rate=0.0, descent=DescentConfig(learning_rate=5e-5))
    two = replace(recipe.two, schedule=replace(recipe.two.schedule, batch_size=4), begin="as_given")
    return replace(recipe, start="released", one=one, two=two)


def mini() -> Recipe:
    """The small model that is shipped: days on two CPU cores, from the face landmark network's trunk."""
    return Recipe(
        preset=MINI,
        start="face_landmarks",
        motion=MotionStageConfig(
            schedule=ScheduleConfig(
                num_steps=2500,
                batch_size=16,
                warmup_steps=200,
                ema_decay=0.995,
                final_pace=0.01,
                pairs=PairConfig(
                    same_crop_share=0.0,
                    stills_share=0.2,
                    jitter=CropJitter(zoom=(0.85, 1.45), shift=0.1, roll_deg=12.0),
                ),
            ),
            probe_batches=220,
            frozen_blocks=9,
        ),
        one=StageOneConfig(
            schedule=ScheduleConfig(
                num_steps=30_000, batch_size=8, pairs=PairConfig(jaw_share=0.5, stills_share=0.2)
            ),
            descent=DescentConfig(learning_rate=6e-4),
            motion_rate=0.05,
            weights=StageOneWeights(
                image=ImageWeights(regions=5.0, mouth=10.0, perceptual_lips=1.6, perceptual_eyes=1.5),
                keypoints=KeypointWeights(equivariance=0.0, prior=0.0, deformation=0.0),
                identity=0.2,
                shown=ShownFaceWeights(points=4.0, openings=3.0),
                unseen_mouth=1.0,
            ),
            sizes=RegionSizes(part_px=96, mouth_px=24),
            adversary=AdversaryConfig(
                discriminator=DiscriminatorConfig(widths=(32, 64, 128)),
                adversarial=0.05,
                feature_matching=0.5,
                first_step=5000,
            ),
        ),
        two=StageTwoConfig(
            schedule=ScheduleConfig(num_steps=3000, batch_size=4, ema_decay=0.99),
            weights=StageTwoWeights(opening=3.0, face=4.0, offset=0.1),
        ),
    )


def tiny() -> Recipe:
    """A toy that goes through every stage and every loss in seconds, on drawn faces."""
    opponents = AdversaryConfig(
        discriminator=DiscriminatorConfig(widths=(8, 16)),
        adversarial=0.05,
        feature_matching=0.5,
        first_step=10,
    )
    return Recipe(
        preset=TINY,
        motion=MotionStageConfig(
            schedule=ScheduleConfig(num_steps=30, batch_size=4, warmup_steps=1, ema_decay=0.9),
            descent=DescentConfig(learning_rate=2e-3, betas=(0.9, 0.98), max_gradient_norm=10.0),
            head_rate=1.0,
            probe_batches=8,
        ),
        one=StageOneConfig(
            schedule=ScheduleConfig(num_steps=30, batch_size=2, warmup_steps=1, ema_decay=0.9),
            descent=DescentConfig(learning_rate=2e-3),
            motion_rate=0.1,
            weights=StageOneWeights(keypoints=KeypointWeights(min_squared_distance=0.001)),
            sizes=RegionSizes(whole_px=64, face_px=64, part_px=32),
            adversary=opponents,
            precision="fp32",
        ),
        two=StageTwoConfig(
            schedule=ScheduleConfig(num_steps=6, batch_size=2, warmup_steps=1, ema_decay=0.5),
            precision="fp32",
        ),
        backbone="none",
        embedder="none",
        drawn=DrawnFacesConfig(),
    )


RECIPES = {"human": human, "human_finetune": human_finetune, "mini": mini, "tiny": tiny}
