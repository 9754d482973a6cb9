"""Drawn heads that talk, turn and blink: training data with no people, whose motion is known exactly.

The reference head is posed, its lips and lids are moved, and what results is painted flat.
It is data for the `tiny` recipe and for tests; nobody should train anything else on it.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.training.clip_origin import ClipOrigin
from liveportrait.training.shard_writing import write_shard

DRAWN_ORIGIN = "drawn by this library"

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LEFT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
RIGHT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
LEFT_BROW = (70, 63, 105, 66, 107)
RIGHT_BROW = (336, 296, 334, 293, 300)
NOSE = (6, 197, 195, 5, 4, 1)

_MOVED_BY_JAW = (17, 14, 87, 178, 88, 95, 317, 402, 318, 324, 84, 181, 91, 146, 314, 405, 321, 375)
_CHIN = (152, 148, 176, 149, 377, 400, 378)
_UPPER_LIDS = ((157, 158, 159, 160, 161, 173, 246), (384, 385, 386, 387, 388, 398, 466))
_LOWER_LIDS = ((154, 153, 145, 144, 163, 155, 7), (381, 380, 374, 373, 390, 382, 249))
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFacesConfig:
    """How much is drawn."""

    num_clips: int = 4
    frames_per_clip: int = 16
    size_px: int = 256
    max_yaw_deg: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFace:
    """What one frame shows."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    lips_open: float
    """0 closed, 1 wide."""
    eyes_open: float
    shift_xy: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What stays from frame to frame."""

    proportions: Float[ndarray, "3"]
    skin: tuple[int, int, int]
    shirt: tuple[int, int, int]
    backdrop: UInt8[ndarray, "h w 3"]


def write_drawn_clips(
    folder: Path, head: Float[ndarray, "m 3"], config: DrawnFacesConfig, *, seed: int
) -> None:
    """Shards of drawn people, each a person of their own."""
    for number in range(config.num_clips):
        rng = np.random.default_rng([seed, number])
        person = draw_person(rng, size_px=config.size_px)
        faces = [_at(rng, time, config) for time in np.linspace(0, 1, config.frames_per_clip)]
        landmarks = np.stack([drawn_landmarks(face, person, head) for face in faces])
        name = f"drawn-{number:03d}"
        origin = ClipOrigin(
            file=name, person=name, kind="drawn", origin=DRAWN_ORIGIN, licence_as_stated="MIT"
        )
        write_shard(
            folder / f"{name}.safetensors",
            frames=np.stack([draw_face(points, person) for points in landmarks]),
            landmarks=landmarks,
            presence=np.ones(len(faces), np.float32),
            metadata=origin.as_metadata(),
        )


def drawn_landmarks(
    face: DrawnFace, person: Person, head: Float[ndarray, "m 3"]
) -> Float32[ndarray, "478 3"]:
    """The 478 points in crop coordinates: the model's own equation with a known motion."""
    rotation = rotation_from_degrees(
        pitch=torch.tensor([face.pitch_deg]),
        yaw=torch.tensor([face.yaw_deg]),
        roll=torch.tensor([face.roll_deg]),
    )[0].numpy()
    resting = head[:468] * person.proportions
    placed = face.scale * (_expressed(resting, face) @ rotation)
    placed[:, :2] += face.shift_xy
    return np.concatenate([placed, _irises(placed)]).astype(np.float32)


def draw_person(rng: np.random.Generator, *, size_px: int) -> Person:
    """A person in front of a backdrop."""
    coarse = rng.integers(40, 200, (5, 5, 3)).astype(np.uint8)
    skin = np.array([224, 172, 140]) * rng.uniform(0.5, 1.05)
    shirt = rng.integers(20, 220, 3)
    return Person(
        proportions=rng.uniform(0.92, 1.08, 3),
        skin=(int(skin[0]), int(skin[1]), int(skin[2])),
        shirt=(int(shirt[0]), int(shirt[1]), int(shirt[2])),
        backdrop=cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_CUBIC),
    )


def draw_face(landmarks: Float32[ndarray, "478 3"], person: Person) -> FrameRGB:
    """A frame that shows the landmarks."""
    size = person.backdrop.shape[0]
    pixels = ((landmarks[:, :2] + 1) * size - 1) / 2
    shade = tuple(int(0.75 * value) for value in person.skin)
    shoulders = np.array([[0.08, 1.1], [0.25, 0.86], [0.75, 0.86], [0.92, 1.1]]) * size
    frame = _filled(person.backdrop, shoulders, person.shirt)
    for part, color in (
        (OVAL, person.skin),
        (OUTER_LIPS, (176, 68, 72)),
        (INNER_LIPS, (60, 16, 20)),
        (LEFT_EYE, (240, 240, 240)),
        (RIGHT_EYE, (240, 240, 240)),
    ):
        frame = _filled(frame, pixels[list(part)], color)
    for eye, iris in ((LEFT_EYE, 468), (RIGHT_EYE, 473)):
        frame = _with_iris(frame, pixels, eye, iris)
    lines = [_fixed(pixels[list(part)]) for part in (LEFT_BROW, RIGHT_BROW, NOSE)]
    return cv2.polylines(frame.copy(), lines, False, shade, 3, cv2.LINE_AA, _SUBPIXEL_BITS)


def _expressed(resting: Float[ndarray, "468 3"], face: DrawnFace) -> Float[ndarray, "468 3"]:
    points = resting.copy()
    mouth = np.linalg.norm(resting[61] - resting[291])
    points[list(_MOVED_BY_JAW), 1] += 0.5 * mouth * face.lips_open
    points[list(_CHIN), 1] += 0.3 * mouth * face.lips_open
    for upper, lower in zip(_UPPER_LIDS, _LOWER_LIDS, strict=True):
        points[list(upper)] += (1 - face.eyes_open) * (resting[list(lower)] - resting[list(upper)])
    return points


def _irises(placed: Float[ndarray, "468 3"]) -> Float[ndarray, "10 3"]:
    irises = []
    for first, second in ((33, 133), (263, 362)):
        centre = (placed[first] + placed[second]) / 2
        radius = 0.2 * np.linalg.norm(placed[first] - placed[second])
        around = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]]) * radius
        irises.append(centre + np.pad(around, ((0, 0), (0, 1))))
    return np.concatenate(irises)


def _at(rng: np.random.Generator, time: float, config: DrawnFacesConfig) -> DrawnFace:
    turn, nod, tilt, talk = np.sin(2 * np.pi * (time * np.array([1, 2, 1, 3]) + np.array([0, 0.2, 0.4, 0])))
    sway = rng.normal(0, 0.03, 2)
    return DrawnFace(
        yaw_deg=float(config.max_yaw_deg * turn),
        pitch_deg=float(8 * nod),
        roll_deg=float(6 * tilt),
        lips_open=float(0.5 + 0.5 * talk),
        eyes_open=float(rng.choice([0.1, 0.6, 1.0])),
        shift_xy=(float(sway[0]), float(sway[1])),
    )


def _with_iris(frame: FrameRGB, pixels: Float[ndarray, "n 2"], eye: tuple[int, ...], iris: int) -> FrameRGB:
    """The frame with an iris where the lids leave it free."""
    opening = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillPoly(opening, [_fixed(pixels[list(eye)])], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    radius = float(np.linalg.norm(pixels[iris] - pixels[iris + 1]))
    centre = _fixed(pixels[iris][None])[0]
    painted = cv2.circle(
        frame.copy(),
        (int(centre[0]), int(centre[1])),
        round(radius * 16),
        (50, 70, 40),
        -1,
        cv2.LINE_AA,
        _SUBPIXEL_BITS,
    )
    return np.where((opening > 127)[..., None], painted, frame)


def _filled(frame: FrameRGB, polygon: Float[ndarray, "n 2"], color: tuple[int, int, int]) -> FrameRGB:
    return cv2.fillPoly(frame.copy(), [_fixed(polygon)], color, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(points: Float[ndarray, "n 2"]) -> ndarray:
    """Fixed-point pixels, as OpenCV draws between pixels."""
    return np.round(points * 2**_SUBPIXEL_BITS).astype(np.int32)
