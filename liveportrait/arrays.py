"""The array vocabulary: what crosses a module boundary as NumPy, with axes, range and unit.

The tensor half of the vocabulary is `tensors.py`; this half imports no torch, so that
the light ends of the library (planning, messages, media) stay light.
"""

from collections.abc import Sequence
from typing import TypeAlias

from jaxtyping import Float, Float32, UInt8
from numpy import ndarray

FrameRGB: TypeAlias = UInt8[ndarray, "h w 3"]
"""A decoded picture: RGB, 0..255."""

FramesRGB: TypeAlias = Sequence[UInt8[ndarray, "_ _ 3"]]
"""Frames that may differ in size."""

CropRGB: TypeAlias = UInt8[ndarray, "side side 3"]
"""A square cut out of a frame: RGB, 0..255."""

Alpha: TypeAlias = UInt8[ndarray, "h w"]
"""Opacity of a frame, 0..255; 255 is opaque."""

Mask: TypeAlias = Float32[ndarray, "h w"]
"""Blending weight of every pixel, 0..1."""

Landmarks: TypeAlias = Float32[ndarray, "n 2"]
"""2D points on a face as (x, y) in pixels of the frame; the centre of the top left pixel is (0, 0)."""

Points: TypeAlias = Float[ndarray, "n 2"]
"""Points in a plane as (x, y)."""

Transform: TypeAlias = Float[ndarray, "3 3"]
"""A plane transform on column vectors (x, y, 1); `crop_from_frame` takes frame points to crop points."""

BoxXYXY: TypeAlias = Float32[ndarray, "4"]
"""An axis-aligned box (left, top, right, bottom) in pixels of the frame."""
