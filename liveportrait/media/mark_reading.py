"""Reads back whether a file says that it was generated."""

from pathlib import Path

from liveportrait.errors import MediaError
from liveportrait.media.av_input import opened_container
from liveportrait.media.images import opened_image
from liveportrait.media.kinds import kind_of
from liveportrait.media.marks import GeneratedMark, mark_in
from liveportrait.media.paths import AnyPath
from liveportrait.media.sequence_names import sequence_paths
from liveportrait.media.xmp_boxes import packet_at_end_of_gif, packet_in_mp4


def read_generated_mark(path: AnyPath) -> GeneratedMark | None:
    """The mark of a picture, a video or a folder of pictures, ours or that of others; None without one.

    Raises:
        MediaError: when the file cannot be read.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind == "sequence":
        return _mark_of_picture(sequence_paths(path)[0])
    return _mark_of_video(path) if kind == "video" else _mark_of_picture(path)


def _mark_of_picture(path: Path) -> GeneratedMark | None:
    with opened_image(path) as picture:
        packet = picture.info.get("xmp")
        if packet is None and picture.format == "GIF":
            packet = packet_at_end_of_gif(path)
    return None if packet is None else mark_in(_text(packet))


def _mark_of_video(path: Path) -> GeneratedMark | None:
    try:
        packet = packet_in_mp4(path)
    except OSError as error:
        raise MediaError(f"{path}: the file cannot be read: {error}") from error
    if packet is not None:
        return mark_in(_text(packet))
    with opened_container(path) as container:
        return mark_in(" ".join(container.metadata.values()))


def _text(packet: bytes | str) -> str:
    return packet.decode(errors="replace") if isinstance(packet, bytes) else packet
