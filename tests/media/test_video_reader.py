from fractions import Fraction
from itertools import accumulate, cycle, islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from liveportrait.errors import MediaError
from liveportrait.media import limits
from liveportrait.media.video_reader import VideoSource, timed
from tests.media.clips import NTSC, Clip, Sound, number_of, numbered_picture, write_sound
from tests.portraits import write_video

UNEVEN_TICKS = list(islice(accumulate(cycle([1001, 3003, 500, 1]), initial=0), 30))


def test_ntsc_stays_30000_over_1001(tmp_path: Path) -> None:
    source = VideoSource(Clip().write(tmp_path / "a.mp4"))
    assert source.info.fps == NTSC
    assert source.info.num_frames == 30
    assert source.info.duration_seconds == 30 / NTSC
    frames = list(source)
    assert [frame.pts_seconds for frame in frames] == [number / NTSC for number in range(30)]
    assert {frame.duration_seconds for frame in frames} == {1 / NTSC}


def test_frames_come_in_order_and_none_is_missing(tmp_path: Path) -> None:
    clip = Clip(options={"crf": "12", "bf": "3", "g": "12"})
    frames = list(VideoSource(clip.write(tmp_path / "a.mp4")))
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    assert [frame.index for frame in frames] == list(range(30))


def test_a_variable_rate_stays_variable(tmp_path: Path) -> None:
    clip = Clip(ticks=UNEVEN_TICKS, options={"crf": "12", "bf": "0"})
    frames = list(VideoSource(clip.write(tmp_path / "a.mp4")))
    assert [frame.pts_seconds for frame in frames] == [Fraction(tick, 30000) for tick in UNEVEN_TICKS]
    for frame, later in pairwise(frames):
        assert frame.duration_seconds == later.pts_seconds - frame.pts_seconds


@pytest.mark.parametrize("bframes", ["0", "3"])
def test_a_pass_may_start_anywhere_and_gives_the_same(tmp_path: Path, bframes: str) -> None:
    clip = Clip(ticks=UNEVEN_TICKS, options={"crf": "12", "bf": bframes, "g": "10"})
    source = VideoSource(clip.write(tmp_path / "a.mp4"))
    unseen = [number_of(frame.image) for frame in VideoSource(tmp_path / "a.mp4").frames_from(21)]
    assert unseen == list(range(21, 30))
    whole = list(source)
    for start in (0, 1, 9, 10, 11, 25, 29, 30, 99):
        part = list(source.frames_from(start))
        assert [frame.index for frame in part] == list(range(start, 30))
        for frame, expected in zip(part, whole[start:], strict=True):
            assert frame.pts_seconds == expected.pts_seconds
            assert np.array_equal(frame.image, expected.image)


def test_two_passes_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    source = VideoSource(Clip().write(tmp_path / "a.mp4"))
    pairs = list(zip(source, source.frames_from(0), strict=True))
    assert all(number_of(a.image) == number_of(b.image) == a.index for a, b in pairs)


@pytest.mark.parametrize("rotation_deg", [90, 180, -90])
def test_a_video_that_lies_is_stood_up(tmp_path: Path, rotation_deg: int) -> None:
    upright = numbered_picture(0)
    clip = Clip(ticks=[0], rotation_deg=rotation_deg)
    source = VideoSource(clip.write(tmp_path / "a.mp4"))
    (frame,) = source
    expected = np.rot90(upright, rotation_deg // 90)
    assert frame.image.shape == expected.shape
    assert source.info.size_wh == (expected.shape[1], expected.shape[0])
    assert source.info.rotation_deg == -rotation_deg % 360
    assert np.abs(frame.image.astype(int) - expected).mean() < 4


@pytest.mark.parametrize(
    ("aspect", "size_wh"), [(Fraction(4, 3), (85, 48)), (Fraction(1, 2), (64, 96)), (Fraction(200), (64, 48))]
)
def test_pixels_become_square(tmp_path: Path, aspect: Fraction, size_wh: tuple[int, int]) -> None:
    source = VideoSource(Clip(ticks=[0], pixel_aspect=aspect).write(tmp_path / "a.mp4"))
    (frame,) = source
    assert source.info.size_wh == size_wh
    assert frame.image.shape == (size_wh[1], size_wh[0], 3)


def _solid_clip(path: Path, color: tuple[int, int, int], height: int, **tags: int) -> Path:
    """Written losslessly, from YUV by the equations, so that only the reader can be wrong."""
    matrix = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}[tags.get("matrix", 1 if height >= 720 else 6)]
    red, green, blue = (value / 255 for value in color)
    kr, kb = matrix
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = (blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)
    full = tags.get("color_range") == 2
    scale_y, offset_y, scale_c = (255, 0, 255) if full else (219, 16, 224)
    values = [offset_y + scale_y * luma, *(128 + scale_c * part for part in chroma)]
    with av.open(str(path), "w", format="mp4") as output:
        video = output.add_stream("libx264", rate=25, options={"qp": "0"})
        video.width, video.height, video.pix_fmt = 64, height, "yuv420p"
        if "matrix" in tags:
            video.codec_context.colorspace = tags["matrix"]
        if "color_range" in tags:
            video.codec_context.color_range = tags["color_range"]
        planes = [
            np.full((height, 64), values[0]),
            *(np.full((height // 2, 32), part) for part in values[1:]),
        ]
        flat = np.concatenate([np.rint(plane).clip(0, 255).astype(np.uint8).reshape(-1) for plane in planes])
        picture = av.VideoFrame.from_ndarray(flat.reshape(-1, 64), format="yuv420p")
        output.mux(video.encode(picture))
        output.mux(video.encode(None))
    return path


@pytest.mark.parametrize(
    "color", [(255, 0, 0), (30, 200, 90), (128, 128, 128), (255, 255, 255), (221, 160, 130)]
)
@pytest.mark.parametrize(
    ("height", "tags"),
    [
        (720, {}),
        (64, {}),
        (64, {"matrix": 1, "color_range": 1}),
        (64, {"matrix": 6, "color_range": 2}),
        (64, {"matrix": 1, "color_range": 2}),
    ],
)
def test_colors_follow_the_tags_and_where_they_are_missing_the_custom(
    tmp_path: Path, color: tuple[int, int, int], height: int, tags: dict[str, int]
) -> None:
    (frame,) = VideoSource(_solid_clip(tmp_path / "a.mp4", color, height, **tags))
    assert np.abs(frame.image.astype(int) - color).max() <= 2


@pytest.mark.parametrize(("transfer", "white", "grey"), [(18, 0.75, 0.38), (16, 0.58, 0.35)])
def test_high_dynamic_range_is_brought_to_what_screens_show(
    tmp_path: Path, transfer: int, white: float, grey: float
) -> None:
    """Diffuse white of HLG and PQ (ITU-R BT.2408: 75 % and 58 % of the signal) is white, not grey."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w", format="matroska") as output:
        video = output.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p10le"
        context = video.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = (
            9,
            9,
            transfer,
            1,
        )
        picture = av.VideoFrame(64, 64, "yuv420p10le")
        for plane, values in zip(picture.planes, [(grey, white), (None,), (None,)], strict=True):
            levels = [512 if value is None else round(64 + 876 * value) for value in values]
            row = np.repeat(np.array(levels, np.uint16), plane.width // len(levels))
            padded = np.zeros((plane.height, plane.line_size // 2), np.uint16)
            padded[:, : plane.width] = row
            plane.update(padded.tobytes())
        output.mux(video.encode(picture))
        output.mux(video.encode(None))
    (frame,) = VideoSource(path)
    assert frame.image[32, 48].min() >= 235
    assert 60 < frame.image[32, 16].mean() < 150


def test_times_always_grow_and_gaps_are_filled() -> None:
    """Files without times, or with two frames at one time, are common in AVI and raw streams."""
    pictures = [VideoFrame(2, 2, "yuv420p") for _ in range(6)]
    for picture, pts in zip(pictures, [None, None, 500, 500, 400, 900], strict=True):
        picture.pts = pts
    assert [shot.ticks for shot in timed(pictures, step=40)] == [0, 40, 500, 501, 502, 900]


def test_a_raw_stream_without_times_plays_at_its_rate(tmp_path: Path) -> None:
    clip = Clip(muxer="h264", fps=Fraction(25), options={"crf": "12", "bf": "0"})
    frames = list(VideoSource(clip.write(tmp_path / "a.h264")))
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    assert [frame.pts_seconds for frame in frames] == [Fraction(number, 25) for number in range(30)]


def test_alpha_is_kept_apart(tmp_path: Path) -> None:
    clip = Clip(ticks=[0, 1001], codec="png", muxer="mov", pixels="rgba", options={})
    frame = next(iter(VideoSource(clip.write(tmp_path / "a.mov"))))
    assert frame.alpha is not None and (frame.alpha == 255).all()
    assert np.array_equal(frame.image, numbered_picture(0))


def test_times_count_from_the_start_of_the_picture(tmp_path: Path) -> None:
    ticks = [900_000 + 3600 * number for number in range(10)]
    clip = Clip(ticks=ticks, time_base=Fraction(1, 90000), fps=Fraction(25), muxer="mpegts")
    frames = list(VideoSource(clip.write(tmp_path / "a.ts")))
    assert [frame.pts_seconds for frame in frames] == [Fraction(number, 25) for number in range(10)]


def test_a_cut_file_gives_what_it_has(tmp_path: Path) -> None:
    clip = Clip(
        ticks=[1001 * number for number in range(200)], muxer="matroska", options={"crf": "12", "g": "10"}
    )
    content = clip.write(tmp_path / "whole.mkv").read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(content[: len(content) // 2])
    numbers = [number_of(frame.image) for frame in VideoSource(cut)]
    assert 50 < len(numbers) < 150
    assert numbers[:-1] == list(range(len(numbers) - 1))


def test_a_file_with_its_index_in_front_that_was_cut_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with av.open(
        str(tmp_path / "whole.mp4"), "w", format="mp4", options={"movflags": "+faststart"}
    ) as output:
        video = output.add_stream("libx264", rate=25, options={"crf": "12", "g": "10"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(100):
            picture = av.VideoFrame.from_ndarray(numbered_picture(number)).reformat(format="yuv420p")
            picture.pts = number
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
    content = (tmp_path / "whole.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) * 2 // 3])
    source = VideoSource(cut)
    num_frames = sum(1 for _ in source)
    assert 20 < num_frames < 100
    assert sum(1 for _ in source) == num_frames
    assert f"promises 100 frames, {num_frames} can be decoded" in caplog.text


def test_a_cut_file_without_its_index_is_refused(tmp_path: Path) -> None:
    content = Clip().write(tmp_path / "whole.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError, match=r"cut\.mp4: this is no video that can be read, or it is damaged"):
        VideoSource(cut)


def test_damage_in_the_middle_leaves_out_frames_and_keeps_times(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = Clip(ticks=[1001 * number for number in range(100)], options={"crf": "12", "g": "10", "bf": "0"})
    content = bytearray(clip.write(tmp_path / "whole.mp4").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(300)
    (tmp_path / "hurt.mp4").write_bytes(content)
    frames = list(VideoSource(tmp_path / "hurt.mp4"))
    assert 80 < len(frames) < 100
    last = frames[-1]
    assert number_of(last.image) == 99
    assert last.pts_seconds == 99 / NTSC
    assert "pieces are damaged and were left out" in caplog.text


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.mp4"
    with av.open(str(path), "w", format="mp4", options={"movflags": "+empty_moov+frag_keyframe"}) as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        output.start_encoding()
    with pytest.raises(MediaError, match="no frame that can be decoded"):
        VideoSource(path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="expected a video, but the file holds sound only"):
        VideoSource(write_sound(tmp_path / "song.mp4", Sound(), muxer="mp4"))


def test_has_audio(tmp_path: Path) -> None:
    assert VideoSource(Clip(sound=Sound()).write(tmp_path / "a.mp4")).info.has_audio
    assert not VideoSource(Clip().write(tmp_path / "b.mp4")).info.has_audio


def test_a_play_list_in_disguise_opens_nothing(tmp_path: Path) -> None:
    secret = Clip().write(tmp_path / "secret.mp4")
    disguised = tmp_path / "nice.mp4"
    disguised.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError, match="no video that can be read"):
        VideoSource(disguised)
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(MediaError, match="no video that can be read"):
        VideoSource(tmp_path / "list.mp4")


def test_a_picture_too_large_is_refused_before_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Clip().write(tmp_path / "a.mp4")
    monkeypatch.setattr(limits, "MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(MediaError, match="64 x 48, which is more than"):
        VideoSource(path)


@pytest.mark.parametrize(
    "name", ["with space.mp4", "qu'o\"te$(x).mp4", "http:x.mp4", "-o %d.mp4", "p\u00f6rtr\u00e4t \u80d6.mp4"]
)
def test_names_are_names_and_nothing_else(tmp_path: Path, name: str) -> None:
    frames = list(VideoSource(Clip().write(tmp_path / "a.mp4").rename(tmp_path / name)))
    assert len(frames) == 30


def test_a_relative_name_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Clip().write(tmp_path / "a.mp4").rename(tmp_path / "http:x.mp4")
    assert len(list(VideoSource(Path("http:x.mp4")))) == 30


@pytest.mark.parametrize("sound_seconds", [None, 3.0])
def test_a_file_that_promises_no_frames_and_ends_early_is_told_by_its_length(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, sound_seconds: float | None
) -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(50)]
    whole = write_video(tmp_path / "whole.mkv", noise, sound_seconds=sound_seconds)
    assert sum(1 for _ in VideoSource(whole)) == 50
    assert "promises" not in caplog.text
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    assert 5 < sum(1 for _ in VideoSource(cut)) < 40
    assert "promises 2.0 seconds of picture" in caplog.text
