"""What the networks are really given: the inputs of every stage while a portrait is animated.

Calibration and the parity report replay them, so that both see crops, keypoints and features as
they occur and not as somebody made them up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.engines.protocol import Engine, Signature
from liveportrait.engines.signatures import StageName
from liveportrait.errors import SettingError
from liveportrait.face.protocol import FaceAnalyzer
from liveportrait.media.opening import open_source
from liveportrait.portrait_model import PortraitModel

Call: TypeAlias = Mapping[str, Tensor]
"""The inputs of one call of a stage, by name."""

Recording: TypeAlias = Mapping[StageName, tuple[Call, ...]]
"""All calls of every stage, in their order."""

_EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesConfig:
    """A portrait and who leads it; the examples of the checkout unless others are named."""

    source: Path = _EXAMPLES / "astronaut.jpg"
    driving: Path = _EXAMPLES / "driving.mp4"
    num_frames: int = 8
    """How many frames of the driver are looked at."""
    every: int = 10
    """Every how manieth frame; neighbours tell little that is new."""

    def __post_init__(self) -> None:
        if self.num_frames < 1 or self.every < 1:
            raise SettingError(
                f"num_frames is {self.num_frames} and every is {self.every}; both must be 1 or more."
            )

    def check(self) -> None:
        """Raise where a file is missing; an installed package has no examples."""
        for name, path in (("source", self.source), ("driving", self.driving)):
            if not path.exists():
                raise SettingError(
                    f"{name}: {path} is missing; name a portrait and a driving video of your own."
                )


def record(model: PortraitModel, analyzer: FaceAnalyzer, frames: FramesConfig) -> Recording:
    """Animate the portrait and keep what each stage was given, on the CPU."""
    frames.check()
    recorders: dict[StageName, _Recorder] = {
        name: _Recorder(engine) for name, engine in model.engines.stages.items()
    }
    recorded = PortraitModel(replace(model.engines, stages=recorders), preset=model.preset, space=model.space)
    animator = Animator(model=recorded, analyzer=analyzer)
    portrait, *_ = _frames(frames.source, count=1, every=1)
    source, state = animator.prepare(portrait), animator.start()
    for frame in _frames(frames.driving, count=frames.num_frames, every=frames.every):
        animator.step(source, frame, state)
    return {name: tuple(recorder.calls) for name, recorder in recorders.items()}


def _frames(path: Path, *, count: int, every: int) -> list[FrameRGB]:
    with open_source(path) as source:
        return [frame.image for frame in islice(source, 0, count * every, every)]


class _Recorder:
    """An engine that remembers what it was given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.calls: list[Call] = []

    @property
    def signature(self) -> Signature:
        return self._engine.signature

    @property
    def device(self) -> torch.device:
        return self._engine.device

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        self.calls.append({name: value.detach().cpu().clone() for name, value in inputs.items()})
        return self._engine(inputs, outputs=outputs)

    def close(self) -> None:
        self._engine.close()
