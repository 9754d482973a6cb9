import io
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

import liveportrait
from liveportrait.media.mark_reading import read_generated_mark
from liveportrait.media.marks import TRAINED_ALGORITHMIC_MEDIA, GeneratedMark, mark_in, xmp_packet
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.picture_files import save_picture
from liveportrait.media.protocol import VideoInfo
from liveportrait.media.settings import SinkSettings
from liveportrait.media.xmp_boxes import packet_in_mp4
from tests.media.clips import Clip, numbered_frames, numbered_picture

LIKE = VideoInfo(size_wh=(64, 48), fps=Fraction(25))
OURS = GeneratedMark(
    digital_source_type=TRAINED_ALGORITHMIC_MEDIA, software=f"liveportrait {liveportrait.__version__}"
)
MOVING = ["a.mp4", "a.m4v", "a.mov", "a.mkv", "a.webm", "a.gif", "a.webp", "frames"]
NAMES = [*MOVING, "one.png", "one.jpg", "one.webp"]


def write(path: Path, settings: SinkSettings) -> Path:
    num_frames = 1 if path.name.startswith("one") else 3
    with open_sink(path, like=replace(LIKE, num_frames=num_frames), settings=settings) as sink:
        for frame in numbered_frames(num_frames):
            sink.write(frame)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_results_say_that_they_are_generated(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, SinkSettings())
    assert read_generated_mark(path) == OURS
    assert len(list(open_source(path))) == (1 if name.startswith("one") else 3)


@pytest.mark.parametrize("name", NAMES)
def test_the_switch(tmp_path: Path, name: str) -> None:
    assert read_generated_mark(write(tmp_path / name, SinkSettings(mark="none"))) is None


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_single_pictures(tmp_path: Path, name: str) -> None:
    save_picture(numbered_picture(3), tmp_path / name)
    assert read_generated_mark(tmp_path / name) == OURS
    save_picture(numbered_picture(3), tmp_path / name, settings=SinkSettings(mark="none"))
    assert read_generated_mark(tmp_path / name) is None


def test_other_programs_find_it_where_the_standard_says(tmp_path: Path) -> None:
    """Boxes of an MP4, by their lengths alone, and the comment that any player shows."""
    content = write(tmp_path / "a.mp4", SinkSettings()).read_bytes()
    boxes = dict(_boxes(content))
    assert list(boxes) == [b"ftyp", b"moov", b"free", b"mdat", b"uuid"]
    assert boxes[b"uuid"] == bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC") + xmp_packet()
    with av.open(io.BytesIO(content)) as container:
        assert TRAINED_ALGORITHMIC_MEDIA in container.metadata["comment"]
    with av.open(str(write(tmp_path / "a.webm", SinkSettings()))) as container:
        assert any(TRAINED_ALGORITHMIC_MEDIA in value for value in container.metadata.values())
    with Image.open(write(tmp_path / "one.png", SinkSettings())) as picture:
        assert TRAINED_ALGORITHMIC_MEDIA in picture.info["XML:com.adobe.xmp"]
    with Image.open(write(tmp_path / "a.webp", SinkSettings())) as picture:
        assert TRAINED_ALGORITHMIC_MEDIA.encode() in picture.info["xmp"]


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    while content:
        length = int.from_bytes(content[:4], "big")
        yield content[4:8], content[8:length]
        content = content[length:]


def test_the_packet_is_sound_xml_in_the_right_names() -> None:
    text = xmp_packet().decode("utf-8-sig")
    inside = text[text.index("<x:xmpmeta") : text.index("<?xpacket end")]
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    (description,) = ElementTree.fromstring(inside).iter(f"{rdf}Description")
    assert (
        description.attrib["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"]
        == TRAINED_ALGORITHMIC_MEDIA
    )


def test_marks_of_others_are_understood_and_other_types_are_no_mark() -> None:
    place = "<Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>"
    vocabulary = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    composite = mark_in(place.format(vocabulary + "compositeWithTrainedAlgorithmicMedia"))
    assert composite is not None and composite.software is None
    assert composite.digital_source_type.endswith("compositeWithTrainedAlgorithmicMedia")
    assert mark_in(place.format(vocabulary + "digitalCapture")) is None
    assert mark_in("") is None


def test_files_without_any_mark(tmp_path: Path) -> None:
    assert read_generated_mark(Clip().write(tmp_path / "a.mp4")) is None
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "a.gif")
    assert read_generated_mark(tmp_path / "a.gif") is None


@pytest.mark.parametrize(
    "tail",
    [
        b"\0\0\0\1uuid",
        b"\xff\xff\xff\xffuuid",
        b"\0\0\0\0uuid" + bytes(99),
        b"\0\0\0\3uuid" + bytes(99),
        b"\0\0\0\1uuid" + bytes(99),
    ],
)
def test_boxes_with_false_lengths_are_no_trouble(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(write(path, SinkSettings(mark="none")).read_bytes() + tail)
    assert packet_in_mp4(path) is None
