"""A jaw that drops further, or less far: mouths that clips of people who talk hardly ever show.

A smile that opens wide has to show what the smile did not. Few frames of a talking person are
open wide, so open mouths are opened further: the lower lip and the chin move, the teeth above stay,
and the dark between them grows; below a row of teeth that leaves no dark it is painted. When a
mouth is closed, the lower lip covers what lies behind it, as a real one does, and leaves a smile with
teeth. Points of the lip and the skin below it go exactly where the picture shows them, so labels
stay true.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float
from numpy import ndarray

from liveportrait.arrays import CropRGB, FrameRGB
from liveportrait.training.crops import FrameLabels
from liveportrait.training.guides import CHIN_KEYPOINT, LIP_KEYPOINTS, OPENINGS
from liveportrait.training.mouth_inside import MouthInside, draw_inside

UPPER_INNER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""Of the 478-point mesh, from corner to corner."""
LOWER_OUTER_LIP, CHIN = 17, 152

TEETH_ABOVE, TEETH_BELOW = 0.45, 0.25
"""Of an open mouth's height, what moves with the upper and with the lower lip; between them it stretches."""
CHIN_WIDTH = 2.0
"""How much wider the moved part is at the chin than between the corners of the mouth."""
DARK_UP_TO = 0.55
"""Brightness of what lies deep in a mouth, over that of the chin's skin, that is no tooth and no tongue."""

OPEN_ENOUGH = 0.12
"""Height over width of a mouth that can be opened further or be closed."""

MOST_OPEN = 0.85
"""Height over width of a mouth after it was opened."""
MOST_STRETCH = 1.6
"""By how much of its height a mouth with a dark inside is opened at most."""
PAINTED = (0.1, 0.45)
"""By how much of its width a mouth full of teeth is opened, at least and at most."""
CLOSED = (0.3, 0.9)
"""By how much of its height a mouth is closed, at least and at most: teeth are to stay seen in some."""
SOFT_EDGE = 0.012
"""Crop units over which what is painted begins: a pixel and a half of 256."""

_LIPS_END = 0.9
"""Of the half width; nearer to the corners lips that close may cross a little."""
_NUM_HALVINGS = 30
"""To find where a point goes: each halves the drop that it is sought in."""
_MOVED_KEYPOINTS = (OPENINGS[0][1], LIP_KEYPOINTS[5], CHIN_KEYPOINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """An open mouth in its own axes: u from the middle along the corners, v down, in crop units."""

    middle: Float[ndarray, "2"]
    along: Float[ndarray, "2"]
    half_width: float
    upper: Float[ndarray, "p 2"]
    lower: Float[ndarray, "p 2"]
    """The inner edges of the lips, u rising."""
    chin_v: float

    @property
    def height(self) -> float:
        """Between the lips, where they are furthest apart."""
        u = np.concatenate((self.upper[:, 0], self.lower[:, 0]))
        return max(0.0, float(self.gap(u).max()))

    @property
    def most_closing(self) -> float:
        """How far the middle of the lower lip can rise before the lips meet, there or beside it."""
        u = np.linspace(-_LIPS_END, _LIPS_END, 37)
        return max(0.0, float((self.gap(u * self.half_width) / across(u)).min()))

    @property
    def opening(self) -> float:
        """Height over width."""
        return self.height / (2 * self.half_width)

    def gap(self, u: Float[ndarray, "n"]) -> Float[ndarray, "n"]:
        """From the upper lip down to the lower."""
        return np.interp(u, *self.lower.T) - np.interp(u, *self.upper.T)

    def axes(self) -> Float[ndarray, "2 2"]:
        """Row vectors (x, y) times this are (u, v)."""
        return np.stack((self.along, (-self.along[1], self.along[0])), 1)


def read_mouth(landmarks: Float[ndarray, "n 3"]) -> Mouth | None:
    """The mouth of one frame; None where the lips touch or cross, the head is turned too far to tell, or
    landmarks are no numbers."""
    points = landmarks[:, :2].astype(np.float64)
    if not np.isfinite(points).all():
        return None
    left, right = points[UPPER_INNER_LIP[0]], points[UPPER_INNER_LIP[-1]]
    width = float(np.linalg.norm(right - left))
    if width < 1e-3:
        return None
    mouth = Mouth(
        middle=(left + right) / 2,
        along=(right - left) / width,
        half_width=width / 2,
        upper=np.zeros((0, 2)),
        lower=np.zeros((0, 2)),
        chin_v=0.0,
    )
    own = (points - mouth.middle) @ mouth.axes()
    upper, lower = own[list(UPPER_INNER_LIP)], own[list(LOWER_INNER_LIP)]
    mouth = replace(mouth, upper=upper, lower=lower, chin_v=float(own[CHIN, 1]))
    rising = (np.diff(upper[:, 0]) > 0).all() and (np.diff(lower[:, 0]) > 0).all()
    above_chin = max(lower[:, 1].max(), own[LOWER_OUTER_LIP, 1]) < mouth.chin_v
    return mouth if rising and above_chin and mouth.opening >= OPEN_ENOUGH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JawWarp:
    """Moves the lower lip and the chin of `mouth` down by `drop`; below zero it closes the mouth.

    With an `inside`, all that was between the lips stays with the upper one, and what comes to be seen
    below it is painted.
    """

    mouth: Mouth
    drop: float
    """In crop units. Closing by more than the mouth's height is not possible."""
    inside: MouthInside | None = None

    def __post_init__(self) -> None:
        assert self.drop >= -self.mouth.height - 1e-9, "a closed mouth cannot close"

    def warped_from_original(self, points: Float[ndarray, "n 2"]) -> Float[ndarray, "n 2"]:
        """Where points of the lower lip, and of the skin below it, go.

        By bisection: the further down in the warped frame, the further down in the frame.
        """
        own = self._own(points)
        u, v = own[:, 0], own[:, 1]
        low, high = v + min(self.drop, 0.0), v + max(self.drop, 0.0)
        for _ in range(_NUM_HALVINGS):
            middle = (low + high) / 2
            shows_above = middle - self._drop_at(u, middle) < v
            low, high = np.where(shows_above, middle, low), np.where(shows_above, high, middle)
        own = np.stack((u, (low + high) / 2), 1)
        return own @ self.mouth.axes().T + self.mouth.middle

    def original_from_warped(self, points: Float[ndarray, "*s 2"]) -> Float[ndarray, "*s 2"]:
        """Where to look in the frame for each point of the warped frame."""
        own = self._own(points.reshape(-1, 2))
        u, v = own.T
        down = self._drop_at(u, v)
        upper = np.interp(u, *self.mouth.upper.T)
        before = self.mouth.gap(u)
        after = np.maximum(before + down, 0)
        inside = (np.abs(u) < self.mouth.half_width) & (v > upper) & (v < upper + after)
        between = upper + self._between_lips(v - upper, before, after)
        below = v - upper >= after
        own[:, 1] = np.where(inside, between, np.where(below, v - down, v))
        return (own @ self.mouth.axes().T + self.mouth.middle).reshape(points.shape)

    def paint(self, picture: CropRGB, points: Float[ndarray, "h w 2"]) -> CropRGB:
        """What a mouth full of teeth shows below them; `points` are those of the picture's pixels."""
        if self.inside is None:
            return picture
        u, v = self._own(points.reshape(-1, 2)).T
        new = self._drop_at(u, v)
        below_teeth = v - np.interp(u, *self.mouth.upper.T) - self.mouth.gap(u)
        share = np.clip(below_teeth / SOFT_EDGE + 0.5, 0, 1) * np.clip((new - below_teeth) / SOFT_EDGE, 0, 1)
        aside = u / self.mouth.half_width
        colour = self.inside.colour(np.clip(below_teeth / np.maximum(new, 1e-6), 0, 1), aside)
        share = np.where(np.abs(aside) < 1, share, 0).reshape(*picture.shape[:2], 1)
        mixed = picture + share * (colour.reshape(picture.shape) - picture)
        return (mixed + 0.5).clip(0, 255).astype(np.uint8)

    def warp_labels(self, labels: FrameLabels) -> FrameLabels:
        """Labels of the warped frame: a jaw that drops is an expression."""
        moved = list(_MOVED_KEYPOINTS)
        keypoints, expression = labels.keypoints.copy(), labels.expression.copy()
        keypoints[moved, :2] = self.warped_from_original(labels.keypoints[moved, :2])
        expression[moved] += (keypoints[moved] - labels.keypoints[moved]) / labels.scale
        return labels._replace(keypoints=keypoints, expression=expression)

    def _between_lips(
        self, depth: Float[ndarray, "n"], before: Float[ndarray, "n"], after: Float[ndarray, "n"]
    ) -> Float[ndarray, "n"]:
        """How far below the upper lip to look, for points so far below it."""
        if self.inside is not None:
            return np.minimum(depth, before)
        above, below = TEETH_ABOVE * before, TEETH_BELOW * before
        stretch = (before - above - below) / np.maximum(after - above - below, 1e-9)
        opened = np.where(depth > after - below, depth - (after - before), above + (depth - above) * stretch)
        opens = after > before
        return np.where(opens & (depth > above), opened, depth)

    def _drop_at(self, u: Float[ndarray, "n"], v: Float[ndarray, "n"]) -> Float[ndarray, "n"]:
        """How far down what is seen there now has come: all at the middle, less to the sides and under
        the chin, nothing beyond."""
        lip = self._lowest_of_lip()
        chin = self.mouth.chin_v + self.drop
        # Widening sooner would fold the skin beside the chin: its slope must stay below 1.
        widening = max(chin - lip, 4 * (CHIN_WIDTH - 1) * abs(self.drop))
        to_chin = np.clip((v - lip) / widening, 0, 1)
        aside = u / (self.mouth.half_width * (1 + (CHIN_WIDTH - 1) * to_chin))
        fade = max(chin - lip, 2 * abs(self.drop))
        under = np.clip((v - chin) / fade, 0, 1)
        return self.drop * across(aside) * (1 - under)

    def _lowest_of_lip(self) -> float:
        """Of its inner edge, after the drop: above that nothing is widened."""
        u, v = self.mouth.lower.T
        return float((v + self.drop * across(u / self.mouth.half_width)).max())

    def _own(self, points: Float[ndarray, "n 2"]) -> Float[ndarray, "n 2"]:
        return (points.astype(np.float64) - self.mouth.middle) @ self.mouth.axes()


def across(aside: Float[ndarray, "*n"]) -> Float[ndarray, "*n"]:
    """What part of the drop comes `aside` of the middle, -1..1 from corner to corner: a jaw is blunt."""
    return np.maximum(1 - np.square(np.square(aside)), 0)


def draw_opening(
    rng: np.random.Generator, frame: FrameRGB, landmarks: Float[ndarray, "n 3"]
) -> JawWarp | None:
    """Opens a mouth further; None where it is closed, or wide open."""
    mouth = read_mouth(landmarks)
    if mouth is None or mouth.opening >= MOST_OPEN:
        return None
    width = 2 * mouth.half_width
    if not is_dark_inside(frame, mouth):
        skin = _brightness_of_skin(frame, mouth)
        return JawWarp(mouth=mouth, drop=rng.uniform(*PAINTED) * width, inside=draw_inside(rng, skin))
    wanted = rng.uniform(mouth.opening, MOST_OPEN) - mouth.opening
    return JawWarp(mouth=mouth, drop=min(wanted * width, MOST_STRETCH * mouth.height))


def draw_closing(rng: np.random.Generator, landmarks: Float[ndarray, "n 3"]) -> JawWarp | None:
    """Closes an open mouth most of the way, as far as the lips let it; None where it is closed."""
    mouth = read_mouth(landmarks)
    if mouth is None:
        return None
    wanted = rng.uniform(*CLOSED) * mouth.height
    return JawWarp(mouth=mouth, drop=-min(wanted, mouth.most_closing))


def is_dark_inside(frame: FrameRGB, mouth: Mouth) -> bool:
    """Whether the part that opening stretches is the dark of the mouth, rather than teeth."""
    share = np.linspace(TEETH_ABOVE, 1 - TEETH_BELOW, 5)[:, None]
    u = _middle_of(mouth)
    upper = np.interp(u, *mouth.upper.T)
    deep = _brightness(frame, mouth, u, upper + share * mouth.gap(u))
    return deep < DARK_UP_TO * _brightness_of_skin(frame, mouth)


def _brightness_of_skin(frame: FrameRGB, mouth: Mouth) -> float:
    """Of the chin, below the lower lip."""
    lip = float(mouth.lower[:, 1].max())
    down = np.linspace(0.6, 0.9, 4)[:, None] * (mouth.chin_v - lip)
    return _brightness(frame, mouth, _middle_of(mouth), lip + down)


def _middle_of(mouth: Mouth) -> Float[ndarray, "n"]:
    return np.linspace(-0.5, 0.5, 9) * mouth.half_width


def _brightness(frame: FrameRGB, mouth: Mouth, u: Float[ndarray, "n"], v: Float[ndarray, "m _n"]) -> float:
    """Median over places in the mouth's axes."""
    own = np.stack(np.broadcast_arrays(u, v), -1).reshape(-1, 2)
    points = own @ mouth.axes().T + mouth.middle
    column, row = ((points + 1) * frame.shape[0] / 2 - 0.5).astype(np.float32).T[:, None].copy()
    seen = cv2.remap(frame, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return float(np.median(seen.mean(-1)))
