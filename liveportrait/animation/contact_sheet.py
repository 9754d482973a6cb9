"""An animation at a glance: source, driving and result at a few moments."""

from pathlib import Path

from liveportrait.animation.files import Moment
from liveportrait.errors import SettingError
from liveportrait.media.contact_sheet import Row, contact_sheet, thumbnail
from liveportrait.media.opening import open_sink
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.still_source import STILL_FPS

NUM_COLUMNS = 8


class ContactSheet:
    """A watcher of `animate_file` that keeps thumbnails of some moments, evenly spread."""

    def __init__(self, *, num_columns: int = NUM_COLUMNS) -> None:
        if num_columns < 1:
            raise SettingError(f"A contact sheet has 1 column or more; got {num_columns}.")
        self._num_columns = num_columns
        self._moments: list[Moment] = []

    def see(self, moment: Moment, *, num_frames: int) -> None:
        if moment.result.index in _spread(num_frames, self._num_columns):
            self._moments.append(_small(moment))

    def save(self, path: Path, *, settings: SinkSettings | None = None) -> None:
        """Write the sheet as a picture."""
        moments = self._moments
        rows = [Row(label="source", pictures=[moment.source for moment in moments])]
        driving = [moment.driving for moment in moments if moment.driving is not None]
        if len(driving) == len(moments):
            rows.append(Row(label="driving", pictures=driving))
        rows.append(Row(label="result", pictures=[moment.result.image for moment in moments]))
        captions = [f"{float(moment.result.pts_seconds):.1f} s" for moment in moments]
        image = contact_sheet(rows, captions)
        info = VideoInfo(size_wh=(image.shape[1], image.shape[0]), fps=STILL_FPS, num_frames=1)
        with open_sink(path, like=info, settings=settings) as sink:
            sink.write(Frame(image=image, index=0, pts_seconds=moments[0].result.pts_seconds))


def _spread(num_frames: int, num_columns: int) -> set[int]:
    last = max(1, num_columns - 1)
    return {round(column * (num_frames - 1) / last) for column in range(num_columns)}


def _small(moment: Moment) -> Moment:
    result = Frame(
        image=thumbnail(moment.result.image),
        index=moment.result.index,
        pts_seconds=moment.result.pts_seconds,
    )
    driving = None if moment.driving is None else thumbnail(moment.driving)
    return Moment(result, thumbnail(moment.source), driving)
