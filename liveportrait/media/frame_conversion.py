"""Decoded pictures to RGB frames: right colours, square pixels, upright."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, Interpolation, VideoReformatter

from liveportrait.arrays import Alpha, FrameRGB
from liveportrait.media.orientation import Orientation, orientation_of

EXACT = (
    Interpolation.BILINEAR
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.ACCURATE_RND
)
"""How swscale is to convert. Its default reads a 512 px frame 0.7 ms faster, and 1.3 levels too dark."""

_UNSPECIFIED = 2
"""AVCOL_SPC_UNSPECIFIED."""

_HIGH_DYNAMIC_RANGE = frozenset({ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67})
"""PQ and HLG, as phones record. They are brought to BT.709; what is brighter than white becomes white."""

_FIRST_HD_HEIGHT = 720

_STRANGEST_PIXEL_ASPECT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the pictures of one stream lie in the file; told by the first one, kept for all."""

    square_wh: tuple[int, int]
    """Size at which the stored picture has square pixels, before it is turned."""
    orientation: Orientation
    has_alpha: bool

    @property
    def upright_wh(self) -> tuple[int, int]:
        return self.orientation.upright_size(self.square_wh)


def layout_of(first: VideoFrame, *, pixel_aspect: Fraction | None) -> Layout:
    """The layout of a stream by its first picture; `pixel_aspect` is the width of a pixel over its height."""
    return Layout(
        square_wh=_square_pixels((first.width, first.height), pixel_aspect),
        orientation=orientation_of(first),
        has_alpha=any(part.is_alpha for part in first.format.components),
    )


class FrameConverter:
    """Converts the pictures of one pass; a picture of another size is brought to that of the layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._reformatter = VideoReformatter()

    def __call__(self, picture: VideoFrame) -> tuple[FrameRGB, Alpha | None]:
        """The picture, and its opacity where the codec stores one."""
        width, height = self._layout.square_wh
        is_bright = picture.color_trc in _HIGH_DYNAMIC_RANGE
        reformatted = self._reformatter.reformat(
            picture,
            width=width,
            height=height,
            format="rgba" if self._layout.has_alpha else "rgb24",
            src_colorspace=_matrix(picture),
            dst_color_trc=ColorTrc.BT709 if is_bright else None,
            dst_color_primaries=ColorPrimaries.BT709 if is_bright else None,
            interpolation=EXACT,
            threads=1,
        )
        pixels = self._layout.orientation.upright(reformatted.to_ndarray())
        if not self._layout.has_alpha:
            return pixels, None
        return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])


def _square_pixels(size_wh: tuple[int, int], pixel_aspect: Fraction | None) -> tuple[int, int]:
    """The size at which pixels are square, got by enlarging one side."""
    width, height = size_wh
    if not pixel_aspect or not 1 / _STRANGEST_PIXEL_ASPECT <= pixel_aspect <= _STRANGEST_PIXEL_ASPECT:
        return size_wh
    if pixel_aspect >= 1:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


def _matrix(picture: VideoFrame) -> Colorspace | None:
    """What players assume where the file is silent: BT.709 for HD, BT.601 below; None keeps what it says."""
    if picture.format.is_rgb or picture.colorspace != _UNSPECIFIED:
        return None
    return Colorspace.ITU709 if picture.height >= _FIRST_HD_HEIGHT else Colorspace.ITU601
