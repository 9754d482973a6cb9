"""What can be evaluated: anything that makes one face move as another does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import cv2
import torch

from liveportrait.animator import Animator
from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.evaluation.mesh_warp import moved_landmarks, warp_landmarks
from liveportrait.face.protocol import Face
from liveportrait.face.square import whole_frame
from liveportrait.motion.state import Motion
from liveportrait.pixels import image_from_frame
from liveportrait.stepping import Step


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenFrame:
    """A frame and its face, if there is one."""

    frame: FrameRGB
    face: Face | None


@runtime_checkable
class Reenactor(Protocol):
    """Redraws a source frame as each driving frame has it."""

    @property
    def name(self) -> str:
        """As tables and reports call it."""
        ...

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        """One result of the source's size for every driving frame; the first of them counts as zero."""
        ...


class CopiedSource:
    """The least of baselines: the source stays as it is."""

    name = "copy"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [source.frame for _ in driving]


class WarpedMesh:
    """The source bent by landmarks; it is given the very landmarks that it is then measured by."""

    name = "mesh warp"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [self._warped(source, seen.face, driving[0].face) for seen in driving]

    def _warped(self, source: SeenFrame, face: Face | None, anchor: Face | None) -> FrameRGB:
        if source.face is None or face is None or anchor is None:
            return source.frame
        wanted = moved_landmarks(source.face.landmarks, face.landmarks, anchor.landmarks)
        return warp_landmarks(source.frame, source.face.landmarks, wanted)


class WholeFrameModel:
    """The networks alone, as published numbers are taken: whole square frames, no stitching, no pasting."""

    name = "model"

    def __init__(self, animator: Animator) -> None:
        self._animator = animator.with_settings(
            lambda settings: replace(
                settings, transfer=replace(settings.transfer, motion="relative", stitching=False)
            )
        )

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        prepared = self._animator.prepare_at(source.frame, whole_frame(source.frame), kind="image")
        state = self._animator.start()
        steps = (self._animator.step(prepared, self._motion(seen.frame), state) for seen in driving)
        return [_sized_as(_drawn(step), source.frame) for step in steps]

    @torch.inference_mode()
    def _motion(self, frame: FrameRGB) -> Motion:
        model = self._animator.model
        view = whole_frame(frame).cut(frame, size_px=model.preset.input_px)
        return model.motion(image_from_frame(view, device=model.device))


class AnimatedPortrait:
    """The whole library at its defaults: crop, stitch, paste back."""

    name = "model"

    def __init__(self, animator: Animator) -> None:
        self._animator = animator

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        prepared, state = self._animator.prepare(source.frame), self._animator.start()
        return [self._animator.step(prepared, seen.frame, state).frame for seen in driving]


def _drawn(step: Step) -> CropRGB:
    assert step.crop is not None, "a motion is always drawn"
    return step.crop


def _sized_as(picture: CropRGB, frame: FrameRGB) -> FrameRGB:
    height, width = frame.shape[:2]
    if picture.shape == frame.shape:
        return picture
    shrinks = picture.shape[0] > height
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
