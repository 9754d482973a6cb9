"""Cheap figures of a portrait's quality, on its face alone: too little light, blur, too few pixels.

They sort pictures and find the odd ones; ISO/IEC 29794-5 has more components, which OFIQ measures.
"""

import cv2
import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import BoxXYXY, FrameRGB, Landmarks
from liveportrait.dataset.schema.images import QualityFigure
from liveportrait.face.layouts import layout_of

FACE_PX = 128
"""Height that faces are brought to, so that figures do not depend on how large one is."""
DARK, BRIGHT = 25, 247
"""Levels, of 0..255, up to and from which ISO/IEC 29794-5 counts a pixel as under- and overexposed."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def face_luminance(frame: FrameRGB, box_xyxy: BoxXYXY) -> Float32[ndarray, "_ _"] | None:
    """The face's luma (Rec. 709, 0..255) at a fixed height; None where its box lies outside of the frame."""
    height, width = frame.shape[:2]
    low = np.clip(np.floor(box_xyxy[:2]), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(box_xyxy[2:]), 0, (width, height)).astype(int)
    if (high - low).min() < 2:
        return None
    face = frame[low[1] : high[1], low[0] : high[0]]
    wide = max(2, round(FACE_PX * face.shape[1] / face.shape[0]))
    shrinks = face.shape[0] > FACE_PX
    small = cv2.resize(face, (wide, FACE_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return small.astype(np.float32) @ _LUMA


def sharpness(luminance: Float32[ndarray, "_ _"]) -> float:
    """Mean squared slope over the variance: blur lowers it, light and contrast leave it."""
    variance = float(luminance.var())
    if variance < 1e-6:
        return 0.0
    down, right = np.gradient(luminance)
    return float((np.square(down) + np.square(right)).mean()) / variance


def quality_figures(luminance: Float32[ndarray, "_ _"], landmarks: Landmarks) -> tuple[QualityFigure, ...]:
    """By name: `eye_distance_px` in the frame, the others 0..1."""
    layout = layout_of(landmarks)
    first, second = (landmarks[list(eye)].mean(axis=0) for eye in (layout.first_eye, layout.second_eye))
    figures = {
        "eye_distance_px": float(np.linalg.norm(first - second)),
        "luminance_mean": float(luminance.mean()) / 255,
        "luminance_deviation": float(luminance.std()) / 255,
        "underexposed_share": float((luminance <= DARK).mean()),
        "overexposed_share": float((luminance >= BRIGHT).mean()),
    }
    return tuple(QualityFigure(name=name, value=value) for name, value in figures.items())
