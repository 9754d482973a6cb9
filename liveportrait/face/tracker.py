"""Faces over the frames of a video: each is found again from where it was, and keeps its number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.face.boxes import overlap
from liveportrait.face.protocol import Face, FaceAnalyzer

_THUMBNAIL_WH = (32, 18)
_ENOUGH_PX = 128
"""Pixels of the shorter side that a thumbnail is made of: all of 1080p would cost as much as tracking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """When to look at the whole frame again, and who is who."""

    detect_every_frames: int = 30
    """For faces that enter. A lost face and a cut make the tracker detect at once."""
    remember_frames: int = 50
    """A lost face keeps its number that long, if it comes back near where it was."""
    same_face_overlap: float = 0.3
    """Faces whose boxes overlap by more (intersection over union) are one face."""
    cut_difference: float = 0.15
    """Mean difference (0..1) from the frame before, both shrunk to thumbnails, that makes a cut."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackedFace:
    """A face and the number that it keeps."""

    track_id: int
    face: Face
    unseen_frames: int = 0
    """How long ago the face was seen there."""


class FaceTracker:
    """Belongs to one stream of frames; a new stream takes a new tracker."""

    def __init__(self, analyzer: FaceAnalyzer, *, config: TrackerConfig | None = None) -> None:
        self._analyzer = analyzer
        self._config = config or TrackerConfig()
        self._tracks: list[TrackedFace] = []
        self._thumbnail: Float32[ndarray, "18 32 3"] | None = None
        self._frames_since_detection = 0
        self._next_id = 0

    def follow(self, face: Face, frame: FrameRGB) -> TrackedFace:
        """Follow a face that somebody vouches for in the last frame, whether or not it was found there."""
        refined = self._analyzer.refine(frame, face.landmarks) or face
        known = self._find(refined, self._tracks)
        if known is not None:
            return known
        track = self._numbered(refined)
        self._tracks.append(track)
        return track

    def update(self, frame: FrameRGB) -> list[TrackedFace]:
        """The faces of the next frame, the longest known first; empty when there is none."""
        seen = [] if self._is_cut(frame) else self._seen_again(frame)
        missing = _without(self._tracks, seen)
        self._frames_since_detection += 1
        is_due = self._frames_since_detection >= self._config.detect_every_frames
        if missing or not seen or is_due:
            seen = self._with_detected(frame, seen, missing)
        aged = [replace(track, unseen_frames=track.unseen_frames + 1) for track in _without(missing, seen)]
        remembered = [track for track in aged if track.unseen_frames <= self._config.remember_frames]
        self._tracks = seen + remembered
        return sorted(seen, key=lambda track: track.track_id)

    def _seen_again(self, frame: FrameRGB) -> list[TrackedFace]:
        """Those of the last frame that are still there; of two that ran into one, the elder."""
        seen: list[TrackedFace] = []
        for track in sorted(self._tracks, key=lambda track: track.track_id):
            face = self._analyzer.refine(frame, track.face.landmarks) if track.unseen_frames == 0 else None
            if face and self._find(face, [track]) and not self._find(face, seen):
                seen.append(TrackedFace(track_id=track.track_id, face=face))
        return seen

    def _with_detected(
        self, frame: FrameRGB, seen: Sequence[TrackedFace], missing: Sequence[TrackedFace]
    ) -> list[TrackedFace]:
        """Also those that only detection finds; a missing one that is met near its place gets its number."""
        self._frames_since_detection = 0
        found = list(seen)
        for face in self._analyzer.detect(frame):
            if not self._find(face, found):
                earlier = self._find(face, _without(missing, found))
                found.append(
                    replace(earlier, face=face, unseen_frames=0) if earlier else self._numbered(face)
                )
        return found

    def _find(self, face: Face, among: Sequence[TrackedFace]) -> TrackedFace | None:
        """The one of `among` that stands where the face does."""
        overlaps = [overlap(face.bbox_xyxy, track.face.bbox_xyxy) for track in among]
        if not overlaps or max(overlaps) <= self._config.same_face_overlap:
            return None
        return among[int(np.argmax(overlaps))]

    def _numbered(self, face: Face) -> TrackedFace:
        self._next_id += 1
        return TrackedFace(track_id=self._next_id - 1, face=face)

    def _is_cut(self, frame: FrameRGB) -> bool:
        step = max(1, min(frame.shape[:2]) // _ENOUGH_PX)
        coarse = np.ascontiguousarray(frame[::step, ::step])
        small = cv2.resize(coarse, _THUMBNAIL_WH, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
        earlier, self._thumbnail = self._thumbnail, small
        return earlier is not None and float(np.abs(small - earlier).mean()) > self._config.cut_difference


def _without(tracks: Sequence[TrackedFace], those: Sequence[TrackedFace]) -> list[TrackedFace]:
    taken = {track.track_id for track in those}
    return [track for track in tracks if track.track_id not in taken]
