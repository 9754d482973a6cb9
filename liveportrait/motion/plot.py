"""A picture of a motion template: pose, eyes and lips over time."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from PIL import Image, ImageDraw, ImageFont

from liveportrait.arrays import FrameRGB
from liveportrait.motion.rotation import degrees_from_rotation
from liveportrait.motion.template import MotionTemplate

# Told apart by people who see fewer colours: Okabe and Ito.
BLUE, ORANGE, GREEN = (0, 114, 178), (213, 94, 0), (0, 158, 115)
INK, GRID = (40, 40, 40), (225, 225, 225)

PICTURE_WH = (1200, 900)
OVERSAMPLING = 2
"""Pillow draws jagged lines; they are drawn larger and averaged."""

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 80.0, 24.0, 88.0, 56.0
PANEL_GAP = 56.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One number over time."""

    name: str
    values: Float[ndarray, "t"]
    color: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Curves that share an axis."""

    title: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Where a panel lies in the picture and what it spans."""

    left: float
    top: float
    right: float
    bottom: float
    seconds: float
    low: float
    high: float

    def x(self, seconds: float) -> float:
        return self.left + (self.right - self.left) * seconds / self.seconds

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)


def plot_template(template: MotionTemplate) -> FrameRGB:
    """Draw the template's curves, one panel for each kind."""
    panels = _panels(template)
    width, height = (side * OVERSAMPLING for side in PICTURE_WH)
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    _write(pen, (MARGIN_LEFT, 16.0), _heading(template), size=18)
    each = (PICTURE_WH[1] - MARGIN_TOP - MARGIN_BOTTOM - PANEL_GAP * (len(panels) - 1)) / len(panels)
    for index, panel in enumerate(panels):
        top = MARGIN_TOP + index * (each + PANEL_GAP)
        low, high = _limits(panel)
        axes = Axes(
            left=MARGIN_LEFT,
            top=top,
            right=PICTURE_WH[0] - MARGIN_RIGHT,
            bottom=top + each,
            seconds=template.duration_seconds,
            low=low,
            high=high,
        )
        _draw_panel(pen, panel, axes, fps=float(template.fps))
    _write(pen, (PICTURE_WH[0] / 2, PICTURE_WH[1] - 22.0), "time (s)", anchor="mm")
    return np.asarray(picture.resize(PICTURE_WH, Image.Resampling.BOX))


def _heading(template: MotionTemplate) -> str:
    rate = float(template.fps)
    return (
        f"motion template of the model {template.model_id}: {template.num_frames} frames, "
        f"{rate:.5g} frames/s, {template.duration_seconds:.2f} s"
    )


def _panels(template: MotionTemplate) -> list[Panel]:
    pitch, yaw, roll = (angle.cpu().numpy() for angle in degrees_from_rotation(template.motion.rotation))
    pose = (
        Curve(name="pitch", values=pitch, color=BLUE),
        Curve(name="yaw", values=yaw, color=ORANGE),
        Curve(name="roll", values=roll, color=GREEN),
    )
    panels = [Panel(title="head pose (degrees)", curves=pose)]
    if template.openings is not None:
        eyes, lips = template.openings.eyes.cpu().numpy(), template.openings.lips.cpu().numpy()
        first = Curve(name="left in the picture", values=eyes[:, 0], color=BLUE)
        second = Curve(name="right in the picture", values=eyes[:, 1], color=ORANGE)
        panels.append(Panel(title="eye opening (height / width)", curves=(first, second)))
        mouth = Curve(name="lips", values=lips[:, 0], color=GREEN)
        panels.append(Panel(title="lip opening (height / width)", curves=(mouth,)))
    return panels


def _limits(panel: Panel) -> tuple[float, float]:
    """What the panel spans: all values and 0, with some room."""
    values = np.concatenate([curve.values for curve in panel.curves])
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    room = 0.06 * (high - low) or 0.5
    return (low - room if low < 0 else low), high + room


def _draw_panel(pen: ImageDraw.ImageDraw, panel: Panel, axes: Axes, *, fps: float) -> None:
    _draw_grid(pen, axes)
    for curve in panel.curves:
        heights = [axes.y(value) for value in curve.values.tolist()]
        points = [(axes.x((index + 0.5) / fps), height) for index, height in enumerate(heights)]
        ends = [(axes.left, heights[0]), *points, (axes.right, heights[-1])]
        _line(pen, ends, curve.color, width=2)
    _write(pen, (axes.left, axes.top - 16), panel.title, anchor="lm", size=15)
    right = axes.right
    for curve in reversed(panel.curves):
        _write(pen, (right, axes.top - 16), curve.name, anchor="rm", color=curve.color)
        right -= _font(13).getlength(curve.name) / OVERSAMPLING
        _line(pen, [(right - 30, axes.top - 16), (right - 8, axes.top - 16)], curve.color, width=3)
        right -= 46


def _draw_grid(pen: ImageDraw.ImageDraw, axes: Axes) -> None:
    for second in _ticks(0.0, axes.seconds, most=12):
        _line(pen, [(axes.x(second), axes.top), (axes.x(second), axes.bottom)], GRID, width=1)
        _write(pen, (axes.x(second), axes.bottom + 12), f"{second:g}", anchor="mm")
    for value in _ticks(axes.low, axes.high, most=6):
        _line(pen, [(axes.left, axes.y(value)), (axes.right, axes.y(value))], GRID if value else INK, width=1)
        _write(pen, (axes.left - 8, axes.y(value)), f"{value:g}", anchor="rm")
    corners = [(axes.left, axes.top), (axes.left, axes.bottom), (axes.right, axes.bottom)]
    _line(pen, corners, INK, width=1)


def _ticks(low: float, high: float, *, most: int) -> list[float]:
    """Round numbers within the span, at most so many: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _line(
    pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], color: tuple[int, int, int], *, width: int
) -> None:
    scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
    pen.line(scaled, fill=color, width=width * OVERSAMPLING, joint="curve")


def _write(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    *,
    anchor: str = "la",
    size: int = 13,
    color: tuple[int, int, int] = INK,
) -> None:
    scaled = (at[0] * OVERSAMPLING, at[1] * OVERSAMPLING)
    pen.text(scaled, text, fill=color, anchor=anchor, font=_font(size))


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size * OVERSAMPLING)
