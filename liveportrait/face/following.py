"""One chosen face over a video."""

from collections.abc import Sequence

from liveportrait.arrays import FrameRGB
from liveportrait.face.boxes import distance, has_middle_in
from liveportrait.face.choice import FaceChoice, choose_face
from liveportrait.face.protocol import Face
from liveportrait.face.tracker import FaceTracker, TrackedFace


class FaceFollower:
    """Chooses a face when first there is one, then stays with it, whoever else is in the picture."""

    def __init__(self, tracker: FaceTracker, *, choice: FaceChoice | Face = "largest") -> None:
        """`choice` may be a face given by hand, as it is in the first frame."""
        self._tracker = tracker
        self._choice: FaceChoice | Face = choice
        self._mine: TrackedFace | None = None
        self._beside: dict[int, Face] = {}
        """The others of the last frame in which mine was seen."""
        self._bystanders: set[int] = set()

    def update(self, frame: FrameRGB) -> Face | None:
        """The face in the next frame; None where it is not seen.

        When it is lost, it is looked for among strangers, faces that were never there beside it: one that
        comes back far from its place has a new number. While some who were beside it are still there, it
        is the stranger nearest to where it was; after a cut all are strangers, and the choice is made again.
        A face chosen by its number is waited for until that many are there.
        """
        tracks = self._tracker.update(frame)
        mine = self._same_in(tracks) or self._chosen_from(tracks, frame)
        if mine is not None:
            others = [track for track in tracks if track.track_id != mine.track_id]
            self._mine, self._beside = mine, {track.track_id: track.face for track in others}
            self._bystanders.update(self._beside)
        return None if mine is None else mine.face

    def _same_in(self, tracks: Sequence[TrackedFace]) -> TrackedFace | None:
        lost = self._mine
        return next((track for track in tracks if lost and track.track_id == lost.track_id), None)

    def _chosen_from(self, tracks: Sequence[TrackedFace], frame: FrameRGB) -> TrackedFace | None:
        strangers = [track for track in tracks if track.track_id not in self._bystanders]
        if isinstance(self._choice, Face):
            return self._given_from(strangers, self._choice, frame)
        is_too_few = isinstance(self._choice, int) and self._choice >= len(strangers)
        if self._mine is not None and (is_too_few or len(strangers) < len(tracks)):
            return self._nearest_of(strangers, self._mine.face, present={track.track_id for track in tracks})
        if is_too_few or not strangers:
            return None
        height, width = frame.shape[:2]
        chosen = choose_face([track.face for track in strangers], self._choice, frame_size_wh=(width, height))
        return next(track for track in strangers if track.face is chosen)

    def _given_from(
        self, strangers: Sequence[TrackedFace], given: Face, frame: FrameRGB
    ) -> TrackedFace | None:
        """The one in its place: detection may never find it, and the only stranger be somebody else."""
        place = (given if self._mine is None else self._mine.face).bbox_xyxy
        there = [track for track in strangers if has_middle_in(place, track.face.bbox_xyxy)]
        found = min(there, key=lambda track: distance(track.face.bbox_xyxy, place), default=None)
        return self._tracker.follow(given, frame) if found is None and self._mine is None else found

    def _nearest_of(
        self, strangers: Sequence[TrackedFace], lost: Face, *, present: set[int]
    ) -> TrackedFace | None:
        """The one nearest to where it was lost, unless another who is lost too was nearer to that one."""
        rivals = [face for track_id, face in self._beside.items() if track_id not in present]

        def from_lost(track: TrackedFace) -> float:
            return distance(track.face.bbox_xyxy, lost.bbox_xyxy)

        mine = [
            track
            for track in strangers
            if all(from_lost(track) <= distance(track.face.bbox_xyxy, one.bbox_xyxy) for one in rivals)
        ]
        return min(mine, key=from_lost, default=None)
