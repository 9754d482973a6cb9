"""The networks of one model as typed calls, whatever engine runs them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.checkpoints.catalogue import load_named_model, place_of
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import EngineSet, open_engines
from liveportrait.engines.signatures import StageName
from liveportrait.engines.typed_calls import kept
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.retargeting import apply_stitching
from liveportrait.motion.space import ExpressionSpace
from liveportrait.motion.space_file import load_expression_space
from liveportrait.motion.state import Motion, motion_from_prediction
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import Preset
from liveportrait.tensors import ImageBatch, Keypoints

EXPRESSION_SPACE_FILE = "expression_space.json"
"""Beside the networks of a model that has a space of its own."""


class PortraitModel:
    """Appearance, motion, rendering and the three small networks; a `motion.retargeting.Retargeter`.

    Inputs and results are on `device`. Results are the caller's to keep.
    """

    def __init__(self, engines: EngineSet, *, preset: Preset, space: ExpressionSpace) -> None:
        self.engines = engines
        """What runs the networks, and in which precision."""
        self.preset = preset
        self.device = engines.device
        self.space = space.to(self.device)

    def appearance(self, image: ImageBatch) -> Appearance:
        """What a source crop looks like; once per source."""
        found = _kept(self.engines["appearance_feature_extractor"]({"image": image}))
        details = tuple(found[f"detail_{index}"] for index in range(len(found) - 1))
        return Appearance(found["volume"], details)

    def motion(self, image: ImageBatch) -> Motion:
        """How the head in a 256 px crop is placed and what its face does."""
        found = _kept(self.engines["motion_extractor"]({"image": image}))
        return motion_from_prediction(MotionPrediction(**found))

    def render(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> ImageBatch:
        """The source with its keypoints moved."""
        details = {f"detail_{index}": detail for index, detail in enumerate(appearance.details)}
        inputs = {"volume": appearance.volume, **details, "kp_driving": kp_driving, "kp_source": kp_source}
        return kept(self.engines["renderer"](inputs)["image"])

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        """The driving keypoints, shifted so that the shoulders stay where the source has them."""
        features = torch.cat((kp_source.flatten(1), kp_driving.flatten(1)), 1)
        return apply_stitching(kp_driving, self._offsets("stitching_network", features))

    def eye_offsets(self, kp_source: Keypoints, ratios: Float[Tensor, "b 3"]) -> Keypoints:
        """What to add to the keypoints; ratios are the two eyes' and the wanted one."""
        features = torch.cat((kp_source.flatten(1), ratios), 1)
        return self._offsets("eye_network", features).view_as(kp_source)

    def lip_offsets(self, kp_source: Keypoints, ratios: Float[Tensor, "b 2"]) -> Keypoints:
        """What to add to the keypoints; ratios are present and wanted."""
        features = torch.cat((kp_source.flatten(1), ratios), 1)
        return self._offsets("lip_network", features).view_as(kp_source)

    def close(self) -> None:
        """Let go of the engines. May be closed twice."""
        self.engines.close()

    def _offsets(self, network: StageName, features: Float[Tensor, "b i"]) -> Float[Tensor, "b o"]:
        return kept(self.engines[network]({"features": features})["offsets"])


def load_portrait_model(
    model: str | Path = "mini",
    *,
    engine: EngineConfig | None = None,
) -> PortraitModel:
    """A model that is ready to run.

    Args:
        model: `mini` comes with the library; `human` and `animal` are the released models, once
            `liveportrait weights download` has fetched them; or a file or folder of weights.
        engine: What runs the networks; left out, the fastest that is here and computes right.

    Raises:
        WeightsError: when the weights are missing, damaged, or not of this model.
        EngineUnavailableError: when an engine, device or precision cannot be had here.
    """
    networks = load_named_model(str(model))
    engines = open_engines(networks, config=engine)
    return PortraitModel(
        engines, preset=networks.preset, space=_space_of(networks.preset, place_of(str(model)).path)
    )


def _space_of(preset: Preset, folder: Path) -> ExpressionSpace:
    match preset.name:
        case "human":
            return human_space()
        case "animal":
            return animal_space()
        case _:
            file = expression_space_file(preset.name, folder)
            assert file is not None
            return load_expression_space(file)


def expression_space_file(preset_name: str, path: Path) -> Path | None:
    """Where a model at `path` keeps its expression space; None for released ones, whose is in the code."""
    if preset_name in ("human", "animal"):
        return None
    return (path if path.is_dir() else path.parent) / EXPRESSION_SPACE_FILE


def _kept(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies that outlive the engine's next call."""
    return {name: kept(value) for name, value in found.items()}
