import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from liveportrait.errors import MediaError
from liveportrait.media import limits
from liveportrait.media.images import FORMATS, read_image
from liveportrait.media.kinds import kind_of
from liveportrait.media.opening import open_source
from tests.media.clips import numbered_picture

RGB = numbered_picture(5)


def saved(path: Path, picture: Image.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


def _png(size_wh: tuple[int, int], *, bits: int, rows: bytes) -> bytes:
    """A PNG by hand, as wide or as false as wanted."""
    header = struct.pack(">IIBBBBB", *size_wh, bits, 2, 0, 0, 0)
    chunks = [b"IHDR" + header, b"IDAT" + zlib.compress(rows), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp"])
def test_lossless_kinds_come_back_exactly(tmp_path: Path, name: str) -> None:
    still = read_image(saved(tmp_path / name, Image.fromarray(RGB), lossless=True))
    assert np.array_equal(still.image, RGB)
    assert still.alpha is None


@pytest.mark.parametrize("name", ["a.jpg", "a.avif"])
def test_lossy_kinds_come_back_close(tmp_path: Path, name: str) -> None:
    still = read_image(saved(tmp_path / name, Image.fromarray(RGB), quality=95))
    assert np.abs(still.image.astype(int) - RGB).mean() < 4


@pytest.mark.parametrize("name", ["a.jpg", "a.tiff", "a.png", "a.webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_lies_is_stood_up(tmp_path: Path, name: str, orientation: int) -> None:
    """The corner that the tag says holds the visual top left (EXIF 2.32, 4.6.4 A) ends there."""
    corners = np.zeros((40, 60, 3), np.uint8)
    corners[:10, :10], corners[:10, -10:] = (250, 0, 0), (0, 250, 0)
    corners[-10:, :10], corners[-10:, -10:] = (0, 0, 250), (250, 250, 0)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "exif": exif} | ({"lossless": True} if name == "a.webp" else {})
    path = saved(tmp_path / name, Image.fromarray(corners), **options)
    image = read_image(path).image
    red, green, blue, yellow = (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)
    top_left_top_right = {
        1: (red, green), 2: (green, red), 3: (yellow, blue), 4: (blue, yellow),
        5: (red, blue), 6: (blue, red), 7: (yellow, green), 8: (green, yellow),
    }[orientation]  # fmt: skip
    shown = image[5, 5], image[5, -5]
    assert np.abs(np.array(shown).astype(int) - top_left_top_right).max() < 40
    assert image.shape == ((60, 40, 3) if orientation >= 5 else (40, 60, 3))
    assert open_source(path).info.size_wh == (image.shape[1], image.shape[0])


def test_grey_has_three_equal_channels(tmp_path: Path) -> None:
    grey = RGB[..., 0]
    image = read_image(saved(tmp_path / "a.png", Image.fromarray(grey))).image
    assert np.array_equal(image, np.dstack([grey] * 3))


@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
def test_grey_of_16_bits_is_scaled_and_not_cut(tmp_path: Path, name: str) -> None:
    wide = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    image = read_image(saved(tmp_path / name, Image.fromarray(wide))).image
    assert np.abs(image[..., 0] - wide / 257).max() <= 0.51
    assert image[0, 0, 0] == 0 and image[-1, -1, 0] == 255


def test_color_of_16_bits_is_scaled_and_not_cut(tmp_path: Path) -> None:
    wide = (RGB.astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    (tmp_path / "a.png").write_bytes(_png((64, 48), bits=16, rows=rows))
    assert np.array_equal(read_image(tmp_path / "a.png").image, RGB)


def test_32_bits_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", Image.fromarray(np.ones((8, 8), np.float32)))
    with pytest.raises(MediaError, match=r"a\.tiff: the picture has 32 bits a channel; expected 8 or 16"):
        read_image(path)


def test_alpha_is_kept_apart(tmp_path: Path) -> None:
    alpha = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype(np.uint8)
    still = read_image(saved(tmp_path / "a.png", Image.fromarray(np.dstack([RGB, alpha]))))
    assert np.array_equal(still.image, RGB)
    assert still.alpha is not None and np.array_equal(still.alpha, alpha)


def test_alpha_that_is_all_opaque_is_none(tmp_path: Path) -> None:
    picture = Image.fromarray(RGB).convert("RGBA")
    assert read_image(saved(tmp_path / "a.png", picture)).alpha is None


def test_grey_with_alpha_and_palettes_with_transparency(tmp_path: Path) -> None:
    grey = Image.fromarray(RGB[..., 0])
    grey.putalpha(77)
    still = read_image(saved(tmp_path / "a.png", grey))
    assert still.alpha is not None and (still.alpha == 77).all()
    indexed = Image.new("P", (8, 8), 1)
    indexed.putpalette([255, 0, 0, 0, 200, 0])
    indexed.putpixel((0, 0), 0)
    still = read_image(saved(tmp_path / "b.png", indexed, transparency=0))
    assert still.image[4, 4].tolist() == [0, 200, 0]
    assert still.alpha is not None and still.alpha[0, 0] == 0 and still.alpha[4, 4] == 255


def test_cmyk_becomes_what_it_looks_like(tmp_path: Path) -> None:
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    image = read_image(saved(tmp_path / "a.jpg", picture, quality=95)).image
    assert np.abs(image.astype(int) - (255, 0, 0)).max() < 12


def test_a_color_profile_is_applied(tmp_path: Path) -> None:
    """The same numbers mean another colour in a profile whose red and blue are swapped around."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = _with_red_and_blue_swapped(srgb)
    picture = Image.new("RGB", (8, 8), (200, 60, 20))
    plain = read_image(saved(tmp_path / "plain.png", picture, icc_profile=srgb)).image
    assert np.array_equal(plain[0, 0], (200, 60, 20))
    image = read_image(saved(tmp_path / "swapped.png", picture, icc_profile=swapped)).image
    assert np.abs(image[0, 0].astype(int) - (20, 60, 200)).max() <= 4
    image = read_image(saved(tmp_path / "wrong.png", picture, icc_profile=lab)).image
    assert np.array_equal(image[0, 0], (200, 60, 20))
    image = read_image(saved(tmp_path / "broken.png", picture, icc_profile=b"no profile at all")).image
    assert np.array_equal(image[0, 0], (200, 60, 20))


def _with_red_and_blue_swapped(profile: bytes) -> bytes:
    """Exchange the colorant tags, and the name by which an sRGB profile is known."""
    return (
        profile.replace(b"rXYZ", b"\0tmp")
        .replace(b"bXYZ", b"rXYZ")
        .replace(b"\0tmp", b"bXYZ")
        .replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
        .replace(b"sRGB", b"swap")
    )


@pytest.mark.parametrize("size_wh", [(1, 1), (1, 9), (7680, 4320)])
def test_every_size_up_to_8k(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    still = read_image(saved(tmp_path / "a.png", Image.new("RGB", size_wh, (9, 8, 7)), compress_level=1))
    assert still.image.shape == (size_wh[1], size_wh[0], 3)
    assert still.image[-1, -1].tolist() == [9, 8, 7]


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(_png((60_000, 60_000), bits=8, rows=bytes(100)))
    with pytest.raises(MediaError, match=r"bomb\.png"):
        read_image(tmp_path / "bomb.png")


def test_the_limit_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(RGB))
    monkeypatch.setattr(limits, "MAX_PIXELS", 64 * 48)
    read_image(path)
    monkeypatch.setattr(limits, "MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(MediaError, match=r"64 x 48, which is more than"):
        read_image(path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.bmp", "a.gif", "a.avif"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_cut_picture_is_an_error(tmp_path: Path, name: str, kept: float) -> None:
    rng = np.random.default_rng(0)
    content = saved(
        tmp_path / name, Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8))
    ).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(MediaError, match=name):
        read_image(tmp_path / name)


@given(data=st.data(), name=st.sampled_from(["jpeg", "png", "webp", "tiff", "gif", "bmp"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_of_any_kind_is_a_media_error_or_nothing(
    tmp_path: Path, data: st.DataObject, name: str
) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB[:16, :16]).save(buffer, format=name, exif=exif)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "hurt"
    path.write_bytes(content)
    with contextlib.suppress(MediaError):
        assert read_image(path).image.dtype == np.uint8


def test_the_content_counts_and_not_the_extension(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", Image.fromarray(RGB)).rename(tmp_path / "a.mp4")
    assert kind_of(tmp_path / "a.mp4") == "still"
    assert np.array_equal(read_image(tmp_path / "a.mp4").image, RGB)


def test_what_is_no_picture_says_what_would_be(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(MediaError, match=r"a\.png: this is no picture that can be read; expected JPEG, PNG"):
        read_image(tmp_path / "a.png")
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(MediaError, match="It is HEIC: save it as JPEG or PNG"):
        read_image(tmp_path / "a.heic")


def test_programs_in_pictures_are_not_run(tmp_path: Path) -> None:
    """Pillow hands EPS to Ghostscript; here it is no picture."""
    assert "EPS" not in FORMATS
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    with pytest.raises(MediaError, match="no picture"):
        read_image(tmp_path / "a.jpg")


def test_the_second_page_is_not_the_picture(tmp_path: Path) -> None:
    pages = [Image.fromarray(RGB), Image.new("RGB", (64, 48))]
    saved(tmp_path / "a.tiff", pages[0], save_all=True, append_images=pages[1:])
    assert kind_of(tmp_path / "a.tiff") == "still"
    assert np.array_equal(read_image(tmp_path / "a.tiff").image, RGB)
