"""The tensor vocabulary: what crosses a module boundary as torch, with axes, range and unit.

Batch first, fp32 unless said otherwise. Coordinates of keypoints and grids live in the
cube [-1, 1]^3, component order (x, y, z): x to the right, y down, z into the image.
An axis without an underscore has one size throughout a call; one with may differ from value
to value, as pictures and features of several sizes meet in one function.
"""

from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

ImageBatch: TypeAlias = Float[Tensor, "b 3 _h _w"]
"""Pictures, RGB, 0..1."""

FeatureVolume: TypeAlias = Float[Tensor, "b _c _d _h _w"]
"""3D appearance: channels over depth, height and width."""

FeatureMap: TypeAlias = Float[Tensor, "b _c _h _w"]
"""2D features."""

Keypoints: TypeAlias = Float[Tensor, "b k 3"]
"""Implicit 3D keypoints as (x, y, z) in the cube."""

Rotation: TypeAlias = Float[Tensor, "b 3 3"]
"""Head rotation, applied from the right to row vectors: `keypoints @ rotation`."""

Degrees: TypeAlias = Float[Tensor, "b"]
"""An angle per batch item, in degrees."""

Scale: TypeAlias = Float[Tensor, "b 1"]
"""Size of the head, 1 at the canonical size."""

Translation: TypeAlias = Float[Tensor, "b 3"]
"""Shift of the head; z is carried and not applied."""

Ratios: TypeAlias = Float[Tensor, "b n"]
"""Eye or lip opening: height over width of the opening; 0 is closed."""

ImagePoints: TypeAlias = Float[Tensor, "b n 2"]
"""2D points as (x, y) in units of the image: -1 its left or top edge, 1 its right or bottom edge."""

Loss: TypeAlias = Float[Tensor, ""]
"""One number to make smaller."""

PerItem: TypeAlias = Float[Tensor, "b"]
"""One number per batch item."""
