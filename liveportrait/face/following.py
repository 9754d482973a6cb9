"""One chosen face over a video."""

from collections.abc import Sequence

from liveportrait.arrays import FrameRGB
from liveportrait.face.choice import FaceChoice, choose_face
from liveportrait.face.protocol import Face
from liveportrait.face.tracker import FaceTracker, TrackedFace


class FaceFollower:
    """Chooses a face when first there is one, then stays with it, whoever else is in the picture."""

    def __init__(self, tracker: FaceTracker, *, choice: FaceChoice = "largest") -> None:
        self._tracker = tracker
        self._choice: FaceChoice = choice
        self._track_id: int | None = None
        self._bystanders: set[int] = set()

    def follow(self, face: Face) -> None:
        """Stay with a face that is given by hand."""
        self._track_id = self._tracker.follow(face).track_id

    def update(self, frame: FrameRGB) -> Face | None:
        """The face in the next frame; None where it is not seen.

        When it is lost, the choice is made again, but only among faces that were not there beside it: a
        face that comes back far from its place has a new number, and after a cut all faces are new.
        A face chosen by its number is waited for until that many are there.
        """
        tracks = self._tracker.update(frame)
        mine = [track for track in tracks if track.track_id == self._track_id]
        if mine:
            self._bystanders.update(track.track_id for track in tracks if track is not mine[0])
            return mine[0].face
        return self._choose(tracks, frame)

    def _choose(self, tracks: Sequence[TrackedFace], frame: FrameRGB) -> Face | None:
        strangers = [track for track in tracks if track.track_id not in self._bystanders]
        if not strangers or (isinstance(self._choice, int) and self._choice >= len(strangers)):
            return None
        height, width = frame.shape[:2]
        chosen = choose_face([track.face for track in strangers], self._choice, frame_size_wh=(width, height))
        self._track_id = next(track.track_id for track in strangers if track.face is chosen)
        self._bystanders = {track.track_id for track in tracks} - {self._track_id}
        return chosen
